"""What the engine needs, in a fixed number of queries, and what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from django.db.models import F, Max, OuterRef, Subquery, Sum

from directory.models import Advisor
from scheduling.availability.explain import explain_day
from scheduling.availability.ranking import Option
from scheduling.availability.slots import Board, survey
from scheduling.availability.types import Candidate, Reason, Search, Slot
from scheduling.candidates import (
    Wish,
    load_all_candidates,
    load_all_together,
    load_candidates,
    load_together,
    place_of,
    relevant_offices,
)
from scheduling.models import Appointment
from scheduling.offering import Choices, choices
from segments.policy import Policy
from segments.settings import Settings

__all__ = [
    "Choices",
    "Examined",
    "Explained",
    "OfferBoard",
    "Wish",
    "assignment_options",
    "board",
    "boards",
    "choices",
    "examine",
    "explain",
    "first_board",
    "first_starts",
    "judges",
    "load_all_candidates",
    "load_candidates",
    "nearest_starts",
]

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
FIRST_STRIDE, GROWTH = 14 * DAY, 4
NEAR = 7 * DAY
# What the segment or the question itself refuses, and what one office does.
EVERYWHERE = frozenset(
    {
        Reason.SEGMENT_SUBJECT,
        Reason.SEGMENT_CHANNEL,
        Reason.SUBJECT_INACTIVE,
        Reason.CHANNEL_OFF,
        Reason.NOT_CHOSEN,
    }
)
AT_AN_OFFICE = frozenset({Reason.OFFICE_OFF, Reason.NOT_COVERED})
ORDER = {reason: number for number, reason in enumerate(Reason)}


@dataclass(frozen=True, eq=False)
class OfferBoard:
    """The answers of one search. With several codes a start must suit each alone."""

    wish: Wish
    merged: Board
    singles: tuple[Board, ...] = ()

    def starts(self) -> list[datetime]:
        """Return every start that is offered, the earliest first."""
        starts = self.merged.starts()
        if not self.singles:
            return starts
        return [start for start in starts if self._suits_each(start)]

    def slots(self) -> list[Slot]:
        """Return every start of every advisor, by start, rank and advisor."""
        return [slot for slot in self.merged.slots() if self._suits_each(slot.start)]

    def offers(self, start: datetime) -> list[Slot]:
        """Return who can take a start, by rank and advisor."""
        return self.merged.offers(start) if self._suits_each(start) else []

    def durations(self, first: datetime, last: datetime) -> set[int]:
        """Return how many minutes the meetings take that start in [first, last)."""
        if not self.singles:
            return self.merged.durations(first, last)
        return {
            (slot.ends - slot.start) // MINUTE
            for slot in self.slots()
            if first <= slot.start < last
        }

    def covers(self, last: datetime) -> bool:
        """Tell whether the search looked at every start until then."""
        return last <= self.merged.search.last

    def first_start(self) -> datetime | None:
        """Return the earliest start that is offered."""
        if not self.singles:
            return self.merged.first_start()
        return next(iter(self.starts()), None)

    def reasons(
        self, start: datetime, advisor_id: int, office_id: int
    ) -> tuple[Reason, ...]:
        """Return all reasons against a start for an advisor at an office.

        An empty answer means that the start is offered. Of several codes those count
        that do not offer the start to anybody.
        """
        found = set(self.merged.reasons(start, advisor_id, office_id))
        for _, single in self.refusing(start):
            found.update(single.reasons(start, advisor_id, office_id))
        return tuple(sorted(found, key=ORDER.__getitem__))

    def settings(self, office_id: int, day: date) -> Settings:
        """Return the settings of a local date at an office, with their origins."""
        wish = self.wish
        return wish.policy.settings(
            office_id=office_id,
            subject_id=wish.subject_id,
            channel=wish.channel,
            day=day,
        )

    def settings_at(self, start: datetime, office_id: int) -> Settings:
        """Return the settings that hold for a start at an office."""
        zone = self.wish.policy.catalogue.offices[office_id].zone
        return self.settings(office_id, start.astimezone(zone).date())

    def refusing(self, start: datetime) -> list[tuple[Policy, Board]]:
        """Return the codes, of several, that offer a start to nobody."""
        return [
            (policy, single)
            for policy, single, starts in zip(
                self.wish.policy.singles,
                self.singles,
                self._starts_of_each,
                strict=True,
            )
            if start not in starts
        ]

    @cached_property
    def _starts_of_each(self) -> tuple[frozenset[datetime], ...]:
        return tuple(frozenset(single.starts()) for single in self.singles)

    def _suits_each(self, start: datetime) -> bool:
        return all(start in starts for starts in self._starts_of_each)


@dataclass(frozen=True, slots=True)
class Explained:
    """A start on the grid, or a wall time that does not exist, and all that is against it.

    `reasons` has (advisor, office) as its keys; an empty answer means offered.
    """

    wall: str
    start: datetime | None
    reasons: dict[tuple[int, int], tuple[Reason, ...]]


@dataclass(frozen=True, eq=False)
class Examined:
    """Every start of a date's grid, and the board that the reasons came from."""

    board: OfferBoard
    starts: list[Explained]
    _lifted: dict[tuple[int, bool], OfferBoard] = field(default_factory=dict)

    def reasons_then(
        self, start: datetime, advisor_id: int, office_id: int
    ) -> tuple[Reason, ...]:
        """Return what more would be against a start if nothing lasting were.

        What keeps everybody out also keeps better ranks from having an earlier slot.
        """
        key = (advisor_id, office_id)
        lasting = self.board.merged.candidates[key].refusals
        if not lasting & (EVERYWHERE | AT_AN_OFFICE):
            return ()
        then = self._without_refusals(office_id, Reason.NOT_CHOSEN in lasting)
        known = self.board.reasons(start, *key)
        return tuple(one for one in then.reasons(start, *key) if one not in known)

    def _without_refusals(self, office_id: int, is_unnamed: bool) -> OfferBoard:
        """Return the board with what speaks against all, or against one office, lifted."""
        about = (office_id, is_unnamed)
        if about not in self._lifted:
            judge = self.board.merged
            candidates = [
                replace(one, refusals=one.refusals - _liftable(one, office_id))
                for one in judge.candidates.values()
            ]
            named = None if is_unnamed else judge.search.named_advisor
            search = replace(judge.search, named_advisor=named)
            self._lifted[about] = _survey(self.board.wish, candidates, search)
        return self._lifted[about]


