"""Requests that are too large for any form of ours: refused before they are read."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template import loader

TOO_LARGE = 413


class TooLargeIsRefused:
    """Middleware: answer 413 to a body above REQUEST_MAX_BYTES, without reading it.

    Files go to the disk as they come in: without a limit one post could fill it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if announced_size(request) > settings.REQUEST_MAX_BYTES:
            page = loader.get_template("413.html").render()
            return HttpResponse(page, status=TOO_LARGE)
        return self.get_response(request)


def announced_size(request: HttpRequest) -> int:
    """Return how long the body says it is; Django reads no further than that."""
    text = request.META.get("CONTENT_LENGTH") or ""
    return int(text) if text.isdecimal() else 0
