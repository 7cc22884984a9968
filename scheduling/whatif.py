"""What a change of segments or rules would do, before it is saved.

Both sides are data: what is stored, and what was typed. Nothing is written.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from scheduling.availability.types import Reason
from scheduling.comparing import AHEAD
from scheduling.glimpse import Pair, wishes_for
from scheduling.models import Appointment
from scheduling.models.appointment import OPEN
from scheduling.offering import choices
from scheduling.queries import Wish, boards, judges
from segments.policy import Policy, SegmentData, lineage
from segments.queries import SegmentsData, problem_of

MOST_SEGMENTS = 10
MOST_MEETINGS = 200
MINUTE = timedelta(minutes=1)
RULED = frozenset(  # what rules and offers can have against a meeting
    {
        Reason.SEGMENT_SUBJECT,
        Reason.SEGMENT_CHANNEL,
        Reason.OFFICE_CLOSED,
        Reason.RANK,
        Reason.NOT_WORKING,
        Reason.OUTSIDE_HOURS,
        Reason.OFF_GRID,
    }
)


@dataclass(frozen=True, slots=True)
class SegmentEffect:
    """Start times that one segment gains and loses; no code is general scheduling."""

    code: str
    name: str
    gained: int
    lost: int


@dataclass(frozen=True, slots=True)
class Violation:
    """A coming meeting against which the changed rules would speak."""

    appointment: Appointment
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """All that a change does in the coming 30 days, and to meetings that stand.

    `left_out` affected segments were not looked at, and of the coming meetings only the
    first 200 if `has_more_meetings`.
    """

    segments: tuple[SegmentEffect, ...]
    left_out: int
    violations: tuple[Violation, ...]
    has_more_meetings: bool

    @property
    def is_nothing(self) -> bool:
        return not (self.segments or self.left_out or self.violations)


@dataclass(frozen=True, slots=True)
class Change:
    """One segment's policies before and after; None: its links are refused."""

    code: str
    name: str
    before: Policy | None
    after: Policy | None


def effect_of(before: SegmentsData, after: SegmentsData, *, now: datetime) -> Effect:
    """Return what it means when `before` becomes `after`. Three queries at most."""
    changes = list(_affected(before, after, now=now))
    shown = changes[:MOST_SEGMENTS]
    effects = tuple(_gains(shown, now=now))
    violations, has_more = _violations(before, after, changes, now=now)
    return Effect(
        segments=tuple(one for one in effects if one.gained or one.lost),
        left_out=len(changes) - len(shown),
        violations=violations,
        has_more_meetings=has_more,
    )


# --- Which segments


def _affected(
    before: SegmentsData, after: SegmentsData, *, now: datetime
) -> Iterator[Change]:
    """Yield general scheduling and the segments whose offer can differ."""
    rules = set(before.rules) ^ set(after.rules)
    scopes = {rule.segment_id for rule in rules}
    chains = [_chain(data, data.default) for data in (before, after)]
    if None in scopes or chains[0] != chains[1] or _touches(chains[1], scopes):
        yield Change(
            "", "General scheduling", _general(before, now), _general(after, now)
        )
    for segment in after.segments.values():
        old = before.segments.get(segment.id)
        chains = [_chain(before, old), _chain(after, segment)]
        if None in scopes or chains[0] != chains[1] or _touches(chains[1], scopes):
            yield Change(
                segment.code,
                segment.name,
                _of(before, old, now),
                _of(after, segment, now),
            )


def _chain(data: SegmentsData, segment: SegmentData | None) -> list[SegmentData]:
    return lineage(segment, data.segments) if segment else []


def _touches(chain: Iterable[SegmentData], scopes: set[int | None]) -> bool:
    return any(one.id in scopes for one in chain)


def _general(data: SegmentsData, now: datetime) -> Policy:
    default = data.default
    is_open = default is None or not problem_of(
        data, default.code, now=now, is_signed=False
    )
    return data.policy([], is_default_open=is_open)


def _of(
    data: SegmentsData, segment: SegmentData | None, now: datetime
) -> Policy | None:
    if segment is None or problem_of(data, segment.code, now=now, is_signed=True):
        return None
    return data.policy([segment.code])


# --- Slots


