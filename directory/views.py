"""The one page that standing data has of its own: its colours."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from config.http import Request
from directory.branding import digest, stylesheet
from directory.queries import catalogue

FOREVER = "public, max-age=31536000, immutable"


@require_safe
def brand_stylesheet(_request: Request, version: str) -> HttpResponse:
    """Return the organisation's colours; an old address gives the present ones."""
    organisation = catalogue().organisation
    is_current = version == digest(organisation)
    return HttpResponse(
        stylesheet(organisation),
        content_type="text/css; charset=utf-8",
        headers={"Cache-Control": FOREVER if is_current else "no-cache"},
    )
