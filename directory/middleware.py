"""Who is signed in, and for how long; and what the back office's requests share."""

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware, get_user
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from config import clock
from directory.models import User
from directory.queries import catalogue

SIGN_IN = "sign_in"  # in the session: its key when they signed in, since, last seen
NOTED_EVERY = timedelta(minutes=1)  # a write for every page would be one too many


class BackOfficeTime:
    """Middleware: staff read and type times in the organisation's zone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith("/admin/"):
            return self.get_response(request)
        with timezone.override(catalogue().organisation.zone):
            return self.get_response(request)


class TimedSignIn(AuthenticationMiddleware):
    """Middleware: `request.user`, until the sign-in was idle or lasted for too long.

    Still lazy: a page that does not ask who is there reads no session.
    """

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(  # type: ignore[assignment]
            lambda: user_in_time(request)
        )


def user_in_time(request: HttpRequest) -> User | AnonymousUser:
    """Return who is signed in; whoever's time is over is signed out."""
    user = get_user(request)
    if not isinstance(user, User):
        return user
    now = clock.now().timestamp()
    session = request.session
    noted = session.get(SIGN_IN, {})
    if noted.get("key") != session.session_key:  # a new sign-in has a new key
        note_sign_in(request)
        return user
    if is_over(user, idle=now - noted["seen"], lasted=now - noted["since"]):
        session.flush()
        request._cached_user = AnonymousUser()  # type: ignore[attr-defined]  # noqa: SLF001
        return AnonymousUser()
    if now - noted["seen"] >= NOTED_EVERY.total_seconds():
        session[SIGN_IN] = {**noted, "seen": now}
    return user


def note_sign_in(request: HttpRequest) -> None:
    """Let the time of a sign-in begin."""
    now = clock.now().timestamp()
    key = request.session.session_key
    request.session[SIGN_IN] = {"key": key, "since": now, "seen": now}


def is_over(user: User, *, idle: float, lasted: float) -> bool:
    """Tell whether a sign-in ends; both times are in seconds."""
    if user.is_staff:
        limits = (settings.STAFF_IDLE_TIME, settings.STAFF_SIGN_IN_TIME)
    else:
        limits = (settings.CUSTOMER_IDLE_TIME, settings.CUSTOMER_SIGN_IN_TIME)
    return idle > limits[0].total_seconds() or lasted > limits[1].total_seconds()
