"""How a page is drawn: whole, or the piece that htmx asked for."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django_htmx.middleware import HtmxDetails


class Request(HttpRequest):
    """A request behind our middleware."""

    htmx: HtmxDetails


def render_page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    partial: str = "",
    status: int = 200,
) -> HttpResponse:
    """Return the page, or only `partial` when htmx asked for a piece of it.

    Boosted links and history restores get the whole page. Personal pages are not stored.
    """
    htmx: HtmxDetails | None = getattr(request, "htmx", None)
    piece = partial and htmx and not htmx.boosted and not htmx.history_restore_request
    response = render(request, partial if piece else template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    response["Cache-Control"] = "no-store"
    return response
