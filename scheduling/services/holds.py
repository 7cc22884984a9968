"""Keeping a slot for one visitor while they type.

Everybody who wants an advisor's time locks the advisor's row first, so racers queue in
line instead of meeting in the constraint, where they would deadlock. The order of locks
is: flow, advisors by primary key, busy intervals.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

import psycopg
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F

from directory.models import Advisor
from scheduling.availability.ranking import Option, choose
from scheduling.availability.slots import survey
from scheduling.availability.types import Candidate, Reason, Search, Slot, Span
from scheduling.candidates import Wish, load_candidates
from scheduling.errors import (
    AlreadyBooked,
    AlreadyExtended,
    FlowGone,
    HoldGone,
    NotOffered,
    SlotTaken,
)
from scheduling.models import BusyInterval, Flow
from scheduling.models.busy import NO_OVERLAP
from scheduling.offering import choices
from scheduling.queries import assignment_options, board, nearest_starts
from scheduling.services.attempts import settle
from scheduling.services.limits import check_holds
from scheduling.services.steps import count_step
from scheduling.services.wishes import wish_of

MINUTE = timedelta(minutes=1)
FARTHEST = timedelta(days=800)  # beyond every horizon
NOTHING: frozenset[Reason] = frozenset()

# What may change while a hold lives without counting against it.
OUTLIVED = frozenset(
    {Reason.TOO_SOON, Reason.TOO_FAR, Reason.RANK_THRESHOLD, Reason.OFF_GRID}
)
# ... and what a later change of rules and hours may say about the held advisor.
OUTLIVED_BY_THE_HELD = OUTLIVED | {
    Reason.RANK,
    Reason.NOT_WORKING,
    Reason.OFFICE_CLOSED,
    Reason.OUTSIDE_HOURS,
    Reason.DAY_FULL,
    Reason.NOT_CHOSEN,
    Reason.CLOCK_CHANGE,
}


@dataclass(frozen=True, slots=True)
class Claim:
    """A start that a flow wants, and how it wants it."""

    wish: Wish
    start: datetime
    client: str
    ignored: frozenset[Reason]
    chosen_advisor_id: int | None


@dataclass(frozen=True, slots=True)
class Taker:
    """An advisor who may get it, and why."""

    advisor_id: int
    office_id: int
    assignment: dict[str, object]


def hold_slot(
    flow: Flow,
    *,
    start: datetime,
    now: datetime,
    advisor_id: int | None = None,
    client: str = "",
) -> BusyInterval:
    """Keep a start for ten minutes; the flow's earlier hold goes when it has worked.

    `advisor_id` is an advisor whom the visitor asked for on the page: they or nobody.
    `client` is the visitor's hashed address.

    Raises:
        SlotTaken: nobody can take the start now; carries the nearest three.
        NotOffered: the link may not have the subject, place or advisor.
        LimitReached: the address keeps too many slots.
        NotReady, FlowGone, AlreadyBooked, Busy.
    """
    check_holds(client, flow_id=flow.pk, now=now)
    hold = claim_slot(flow, start=start, now=now, advisor_id=advisor_id, client=client)
    count_step(flow, "time", now=now)
    return hold


def claim_slot(
    flow: Flow,
    *,
    start: datetime,
    now: datetime,
    advisor_id: int | None = None,
    client: str = "",
    ignored: frozenset[Reason] = NOTHING,
) -> BusyInterval:
    """Hold a start without looking at limits; `ignored` reasons do not count."""
    claim = Claim(
        wish=chosen_wish(flow, now=now, advisor_id=advisor_id),
        start=start.astimezone(UTC),
        client=client,
        ignored=ignored,
        chosen_advisor_id=advisor_id,
    )
    for taker in takers(flow, claim, now=now):
        hold = settle(partial(try_to_hold, flow, claim, taker, now=now))
        if hold is not None:
            flow.slot = hold.meeting_starts_at
            flow.advisor_id = advisor_id or flow.advisor_id
            return hold
    near = min(max(claim.start, now), now + FARTHEST)
    raise SlotTaken(alternatives=nearest_starts(claim.wish, near, now=now))


def chosen_wish(flow: Flow, *, now: datetime, advisor_id: int | None) -> Wish:
    """Return the flow's wish, narrowed to an advisor whom the visitor asked for."""
    wish = wish_of(flow, now=now, advisor_id=advisor_id)
    if advisor_id is None or advisor_id == flow.advisor_id:
        return wish
    is_fixed = "advisor" in flow.locked or flow.advisor_mode == Flow.AdvisorMode.ONLY
    if flow.advisor_id is not None and is_fixed:
        raise NotOffered
    offer = choices(
        wish.policy, category_code=flow.category_code, channels=tuple(flow.channels)
    )
    eligible = offer.advisors_of(wish.subject_id, wish.channel, wish.office_id)
    if advisor_id not in {advisor.id for advisor in eligible}:
        raise NotOffered
    return wish


