"""After booking: what was booked, and what to do with it. Reloading is harmless."""

from django.http import HttpRequest, HttpResponse

from config import clock
from config.http import render_page
from scheduling.models import Appointment
from scheduling.views.access import flow_page, load_flow, load_walk, to_next_step
from scheduling.views.meeting import describe
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
    context = {
        "meeting": describe(appointment, now=clock.now()),
        "progress": [ProgressRow(step.number, step.label, "", "done") for step in STEPS],
        "return_url": flow.return_url,
    }
    return render_page(request, "scheduling/done.html", context)