def board(
    wish: Wish,
    *,
    now: datetime,
    first: datetime,
    last: datetime,
    ignored: frozenset[Reason] = frozenset(),
) -> OfferBoard:
    """Return what is offered in [first, last). One query, whatever the size."""
    search = _search(wish, now=now, first=first, last=last, ignored=ignored)
    candidates = load_candidates(wish, now=now, first=search.first, last=search.last)
    return _survey(wish, candidates, search)


def first_board(wish: Wish, *, now: datetime) -> OfferBoard | None:
    """Return a board from today on that has a start; None if there is none.

    It looks at two weeks first and then at four times as much, up to the horizon: one
    query each, two with a horizon of 60 days.
    """
    first, stride, end = now, FIRST_STRIDE, _end_of_horizon(wish, now)
    while first < end:
        last = min(first + stride, end)
        found = board(wish, now=now, first=first, last=last)
        if found.first_start() is not None:
            return found
        first, stride = last, stride * GROWTH
    return None


def boards(
    wishes: Sequence[Wish], *, now: datetime, first: datetime, last: datetime
) -> list[OfferBoard]:
    """Return what `board` does for each of several wishes. One query in all."""
    groups = load_together(wishes, now=now, first=first, last=last)
    return _surveyed(wishes, groups, now=now, first=first, last=last)


def judges(
    wishes: Sequence[Wish], *, now: datetime, first: datetime, last: datetime
) -> list[OfferBoard]:
    """Return boards that also tell what is against those who cannot take it. One query."""
    groups = load_all_together(wishes, now=now, first=first, last=last)
    return _surveyed(wishes, groups, now=now, first=first, last=last)


def first_starts(
    wishes: Sequence[Wish], *, now: datetime
) -> dict[Wish, datetime | None]:
    """Return the first start of each of several wishes, up to the horizon.

    It looks ahead as `first_board` does, for all that have none yet together: two queries
    with a horizon of 60 days, however many wishes there are.
    """
    found: dict[Wish, datetime | None] = dict.fromkeys(wishes)
    first, stride = now, FIRST_STRIDE
    while still := [
        wish
        for wish in wishes
        if found[wish] is None and _end_of_horizon(wish, now) > first
    ]:
        last = first + stride
        for each in boards(still, now=now, first=first, last=last):
            found[each.wish] = each.first_start()
        first, stride = last, stride * GROWTH
    return found


def nearest_starts(
    wish: Wish, start: datetime, *, now: datetime, limit: int = 3
) -> list[datetime]:
    """Return the starts nearest to one that cannot be had, in order of time.

    One query if the weeks around have enough of them, else up to three.
    """
    start, end = start.astimezone(UTC), _end_of_horizon(wish, now)
    found: list[datetime] = []
    for reach in (NEAR, NEAR * GROWTH, end - now + abs(start - now)):
        first, last = max(now, start - reach), min(end, start + reach)
        if first < last:
            starts = board(wish, now=now, first=first, last=last).starts()
            found = [other for other in starts if other != start]
        if len(found) >= limit or (first <= now and last >= end):
            break
    return sorted(sorted(found, key=lambda other: abs(other - start))[:limit])


