"""Behind the manage link: one meeting, no login. Looking changes nothing."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from config import clock
from config.busy import busy_page
from config.origin import capability_view
from scheduling.errors import Busy, LimitReached, SchedulingError
from scheduling.ical import calendar_file
from scheduling.models import Appointment, AppointmentEvent
from scheduling.services import cancelling, limits
from scheduling.tokens import hash_token
from scheduling.views.access import (
    UNPROCESSABLE,
    client_of,
    draw,
    see_other,
    too_many_page,
    use_language,
)
from scheduling.views.meeting import Meeting, Status, describe

LONGEST_REASON = 500


@capability_view
@require_http_methods(["GET", "HEAD", "POST"])
def manage(request: HttpRequest, token: str) -> HttpResponse:
    appointment = find_appointment(token)
    if appointment is None:
        return unknown_link_page(request, token)
    use_language(request, appointment.language)
    if request.method != "POST":
        return _page(request, appointment)
    try:
        limits.count_post(client_of(request), now=clock.now())
        cancelling.cancel_appointment(
            appointment,
            actor=AppointmentEvent.Actor.CUSTOMER,
            reason=request.POST.get("reason", "")
            .replace("\0", "")
            .strip()[:LONGEST_REASON],
            now=clock.now(),
        )
    except LimitReached as error:
        return too_many_page(request, error)
    except Busy:
        return busy_page()
    except SchedulingError as error:
        appointment.refresh_from_db()
        return _page(request, appointment, refusal=error.message)
    return see_other(reverse("scheduling:manage", args=[token]))


@capability_view
@require_safe
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """Return the meeting as a calendar file."""
    appointment = find_appointment(token)
    if appointment is None:
        return unknown_link_page(request, token)
    is_cancelled = appointment.status == Appointment.Status.CANCELLED
    response = HttpResponse(
        calendar_file(appointment, method="CANCEL" if is_cancelled else "PUBLISH"),
        content_type="text/calendar; charset=utf-8",
    )
    response["Content-Disposition"] = 'attachment; filename="meeting.ics"'
    response["Cache-Control"] = "no-store"
    return response


def find_appointment(token: str) -> Appointment | None:
    """Return the appointment whose present manage link this is. One query."""
    return (
        Appointment.objects.select_related("subject", "office", "advisor")
        .filter(link_hash=hash_token(token))
        .first()
    )


def unknown_link_page(request: HttpRequest, token: str) -> HttpResponse:
    """Return 404; a link that was replaced is told from one that never was."""
    is_replaced = AppointmentEvent.objects.filter(
        old__contains={"link_hash": hash_token(token)}
    ).exists()
    context = {"is_replaced": is_replaced}
    return noindex(draw(request, "scheduling/link_unknown.html", context, status=404))


def _page(
    request: HttpRequest, appointment: Appointment, *, refusal: str = ""
) -> HttpResponse:
    meeting = describe(appointment, now=clock.now())
    context = {"meeting": meeting, "heading": heading(meeting), "refusal": refusal}
    status = UNPROCESSABLE if refusal else 200
    return noindex(draw(request, "scheduling/manage.html", context, status=status))


def heading(meeting: Meeting) -> str:
    """Return the page's title: how it stands with the appointment."""
    if meeting.appointment.status == Status.CANCELLED:
        return _("Your appointment is cancelled")
    if not meeting.is_coming:
        return _("Your past appointment")
    if meeting.appointment.status == Status.REQUESTED:
        return _("Your request for an appointment")
    return _("Your appointment")


def noindex(response: HttpResponse) -> HttpResponse:
    """Keep a page out of search engines, wherever its address leaks."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
