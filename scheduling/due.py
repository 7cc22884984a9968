"""When a reminder is due: plain arithmetic on instants and wall clocks."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
STILL_USEFUL = timedelta(hours=1)  # before the start
# The job looks each minute and may wait for another one: this late is still in time.
LATE = timedelta(minutes=5)
DAYS_TRIED = 3  # a window that the clock skips does not exist that day


class Timing(Protocol):
    """The part of a reminder that says when it goes out."""

    minutes_before: int
    sends_from: time
    sends_until: time


def due_at(start: datetime, reminder: Timing, zone: ZoneInfo) -> datetime:
    """Return when to remind of a meeting that starts then, in UTC.

    A time outside the sending window of the zone's wall clock moves forward to the
    window's start, if that is still an hour before the meeting; else back to the end of
    the window before. The minutes before the start are counted as they pass, whatever
    the clocks do meanwhile.
    """
    due = start.astimezone(UTC) - timedelta(minutes=reminder.minutes_before)
    if is_inside(due, reminder, zone):
        return due
    opens = next_opening(due, reminder, zone)
    if opens <= start - STILL_USEFUL:
        return opens
    return last_closing(due, reminder, zone)


def is_inside(moment: datetime, reminder: Timing, zone: ZoneInfo) -> bool:
    """Tell whether the wall clock reads a time of the window, both ends included."""
    clock = moment.astimezone(zone).time()
    return reminder.sends_from <= clock <= reminder.sends_until


def is_timely(now: datetime, due: datetime, reminder: Timing, zone: ZoneInfo) -> bool:
    """Tell whether a reminder may go out now: due, and inside its window.

    What was due at the very end of the window may be a little late.
    """
    return due <= now and (now - due <= LATE or is_inside(now, reminder, zone))


def next_opening(moment: datetime, reminder: Timing, zone: ZoneInfo) -> datetime:
    """Return when the window opens next."""
    day = moment.astimezone(zone).date()
    days = [day + n * DAY for n in range(DAYS_TRIED)]
    return min(
        found
        for found in instants(days, reminder.sends_from, zone)
        if found >= moment and is_inside(found, reminder, zone)
    )


def last_closing(moment: datetime, reminder: Timing, zone: ZoneInfo) -> datetime:
    """Return when the window closed last."""
    day = moment.astimezone(zone).date()
    days = [day - n * DAY for n in range(DAYS_TRIED)]
    return max(
        found
        for found in instants(days, reminder.sends_until, zone)
        if found <= moment and is_inside(found, reminder, zone)
    )


def instants(days: Iterable[date], clock: time, zone: ZoneInfo) -> list[datetime]:
    """Return every instant at which the clock may be meant to read this, in UTC.

    A time that the clock repeats is there twice; for one that it skips there are the two
    instants that are as far from the change.
    """
    return [
        datetime.combine(day, clock, zone).replace(fold=fold).astimezone(UTC)
        for day in days
        for fold in (0, 1)
    ]
