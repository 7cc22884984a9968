"""A walk that goes on at another device, by the link from a mail."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from config import clock
from scheduling.services import flows
from scheduling.views.access import draw, flow_page, see_other, use_language


@flow_page
def resume(request: HttpRequest, token: str) -> HttpResponse:
    """Lead to the walk; one that nobody used for long is woken by a button only.

    Mail scanners press links, so a look writes nothing.
    """
    now = clock.now()
    if request.method == "POST":
        flow = flows.open_resume(token, now=now)
    else:
        flow = flows.find_resume(token, now=now)
        if flows.is_idle(flow, now=now):
            use_language(request, flow.language)
            return draw(request, "scheduling/resume.html", {})
    return see_other(reverse("scheduling:details", args=[flow.pk]))
