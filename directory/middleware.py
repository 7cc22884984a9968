"""What every request of the back office shares."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from directory.queries import catalogue


class BackOfficeTime:
    """Middleware: staff read and type times in the organisation's zone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith("/admin/"):
            return self.get_response(request)
        with timezone.override(catalogue().organisation.zone):
            return self.get_response(request)
