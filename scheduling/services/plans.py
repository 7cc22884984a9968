"""What could become of an absent advisor's meetings: a plan, and nothing is written.

Who is free is judged as for a single meeting (scheduling.services.reassigning), and who
comes first as for a new one. What the plan gives to somebody counts for the next row.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from django.db.models import Max, QuerySet

from directory.catalogue import AdvisorData
from scheduling.availability.ranking import Option
from scheduling.availability.types import Busy, Candidate, Reason
from scheduling.availability.windows import minutes_around
from scheduling.candidates import Wish, load_all_together
from scheduling.models import Appointment, BusyInterval
from scheduling.models.appointment import OPEN
from scheduling.offering import choices
from scheduling.services.holds import in_order, judge
from scheduling.services.reassigning import GRANTED, blocked_time, place_wish
from segments.queries import SegmentsData, segments_data

GIVE, ASK, CANCEL, LEAVE = "give", "ask", "cancel", "leave"
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Deed:
    """What is to become of a meeting; `advisor_id` says to whom it is given."""

    kind: str
    advisor_id: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A meeting, what can be done with it, and what is planned."""

    meeting: Appointment
    free: tuple[AdvisorData, ...]  # the best first
    others: tuple[tuple[AdvisorData, tuple[Reason, ...]], ...]
    may_choose: bool  # the customer may move it to something
    deed: Deed

    @property
    def can_be_asked(self) -> bool:
        return self.may_choose and bool(self.meeting.email.strip())

    @property
    def taker(self) -> AdvisorData | None:
        """Return who takes it over, if somebody free does."""
        return next((one for one in self.free if one.id == self.deed.advisor_id), None)

    def against(self) -> tuple[Reason, ...]:
        """Return what is against the advisor to whom it is planned to go."""
        found = {one.id: reasons for one, reasons in self.others}
        return found.get(self.deed.advisor_id or 0, (Reason.NO_EXPERTISE,))


@dataclass
class Given:
    """What the plan has given away so far, as the engine counts it."""

    busy: dict[int, list[Busy]] = field(default_factory=dict)
    spans: dict[int, list[tuple[datetime, datetime]]] = field(default_factory=dict)

    def add(self, advisor_id: int, time_taken: BusyInterval) -> None:
        starts, ends = minutes_around(time_taken.starts_at, time_taken.ends_at)
        first, last = minutes_around(
            time_taken.meeting_starts_at, time_taken.meeting_ends_at
        )
        row = Busy("appointment", [starts], [ends], first - starts, ends - last)
        self.busy.setdefault(advisor_id, []).append(row)
        self.spans.setdefault(advisor_id, []).append(
            (time_taken.meeting_starts_at, time_taken.meeting_ends_at)
        )

    def seen_by(self, candidate: Candidate) -> Candidate:
        more = self.busy.get(candidate.advisor_id, ())
        return replace(candidate, busy=(*candidate.busy, *more))


def meetings_of(
    rows: QuerySet[Appointment],
    *,
    advisor_id: int,
    first: datetime,
    last: datetime,
    now: datetime,
) -> QuerySet[Appointment]:
    """Return an advisor's coming open meetings that touch [first, last), in order."""
    return (
        rows.filter(
            advisor_id=advisor_id,
            status__in=OPEN,
            starts_at__lt=last,
            ends_at__gt=first,
            starts_at__gt=now,
        )
        .select_related("subject", "office", "advisor", "busy")
        .order_by("starts_at", "pk")
    )


def make_plan(
    meetings: Sequence[Appointment],
    *,
    now: datetime,
    wanted: Mapping[int, Deed] | None = None,
) -> list[Row]:
    """Return a row for each meeting, with what is wanted or else proposed.

    Proposed is: to give it to the best who is free; else to ask the customer, if they can
    be written to and may choose; else to cancel it, or, when nobody would be told, to
    leave it. The meetings need `subject`, `office`, `advisor` and `busy` loaded. Five
    queries, whatever their number.
    """
    if not meetings:
        return []
    data, wanted = segments_data(), wanted or {}
    wishes = [wish_of(one, data) for one in meetings]
    times = [blocked_time(one) for one in meetings]
    groups = load_all_together(
        wishes,
        now=now,
        first=min(one.starts_at for one in times),
        last=max(one.ends_at for one in times),
    )
    load = Load.of({one.advisor_id for one in chain(*groups)}, meetings, now=now)
    given, rows = Given(), []
    for meeting, wish, taken, group in zip(
        meetings, wishes, times, groups, strict=True
    ):
        others = [one for one in group if one.advisor_id != meeting.advisor_id]
        seen = [given.seen_by(one) for one in others]
        found = judge(taken, seen, wish, now=now, ignored=GRANTED)
        row = row_of(meeting, wish, data, found, load, given, wanted.get(meeting.pk))
        if row.taker is not None:
            given.add(row.taker.id, taken)
        rows.append(row)
    return rows


