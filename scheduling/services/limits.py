"""How much one visitor may do: counted in the database, so all processes agree.

A window slides in cells: the count of the last minute is the sum of its ten-second cells.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Min, Sum

from scheduling.errors import LimitReached
from scheduling.models import BusyInterval, PostCount


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time, and the cells that it is counted in."""

    length: timedelta
    cell: timedelta


MINUTE = Window(timedelta(minutes=1), timedelta(seconds=10))
HOUR = Window(timedelta(hours=1), timedelta(minutes=5))
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)

ADD_ONE = """
INSERT INTO scheduling_postcount (key, window_start, count) VALUES (%s, %s, 1)
ON CONFLICT (key, window_start) DO UPDATE SET count = scheduling_postcount.count + 1
"""


def client_key(address: str) -> str:
    """Return what is kept of a visitor's address."""
    return hashlib.sha256((settings.SECRET_KEY + address).encode()).hexdigest()


def email_key(email: str) -> str:
    """Return what is kept of an e-mail address to count its bookings."""
    return client_key(f"mailto:{email.strip().lower()}")


def count_post(client: str, *, now: datetime) -> None:
    """Count a post of an address (hashed by `client_key`). Two queries.

    Raises:
        LimitReached: POSTS_PER_MINUTE were made in the last minute.
    """
    check(client, MINUTE, settings.POSTS_PER_MINUTE, now=now)
    add(client, MINUTE, now=now)


def check_bookings(email: str, *, now: datetime) -> None:
    """Refuse when an e-mail address booked enough in the last hour. One query."""
    check(email_key(email), HOUR, settings.BOOKINGS_PER_HOUR_AND_EMAIL, now=now)


def count_booking(email: str, *, now: datetime) -> None:
    """Count a booking, in its transaction. The row stays locked until it ends.

    Raises:
        LimitReached: others with this address were quicker.
    """
    add(email_key(email), HOUR, now=now)
    limit = settings.BOOKINGS_PER_HOUR_AND_EMAIL + 1  # this one is counted already
    check(email_key(email), HOUR, limit, now=now)


def check_holds(client: str, *, flow_id: str, now: datetime) -> None:
    """Refuse when an address keeps enough slots for its other flows. One query."""
    if not client:
        return
    live = BusyInterval.objects.filter(
        kind=BusyInterval.Kind.HOLD, is_active=True, client=client, expires_at__gt=now
    ).exclude(flow=flow_id)
    if live.count() >= settings.LIVE_HOLDS_PER_CLIENT:
        raise LimitReached(retry_after=settings.HOLD_TIME)


def check(key: str, window: Window, limit: int, *, now: datetime) -> None:
    """Raise LimitReached when `limit` was reached inside the window."""
    counted = PostCount.objects.filter(
        key=key, window_start__gt=cell_of(window, now) - window.length
    ).aggregate(total=Sum("count"), first=Min("window_start"))
    if (counted["total"] or 0) >= limit:
        raise LimitReached(retry_after=counted["first"] + window.length - now)


def add(key: str, window: Window, *, now: datetime) -> None:
    """Add one to the present cell."""
    with connection.cursor() as cursor:
        cursor.execute(ADD_ONE, [key, cell_of(window, now)])


def cell_of(window: Window, now: datetime) -> datetime:
    """Return when the present cell began."""
    return now - (now - EPOCH) % window.cell
