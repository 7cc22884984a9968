"""A day explained as a strip: starts side by side, alike neighbours as one stretch."""

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, groupby, pairwise
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
LONGEST_RUN = 8  # starts without a change that are all shown


@dataclass(frozen=True, slots=True)
class Told:
    """A reason in both sentences, and its causes."""

    reason: Reason
    causes: tuple[Cause, ...]
    is_next: bool = False  # it would hold once the others do not

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
    first: int  # the number of its first start
    walls: tuple[str, ...]
    told: tuple[Told, ...]

    @property
    def holding(self) -> list[Told]:
        """Return what is against it now."""
        return [one for one in self.told if not one.is_next]

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
        reasons = {one.reason for one in self.holding}
        if reasons & CLOSED:
            return "closed"
        return "taken" if reasons <= TAKEN else "ruled-out"

    @property
    def words(self) -> str:
        return ", ".join(SHORT[one.reason] for one in self.holding) or "Offered"


@dataclass(frozen=True, slots=True)
class Row:
    """An advisor at an office, through the day."""

    number: int
    key: Key
    advisor: AdvisorData
    office: OfficeData
    rank: str
    stretches: tuple[Stretch, ...]

    @property
    def code(self) -> str:
        """Return a name for addresses; a dot is in no code."""
        return f"{self.advisor.code}.{self.office.code}"

    def shown(self, at: str) -> list[Stretch]:
        """Return the stretches with a time of day; all without one."""
        return [one for one in self.stretches if not at or at in one.walls]


@dataclass(frozen=True, slots=True)
class Column:
    """A start, or a long run of them without a change; and who has it."""

    walls: tuple[str, ...]
    takers: tuple[str, ...]

    @property
    def is_folded(self) -> bool:
        return len(self.walls) > 1

    @property
    def times(self) -> str:
        return times_text(self.walls)

    @property
    def wall(self) -> str:
        return self.walls[0]

    @property
    def minute(self) -> str:
        return self.wall[3:]


@dataclass(frozen=True, slots=True)
class Summary:
    """Neighbouring columns that the same advisors have; no names: nobody."""

    columns: tuple[Column, ...]

    @property
    def takers(self) -> tuple[str, ...]:
        return self.columns[0].takers

    @property
    def times(self) -> str:
        return times_text([wall for one in self.columns for wall in one.walls])


@dataclass(frozen=True)
class Strip:
    """All of it: columns and a row for each advisor at an office."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    @property
    def summary(self) -> list[Summary]:
        """Return the row of what is offered."""
        runs = _runs(self.columns, lambda one: one.takers)
        return [Summary(tuple(group)) for _, group in runs]

    @property
    def count(self) -> int:
        return sum(len(one.walls) for one in self.columns)

    @property
    def offered(self) -> list[str]:
        """Return the starts that somebody has."""
        return [wall for one in self.columns if one.takers for wall in one.walls]

    def width(self, stretch: Stretch) -> int:
        """Return how many columns a stretch covers."""
        end = stretch.first + len(stretch.walls)
        return bisect_left(self._edges, end) - bisect_left(self._edges, stretch.first)

    @cached_property
    def _edges(self) -> list[int]:
        """Return the number of each column's first start."""
        lengths = (len(one.walls) for one in self.columns)
        return list(accumulate(lengths, initial=0))

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
    keys = [key for key in day.candidates if offices is None or key[1] in offices]
    catalogue = day.wish.policy.catalogue
    rows = tuple(
        Row(
            number=number,
            key=key,
            advisor=catalogue.advisors[key[0]],
            office=catalogue.offices[key[1]],
            rank=rank_text(day.candidates[key].rank),
            stretches=_stretches(day, key),
        )
        for number, key in enumerate(keys, 1)
    )
    return Strip(_columns(day, rows), rows)


def _stretches(day: ExplainedDay, key: Key) -> tuple[Stretch, ...]:
    def told(one: Explained) -> tuple[Told, ...]:
        holding = [
            Told(reason, day.causes(one.start, key, reason))
            for reason in one.reasons[key]
        ]
        coming = [
            Told(reason, day.causes(one.start, key, reason), is_next=True)
            for reason in day.then(one.start, key)
        ]
        return (*holding, *coming)

    found: list[Stretch] = []
    first = 0
    for number, (what, group) in enumerate(_runs(day.starts, told), 1):
        walls = tuple(one.wall for one in group)
        found.append(Stretch(number, first, walls, what))
        first += len(walls)
    return tuple(found)


def _columns(day: ExplainedDay, rows: Sequence[Row]) -> tuple[Column, ...]:
    """Return the starts; where nothing changes for long, in no row, they are folded."""
    changes = sorted({one.first for row in rows for one in row.stretches})
    found: list[Column] = []
    for since, until in pairwise([*changes, len(day.starts)]):
        starts = day.starts[since:until]
        takers = tuple(
            row.advisor.name for row in rows if not starts[0].reasons[row.key]
        )
        walls = tuple(one.wall for one in starts)
        groups = [walls] if len(walls) > LONGEST_RUN else [(one,) for one in walls]
        found.extend(Column(group, takers) for group in groups)
    return tuple(found)


def rank_text(rank: int | None) -> str:
    return str(Rank(rank).label) if rank else "No expertise"


def times_text(walls: Sequence[str]) -> str:
    return walls[0] if len(walls) == 1 else f"{walls[0]} to {walls[-1]}"


def _runs(rows: Sequence[R], key: Callable[[R], K]) -> list[tuple[K, list[R]]]:
    """Return neighbours with the same key, together."""
    return [(what, list(group)) for what, group in groupby(rows, key)]