def row_of(
    meeting: Appointment,
    wish: Wish,
    data: SegmentsData,
    found: Mapping[int, tuple[Reason, ...]],
    load: "Load",
    given: Given,
    wanted: Deed | None,
) -> Row:
    """Return a meeting's row."""
    advisors = data.catalogue.advisors
    free = [one for one, reasons in found.items() if not reasons]
    rules = wish.policy.settings(
        office_id=meeting.office_id,
        subject_id=meeting.subject_id,
        channel=meeting.channel,
        day=meeting.starts_at.astimezone(meeting.office.zone).date(),
    )
    ranks = {
        row.advisor_id: row.rank
        for row in data.catalogue.expertise_of(meeting.subject_id)
        if row.office_id == meeting.office_id
    }
    options = [
        load.option(one, meeting, rank=ranks.get(one, 0), given=given) for one in free
    ]
    best = [
        advisors[one.advisor_id]
        for one in in_order(options, who_first=rules.who_first, preferred=None)
    ]
    row = Row(
        meeting=meeting,
        free=tuple(best),
        others=tuple(
            sorted(
                ((advisors[one], reasons) for one, reasons in found.items() if reasons),
                key=lambda one: one[0].name,
            )
        ),
        may_choose=may_be_changed(meeting, data),
        deed=Deed(LEAVE),
    )
    return replace(row, deed=wanted or proposed(row))


def proposed(row: Row) -> Deed:
    """Return what is best for the customer, as far as it can be done."""
    if row.free:
        return Deed(GIVE, row.free[0].id)
    if row.can_be_asked:
        return Deed(ASK)
    return Deed(CANCEL if row.meeting.email.strip() else LEAVE)


def wish_of(meeting: Appointment, data: SegmentsData) -> Wish:
    """Return what a meeting asks of the calendar; without its codes when one is gone."""
    codes = meeting.segment_codes
    is_known = all(code in data.by_code for code in codes)
    return place_wish(meeting, data.policy(codes if is_known else ()))


def may_be_changed(meeting: Appointment, data: SegmentsData) -> bool:
    """Tell whether the customer would find anything to move the meeting to."""
    codes = meeting.segment_codes
    if not all(code in data.by_code for code in codes):
        return False
    return bool(choices(data.policy(codes)).channels_of(meeting.subject_id))


@dataclass(frozen=True)
class Load:
    """What decides among free advisors: booked minutes, and the last new meeting."""

    booked: Mapping[int, Sequence[tuple[datetime, datetime]]]
    last: Mapping[int, datetime]
    languages: Mapping[int, Collection[str]]

    @classmethod
    def of(
        cls,
        advisor_ids: Collection[int],
        meetings: Sequence[Appointment],
        *,
        now: datetime,
    ) -> "Load":
        """Return the load of advisors in the weeks of some meetings. Two queries."""
        known = Appointment.objects.filter(
            advisor_id__in=advisor_ids, created_at__lte=now
        ).order_by()
        weeks = [week_of(one.starts_at, one.office.zone) for one in meetings]
        around = known.filter(
            starts_at__gte=min(first for first, _ in weeks),
            starts_at__lt=max(last for _, last in weeks),
        ).exclude(status=Appointment.Status.CANCELLED)
        booked: dict[int, list[tuple[datetime, datetime]]] = {}
        for advisor_id, starts, ends in around.values_list(
            "advisor_id", "starts_at", "ends_at"
        ):
            booked.setdefault(advisor_id, []).append((starts, ends))
        latest = known.values("advisor_id").annotate(latest=Max("created_at"))
        advisors = segments_data().catalogue.advisors
        return cls(
            booked=booked,
            last=dict(latest.values_list("advisor_id", "latest")),
            languages={one: advisors[one].languages for one in advisor_ids},
        )

    def option(
        self, advisor_id: int, meeting: Appointment, *, rank: int, given: Given
    ) -> Option:
        """Return an advisor as `ranking.choose` sees them, the plan so far included."""
        first, last = week_of(meeting.starts_at, meeting.office.zone)
        spans: Iterable[tuple[datetime, datetime]] = chain(
            self.booked.get(advisor_id, ()), given.spans.get(advisor_id, ())
        )
        return Option(
            advisor_id=advisor_id,
            office_id=meeting.office_id,
            rank=rank,
            booked_minutes=sum(
                (ends - starts) // MINUTE
                for starts, ends in spans
                if first <= starts < last
            ),
            speaks_language=meeting.language in self.languages[advisor_id],
            last_assigned_at=self.last.get(advisor_id),
        )


def week_of(start: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return Monday to Sunday around a start, in the office's zone."""
    day = start.astimezone(zone).date()
    monday = day - day.weekday() * DAY
    first, last = (datetime.combine(monday + n * DAY, time(), zone) for n in (0, 7))
    return first, last
