"""Who may see the pages behind a manage link: whoever has the link, and nobody's cookie."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, TypeVar

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from config import clock
from config.busy import busy_page
from config.origin import capability_view
from scheduling.errors import Busy, LimitReached
from scheduling.models import Appointment, AppointmentEvent
from scheduling.services import limits
from scheduling.tokens import hash_token, manage_token
from scheduling.views.access import client_of, draw, too_many_page, use_language

Page = Callable[Concatenate[HttpRequest, Appointment, ...], HttpResponseBase]
R = TypeVar("R", bound=HttpResponseBase)


def link_page(view: Page) -> Callable[..., HttpResponseBase]:
    """Make a page behind a manage link: it gets the meeting, and speaks its language.

    The address names the `token`; what else it names goes to the page.
    """

    @capability_view
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def page(request: HttpRequest, /, **named: Any) -> HttpResponseBase:
        token: str = named.pop("token")
        appointment = find_appointment(token)
        if appointment is None:
            return unknown_link_page(request, token)
        use_language(request, appointment.language)
        try:
            if request.method == "POST":
                limits.count_post(client_of(request), now=clock.now())
            response = view(request, appointment, **named)
        except LimitReached as error:
            response = too_many_page(request, error)
        except Busy:
            response = busy_page()
        return noindex(response)

    return page


def find_appointment(token: str) -> Appointment | None:
    """Return the appointment whose present manage link this is. One query."""
    return (
        Appointment.objects.select_related("subject", "office", "advisor")
        .filter(link_hash=hash_token(token))
        .first()
    )


def link_url(appointment: Appointment, name: str = "manage", *parts: Any) -> str:
    """Return the address of a page behind the present manage link."""
    token = manage_token(appointment.reference, appointment.link_version)
    return reverse(f"scheduling:{name}", args=[token, *parts])


def unknown_link_page(request: HttpRequest, token: str) -> HttpResponse:
    """Return 404; a link that was replaced is told from one that never was."""
    is_replaced = AppointmentEvent.objects.filter(
        old__contains={"link_hash": hash_token(token)}
    ).exists()
    context = {"is_replaced": is_replaced}
    return noindex(draw(request, "scheduling/link_unknown.html", context, status=404))


def noindex(response: R) -> R:
    """Keep a page out of search engines, wherever its address leaks."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
