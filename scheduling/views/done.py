"""After booking: what was booked, and what to do with it. Reloading is harmless."""

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from config import clock
from scheduling.models import Appointment, Flow
from scheduling.views.access import draw, flow_page, load_flow, load_walk, to_next_step
from scheduling.views.meeting import Meeting, Status, describe
from scheduling.wizard.changing import home_url, may_show_link
from scheduling.wizard.steps import ProgressRow, steps_of


@flow_page
def done(request: HttpRequest, flow_id: str) -> HttpResponse:
    flow = load_flow(request, flow_id)
    appointment = outcome(flow)
    if appointment is None:
        return to_next_step(load_walk(request, flow))
    meeting = describe(appointment, now=clock.now())
    is_known = flow.needs_sign_in or may_show_link(flow, appointment)
    if not is_known:
        meeting = replace(meeting, token="", links=None)
    context = {
        "meeting": meeting,
        "heading": moved_heading(meeting) if flow.changes_id else heading(meeting),
        "lead": lead(appointment),
        "home_url": home_url(flow, appointment) if is_known else "",
        "progress": [
            ProgressRow(step.number, step.label, "", "done") for step in steps_of(flow)
        ],
        "return_url": flow.return_url,
    }
    return draw(request, "scheduling/done.html", context)


def outcome(flow: Flow) -> Appointment | None:
    """Return what the walk has booked or changed, as it is now. One query."""
    meetings = Appointment.objects.select_related("subject", "office", "advisor")
    if flow.changes_id is None:
        return meetings.filter(flow_key=flow.pk).first()
    return meetings.filter(pk=flow.changes_id).first() if flow.is_booked else None


def moved_heading(meeting: Meeting) -> str:
    """Return the title of a change's last page."""
    if meeting.appointment.status == Status.CONFIRMED:
        return _("Your meeting is moved")
    return heading(meeting)


def heading(meeting: Meeting) -> str:
    """Return the page's title: what has become of the appointment."""
    return {
        Status.REQUESTED: _("We have your request"),
        Status.CONFIRMED: _("Your appointment is booked"),
        Status.COMPLETED: _("Your appointment has taken place"),
        Status.NO_SHOW: _("Your appointment is over"),
        Status.CANCELLED: _("Your appointment is cancelled"),
    }[Status(meeting.appointment.status)]


def lead(appointment: Appointment) -> str:
    """Return the sentence below the title."""
    where = {"email": appointment.email}
    if appointment.status == Status.REQUESTED:
        return (
            _(
                "We keep this time for you and tell you at %(email)s as soon as it is "
                "confirmed."
            )
            % where
        )
    if appointment.status == Status.CONFIRMED:
        return _("We have sent a confirmation to %(email)s.") % where
    return ""