def takers(flow: Flow, claim: Claim, *, now: datetime) -> Iterator[Taker]:
    """Yield who can take the start, in the order in which they are to be asked."""
    if not now - FARTHEST < claim.start < now + FARTHEST:
        return
    found = board(
        claim.wish,
        now=now,
        first=claim.start,
        last=claim.start + MINUTE,
        ignored=claim.ignored,
    )
    offers = found.offers(claim.start)
    if not offers:
        return
    who_first = found.settings_at(claim.start, offers[0].office_id).who_first
    yield from in_order(
        options_of(flow, claim, offers, now=now),
        who_first=who_first,
        preferred=claim.wish.advisor_id,
    )


def in_order(
    options: Sequence[Option], *, who_first: str, preferred: int | None
) -> Iterator[Taker]:
    """Yield options, the best first, each with what decided for it."""
    left = list(options)
    while left:
        best, decided = choose(left, who_first=who_first, preferred=preferred)
        last = best.last_assigned_at
        yield Taker(
            advisor_id=best.advisor_id,
            office_id=best.office_id,
            assignment={
                "code": str(decided),
                "figures": {
                    "advisors": len(left),
                    "rank": best.rank,
                    "booked_minutes": best.booked_minutes,
                    "speaks_language": best.speaks_language,
                    "last_assigned_at": last.isoformat() if last else None,
                },
            },
        )
        left.remove(best)


def options_of(
    flow: Flow, claim: Claim, offers: Sequence[Slot], *, now: datetime
) -> list[Option]:
    """Return the offers as options; the flow's own hold with that start comes alone."""
    own = live_hold(flow, now=now)
    if own is not None and own.meeting_starts_at == claim.start:
        same = [
            offer
            for offer in offers
            if (offer.advisor_id, offer.office_id)
            == (own.advisor_id, own.office_id_held)
        ]
        offers = same or offers
    standing = claim.wish.policy.catalogue
    return assignment_options(
        offers,
        now=now,
        start=claim.start,
        zone=standing.offices[offers[0].office_id].zone,
        language=flow.language or standing.organisation.language,
    )


def try_to_hold(
    flow: Flow, claim: Claim, taker: Taker, *, now: datetime
) -> BusyInterval | None:
    """Hold the start with this advisor, or return None when somebody was quicker."""
    try:
        with transaction.atomic():
            locked = lock_flow(flow)
            lock_advisors(locked, taker.advisor_id)
            drop_expired_holds(taker.advisor_id, now=now, but_of=locked)
            return place_hold(locked, claim, taker, now=now)
    except IntegrityError as error:
        if is_overlap(error):
            return None
        raise


def lock_flow(flow: Flow) -> Flow:
    """Return the flow's row, locked: its posts come one after the other."""
    locked = Flow.objects.select_for_update(no_key=True).filter(pk=flow.pk).first()
    if locked is None:
        raise FlowGone
    if locked.is_booked:
        raise AlreadyBooked
    return locked


def lock_advisors(flow: Flow, *advisor_ids: int) -> None:
    """Lock the advisors whose time is wanted, and the one whose time is given back."""
    kept = BusyInterval.objects.filter(flow=flow).values_list("advisor_id", flat=True)
    lock_in_order({*advisor_ids, *kept})


def lock_in_order(advisor_ids: Iterable[int]) -> None:
    """Lock advisors' rows by primary key: whoever wants their time waits in line."""
    rows = Advisor.objects.select_for_update(no_key=True).filter(
        pk__in=set(advisor_ids)
    )
    list(rows.order_by("pk").values_list("pk", flat=True))


def drop_expired_holds(
    advisor_id: int, *, now: datetime, but_of: Flow | None = None
) -> None:
    """Delete an advisor's expired holds: a constraint cannot know the present time."""
    expired = BusyInterval.objects.filter(
        advisor_id=advisor_id, kind=BusyInterval.Kind.HOLD, expires_at__lte=now
    )
    if but_of is not None:
        expired = expired.exclude(flow=but_of)
    expired.delete()


