"""After booking: what was booked, and what to do with it. Reloading is harmless."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from config import clock
from scheduling.models import Appointment
from scheduling.views.access import draw, flow_page, load_flow, load_walk, to_next_step
from scheduling.views.meeting import Meeting, Status, describe
from scheduling.wizard.steps import STEPS, ProgressRow


@flow_page
def done(request: HttpRequest, flow_id: str) -> HttpResponse:
    flow = load_flow(request, flow_id)
    appointment = (
        Appointment.objects.select_related("subject", "office", "advisor")
        .filter(flow_key=flow.pk)
        .first()
    )
    if appointment is None:
        return to_next_step(load_walk(request, flow))
    meeting = describe(appointment, now=clock.now())
    context = {
        "meeting": meeting,
        "heading": heading(meeting),
        "lead": lead(appointment),
        "progress": [
            ProgressRow(step.number, step.label, "", "done") for step in STEPS
        ],
        "return_url": flow.return_url,
    }
    return draw(request, "scheduling/done.html", context)


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
