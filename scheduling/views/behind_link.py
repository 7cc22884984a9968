"""Who may see the pages behind a manage link: whoever has the link, and nobody's cookie."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
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

P = ParamSpec("P")


def link_page(
    view: Callable[Concatenate[HttpRequest, Appointment, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, str, P], HttpResponse]:
    """Make a page behind a manage link: it gets the meeting, and speaks its language."""

    @capability_view
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def page(
        request: HttpRequest, token: str, /, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponse:
        appointment = find_appointment(token)
        if appointment is None:
            return unknown_link_page(request, token)
        use_language(request, appointment.language)
        try:
            if request.method == "POST":
                limits.count_post(client_of(request), now=clock.now())
            response = view(request, appointment, *args, **kwargs)
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


def noindex(response: HttpResponse) -> HttpResponse:
    """Keep a page out of search engines, wherever its address leaks."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
