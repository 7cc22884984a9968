"""A day explained as a strip: starts side by side, alike neighbours as one stretch."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar

from directory.catalogue import AdvisorData, OfficeData
from directory.choices import Rank
from scheduling.availability.types import Reason
from scheduling.causes.day import ExplainedDay, Key
from scheduling.causes.types import Cause
from scheduling.queries import Explained
from scheduling.reasons import customer_sentence, staff_sentence

R = TypeVar("R")
K = TypeVar("K")
# Words for the narrow cells of the strip.
SHORT = {
    Reason.SEGMENT_SUBJECT: "Subject not allowed",
    Reason.SEGMENT_CHANNEL: "Channel not allowed",
    Reason.SUBJECT_INACTIVE: "Subject inactive",
    Reason.CHANNEL_OFF: "Channel off",
    Reason.OFFICE_OFF: "Office inactive",
    Reason.OFFICE_CLOSED: "Closed",
    Reason.CLOSURE: "Closure",
    Reason.ADVISOR_OFF: "Advisor off",
    Reason.NOT_CHOSEN: "Not asked for",
    Reason.NO_EXPERTISE: "No expertise",
    Reason.RANK: "Rank",
    Reason.RANK_THRESHOLD: "Rank threshold",
    Reason.NOT_WORKING: "Not working",
    Reason.ABSENT: "Absent",
    Reason.BUSY: "Busy",
    Reason.BUFFER: "Buffer",
    Reason.HELD: "Held",
    Reason.PAST: "Past",
    Reason.TOO_SOON: "Too soon",
    Reason.TOO_FAR: "Too far ahead",
    Reason.OUTSIDE_HOURS: "Outside limit",
    Reason.DAY_FULL: "Day full",
    Reason.NOT_COVERED: "Not covered",
    Reason.OFF_GRID: "Off the grid",
    Reason.CLOCK_CHANGE: "Clock change",
}
CLOSED = {
    *(Reason.OFFICE_CLOSED, Reason.CLOSURE, Reason.NOT_WORKING, Reason.OUTSIDE_HOURS),
    *(Reason.PAST, Reason.CLOCK_CHANGE),
}
TAKEN = {Reason.ABSENT, Reason.BUSY, Reason.BUFFER, Reason.HELD, Reason.DAY_FULL}
WORDY = 4  # starts that a stretch needs to show words instead of a dash


@dataclass(frozen=True, slots=True)
class Told:
    """A reason in both sentences, and its causes."""

    reason: Reason
    causes: tuple[Cause, ...]

    @property
    def staff(self) -> str:
        return staff_sentence(self.reason)

    @property
    def customer(self) -> str:
        return customer_sentence(self.reason)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Neighbouring starts with the same outcome; nothing against them: offered."""

    number: int
    walls: tuple[str, ...]
    told: tuple[Told, ...]

    @property
    def is_offered(self) -> bool:
        return not self.told

    @property
    def times(self) -> str:
        """Return "09:00" or "09:00 to 10:45": the starts, not the meetings."""
        return times_text(self.walls)

    @property
    def state(self) -> str:
        """Return a word for its colour."""
        if not self.told:
            return "offered"
        reasons = {one.reason for one in self.told}
        if reasons & CLOSED:
            return "closed"
        return "taken" if reasons <= TAKEN else "ruled-out"

    @property
    def words(self) -> str:
        return ", ".join(SHORT[one.reason] for one in self.told) or "Offered"

    @property
    def is_wordy(self) -> bool:
        return len(self.walls) >= WORDY


@dataclass(frozen=True, slots=True)
class Row:
    """An advisor at an office, through the day."""

    number: int
    key: Key
    advisor: AdvisorData
    office: OfficeData
    rank: str
    stretches: tuple[Stretch, ...]

    def shown(self, at: str) -> list[Stretch]:
        """Return the stretches with a time of day; all without one."""
        return [one for one in self.stretches if not at or at in one.walls]


@dataclass(frozen=True, slots=True)
class Start:
    """A column: a start, and the names of those who have it."""

    wall: str
    takers: tuple[str, ...]

    @property
    def minute(self) -> str:
        return self.wall[3:]


@dataclass(frozen=True, slots=True)
class Summary:
    """Neighbouring starts that the same advisors have; no names: nobody."""

    walls: tuple[str, ...]
    takers: tuple[str, ...]

    @property
    def times(self) -> str:
        return times_text(self.walls)

    @property
    def is_wordy(self) -> bool:
        return len(self.walls) >= WORDY


@dataclass(frozen=True)
class Strip:
    """All of it: columns, the row of what is offered, and a row for each advisor."""

    starts: tuple[Start, ...]
    rows: tuple[Row, ...]

    @property
    def summary(self) -> list[Summary]:
        return [
            Summary(tuple(one.wall for one in group), takers)
            for takers, group in _runs(self.starts, lambda one: one.takers)
        ]

    @property
    def hours(self) -> list[tuple[str, list[Start]]]:
        """Return the starts by the hour of the wall clock."""
        return _runs(self.starts, lambda one: one.wall[:2])

    @property
    def offered(self) -> list[Start]:
        return [one for one in self.starts if one.takers]

    @property
    def causes(self) -> Iterator[Cause]:
        """Yield every cause that the page may link to."""
        for row in self.rows:
            for stretch in row.stretches:
                for told in stretch.told:
                    yield from told.causes


def make_strip(day: ExplainedDay, *, offices: Collection[int] | None = None) -> Strip:
    """Return a day's strip, of all offices or of some alone.

    Offered is what `scheduling.queries.explain` has nothing against.
    """
    starts = day.starts
    keys = [key for key in day.candidates if offices is None or key[1] in offices]
    catalogue = day.wish.policy.catalogue
    ranks = {key: one.rank for key, one in day.candidates.items()}
    names = {key: catalogue.advisors[key[0]].name for key in keys}
    return Strip(
        starts=tuple(
            Start(one.wall, tuple(names[key] for key in keys if not one.reasons[key]))
            for one in starts
        ),
        rows=tuple(
            Row(
                number=number,
                key=key,
                advisor=catalogue.advisors[key[0]],
                office=catalogue.offices[key[1]],
                rank=rank_text(ranks[key]),
                stretches=_stretches(day, starts, key),
            )
            for number, key in enumerate(keys, 1)
        ),
    )


def _stretches(
    day: ExplainedDay, starts: Sequence[Explained], key: Key
) -> tuple[Stretch, ...]:
    def told(one: Explained) -> tuple[Told, ...]:
        return tuple(
            Told(reason, day.causes(one.start, key, reason))
            for reason in one.reasons[key]
        )

    return tuple(
        Stretch(number, tuple(one.wall for one in group), what)
        for number, (what, group) in enumerate(_runs(starts, told), 1)
    )


def rank_text(rank: int | None) -> str:
    return str(Rank(rank).label) if rank else "No expertise"


def times_text(walls: Sequence[str]) -> str:
    return walls[0] if len(walls) == 1 else f"{walls[0]} to {walls[-1]}"


def _runs(rows: Sequence[R], key: Callable[[R], K]) -> list[tuple[K, list[R]]]:
    """Return neighbours with the same key, together."""
    return [(what, list(group)) for what, group in groupby(rows, key)]
