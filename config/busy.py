"""A database that is away or overloaded: 503 and a plain page, not an error 500."""

from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template import loader
from psycopg_pool import PoolTimeout

RETRY_AFTER = "5"  # seconds
AWAY = (OperationalError, InterfaceError, PoolTimeout)


def busy_page() -> HttpResponse:
    """Return the 503 page; it needs no database."""
    page = loader.get_template("503.html").render()
    return HttpResponse(page, status=503, headers={"Retry-After": RETRY_AFTER})


class BusyInsteadOfBroken:
    """Middleware: answer 503 with Retry-After when the database does not answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(
        self, _request: HttpRequest, error: Exception
    ) -> HttpResponse | None:
        return busy_page() if isinstance(error, AWAY) else None
