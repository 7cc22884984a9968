"""What every template may use."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from config.http import Request
from directory.branding import digest, stylesheet
from directory.catalogue import OrganisationData
from directory.models import Organisation
from directory.queries import catalogue


def site(_request: Request) -> dict[str, Any]:
    """Return the organisation, the address of its look, and whether this is the demo.

    Lazy: a page that draws none of it, like a piece for htmx, costs no query.
    """
    organisation: Any = SimpleLazyObject(lambda: catalogue().organisation)
    return {
        "organisation": organisation,
        "brand_url": SimpleLazyObject(lambda: brand_url(organisation)),
        "demo": settings.DEMO,
    }


def brand_url(organisation: OrganisationData) -> str:
    """Return the style sheet's address; nothing while the look is the built-in one."""
    if stylesheet(organisation) == stylesheet(Organisation()):
        return ""
    return reverse("brand-stylesheet", args=[digest(organisation)])
