"""Logs without personal data: the route, never the address, its parts or its query."""

from typing import Any

from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django_structlog.middlewares import RequestMiddleware


class RequestLog(RequestMiddleware):
    """One event a request. A full path would hold flow ids and tokens."""

    @staticmethod
    def format_request(request: HttpRequest) -> Any:
        try:
            return f"{request.method} {resolve(request.path_info).route}"
        except Resolver404:
            return f"{request.method} (no such address)"
