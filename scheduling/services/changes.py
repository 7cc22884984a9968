"""A customer's walk to another time, channel, place or advisor of a booked meeting.

The flow names the meeting; its hold and the meeting share a claim, so the new time may
overlap the old one and nothing else. Reference, answers, metadata, documents and the
calendar's UID stay.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from directory.choices import Channel
from scheduling.candidates import Wish
from scheduling.errors import (
    AlreadyBooked,
    NotReady,
    OnlyCancel,
    PhoneNeeded,
    SlotTaken,
)
from scheduling.models import Appointment, AppointmentEvent, BusyInterval, Flow
from scheduling.offering import Choices, choices
from scheduling.queries import board, nearest_starts
from scheduling.services.confirmation import rules_of
from scheduling.services.held import HoldLost, lock_hold, use_hold
from scheduling.services.holds import (
    NOTHING,
    OUTLIVED,
    lock_flow,
    reasons_against,
)
from scheduling.services.moved import Move, status_after, write_move
from scheduling.services.swapping import (
    check_deadline,
    check_open,
    check_revision,
    lock_appointment,
)
from scheduling.services.wishes import pair_wish, policy_of_booked
from segments.settings import Settings

MINUTE = timedelta(minutes=1)
Actor = AppointmentEvent.Actor


@dataclass(frozen=True, slots=True)
class Side:
    """When, how, where and with whom. Unknown while no hold lives: None."""

    starts_at: datetime
    ends_at: datetime
    channel: str
    office_id: int | None
    advisor_id: int | None


@dataclass(frozen=True, slots=True)
class Effect:
    """What confirming would do; the old side stays until then."""

    old: Side
    new: Side
    becomes_requested: bool
    change_until: datetime


def start_change(
    appointment: Appointment, *, now: datetime, needs_sign_in: bool = False
) -> Flow:
    """Start a walk that changes a meeting: all answers are there, the time is asked.

    `needs_sign_in` is for the portal: every step then asks for that customer.

    Raises:
        WrongStatus: the meeting is over or cancelled.
        TooLate: the customer's deadline has passed.
        OnlyCancel: its segment or subject is gone.
    """
    check_open(appointment)
    check_deadline(appointment, actor=Actor.CUSTOMER, reason="", now=now)
    offer = offer_for(appointment)
    is_at_office = appointment.channel == Channel.OFFICE
    office_id = appointment.office_id if is_at_office else None
    still_takes = {
        advisor.id
        for advisor in offer.advisors_of(
            appointment.subject_id, appointment.channel, office_id
        )
    }
    is_advisor_there = appointment.advisor_id in still_takes
    is_place_there = offer.allows(
        appointment.subject_id, appointment.channel, office_id
    )
    return Flow.objects.create(
        created_at=now,
        last_used_at=now,
        changes=appointment,
        changes_revision=appointment.revision,
        segment_codes=appointment.segment_codes,
        is_signed=appointment.is_signed,
        locked=["subject"],
        preset=["subject", "channel", "office", "advisor"],
        channels=[],
        language=appointment.language,
        chosen_zone=appointment.visitor_zone,
        verified_customer=appointment.customer if needs_sign_in else None,
        needs_sign_in=needs_sign_in,
        subject_id=appointment.subject_id,
        channel=appointment.channel if is_place_there else "",
        office_id=office_id if is_place_there else None,
        is_place_answered=is_place_there,
        address=appointment.address,
        advisor_id=appointment.advisor_id if is_advisor_there else None,
        are_questions_answered=True,
    )


def offer_for(appointment: Appointment) -> Choices:
    """Return what a booked meeting may be changed to. One query, or none.

    Raises:
        OnlyCancel: its segment or subject is gone.
    """
    offer = choices(policy_of_booked(appointment.segment_codes))
    if not offer.channels_of(appointment.subject_id):
        raise OnlyCancel
    return offer


def change_effect(flow: Flow, *, now: datetime) -> Effect:
    """Return what confirming the walk would do. At most four queries.

    Raises:
        NotReady: no start was chosen.
        NotOffered: the link may not have it any more.
        SlotTaken: the start is not kept and nobody has it; carries the nearest three.
    """
    if flow.changes is None or flow.slot is None:
        raise NotReady
    appointment = flow.changes
    wish = pair_wish(flow, now=now)
    hold = BusyInterval.objects.filter(
        flow=flow, is_active=True, expires_at__gt=now
    ).first()
    if hold is not None and hold.office_id_held is not None:
        rules = rules_of(flow, hold, wish.policy)
        new = Side(
            starts_at=hold.meeting_starts_at,
            ends_at=hold.meeting_ends_at,
            channel=flow.channel,
            office_id=hold.office_id_held,
            advisor_id=hold.advisor_id,
        )
    else:
        new, rules = without_hold(flow, wish, flow.slot, now=now)
    status = status_after(appointment, rules, actor=Actor.CUSTOMER)
    return Effect(
        old=side_of(appointment),
        new=new,
        becomes_requested=status == Appointment.Status.REQUESTED,
        change_until=new.starts_at - timedelta(hours=rules.deadline_hours),
    )


def side_of(appointment: Appointment) -> Side:
    """Return how the meeting stands."""
    return Side(
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        channel=appointment.channel,
        office_id=appointment.office_id,
        advisor_id=appointment.advisor_id,
    )


def without_hold(
    flow: Flow, wish: Wish, start: datetime, *, now: datetime
) -> tuple[Side, Settings]:
    """Return the new side for a start that is not kept: nobody is chosen yet."""
    found = board(wish, now=now, first=start, last=start + MINUTE)
    offers = found.offers(start)
    if not offers:
        raise SlotTaken(alternatives=nearest_starts(wish, start, now=now))
    offices = {offer.office_id for offer in offers}
    side = Side(
        starts_at=start,
        ends_at=offers[0].ends,
        channel=flow.channel,
        office_id=offers[0].office_id if len(offices) == 1 else None,
        advisor_id=offers[0].advisor_id if len(offers) == 1 else None,
    )
    return side, found.settings_at(start, offers[0].office_id)


def confirm_change(
    flow: Flow, *, now: datetime, client: str = "", phone: str = ""
) -> Appointment:
    """Move the meeting to what the walk chose, once; again it returns the same meeting.

    `phone` is asked only when the meeting becomes a call and no number is known.

    Raises:
        PhoneNeeded: it becomes a call and there is no number.
        SlotTaken: nobody can take the start now; carries the nearest three.
        NotOffered: the segment may not have it any more.
        TooLate: the customer's deadline has passed meanwhile.
        WrongStatus: the meeting is over or cancelled.
        Outdated: it was changed since the walk began.
        NotReady, FlowGone, Busy.
    """
    if flow.changes_id is None:
        raise NotReady
    work = partial(change_held, flow, phone=phone.strip(), now=now)
    moved = use_hold(flow, work, now=now, client=client)
    flow.is_booked = True
    return moved


def change_held(flow: Flow, *, phone: str, now: datetime) -> Appointment | HoldLost:
    """Move the meeting to a live hold, in one transaction."""
    with transaction.atomic():
        meeting = Appointment.objects.get(pk=flow.changes_id or 0)
        try:
            walk = lock_flow(flow)
        except AlreadyBooked:
            return meeting
        appointment = lock_appointment(meeting)
        check_open(appointment)
        check_revision(appointment, walk.changes_revision)
        check_deadline(appointment, actor=Actor.CUSTOMER, reason="", now=now)
        if walk.channel == Channel.PHONE and not (phone or appointment.phone.strip()):
            raise PhoneNeeded
        hold = lock_hold(walk, now=now, other_advisors=(appointment.advisor_id,))
        if hold is None:
            return HoldLost(NOTHING)
        wish = pair_wish(walk, now=now, advisor_id=hold.advisor_id)
        if reasons_against(hold, wish, now=now):
            return HoldLost(OUTLIVED)
        Flow.objects.filter(pk=walk.pk).update(is_booked=True, last_used_at=now)
        move = move_to_hold(walk, appointment, hold, wish, phone=phone)
        hold.delete()  # the meeting's own row takes the time
        return write_move(appointment, move, actor=Actor.CUSTOMER, now=now)


def move_to_hold(
    flow: Flow,
    appointment: Appointment,
    hold: BusyInterval,
    wish: Wish,
    *,
    phone: str,
) -> Move:
    """Return the move to what a hold keeps."""
    assert hold.office_id_held is not None  # noqa: S101  (every hold names its office)
    is_home_visit = flow.channel == Channel.ON_LOCATION
    return Move(
        starts_at=hold.meeting_starts_at,
        ends_at=hold.meeting_ends_at,
        buffer_before=hold.meeting_starts_at - hold.starts_at,
        buffer_after=hold.ends_at - hold.meeting_ends_at,
        advisor_id=hold.advisor_id,
        office_id=hold.office_id_held,
        office_zone=wish.policy.catalogue.offices[hold.office_id_held].zone.key,
        visitor_zone=flow.chosen_zone or appointment.visitor_zone,
        channel=flow.channel,
        address=flow.address if is_home_visit else appointment.address,
        phone=phone or appointment.phone,
        assignment=hold.assignment,
        rules=rules_of(flow, hold, wish.policy),
    )
