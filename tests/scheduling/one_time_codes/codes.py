"""A meeting, its link, and the codes that were made for it."""

from datetime import timedelta

from scheduling.models import AccessCode
from scheduling.services.codes import request_code
from scheduling.tokens import one_time_code
from tests.factories import NOW

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TICK = timedelta(microseconds=1)


def code_of(row: AccessCode) -> str:
    return one_time_code(row.pk, row.created_at)


def ask(appointment, *, now=NOW) -> str:
    """Ask for a code; return what the mail says."""
    request_code(appointment, now=now)
    return code_of(AccessCode.objects.latest("pk"))


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"