def explain(wish: Wish, *, now: datetime, day: date, zone: ZoneInfo) -> list[Explained]:
    """Return every start of a date's grid with the reasons for each candidate. One query."""
    return examine(wish, now=now, day=day, zone=zone).starts


def examine(wish: Wish, *, now: datetime, day: date, zone: ZoneInfo) -> Examined:
    """Return the same with the board that can tell more about it. One query."""
    first = datetime.combine(day, time(), zone)
    last = datetime.combine(day + DAY, time(), zone)
    search = _search(wish, now=now, first=first, last=last)
    candidates = load_all_candidates(
        wish, now=now, first=search.first, last=search.last
    )
    judge = _survey(wish, candidates, search)
    explained = []
    for wall, start, reasons in explain_day(candidates, search, day, zone):
        if start is not None and judge.singles:
            reasons = {key: judge.reasons(start, *key) for key in reasons}  # noqa: PLW2901
        explained.append(Explained(wall, start, reasons))
    return Examined(judge, explained)


def assignment_options(
    slots: Sequence[Slot],
    *,
    now: datetime,
    start: datetime,
    zone: ZoneInfo,
    language: str,
) -> list[Option]:
    """Return the options among which `ranking.choose` decides. One query.

    The week runs from Monday to Sunday in the zone; cancelled meetings do not count.
    """
    day = start.astimezone(zone).date()
    monday = day - day.weekday() * DAY
    week = [datetime.combine(monday + days * DAY, time(), zone) for days in (0, 7)]
    meetings = (
        Appointment.objects.filter(advisor=OuterRef("pk"), created_at__lte=now)
        .order_by()
        .values("advisor")
    )
    booked = meetings.filter(starts_at__gte=week[0], starts_at__lt=week[1]).exclude(
        status=Appointment.Status.CANCELLED
    )
    rows = (
        Advisor.objects.filter(pk__in={slot.advisor_id for slot in slots})
        .order_by()
        .annotate(
            booked=Subquery(
                booked.annotate(sum=Sum(F("ends_at") - F("starts_at"))).values("sum")
            ),
            last=Subquery(meetings.annotate(max=Max("created_at")).values("max")),
        )
        .values_list("pk", "languages", "booked", "last")
    )
    known = {pk: (spoken, total, latest) for pk, spoken, total, latest in rows}
    options = []
    for slot in slots:
        if slot.advisor_id not in known:  # gone a moment ago
            continue
        spoken, total, latest = known[slot.advisor_id]
        options.append(
            Option(
                advisor_id=slot.advisor_id,
                office_id=slot.office_id,
                rank=slot.rank,
                booked_minutes=int((total or timedelta()).total_seconds() // 60),
                speaks_language=language in spoken,
                last_assigned_at=latest,
            )
        )
    return options


def _search(
    wish: Wish,
    *,
    now: datetime,
    first: datetime,
    last: datetime,
    ignored: frozenset[Reason] = frozenset(),
) -> Search:
    return Search(
        now=now.astimezone(UTC),
        first=first.astimezone(UTC),
        last=last.astimezone(UTC),
        subject_id=wish.subject_id,
        channel=wish.channel,
        named_advisor=wish.advisor_id,
        ignored=ignored,
    )


def _liftable(candidate: Candidate, office_id: int) -> frozenset[Reason]:
    return EVERYWHERE | AT_AN_OFFICE if candidate.place.id == office_id else EVERYWHERE


def _survey(wish: Wish, candidates: Sequence[Candidate], search: Search) -> OfferBoard:
    singles = []
    for policy in wish.policy.singles:
        own = replace(wish, policy=policy)
        places = {one.place.id: one.place for one in candidates}
        of_code = {key: place_of(own, key) for key in places}
        singles.append(
            survey(
                [replace(one, place=of_code[one.place.id]) for one in candidates],
                search,
            )
        )
    return OfferBoard(wish, survey(candidates, search), tuple(singles))


def _surveyed(
    wishes: Sequence[Wish],
    groups: Sequence[Sequence[Candidate]],
    *,
    now: datetime,
    first: datetime,
    last: datetime,
) -> list[OfferBoard]:
    return [
        _survey(wish, candidates, _search(wish, now=now, first=first, last=last))
        for wish, candidates in zip(wishes, groups, strict=True)
    ]


def _end_of_horizon(wish: Wish, now: datetime) -> datetime:
    """Return an instant after the last one that any office offers now."""
    today = now.date() - DAY
    days = max(
        (
            span.settings.horizon
            for office in relevant_offices(wish)
            for span in place_of(wish, office.id).spans
            if span.last >= today
        ),
        default=0,
    )
    return now.astimezone(UTC) + (days + 2) * DAY
