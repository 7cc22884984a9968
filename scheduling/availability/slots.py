"""Which advisors can take a meeting when, and why not.

`survey` answers for a stretch of time. Its board lists slots and gives the reasons against
any start from the same layers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property

from scheduling.availability.intervals import (
    first_minute,
    minutes_in,
    stretch,
)
from scheduling.availability.layers import Clashes, Frame, Layer, Layers
from scheduling.availability.types import Candidate, Reason, Search, Slot
from scheduling.availability.windows import DAY, MINUTE, minutes_up

ORDER = {reason: number for number, reason in enumerate(Reason)}
ALWAYS = datetime.min.replace(tzinfo=UTC)
STRIDE = 7 * DAY  # the first slots of a rank are looked for week by week


@dataclass(frozen=True, slots=True)
class Bests:
    """The first slots of rank 1 and of rank 2; None when there are none that matter."""

    first: datetime | None
    second: datetime | None

    def before(self, rank: int) -> datetime | None:
        """Return the first slot of the ranks better than this one."""
        better = [self.first] if rank == 2 else [self.first, self.second]
        return min((start for start in better if start), default=None)

    def end_of(self, rank: int, *, days: int, now: datetime) -> datetime | None:
        """Return when better ranks take over; None is never."""
        found = self.before(rank)
        return ALWAYS if found is not None and found <= now + days * DAY else found


@dataclass(frozen=True, slots=True)
class Checks:
    """All layers that concern one advisor in one frame."""

    start_layers: tuple[Layer, ...]
    minute_layers: tuple[Layer, ...]
    clashes: Clashes


def survey(candidates: Sequence[Candidate], search: Search) -> "Board":
    """Return the board of all starts in [first, last) for these advisors and offices.

    An advisor appears once for each office. Busy times must cover the whole local dates
    of the search, and, when rank thresholds are set, everything from now to the horizon.
    """
    return Board(candidates, search)


class Board:
    """Starts, slots and reasons of one search; computed when they are first asked for."""

    def __init__(self, candidates: Sequence[Candidate], search: Search) -> None:
        self.search = search
        self.candidates = {(one.advisor_id, one.place.id): one for one in candidates}
        self.layers = Layers({one.place.id: one.place for one in candidates}, search)
        self._masks: dict[tuple[int, int], list[tuple[Frame, int]]] = {}
        self._checks: dict[tuple[int, int, int], Checks] = {}

    def starts(self) -> list[datetime]:
        """Return every start that somebody can take, the earliest first."""
        return [self.layers.at(minute) for minute in minutes_in(self._any)]

    def first_start(self) -> datetime | None:
        """Return the earliest start that somebody can take."""
        minute = first_minute(self._any)
        return None if minute is None else self.layers.at(minute)

    def durations(self, first: datetime, last: datetime) -> set[int]:
        """Return how many minutes the meetings take that start in [first, last)."""
        asked = self.layers.from_instant(first) & self.layers.before_instant(last)
        return {
            frame.settings.duration
            for candidate in self.candidates.values()
            for frame, mask in self._offered(candidate)
            if mask & asked
        }

    def slots(self) -> list[Slot]:
        """Return every start of every advisor, by start, rank and advisor."""
        found = [
            slot
            for candidate in self.candidates.values()
            for frame, mask in self._offered(candidate)
            for slot in self._slots_in(candidate, frame, mask)
        ]
        return sorted(found, key=_slot_order)

    def offers(self, start: datetime) -> list[Slot]:
        """Return who can take a start, by rank and advisor."""
        minute = self.layers.minute_of(start)
        if minute < 0 or self.layers.at(minute) != start:
            return []
        found = [
            slot
            for candidate in self.candidates.values()
            for frame, mask in self._offered(candidate)
            for slot in self._slots_in(candidate, frame, mask & 1 << minute)
        ]
        return sorted(found, key=_slot_order)

    def reasons(
        self, start: datetime, advisor_id: int, office_id: int
    ) -> tuple[Reason, ...]:
        """Return all reasons against a start for an advisor at an office.

        An empty answer means that the start is offered. A start within a minute counts
        as the minutes that it touches, and is off the grid.

        Raises:
            ValueError: the start is not in the search.
            LookupError: no settings hold on the start's date.
        """
        if not self.search.first <= start < self.search.last:
            raise ValueError("The start lies outside the search.")
        candidate = self.candidates.get((advisor_id, office_id))
        if candidate is None:
            return (Reason.NO_EXPERTISE,)
        found = self._lasting(candidate) | self._momentary(candidate, start)
        return tuple(sorted(found - self.search.ignored, key=ORDER.__getitem__))

    def better_slot(self, rank: int) -> Slot | None:
        """Return the first slot of a better rank: what rank thresholds look at."""
        start = self._bests.before(rank)
        if start is None:
            return None
        better = [
            one
            for one in self.candidates.values()
            if one.rank is not None and one.rank < rank
        ]
        search = replace(
            self.search,
            first=start,
            last=start + MINUTE,
            ignored=self.search.ignored | {Reason.RANK_THRESHOLD},
        )
        return next(iter(survey(better, search).offers(start)), None)

    @cached_property
    def _any(self) -> int:
        union = 0
        for candidate in self.candidates.values():
            for _, mask in self._offered(candidate):
                union |= mask
        return union

    def _slots_in(
        self, candidate: Candidate, frame: Frame, mask: int
    ) -> Iterator[Slot]:
        advisor_id, office_id = candidate.advisor_id, candidate.place.id
        duration = frame.settings.duration * MINUTE
        for minute in minutes_in(mask):
            start = self.layers.at(minute)
            rank = candidate.rank or 0
            yield Slot(start, advisor_id, office_id, rank, start + duration)

    # What is offered

    def _offered(self, candidate: Candidate) -> list[tuple[Frame, int]]:
        key = (candidate.advisor_id, candidate.place.id)
        if key not in self._masks:
            self._masks[key] = []
            if not self._lasting(candidate) - self.search.ignored:
                self._masks[key] = [
                    (frame, self._offered_in(candidate, frame))
                    for frame in self.layers.frames(candidate.place)
                ]
        return self._masks[key]

    def _offered_in(self, candidate: Candidate, frame: Frame) -> int:
        layers = self.layers
        starts = frame.starts & layers.together(self._start_layers(candidate, frame))
        if not starts:
            return 0
        starts &= layers.unhindered(candidate, frame)
        return starts & layers.untouched(candidate, frame)

    # What is against it

    def _lasting(self, candidate: Candidate) -> frozenset[Reason]:
        if candidate.rank is None:
            return candidate.refusals | {Reason.NO_EXPERTISE}
        return candidate.refusals

    def _momentary(self, candidate: Candidate, start: datetime) -> set[Reason]:
        frame = self._frame_at(candidate, start)
        checks = self._checks_of(candidate, frame)
        minute = self.layers.minute_of(start)
        end = minutes_up(start + frame.settings.duration * MINUTE - self.layers.base)
        meeting = stretch(minute, end)
        found = {
            reason for reason, mask in checks.start_layers if not mask >> minute & 1
        }
        found |= {reason for reason, mask in checks.minute_layers if meeting & ~mask}
        if self.layers.at(minute) != start:
            found.add(Reason.OFF_GRID)
        return found | _clashes_with(meeting, checks.clashes)

    def _frame_at(self, candidate: Candidate, start: datetime) -> Frame:
        minute = self.layers.minute_of(start)
        for frame in self.layers.frames(candidate.place):
            if frame.dates >> minute & 1:
                return frame
        raise LookupError("No settings hold on that date.")

    def _checks_of(self, candidate: Candidate, frame: Frame) -> Checks:
        key = (candidate.advisor_id, candidate.place.id, id(frame))
        if key not in self._checks:
            own = self._start_layers(candidate, frame)
            self._checks[key] = Checks(
                start_layers=(*frame.start_layers, *own),
                minute_layers=tuple(self.layers.minute_layers(candidate, frame)),
                clashes=self.layers.clashes(candidate, frame),
            )
        return self._checks[key]

    # Rank thresholds

    def _start_layers(self, candidate: Candidate, frame: Frame) -> list[Layer]:
        layers = self.layers.start_layers(candidate, frame)
        thresholds, rank = frame.settings.thresholds, candidate.rank
        if (
            thresholds is None
            or rank not in {2, 3}
            or candidate.advisor_id == self.search.named_advisor
            or Reason.RANK_THRESHOLD in self.search.ignored
        ):
            return layers
        days = thresholds[rank - 2]
        end = self._bests.end_of(rank, days=days, now=self.search.now)
        mask = self.layers.full if end is None else self.layers.before_instant(end)
        return [*layers, (Reason.RANK_THRESHOLD, mask)]

    @cached_property
    def _bests(self) -> Bests:
        """The first slots of the better ranks, as far ahead as they make a difference."""
        search = self.search
        better = [one for one in self.candidates.values() if one.rank in {1, 2}]
        first = second = None
        begin, end = search.now, self._end_of_interest
        while better and first is None and begin < end:
            week = replace(
                search,
                first=begin,
                last=min(begin + STRIDE, end),
                ignored=search.ignored | {Reason.RANK_THRESHOLD},
            )
            first = _first_of_rank(1, better, week)
            second = second or _first_of_rank(2, better, week)
            begin += STRIDE
        return Bests(first, second)

    @property
    def _end_of_interest(self) -> datetime:
        # A better rank's slot hides only starts after it, and only if it is soon.
        days = max(
            max(span.settings.thresholds or (0, 0))
            for candidate in self.candidates.values()
            for span in candidate.place.spans
        )
        return max(self.search.last, self.search.now + days * DAY + MINUTE)


def _first_of_rank(
    rank: int, candidates: Sequence[Candidate], search: Search
) -> datetime | None:
    return survey([one for one in candidates if one.rank == rank], search).first_start()


def _clashes_with(meeting: int, clashes: Clashes) -> set[Reason]:
    found = set()
    if meeting & clashes.busy:
        found.add(Reason.BUSY)
    if meeting & clashes.held:
        found.add(Reason.HELD)
    if not found and meeting & clashes.blocked:
        found.add(Reason.BUFFER)
    return found


def _slot_order(slot: Slot) -> tuple[datetime, int, int, int]:
    return (slot.start, slot.rank, slot.advisor_id, slot.office_id)
