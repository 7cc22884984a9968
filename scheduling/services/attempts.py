"""Trying again what the database could not settle."""

import secrets
import time
from collections.abc import Callable
from typing import TypeVar

import psycopg
from django.db import OperationalError, connection

from scheduling.errors import Busy

T = TypeVar("T")

ATTEMPTS = 4
PAUSE = 0.05  # seconds, times the number of the attempt, times up to one of jitter
UNSETTLED = (
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.LockNotAvailable,
)


def settle(work: Callable[[], T]) -> T:
    """Run a transaction, again up to three times after a deadlock or a lock timeout.

    Inside another transaction the error goes on to the outermost caller: the database
    has given all of it up.

    Raises:
        Busy: it did not work out.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return work()
        except OperationalError as error:
            is_unsettled = isinstance(error.__cause__, UNSETTLED)
            if not is_unsettled or connection.in_atomic_block:
                raise
            if attempt == ATTEMPTS:
                raise Busy from error
            time.sleep(PAUSE * attempt * secrets.SystemRandom().random())
    raise AssertionError
