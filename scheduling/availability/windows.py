"""Wall-clock windows as minutes in UTC.

Windows are drawn on a wall line: 1440 minutes for every date, whatever the clocks do. The
line is then laid on UTC piece by piece, a piece for every stretch without a clock change.
So a minute is inside a window exactly when the wall clock reads inside it: what the clock
skips is nowhere, and what it repeats is there twice.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from scheduling.availability.intervals import paint, stretch

DAY_MINUTES = 1440
DAY_BYTES = DAY_MINUTES // 8
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
EMPTY_DAY = bytes(DAY_BYTES)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant of a date in a zone, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """Return the date that the zone's calendar shows."""
    return instant.astimezone(zone).date()


def floor_minute(instant: datetime) -> datetime:
    """Return the instant without its seconds, in UTC."""
    return instant.astimezone(UTC).replace(second=0, microsecond=0)


def minutes_up(span: timedelta) -> int:
    """Return the length in minutes, rounded up."""
    return -(-span // MINUTE)


def minute_number(instant: datetime) -> int:
    """Return the minute that holds an instant, counted from 1970 in UTC."""
    return (instant - EPOCH) // MINUTE


def minutes_around(starts: datetime, ends: datetime) -> tuple[int, int]:
    """Return a stretch of time in minutes since 1970 in UTC, rounded outwards."""
    return minute_number(starts), minutes_up(ends - EPOCH)


def instant_of(minute: int) -> datetime:
    """Return when a minute since 1970 begins."""
    return EPOCH + minute * MINUTE


def day_bytes(windows: Iterable[tuple[int, int]]) -> bytes:
    """Return the mask of one date's windows, from minute to minute."""
    mask = 0
    for starts, ends in windows:
        mask |= stretch(starts, min(ends, DAY_MINUTES))
    return mask.to_bytes(DAY_BYTES, "little")


@lru_cache(maxsize=64)
def grid_day(interval: int) -> bytes:
    """Return the mask of one date's minutes that the interval divides."""
    minutes = range(0, DAY_MINUTES, interval)
    return sum(1 << minute for minute in minutes).to_bytes(DAY_BYTES, "little")


@lru_cache(maxsize=1024)
def clock_changes(zone: ZoneInfo, year: int) -> tuple[datetime, ...]:
    """Return the instants of a UTC year at which the zone's clocks change."""
    changes = []
    before = datetime(year, 1, 1, tzinfo=UTC) - DAY
    while before.year <= year:
        after = before + DAY
        if _offset(before, zone) != _offset(after, zone):
            changes.append(_change_between(before, after, zone))
        before = after
    return tuple(change for change in changes if change.year == year)


def _steady(
    zone: ZoneInfo, base: datetime, end: datetime
) -> list[tuple[datetime, datetime]]:
    changes = [
        change
        for year in range(base.year, end.year + 1)
        for change in clock_changes(zone, year)
        if base < change < end
    ]
    return list(zip([base, *changes], [*changes, end], strict=True))


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()


def _change_between(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    old = _offset(before, zone)
    while after - before > MINUTE:
        middle = floor_minute(before + (after - before) / 2)
        if _offset(middle, zone) == old:
            before = middle
        else:
            after = middle
    return after


class Line:
    """`size` minutes from `base` on, and what a zone's wall clock reads at each."""

    def __init__(self, zone: ZoneInfo, base: datetime, size: int) -> None:
        pieces = [
            (starts, starts + _offset(starts, zone), ends - starts)
            for starts, ends in _steady(zone, base, base + size * MINUTE)
        ]
        # A clock that goes back just after midnight shows the day before once more.
        midnight = min(wall for _, wall, _ in pieces).replace(hour=0, minute=0)
        end = max(wall + length for _, wall, length in pieces)
        self._pieces = [
            (
                (starts - base) // MINUTE,
                (wall - midnight) // MINUTE,
                stretch(0, length // MINUTE),
            )
            for starts, wall, length in pieces
        ]
        days = -((midnight - end) // DAY)
        self.days = [midnight.date() + number * DAY for number in range(days)]
        self._weekdays = [day.weekday() for day in self.days]
        self.weekdays = frozenset(self._weekdays)
        self._size = days * DAY_MINUTES

    def weekly(self, week: Sequence[bytes]) -> int:
        """Return the mask of windows that come back every week, Monday's first."""
        return self.daily(week[weekday] for weekday in self._weekdays)

    def daily(self, days: Iterable[bytes]) -> int:
        """Return the mask of each date's own windows, for the dates of `days`."""
        return self._on_utc(int.from_bytes(b"".join(days), "little"))

    def every_day(self, day: bytes) -> int:
        """Return the mask of windows that every date has."""
        return self._on_utc(int.from_bytes(day * len(self.days), "little"))

    def dates(self, spans: Iterable[tuple[date, date]]) -> int:
        """Return the mask of spans of whole dates, their last date included."""
        return self.on_dates((first, last, 0, DAY_MINUTES) for first, last in spans)

    def on_dates(self, windows: Iterable[tuple[date, date, int, int]]) -> int:
        """Return the mask of windows on each date of a span: first, last, from, to."""
        drawn: list[tuple[int, int]] = []
        for first, last, starts, ends in windows:
            start = max((first - self.days[0]).days, 0)
            end = min((last - self.days[0]).days, len(self.days) - 1)
            if (starts, ends) == (0, DAY_MINUTES):
                drawn.append((start * DAY_MINUTES, (end + 1) * DAY_MINUTES))
                continue
            for number in range(start, end + 1):
                midnight = number * DAY_MINUTES
                drawn.append((midnight + starts, midnight + ends))
        return self._on_utc(paint(drawn, self._size))

    def _on_utc(self, wall: int) -> int:
        mask = 0
        for minute, wall_minute, length in self._pieces:
            mask |= (wall >> wall_minute & length) << minute
        return mask
