"""Behind the manage link: one meeting, no login. Looking changes nothing."""

from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from config import clock
from config.origin import capability_view
from scheduling.asked import is_asked_to_move
from scheduling.errors import Busy, LimitReached, OnlyCancel, SchedulingError
from scheduling.ical import calendar_file
from scheduling.models import Appointment, AppointmentEvent
from scheduling.services.cancelling import cancel_appointment
from scheduling.services.changes import offer_for, start_change
from scheduling.views.access import UNPROCESSABLE, draw, see_other
from scheduling.views.behind_link import (
    find_appointment,
    link_page,
    link_url,
    unknown_link_page,
)
from scheduling.views.meeting import Meeting, Stage, Status, describe
from scheduling.wizard.changing import may_book_again_by
from scheduling.wizard.steps import CHANGE_STARTS

LONGEST_REASON = 500
Actor = AppointmentEvent.Actor


@link_page
def manage(request: HttpRequest, appointment: Appointment) -> HttpResponse:
    """Show the meeting in its present state; a post cancels it."""
    if request.method != "POST":
        return _page(request, appointment)
    reason = request.POST.get("reason", "").replace("\0", "").strip()
    try:
        cancel_appointment(
            appointment,
            actor=Actor.CUSTOMER,
            reason=reason[:LONGEST_REASON],
            now=clock.now(),
        )
    except (Busy, LimitReached):
        raise
    except SchedulingError as error:
        return refused_page(request, appointment, error)
    return see_other(link_url(appointment))


@link_page
def change(request: HttpRequest, appointment: Appointment) -> HttpResponse:
    """Start the walk to another time or way to meet; looking leads to the meeting."""
    if request.method != "POST":
        return see_other(link_url(appointment))
    try:
        flow = start_change(appointment, now=clock.now())
    except (Busy, LimitReached):
        raise
    except SchedulingError as error:
        return refused_page(request, appointment, error)
    step = request.POST.get("step", "")
    name = step if step in CHANGE_STARTS else CHANGE_STARTS[0]
    return see_other(reverse(f"scheduling:{name}", args=[flow.pk]))


@capability_view
@require_safe
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """Return the meeting as a calendar file."""
    appointment = find_appointment(token)
    if appointment is None:
        return unknown_link_page(request, token)
    return calendar_response(appointment)


def calendar_response(appointment: Appointment) -> HttpResponse:
    """Return the meeting's calendar file as a download; a cancelled one takes it away."""
    is_cancelled = appointment.status == Appointment.Status.CANCELLED
    response = HttpResponse(
        calendar_file(appointment, method="CANCEL" if is_cancelled else "PUBLISH"),
        content_type="text/calendar; charset=utf-8",
    )
    response["Content-Disposition"] = 'attachment; filename="meeting.ics"'
    response["Cache-Control"] = "no-store"
    return response


def refused_page(
    request: HttpRequest, appointment: Appointment, error: SchedulingError
) -> HttpResponse:
    """Return the page in its present state with the sentence that refused a post."""
    appointment.refresh_from_db()
    return _page(request, appointment, refusal=error.message)


def _page(
    request: HttpRequest, appointment: Appointment, *, refusal: str = ""
) -> HttpResponse:
    now = clock.now()
    meeting = describe(appointment, now=now)
    context = {
        "meeting": meeting,
        "heading": heading(meeting),
        "refusal": refusal,
        "is_saved": "saved" in request.GET and not refusal,
        "is_asked": meeting.may_change and is_asked_to_move(appointment),
        "why": why_cancelled(appointment),
        "phone": appointment.office.phone,
        "again_url": "" if meeting.is_coming else again_url(appointment, now=now),
        "url": link_url(appointment),
        **_may(meeting, now=now),
    }
    status = UNPROCESSABLE if refusal else 200
    return draw(request, "scheduling/manage.html", context, status=status)


def _may(meeting: Meeting, *, now: datetime) -> dict[str, bool]:
    """Return what the customer can do about the meeting now. One query at most."""
    is_only_cancel = meeting.may_change and not can_be_moved(meeting.appointment)
    return {
        "may_cancel": meeting.may_change,
        "may_move": meeting.may_change and not is_only_cancel,
        "is_only_cancel": is_only_cancel,
        "may_edit": meeting.is_coming and now < meeting.appointment.starts_at,
    }


def can_be_moved(appointment: Appointment) -> bool:
    """Tell whether its segment and its subject are still there. One query."""
    try:
        offer_for(appointment)
    except OnlyCancel:
        return False
    return True


def heading(meeting: Meeting) -> str:
    """Return the page's title: how it stands with the appointment."""
    return {
        Stage.REQUESTED: _("Your request for an appointment"),
        Stage.UPCOMING: _("Your appointment"),
        Stage.RUNNING: _("Your appointment is now"),
        Stage.PAST: _("Your past appointment"),
        Stage.CANCELLED: _("Your appointment is cancelled"),
    }[meeting.stage]


def why_cancelled(appointment: Appointment) -> str:
    """Return who cancelled it and why, without staff's own words. One query if it is."""
    if appointment.status != Status.CANCELLED:
        return ""
    event = (
        AppointmentEvent.objects.filter(
            appointment=appointment, new__status=Status.CANCELLED
        )
        .order_by("-pk")
        .first()
    )
    if event is not None and event.actor == Actor.CUSTOMER:
        return _("You cancelled this appointment.")
    if appointment.cancel_reason == "declined":
        return _("We are sorry: we could not meet you at this time.")
    if appointment.cancel_reason == "unanswered":
        return _("We are sorry: nobody could confirm your request in time.")
    return _("We had to cancel this appointment.")


def again_url(appointment: Appointment, *, now: datetime) -> str:
    """Return a scheduling link for the same subject, with nothing personal in it.

    Segment codes go along while a plain link with them works. One query.
    """
    codes = appointment.segment_codes
    pairs = [("subject", appointment.subject.code)]
    if codes and may_book_again_by(codes, now=now):
        pairs += [("segment", code) for code in codes]
    return f"{reverse('scheduling:start')}?{urlencode(pairs)}"
