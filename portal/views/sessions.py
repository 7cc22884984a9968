"""The session of whoever signs in."""

from django.contrib.auth import login
from django.http import HttpRequest

from directory.middleware import note_sign_in
from directory.models import User

BACKEND = "config.auth.Backend"


def begin_session(request: HttpRequest, user: User) -> None:
    """Sign the user in with a new session key; nothing of an earlier session stays."""
    request.session.flush()
    login(request, user, backend=BACKEND)
    note_sign_in(request)
