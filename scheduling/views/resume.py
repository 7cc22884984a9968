"""A walk that goes on at another device, by the link from a mail."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from config import clock
from scheduling.services import flows
from scheduling.views.access import flow_page, see_other


@flow_page
def resume(request: HttpRequest, token: str) -> HttpResponse:
    if request.method == "HEAD":  # opening starts the two hours anew
        return HttpResponse()
    flow = flows.open_resume(token, now=clock.now())
    return see_other(reverse("scheduling:details", args=[flow.pk]))
