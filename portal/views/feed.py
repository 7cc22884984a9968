"""A customer's meetings for their own calendar program. The address is the permission."""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from config import clock
from directory.queries import catalogue
from portal.models import CalendarFeed
from portal.queries import meetings_since
from scheduling.ical import calendar_feed
from scheduling.models import Appointment
from scheduling.tokens import hash_token
from scheduling.views.behind_link import noindex

KEPT = timedelta(days=90)
LEFT_OUT = {Appointment.Status.NO_SHOW}


@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """Return the calendar file, or 304 when the program has it. Three queries.

    No cookie is read or set.
    """
    found = feed_or_404(token)
    meetings = list(meetings_since(found.customer, since=clock.now() - KEPT))
    shown = [meeting for meeting in meetings if meeting.status not in LEFT_OUT]
    with translation.override(found.customer.language):
        name = _("Meetings at {organisation}").format(
            organisation=catalogue().organisation.name
        )
    file = calendar_feed(shown, name=name)
    response = HttpResponse(file, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="meetings.ics"'
    response["Cache-Control"] = "private, no-cache"  # keep it, but ask each time
    response["ETag"] = f'"{hashlib.sha256(file).hexdigest()[:32]}"'
    changed = last_change(found, meetings)
    response["Last-Modified"] = http_date(changed.timestamp())
    answer = get_conditional_response(
        request,
        etag=response["ETag"],
        last_modified=int(changed.timestamp()),
        response=response,
    )
    return noindex(answer or response)


def feed_or_404(token: str) -> CalendarFeed:
    """Return the feed with its customer; a disabled customer has none. One query."""
    found = (
        CalendarFeed.objects.select_related("customer")
        .filter(token_hash=hash_token(token))
        .exclude(customer__user__is_active=False)
        .first()
    )
    if found is None:
        raise Http404
    return found


def last_change(found: CalendarFeed, meetings: Iterable[Appointment]) -> datetime:
    """Return when the calendar last changed, left-out meetings included."""
    return max([found.created_at, *(meeting.changed_at for meeting in meetings)])
