"""Minimum notice: hours, or working days of an office."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from scheduling.availability.types import Notice, Place
from scheduling.availability.windows import DAY, DAY_MINUTES, day_start, local_day

NEVER = datetime.max.replace(tzinfo=UTC)
FARTHEST = 3660  # days; an office closed for ten years has no working days


def earliest_start(notices: Iterable[Notice], place: Place, now: datetime) -> datetime:
    """Return the instant before which nothing starts; the latest notice counts.

    `NEVER` when an office has not that many working days.
    """
    earliest = now
    for notice in notices:
        earliest = max(earliest, now + timedelta(hours=notice.hours))
        if notice.working_days:
            earliest = max(earliest, _working_day(notice.working_days, place, now))
    return earliest


def _working_day(number: int, place: Place, now: datetime) -> datetime:
    weekdays = {hours.weekday for hours in place.opening if hours.starts < hours.ends}
    day = local_day(now, place.zone)
    for _ in range(FARTHEST):
        day += DAY
        if day.weekday() in weekdays and not _is_shut(place, day):
            number -= 1
            if number == 0:
                return day_start(day, place.zone)
    return NEVER


def _is_shut(place: Place, day: date) -> bool:
    return any(
        shut.first <= day <= shut.last
        for shut in place.closures
        if shut.starts == 0 and shut.ends >= DAY_MINUTES
    )
