"""Where a request comes from, and who may post without a cookie."""

from collections.abc import Callable
from functools import wraps
from ipaddress import ip_address
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

P = ParamSpec("P")
SAFE = {"GET", "HEAD", "OPTIONS"}


def visitor_address(request: HttpRequest) -> str:
    """Return the visitor's address: the peer's, or behind our own proxies theirs.

    What a visitor writes into X-Forwarded-For comes before what our proxies add.
    """
    address = str(request.META.get("REMOTE_ADDR", ""))
    forwarded = request.headers.get("X-Forwarded-For", "").split(",")
    hops = [hop.strip() for hop in forwarded if hop.strip()]
    while address in settings.TRUSTED_PROXIES and hops:
        address = hops.pop()
    return address


def lockout_address(request: HttpRequest) -> str | None:
    """Return the visitor's address for django-axes, which stores nothing else."""
    try:
        return str(ip_address(visitor_address(request)))
    except ValueError:  # a socket's peer has none
        return None


def is_own_post(request: HttpRequest) -> bool:
    """Tell whether the browser says that one of our own pages sent this.

    Sec-Fetch-Site comes with every request of a current browser over https or to
    localhost; older ones still send Origin with a POST. A client that sends neither is no
    browser, so nobody's page can be behind it.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin")
    return origin is None or origin == f"{request.scheme}://{request.get_host()}"


def capability_view(
    view: Callable[Concatenate[HttpRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Guard a page whose unguessable address is the permission: no cookie, no token."""

    @wraps(view)
    def guarded(
        request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponseBase:
        if request.method not in SAFE and not is_own_post(request):
            return HttpResponse("Please use the form on this page.", status=403)
        return view(request, *args, **kwargs)

    return csrf_exempt(guarded)
