"""The door for customers whom the organisation's own portal has signed in."""

import logging

from axes.handlers.proxy import AxesProxyHandler
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters

from config import clock
from config.http import render_page
from directory.models import User
from portal.errors import HandoverRefused
from portal.next_page import own_page
from portal.services.handover import open_handover
from portal.views.sessions import begin_session
from scheduling.errors import LimitReached
from scheduling.services import limits
from scheduling.views.access import client_of, see_other, too_many_page

log = logging.getLogger(__name__)
FORBIDDEN, WRONG_METHOD = 403, 405


@csrf_exempt  # it comes from another site, and the signature says from which
@never_cache
@sensitive_post_parameters("token")
def handover(request: HttpRequest) -> HttpResponse:
    """Sign the token's customer in; every refusal gives one and the same page."""
    if request.method != "POST":
        page = render_page(request, "portal/handover.html", {}, status=WRONG_METHOD)
        page["Allow"] = "POST"
        return page
    try:
        limits.count_post(client_of(request), now=clock.now())
        sign_in_by(request, request.POST.get("token", ""))
    except LimitReached as error:
        return too_many_page(request, error)
    except HandoverRefused:
        context = {"is_refused": True}
        return render_page(request, "portal/handover.html", context, status=FORBIDDEN)
    wanted = own_page(request.POST.get("next", ""))
    return see_other(wanted or resolve_url("portal:overview"))


def sign_in_by(request: HttpRequest, token: str) -> User:
    """Sign in whom the token names, in a session of their own; return the user.

    Whoever was signed in with this browser is signed out.

    Raises:
        HandoverRefused: nobody is signed in by this, and who was stays.
    """
    try:
        with transaction.atomic():  # a refusal leaves the token unused
            user = open_handover(token, now=clock.now())
            check_not_locked(request, user)
    except HandoverRefused as error:
        log.warning("Hand-over refused: %s", error.reason)
        raise
    begin_session(request, user)
    return user


def check_not_locked(request: HttpRequest, user: User) -> None:
    """Refuse a user whose password was tried too often from this address."""
    if AxesProxyHandler.is_locked(request, {"username": user.get_username()}):
        raise HandoverRefused("locked_out")
