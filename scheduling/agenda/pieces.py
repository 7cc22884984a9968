"""A day of an advisor as pieces of wall-clock time. Plain data, plain Python.

Minutes count from 00:00 on the wall clock of one zone, whatever office a piece is of.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduling.availability.intervals import paint

DAY = timedelta(days=1)
DAY_MINUTES = 1440
SHORTEST_GAP = 15  # minutes: nothing fits into less
# Drawn beneath the others, over the whole width of a day.
GROUND = frozenset({"free", "absence", "closure", "elsewhere"})
Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of a day. `pk` is that of the meeting or of the absence.

    Kinds: meeting, held, imported, taken (a meeting that the reader may not see), buffer,
    and those of GROUND. Of pieces side by side each has a `lane` among `lanes`.
    """

    kind: str
    first: int
    last: int
    title: str
    detail: str = ""
    status: str = ""
    status_label: str = ""
    pk: int | None = None
    office_id: int | None = None
    lane: int = 1
    lanes: int = 1

    @property
    def times(self) -> str:
        if (self.first, self.last) == (0, DAY_MINUTES):
            return "All day"
        return f"{clock(self.first)}-{clock(self.last)}"

    @property
    def minutes(self) -> int:
        return self.last - self.first

    @property
    def is_ground(self) -> bool:
        return self.kind in GROUND


def clock(minute: int) -> str:
    """Return "09:30"; midnight at the end of the day is 24:00."""
    return f"{minute // 60:02}:{minute % 60:02}"


def on_day(starts: datetime, ends: datetime, day: date, zone: ZoneInfo) -> Span | None:
    """Return what of a stretch of time lies on a date of a zone, rounded outwards."""
    since, until = starts.astimezone(zone), ends.astimezone(zone)
    if since.date() > day or until.date() < day:
        return None
    first = since.hour * 60 + since.minute if since.date() == day else 0
    last = DAY_MINUTES
    if until.date() == day:
        last = until.hour * 60 + until.minute + bool(until.second)
    if last <= 0:
        return None  # it ends at midnight
    return first, max(last, first + 1)


def moved(
    starts: int, ends: int, day: date, *, of: ZoneInfo, to: ZoneInfo
) -> Iterator[tuple[date, Span]]:
    """Yield a local stretch of a date as other clocks show it, by their dates."""
    if of == to:
        yield day, (starts, ends)
        return
    midnight = datetime.combine(day, time(), of)
    first = midnight + starts * timedelta(minutes=1)
    last = midnight + ends * timedelta(minutes=1)
    for other in (day - DAY, day, day + DAY):
        found = on_day(first, last, other, to)
        if found:
            yield other, found


def mask(spans: Iterable[Span]) -> int:
    return paint(spans, DAY_MINUTES)


def runs(minutes: int) -> Iterator[Span]:
    """Yield the stretches of a mask, the earliest first."""
    bits = f"{minutes:b}"[::-1]
    start = bits.find("1")
    while start >= 0:
        end = bits.find("0", start)
        end = len(bits) if end < 0 else end
        yield start, end
        start = bits.find("1", end)


def side_by_side(pieces: Iterable[Piece]) -> list[Piece]:
    """Return the pieces by time; those that overlap on top get lanes of their own."""
    ordered = sorted(pieces, key=lambda one: (one.first, not one.is_ground, one.last))
    found: list[Piece] = []
    cluster: list[Piece] = []
    for one in ordered:
        if one.is_ground:
            found.append(one)
        elif cluster and one.first >= max(other.last for other in cluster):
            found.extend(_with_lanes(cluster))
            cluster = [one]
        else:
            cluster.append(one)
    found.extend(_with_lanes(cluster))
    return sorted(found, key=lambda one: (one.first, not one.is_ground, one.last))


def _with_lanes(cluster: list[Piece]) -> list[Piece]:
    ends: list[int] = []
    placed = []
    for one in cluster:
        free = next((n for n, end in enumerate(ends) if end <= one.first), len(ends))
        ends[free : free + 1] = [one.last]
        placed.append((one, free))
    return [replace(one, lane=lane + 1, lanes=len(ends)) for one, lane in placed]
