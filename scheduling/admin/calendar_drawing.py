"""A calendar as its template draws it: days, advisors in them, pieces with their links."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from scheduling.admin.calendar_links import Links
from scheduling.agenda.days import AdvisorDay
from scheduling.agenda.pieces import DAY_MINUTES, Piece

USUAL = (8 * 60, 18 * 60)  # what is drawn of a day in any case
CELL = 5  # minutes
HOUR = 60
WEEKEND = 5
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A piece, its place in hours and minutes, and its addresses."""

    piece: Piece
    top: int
    bottom: int
    url: str = ""
    book: str = ""
    why: str = ""

    @property
    def from_hour(self) -> int:
        return self.top // HOUR

    @property
    def from_minute(self) -> int:
        return self.top % HOUR

    @property
    def to_hour(self) -> int:
        return self.bottom // HOUR

    @property
    def to_minute(self) -> int:
        return self.bottom % HOUR

    @property
    def is_short(self) -> bool:
        """Tell whether there is room for one line only."""
        return self.bottom - self.top < HOUR / 2 + CELL


@dataclass(frozen=True, slots=True)
class Lane:
    """An advisor's day, and the address of the advisor's week."""

    number: int
    source: AdvisorDay
    url: str
    drawn: Sequence[Drawn]


@dataclass(frozen=True, slots=True)
class Day:
    """A date with its advisors."""

    date: date
    is_today: bool
    url: str
    lanes: Sequence[Lane]

    @property
    def meetings(self) -> int:
        return sum(lane.source.meetings for lane in self.lanes)

    @property
    def is_empty(self) -> bool:
        return all(lane.source.is_empty for lane in self.lanes)


def hours_drawn(days: Iterable[AdvisorDay]) -> tuple[int, int]:
    """Return the first hour and the one after the last that the pieces need."""
    first, last = USUAL
    for day in days:
        for piece in day.pieces:
            if piece.kind in {"closure", "absence"}:
                continue  # often whole days; they are cut off
            first, last = min(first, piece.first), max(last, piece.last)
    return first // HOUR, -(-last // HOUR)


def draw(
    source: AdvisorDay, links: Links, *, now: datetime, hours: tuple[int, int]
) -> list[Drawn]:
    """Return the pieces within some hours; what is past is not offered."""
    found = []
    midnight = datetime.combine(source.day, time(), source.setting.zone)
    for piece in source.pieces:
        top = max(piece.first // CELL * CELL, hours[0] * HOUR)
        bottom = min(-(-piece.last // CELL) * CELL, hours[1] * HOUR, DAY_MINUTES)
        if top >= bottom:
            top, bottom = hours[0] * HOUR, hours[0] * HOUR + CELL
        is_gap = piece.kind == "free" and midnight + piece.last * MINUTE > now
        found.append(
            Drawn(
                piece,
                top,
                bottom,
                links.of(piece),
                links.book(piece, source.advisor, source.day) if is_gap else "",
                links.why(piece, source.advisor, source.day) if is_gap else "",
            )
        )
    return found


def without_empty_weekend(days: Sequence[Day]) -> list[Day]:
    """Return the days without Saturdays and Sundays on which nothing happens.

    Today stays, and so does a day that was asked for alone.
    """
    return [
        day
        for day in days
        if day.date.weekday() < WEEKEND
        or day.is_today
        or not day.is_empty
        or len(days) == 1
    ]