def _gains(changes: Sequence[Change], *, now: datetime) -> Iterator[SegmentEffect]:
    """Yield what each change gains and loses. One query for all.

    Only pairs whose advisors or settings differ are searched.
    """
    wishes: dict[Wish, tuple[int, int, Pair]] = {}
    for number, change in enumerate(changes):
        sides = (change.before, change.after)
        for pair in _changed_pairs(*sides):
            for side, policy in enumerate(sides):
                if policy is not None:
                    for wish in wishes_for(policy, choices(policy), pair):
                        wishes[wish] = (number, side, pair)
    found: dict[tuple[int, int], set[tuple[Pair, datetime]]] = {}
    if wishes:
        last = now + AHEAD
        for each in boards(list(wishes), now=now, first=now, last=last):
            number, side, pair = wishes[each.wish]
            starts = found.setdefault((number, side), set())
            starts.update((pair, start) for start in each.starts())
    for number, change in enumerate(changes):
        old, new = (found.get((number, side), set()) for side in (0, 1))
        yield SegmentEffect(change.code, change.name, len(new - old), len(old - new))


def _changed_pairs(before: Policy | None, after: Policy | None) -> list[Pair]:
    sides = [_takers(policy) for policy in (before, after)]
    return sorted(
        pair
        for pair in {*sides[0], *sides[1]}
        if before is None
        or after is None
        or sides[0].get(pair) != sides[1].get(pair)
        or any(
            _settings(before, office, pair) != _settings(after, office, pair)
            for office in sides[0][pair]
        )
    )


def _takers(policy: Policy | None) -> Mapping[Pair, Any]:
    return choices(policy).takers if policy is not None else {}


def _settings(policy: Policy, office_id: int, pair: Pair) -> list[tuple[Any, ...]]:
    """Return the settings of all dates without where they come from."""
    return [
        (
            span.first,
            span.last,
            *(
                getattr(span.settings, name)
                for name in span.settings.__slots__
                if name != "origins"
            ),
        )
        for span in policy.timeline(office_id, *pair)
    ]


# --- Meetings


def _violations(
    before: SegmentsData,
    after: SegmentsData,
    changes: Sequence[Change],
    *,
    now: datetime,
) -> tuple[tuple[Violation, ...], bool]:
    """Return the coming meetings that the change would forbid. Two queries."""
    codes = {change.code for change in changes}
    if not codes:
        return (), False
    concerned = Q(segment_codes__overlap=sorted(codes - {""}))
    if "" in codes:
        concerned |= Q(segment_codes=[])
    rows = list(
        Appointment.objects.filter(concerned, status__in=OPEN, starts_at__gt=now)
        .select_related("subject", "office", "advisor")
        .order_by("starts_at", "pk")[: MOST_MEETINGS + 1]
    )
    meetings = [
        row
        for row in rows[:MOST_MEETINGS]
        if all(
            code in data.by_code
            for data in (before, after)
            for code in row.segment_codes
        )
    ]
    found = _judged(meetings, before, after, now=now) if meetings else ()
    return tuple(found), len(rows) > MOST_MEETINGS


def _judged(
    meetings: Sequence[Appointment],
    before: SegmentsData,
    after: SegmentsData,
    *,
    now: datetime,
) -> Iterator[Violation]:
    asked = {row.pk: [_wish(row, data) for data in (before, after)] for row in meetings}
    wishes = list(dict.fromkeys(wish for both in asked.values() for wish in both))
    first = min(row.starts_at for row in meetings)
    last = max(row.starts_at for row in meetings) + MINUTE
    judged = {
        each.wish: each for each in judges(wishes, now=now, first=first, last=last)
    }
    for row in meetings:
        old, new = (
            set(judged[wish].reasons(row.starts_at, row.advisor_id, row.office_id))
            for wish in asked[row.pk]
        )
        if reasons := (new - old) & RULED:
            ordered = tuple(one for one in Reason if one in reasons)
            yield Violation(row, ordered)


def _wish(row: Appointment, data: SegmentsData) -> Wish:
    return Wish(
        policy=data.policy(row.segment_codes),
        subject_id=row.subject_id,
        channel=row.channel,
        office_id=row.office_id,
        postal_code=row.address.get("postal_code"),
        country=row.address.get("country") or "",
    )