def place_hold(
    flow: Flow, claim: Claim, taker: Taker, *, now: datetime
) -> BusyInterval | None:
    """Evaluate once more, now that nobody else can change this advisor's time; write.

    One UPDATE moves an earlier hold: the new time is claimed as the old one goes.
    """
    found = board(
        replace(
            claim.wish, advisor_id=taker.advisor_id, advisor_mode=Flow.AdvisorMode.ONLY
        ),
        now=now,
        first=claim.start,
        last=claim.start + MINUTE,
        ignored=claim.ignored,
    )
    here = (taker.advisor_id, taker.office_id)
    if here not in {
        (slot.advisor_id, slot.office_id) for slot in found.offers(claim.start)
    }:
        return None
    rules = found.settings_at(claim.start, taker.office_id)
    ends = claim.start + timedelta(minutes=rules.duration)
    hold = BusyInterval.objects.filter(flow=flow).first()
    if hold is None:
        hold = BusyInterval(kind=BusyInterval.Kind.HOLD, flow=flow)
    before = (hold.advisor_id, hold.meeting_starts_at, hold.meeting_ends_at)
    is_same = before == (taker.advisor_id, claim.start, ends)
    if not (is_same and hold.expires_at and hold.expires_at > now):
        hold.expires_at = now + settings.HOLD_TIME
        hold.is_extended = False
        hold.assignment = taker.assignment
    if claim.wish.claim is not None:
        hold.claim = claim.wish.claim  # a change may overlap the meeting it changes
    hold.advisor_id = taker.advisor_id
    hold.office_id_held = taker.office_id
    hold.meeting_starts_at = claim.start
    hold.meeting_ends_at = ends
    hold.starts_at = claim.start - timedelta(minutes=rules.buffer_before)
    hold.ends_at = ends + timedelta(minutes=rules.buffer_after)
    hold.is_active = True
    hold.client = claim.client or hold.client
    hold.save()
    flow.slot = claim.start
    flow.last_used_at = now
    if claim.chosen_advisor_id is not None:
        flow.advisor_id = claim.chosen_advisor_id
    flow.save(update_fields=["slot", "last_used_at", "advisor"])
    return hold


def is_overlap(error: IntegrityError) -> bool:
    """Tell whether the constraint that ends every race has spoken."""
    cause = error.__cause__
    return (
        isinstance(cause, psycopg.errors.ExclusionViolation)
        and cause.diag.constraint_name == NO_OVERLAP
    )


def live_hold(flow: Flow, *, now: datetime) -> BusyInterval | None:
    """Return the flow's hold unless it has expired. One query."""
    return BusyInterval.objects.filter(
        flow=flow, is_active=True, expires_at__gt=now
    ).first()


def reasons_against(
    hold: BusyInterval, wish: Wish, *, now: datetime
) -> tuple[Reason, ...]:
    """Return what has come between a live hold and its booking. One query.

    Length and buffers are those of the hold, and later rules do not count: what is left
    are the past, the segment, the expertise, closures, absences and busy time.
    """
    here = replace(wish, office_id=hold.office_id_held)
    candidates = load_candidates(here, now=now, first=hold.starts_at, last=hold.ends_at)
    held = [one for one in candidates if one.advisor_id == hold.advisor_id]
    found = judge(hold, held, wish, now=now, ignored=OUTLIVED_BY_THE_HELD)
    return found.get(hold.advisor_id, (Reason.NO_EXPERTISE,))


def judge(
    time: BusyInterval,
    candidates: Sequence[Candidate],
    wish: Wish,
    *,
    now: datetime,
    ignored: frozenset[Reason],
) -> dict[int, tuple[Reason, ...]]:
    """Return by advisor what is against a time whose length and buffers are settled."""
    start = time.meeting_starts_at
    search = Search(
        now=now,
        first=start,
        last=start + MINUTE,
        subject_id=wish.subject_id,
        channel=wish.channel,
        named_advisor=wish.advisor_id,
        ignored=ignored,
    )
    as_settled = [with_length_of(time, one, wish) for one in candidates]
    found = survey(as_settled, search)
    return {
        one.advisor_id: found.reasons(start, one.advisor_id, one.place.id)
        for one in as_settled
    }


def with_length_of(time: BusyInterval, candidate: Candidate, wish: Wish) -> Candidate:
    """Return the candidate under today's rules, but with a time's own length."""
    start = time.meeting_starts_at
    day = start.astimezone(candidate.place.zone).date()
    rules = replace(
        wish.policy.settings(
            office_id=candidate.place.id,
            subject_id=wish.subject_id,
            channel=wish.channel,
            day=day,
        ),
        duration=(time.meeting_ends_at - start) // MINUTE,
        buffer_before=(start - time.starts_at) // MINUTE,
        buffer_after=(time.ends_at - time.meeting_ends_at) // MINUTE,
    )
    span = Span(day - timedelta(days=1), day + timedelta(days=1), rules)
    return replace(candidate, place=replace(candidate.place, spans=(span,)))


def extend_hold(flow: Flow, *, now: datetime) -> BusyInterval:
    """Keep the hold ten minutes longer, once.

    Raises:
        HoldGone: there is none, or it has expired.
        AlreadyExtended: it was extended before.
    """
    mine = BusyInterval.objects.filter(
        flow=flow, kind=BusyInterval.Kind.HOLD, is_active=True, expires_at__gt=now
    )
    changed = mine.filter(is_extended=False).update(
        expires_at=F("expires_at") + settings.HOLD_TIME, is_extended=True
    )
    hold = mine.first()
    if hold is None:
        raise HoldGone
    if not changed:
        raise AlreadyExtended
    return hold


def release_hold(flow: Flow) -> None:
    """Give the flow's slot back and forget the time; without one nothing changes."""
    with transaction.atomic():
        Flow.objects.filter(pk=flow.pk, is_booked=False).update(slot=None)
        BusyInterval.objects.filter(flow=flow).delete()
    flow.slot = None
