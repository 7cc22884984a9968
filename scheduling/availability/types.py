"""The words of the engine: what it is told, and what it answers.

Instants are aware and in UTC. Times of day are whole minutes since 00:00 on the office's
wall clock, and a window ends at 1440 at the latest.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo


class Reason(StrEnum):
    """Why a start is refused. The codes are stable; other software reads them."""

    SEGMENT_SUBJECT = "SEGMENT_SUBJECT"
    SEGMENT_CHANNEL = "SEGMENT_CHANNEL"
    SUBJECT_INACTIVE = "SUBJECT_INACTIVE"
    CHANNEL_OFF = "CHANNEL_OFF"
    OFFICE_OFF = "OFFICE_OFF"
    OFFICE_CLOSED = "OFFICE_CLOSED"
    CLOSURE = "CLOSURE"
    ADVISOR_OFF = "ADVISOR_OFF"
    NOT_CHOSEN = "NOT_CHOSEN"
    NO_EXPERTISE = "NO_EXPERTISE"
    RANK = "RANK"
    RANK_THRESHOLD = "RANK_THRESHOLD"
    NOT_WORKING = "NOT_WORKING"
    ABSENT = "ABSENT"
    BUSY = "BUSY"
    BUFFER = "BUFFER"
    HELD = "HELD"
    PAST = "PAST"
    TOO_SOON = "TOO_SOON"
    TOO_FAR = "TOO_FAR"
    OUTSIDE_HOURS = "OUTSIDE_HOURS"
    DAY_FULL = "DAY_FULL"
    NOT_COVERED = "NOT_COVERED"
    OFF_GRID = "OFF_GRID"
    CLOCK_CHANGE = "CLOCK_CHANGE"


class Hours(Protocol):
    """A stretch of a weekday."""

    @property
    def weekday(self) -> int: ...
    @property
    def starts(self) -> int: ...
    @property
    def ends(self) -> int: ...


class Window(Hours, Protocol):
    """A stretch of a weekday; `advisors` (extra hours only) empty means all."""

    @property
    def advisors(self) -> frozenset[int]: ...


class Notice(Protocol):
    """So many hours, or nothing before so many working days have begun."""

    @property
    def hours(self) -> int: ...
    @property
    def working_days(self) -> int: ...


class Settings(Protocol):
    """Resolved settings (segments.policy.Settings). Minutes, days and hours are ints."""

    @property
    def duration(self) -> int: ...
    @property
    def intervals(self) -> tuple[int, ...]: ...  # each must divide the wall clock
    @property
    def buffer_before(self) -> int: ...
    @property
    def buffer_after(self) -> int: ...
    @property
    def notices(self) -> tuple[Notice, ...]: ...  # the latest counts
    @property
    def horizon(self) -> int: ...
    @property
    def ranks(self) -> frozenset[int]: ...
    @property
    def thresholds(self) -> tuple[int, int] | None: ...
    @property
    def daily_maximum(self) -> int | None: ...
    @property
    def limits(self) -> tuple[Window, ...] | None: ...  # None: no limit
    @property
    def extras(self) -> tuple[Window, ...]: ...


@dataclass(frozen=True, slots=True)
class Span:
    """Settings that hold for the local dates `first` to `last`, both included."""

    first: date
    last: date
    settings: Settings


@dataclass(frozen=True, slots=True)
class OpenHours:
    """One opening of a week."""

    weekday: int
    starts: int
    ends: int


@dataclass(frozen=True, slots=True)
class Shut:
    """`starts` to `ends` on each date from `first` to `last`; 0 to 1440 is a full day."""

    first: date
    last: date
    starts: int
    ends: int


@dataclass(frozen=True, slots=True)
class Place:
    """An office as the engine sees it."""

    id: int
    zone: ZoneInfo
    opening: tuple[OpenHours, ...]
    closures: tuple[Shut, ...]
    spans: tuple[Span, ...]  # settings at this office, by date, without gaps


@dataclass(frozen=True, slots=True)
class WorkBlock:
    """Work at an office; no channels or subjects named means all of them."""

    office_id: int
    starts: int
    ends: int
    channels: frozenset[str] = frozenset()
    subjects: frozenset[int] = frozenset()


WeekBlocks = Mapping[int, tuple[WorkBlock, ...]]  # weekday -> blocks


@dataclass(frozen=True, slots=True)
class Week:
    """A week template for a span of dates."""

    first: date
    last: date
    blocks: WeekBlocks


@dataclass(frozen=True, slots=True)
class Rota:
    """An advisor's work: the day's own template, else the span's, else the default."""

    default: WeekBlocks = field(default_factory=dict)
    weeks: tuple[Week, ...] = ()
    days: Mapping[date, tuple[WorkBlock, ...]] = field(default_factory=dict)


class Busy(NamedTuple):
    """Taken times of one kind, with the same buffers inside; a listing has thousands.

    `starts` and `ends` are columns of minutes since 1970 in UTC, rounded outwards. A
    meeting lies `before` minutes after its start and `after` minutes before its end.
    """

    kind: str  # hold, appointment or imported
    starts: Sequence[int]
    ends: Sequence[int]
    before: int = 0
    after: int = 0

    def meetings(self) -> Iterator[tuple[int, int]]:
        """Return the meetings without their buffers."""
        for starts, ends in zip(self.starts, self.ends, strict=True):
            yield starts + self.before, ends - self.after


@dataclass(frozen=True, slots=True)
class Candidate:
    """An advisor at an office, for the subject and channel that are asked for.

    `refusals` hold whatever the time is. `rank` is None without the expertise.
    """

    advisor_id: int
    place: Place
    rank: int | None
    rota: Rota
    refusals: frozenset[Reason] = frozenset()
    absences: Sequence[tuple[int, int]] = ()  # minutes, as in Busy
    busy: Sequence[Busy] = ()


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked: starts in [first, last) for a subject and channel.

    `named_advisor` is one whom rank thresholds must not hide. `ignored` reasons do not
    count (a live hold outlives rule changes).
    """

    now: datetime
    first: datetime
    last: datetime
    subject_id: int
    channel: str
    named_advisor: int | None = None
    ignored: frozenset[Reason] = frozenset()


class Slot(NamedTuple):
    """A start that one advisor can really take at one office."""

    start: datetime
    advisor_id: int
    office_id: int
    rank: int
    ends: datetime
