"""Moving a booked meeting at once, as staff do: the same evaluation, no hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from directory.choices import Channel
from directory.models import User
from scheduling.availability.types import Reason
from scheduling.candidates import Wish
from scheduling.errors import NotOffered, PhoneNeeded, ReasonNeeded, SlotTaken
from scheduling.models import Appointment, BusyInterval, Flow
from scheduling.queries import assignment_options, board, nearest_starts
from scheduling.services.attempts import settle
from scheduling.services.holds import (
    NOTHING,
    Taker,
    drop_expired_holds,
    in_order,
    is_overlap,
    lock_in_order,
)
from scheduling.services.moved import Move, write_move
from scheduling.services.swapping import (
    check_deadline,
    check_open,
    check_revision,
    lock_appointment,
)
from scheduling.services.wishes import policy_of_booked

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Where staff move a meeting; without an advisor the present one comes first."""

    start: datetime
    channel: str
    office_id: int | None
    advisor_id: int | None = None
    address: Mapping[str, str] = field(default_factory=dict)


def move_appointment(
    appointment: Appointment,
    *,
    wanted: Wanted,
    actor: str,
    now: datetime,
    user: User | None = None,
    reason: str = "",
    revision: int | None = None,
    ignored: frozenset[Reason] = NOTHING,
) -> Appointment:
    """Move a meeting at once. It stays a request if it was one.

    `ignored` are soft rules that do not count this time; they and a passed deadline need
    a reason.

    Raises:
        SlotTaken: nobody can take the start; carries the nearest three.
        NotOffered: the segment may not have it.
        PhoneNeeded: it becomes a call and nobody knows the number.
        ReasonNeeded, WrongStatus, Outdated, Busy.
    """
    if ignored and not reason.strip():
        raise ReasonNeeded
    wish = wish_for(appointment, wanted)
    for taker in takers(appointment, wish, wanted, now=now, ignored=ignored):
        moved = settle(
            partial(
                try_to_move,
                *(appointment, wish, wanted, taker),
                actor=actor,
                now=now,
                user=user,
                reason=reason,
                revision=revision,
                ignored=ignored,
            )
        )
        if moved is not None:
            return moved
    check_may_move(appointment, actor=actor, reason=reason, now=now, seen=revision)
    raise SlotTaken(alternatives=nearest_starts(wish, wanted.start, now=now))


def check_number(appointment: Appointment, wanted: Wanted) -> None:
    """Refuse a call to nobody."""
    if wanted.channel == Channel.PHONE and not appointment.phone.strip():
        raise PhoneNeeded(
            _("Nobody knows a phone number to call. Choose another channel.")
        )


def wish_for(appointment: Appointment, wanted: Wanted) -> Wish:
    """Return what a move asks of the calendar; the meeting's own time is free to it."""
    policy = policy_of_booked(appointment.segment_codes)
    if (appointment.subject_id, wanted.channel) not in policy.pairs:
        raise NotOffered
    is_home_visit = wanted.channel == Channel.ON_LOCATION
    address = wanted.address or appointment.address
    own = BusyInterval.objects.filter(appointment=appointment)
    return Wish(
        policy=policy,
        subject_id=appointment.subject_id,
        channel=wanted.channel,
        office_id=wanted.office_id,
        postal_code=address.get("postal_code", "") if is_home_visit else None,
        country=address.get("country", "") if is_home_visit else "",
        advisor_id=wanted.advisor_id or appointment.advisor_id,
        advisor_mode=Flow.AdvisorMode.ONLY
        if wanted.advisor_id
        else Flow.AdvisorMode.PREFER,
        claim=own.values_list("claim", flat=True).first(),
    )


def takers(
    appointment: Appointment,
    wish: Wish,
    wanted: Wanted,
    *,
    now: datetime,
    ignored: frozenset[Reason],
) -> list[Taker]:
    """Return who can take the start, in the order in which they are to be asked."""
    start = wanted.start
    found = board(wish, now=now, first=start, last=start + MINUTE, ignored=ignored)
    offers = found.offers(start)
    if not offers:
        return []
    office = wish.policy.catalogue.offices[offers[0].office_id]
    options = assignment_options(
        offers,
        now=now,
        start=start,
        zone=office.zone,
        language=appointment.language,
    )
    who_first = found.settings_at(start, office.id).who_first
    return list(in_order(options, who_first=who_first, preferred=wish.advisor_id))


@transaction.atomic
def check_may_move(
    appointment: Appointment,
    *,
    actor: str,
    reason: str,
    now: datetime,
    seen: int | None,
) -> Appointment:
    """Return the appointment, locked, if it may be moved."""
    locked = lock_appointment(appointment)
    check_revision(locked, seen)
    check_open(locked)
    check_deadline(locked, actor=actor, reason=reason, now=now)
    return locked


def try_to_move(
    appointment: Appointment,
    wish: Wish,
    wanted: Wanted,
    taker: Taker,
    *,
    actor: str,
    now: datetime,
    user: User | None,
    reason: str,
    revision: int | None,
    ignored: frozenset[Reason],
) -> Appointment | None:
    """Move it to this advisor, or return None when somebody was quicker."""
    try:
        with transaction.atomic():
            locked = check_may_move(
                appointment, actor=actor, reason=reason, now=now, seen=revision
            )
            check_number(locked, wanted)
            lock_in_order({locked.advisor_id, taker.advisor_id})
            drop_expired_holds(taker.advisor_id, now=now)
            move = evaluate(locked, wish, wanted, taker, now=now, ignored=ignored)
            if move is None:
                return None
            return write_move(
                locked, move, actor=actor, now=now, user=user, note=reason
            )
    except IntegrityError as error:
        if is_overlap(error):
            return None
        raise


def evaluate(
    appointment: Appointment,
    wish: Wish,
    wanted: Wanted,
    taker: Taker,
    *,
    now: datetime,
    ignored: frozenset[Reason],
) -> Move | None:
    """Return the move, evaluated once more now that the advisor is locked."""
    start = wanted.start
    found = board(wish, now=now, first=start, last=start + MINUTE, ignored=ignored)
    here = (taker.advisor_id, taker.office_id)
    ends = {
        (offer.advisor_id, offer.office_id): offer.ends for offer in found.offers(start)
    }
    if here not in ends:
        return None
    rules = found.settings_at(start, taker.office_id)
    return Move(
        starts_at=start,
        ends_at=ends[here],
        buffer_before=rules.buffer_before * MINUTE,
        buffer_after=rules.buffer_after * MINUTE,
        advisor_id=taker.advisor_id,
        office_id=taker.office_id,
        office_zone=wish.policy.catalogue.offices[taker.office_id].zone.key,
        visitor_zone=appointment.visitor_zone,
        channel=wanted.channel,
        address=wanted.address or appointment.address,
        phone=appointment.phone,
        assignment=taker.assignment,
        rules=rules,
    )
