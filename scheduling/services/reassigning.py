"""Giving a meeting to another advisor: same time, place and channel."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import IntegrityError, transaction

from directory.catalogue import AdvisorData
from directory.choices import Channel
from directory.models import User
from scheduling.availability.types import Reason
from scheduling.candidates import Wish, load_all_candidates
from scheduling.errors import NotOffered, OnlyCancel, SlotTaken
from scheduling.messages import queue_messages
from scheduling.models import Appointment, AppointmentEvent, BusyInterval
from scheduling.services.attempts import settle
from scheduling.services.holds import (
    OUTLIVED,
    drop_expired_holds,
    is_overlap,
    judge,
    lock_in_order,
)
from scheduling.services.swapping import (
    check_open,
    check_revision,
    lock_appointment,
    swap,
)
from scheduling.services.wishes import policy_of_booked
from segments.policy import Policy

# What a booked meeting has already been granted; only the person is new.
GRANTED = OUTLIVED | {
    Reason.SEGMENT_SUBJECT,
    Reason.SEGMENT_CHANNEL,
    Reason.SUBJECT_INACTIVE,
    Reason.CHANNEL_OFF,
    Reason.OFFICE_OFF,
    Reason.NOT_COVERED,
    Reason.CLOCK_CHANGE,
}


INCOMPETENT = frozenset({Reason.NO_EXPERTISE, Reason.RANK, Reason.ADVISOR_OFF})


@dataclass(frozen=True, slots=True)
class Possible:
    """An advisor with the expertise at the office; without reasons they are free."""

    advisor: AdvisorData
    reasons: tuple[Reason, ...]


def possible_advisors(appointment: Appointment, *, now: datetime) -> list[Possible]:
    """Return who has the expertise at the meeting's office, the free ones first.

    The present advisor is left out. Three queries.
    """
    time = settled_time(appointment)
    wish = wish_for(appointment, claim=time.claim)
    candidates = load_all_candidates(
        wish, now=now, first=time.starts_at, last=time.ends_at
    )
    found = judge(time, candidates, wish, now=now, ignored=GRANTED)
    advisors = wish.policy.catalogue.advisors
    return sorted(
        (
            Possible(advisors[advisor_id], reasons)
            for advisor_id, reasons in found.items()
            if advisor_id != appointment.advisor_id
        ),
        key=lambda one: (bool(one.reasons), one.advisor.name),
    )


def reassign_appointment(
    appointment: Appointment,
    *,
    advisor_id: int,
    now: datetime,
    user: User | None,
    reason: str = "",
    revision: int | None = None,
) -> Appointment:
    """Give the meeting to a competent and free advisor; everybody is told.

    The former advisor's calendar loses it. To the present advisor it changes nothing.

    Raises:
        SlotTaken: the advisor is not free then.
        NotOffered: the advisor does not take such meetings there.
        WrongStatus, Outdated, Busy.
    """
    return settle(
        partial(
            hand_over,
            appointment,
            advisor_id,
            now=now,
            user=user,
            reason=reason,
            seen=revision,
        )
    )


def hand_over(
    appointment: Appointment,
    advisor_id: int,
    *,
    now: datetime,
    user: User | None,
    reason: str,
    seen: int | None,
) -> Appointment:
    """Hand it over in one transaction."""
    try:
        with transaction.atomic():
            locked = lock_appointment(appointment)
            check_revision(locked, seen)
            check_open(locked)
            if locked.advisor_id == advisor_id:
                return locked
            lock_in_order({locked.advisor_id, advisor_id})
            drop_expired_holds(advisor_id, now=now)
            check_advisor(locked, advisor_id, now=now)
            return write(locked, advisor_id, now=now, user=user, reason=reason)
    except IntegrityError as error:
        if is_overlap(error):
            raise SlotTaken from error
        raise


def check_advisor(appointment: Appointment, advisor_id: int, *, now: datetime) -> None:
    """Refuse somebody who is not competent or not free."""
    reasons = {
        one.advisor.id: one.reasons for one in possible_advisors(appointment, now=now)
    }
    against = reasons.get(advisor_id, (Reason.NO_EXPERTISE,))
    if INCOMPETENT.intersection(against):
        raise NotOffered
    if against:
        raise SlotTaken


def write(
    appointment: Appointment,
    advisor_id: int,
    *,
    now: datetime,
    user: User | None,
    reason: str,
) -> Appointment:
    """Write the new advisor, their taken time, history and messages."""
    before = appointment.advisor
    given = swap(
        appointment,
        "reassigned",
        values={
            "advisor_id": advisor_id,
            "assignment_reason": {
                "code": "staff",
                "sentence": "Staff chose this advisor.",
            },
            "announced_at": now,
            "revision": appointment.revision + 1,
        },
        actor=AppointmentEvent.Actor.STAFF,
        user=user,
        note=reason.strip(),
        now=now,
    )
    own = BusyInterval.objects.filter(appointment=given)
    own.update(advisor_id=advisor_id)
    queue_messages(given, "reassigned", now=now, former_advisor=before)
    return given


def settled_time(appointment: Appointment) -> BusyInterval:
    """Return the meeting's row of taken time. One query."""
    found = BusyInterval.objects.filter(appointment=appointment).first()
    return found or made_up_time(appointment)


def blocked_time(appointment: Appointment) -> BusyInterval:
    """Return the same of a meeting whose `busy` is loaded. No query."""
    found: BusyInterval | None = getattr(appointment, "busy", None)
    return found or made_up_time(appointment)


def made_up_time(appointment: Appointment) -> BusyInterval:
    """Return what a meeting takes that has no row: it is not saved."""
    return BusyInterval(
        advisor_id=appointment.advisor_id,
        starts_at=appointment.starts_at - appointment.buffer_before,
        ends_at=appointment.ends_at + appointment.buffer_after,
        meeting_starts_at=appointment.starts_at,
        meeting_ends_at=appointment.ends_at,
    )


def wish_for(appointment: Appointment, *, claim: UUID | None) -> Wish:
    """Return what the meeting asks of the calendar at its own office."""
    return place_wish(appointment, policy_or_general(appointment), claim=claim)


def place_wish(
    appointment: Appointment, policy: Policy, *, claim: UUID | None = None
) -> Wish:
    """Return the same under a policy that is known already. No query."""
    is_home_visit = appointment.channel == Channel.ON_LOCATION
    address = appointment.address
    return Wish(
        policy=policy,
        subject_id=appointment.subject_id,
        channel=appointment.channel,
        office_id=appointment.office_id,
        postal_code=address.get("postal_code", "") if is_home_visit else None,
        country=address.get("country", "") if is_home_visit else "",
        claim=claim,
    )


def policy_or_general(appointment: Appointment) -> Policy:
    """Return the policy of the stored codes; of none when one of them is gone."""
    try:
        return policy_of_booked(appointment.segment_codes)
    except OnlyCancel:
        return policy_of_booked(())
