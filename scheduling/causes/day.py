"""A day explained: every start, what is against it, and what is behind that."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from scheduling.availability.slots import Board
from scheduling.availability.types import Candidate, Reason, Slot
from scheduling.candidates import Wish
from scheduling.causes import hours, meetings, offers, standing
from scheduling.causes.rows import Rows
from scheduling.causes.rules import SETTING_OF, refusing_rules
from scheduling.causes.types import DAY, MINUTE, Case, Cause, hours_text
from scheduling.queries import Examined, Explained, examine

Key = tuple[int, int]  # advisor, office
Causes = tuple[Cause, ...]
WITHOUT_CAUSE = frozenset({Reason.PAST, Reason.CLOCK_CHANGE})
FINDERS: Mapping[Reason, Callable[[Wish, Rows, Case], Iterator[Cause]]] = {
    Reason.SUBJECT_INACTIVE: standing.subject_inactive,
    Reason.CHANNEL_OFF: standing.channel_off,
    Reason.OFFICE_OFF: standing.office_off,
    Reason.NOT_COVERED: standing.not_covered,
    Reason.ADVISOR_OFF: standing.advisor_off,
    Reason.NOT_CHOSEN: standing.not_chosen,
    Reason.NO_EXPERTISE: standing.no_expertise,
    Reason.OFFICE_CLOSED: hours.office_closed,
    Reason.CLOSURE: hours.closure,
    Reason.NOT_WORKING: hours.not_working,
    Reason.ABSENT: hours.absent,
    Reason.BUSY: meetings.busy,
    Reason.HELD: meetings.held,
    Reason.BUFFER: meetings.buffer,
}
IN_SEGMENTS = {Reason.SEGMENT_SUBJECT, Reason.SEGMENT_CHANNEL}
IN_RULES = SETTING_OF.keys()
# The others are the same for all starts of a date.
OF_THE_MOMENT = {
    *(Reason.ABSENT, Reason.BUSY, Reason.HELD, Reason.BUFFER, Reason.CLOSURE),
    *(Reason.TOO_SOON, Reason.OFF_GRID, Reason.OUTSIDE_HOURS),
}


@dataclass(frozen=True, eq=False)
class ExplainedDay:
    """What `scheduling.queries.explain` says of a date, and the causes of each reason."""

    wish: Wish
    day: date
    zone: ZoneInfo
    examined: Examined
    rows: Rows
    _cases: dict[tuple[datetime, Key], Case] = field(default_factory=dict)
    _known: dict[tuple[object, ...], Causes] = field(default_factory=dict)
    _better: dict[tuple[int, int], Slot | None] = field(default_factory=dict)

    @property
    def starts(self) -> list[Explained]:
        return self.examined.starts

    @property
    def candidates(self) -> Mapping[Key, Candidate]:
        """Return all advisors at offices that are spoken of."""
        return self.examined.board.merged.candidates

    def then(self, start: datetime | None, key: Key) -> tuple[Reason, ...]:
        """Return what would be against a start once nothing lasting is any more."""
        return () if start is None else self.examined.reasons_then(start, *key)

    def causes(self, start: datetime | None, key: Key, reason: Reason) -> Causes:
        """Return what is behind a reason against a start.

        Without any: time has passed, or the clock skips the start.
        """
        if start is None or reason in WITHOUT_CAUSE:
            return ()
        case = self._case(start, key)
        about: tuple[object, ...] = (reason, key, case.days)
        is_split = reason in IN_RULES and self.wish.policy.singles  # by code
        if reason in OF_THE_MOMENT or is_split:
            about = (reason, key, start)
        if about not in self._known:
            self._known[about] = tuple(dict.fromkeys(self._found(reason, case)))
        return self._known[about]

    def _found(self, reason: Reason, case: Case) -> Iterator[Cause]:
        if reason in IN_SEGMENTS:
            yield from offers.segment_causes(reason, self.wish, self.rows)
        elif reason in IN_RULES:
            yield from self._in_rules(reason, case)
        else:
            yield from FINDERS[reason](self.wish, self.rows, case)

    def _case(self, start: datetime, key: Key) -> Case:
        about = (start, key)
        if about not in self._cases:
            board = self.examined.board
            settings = board.settings_at(start, key[1])
            ends = start + settings.duration * MINUTE
            self._cases[about] = Case(start, ends, self.candidates[key], settings)
        return self._cases[about]

    def _in_rules(self, reason: Reason, case: Case) -> Iterator[Cause]:
        board = self.examined.board
        boards = dict(zip(self.wish.policy.singles, board.singles, strict=True))
        for policy, cause in refusing_rules(reason, board, case):
            yield cause
            if reason == Reason.RANK_THRESHOLD:
                judge = boards.get(policy, board.merged)
                yield from self._better_slot(judge, case)
        if reason == Reason.DAY_FULL:
            yield from meetings.full_day(self.rows, case)

    def _better_slot(self, judge: Board, case: Case) -> Iterator[Cause]:
        """Yield the earlier slot of a better rank, which the rule looks at.

        There is none yet while something keeps the better ranks out too.
        """
        rank = case.candidate.rank or 0
        about = (id(judge), rank)
        if about not in self._better:
            self._better[about] = judge.better_slot(rank)
        if slot := self._better[about]:
            name = self.wish.policy.catalogue.advisors[slot.advisor_id].name
            when = hours_text(slot.start, slot.ends, case.candidate.place.zone)
            yield Cause(
                f"{name}, rank {slot.rank}, is free earlier: {when}",
                "start",
                "directory.advisor",
                slot.advisor_id,
                start=slot.start,
                plain=f"Somebody of rank {slot.rank} is free earlier: {when}",
            )


def explained_day(
    wish: Wish, *, now: datetime, day: date, zone: ZoneInfo
) -> ExplainedDay:
    """Return a date's starts as the wizard judges them, with their causes on demand.

    One query, and at most one for each table that causes are looked up in.
    """
    examined = examine(wish, now=now, day=day, zone=zone)
    keys = examined.board.merged.candidates
    rows = Rows(
        subject_id=wish.subject_id,
        advisors={advisor_id for advisor_id, _ in keys},
        offices={office_id for _, office_id in keys},
        first=datetime.combine(day, time(), zone),
        last=datetime.combine(day + DAY, time(), zone),
        now=now,
        claim=wish.claim,
    )
    return ExplainedDay(wish, day, zone, examined, rows)
