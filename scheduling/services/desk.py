"""Staff book for a customer: evaluated and locked like every booking, without a hold.

What is booked against soft rules (scheduling.overruling) is written down with the reason.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import psycopg
from django.db import IntegrityError, transaction

from directory.choices import Channel
from directory.models import User
from scheduling.availability.types import Reason
from scheduling.candidates import Wish
from scheduling.errors import NotOffered, PhoneNeeded, ReasonNeeded, SlotTaken
from scheduling.models import Appointment, AppointmentEvent, BusyInterval, Flow
from scheduling.overruling import SOFT, hard_among
from scheduling.queries import (
    OfferBoard,
    assignment_options,
    judges,
    nearest_starts,
)
from scheduling.reasons import staff_sentence
from scheduling.services.attempts import settle
from scheduling.services.booking import BOOKS_ONCE
from scheduling.services.confirmation import (
    Details,
    announce,
    customer_for,
    new_appointment,
    take_time,
)
from scheduling.services.holds import (
    FARTHEST,
    Taker,
    drop_expired_holds,
    in_order,
    is_overlap,
    lock_in_order,
)
from segments.errors import SegmentRefused
from segments.policy import Policy
from segments.queries import policy_for

MINUTE = timedelta(minutes=1)
STAFF = AppointmentEvent.Actor.STAFF
OVERRULED = "overruled"  # in offer_reason, beside the settings
SAY_WHY = "This start is against a rule. Say why it is booked all the same."


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What staff book. `key` is that of the form: a form books once.

    `taker` is the advisor and office of a start that only `overruled` reasons are
    against; without it, those who are offered are asked in the usual order.
    """

    key: str
    segment_codes: tuple[str, ...]
    subject_id: int
    channel: str
    start: datetime
    details: Details
    office_id: int | None = None
    advisor_id: int | None = None
    address: Mapping[str, str] = field(default_factory=dict)
    taker: tuple[int, int] | None = None
    overruled: frozenset[Reason] = frozenset()
    answers: Mapping[str, object] = field(default_factory=dict)
    customer_id: int | None = None
    language: str = ""


def book_for_customer(
    order: Order, *, now: datetime, user: User | None, reason: str = ""
) -> Appointment:
    """Book the start, or return what the same form has booked already.

    It is confirmed at once: staff have agreed to what they do themselves.

    Raises:
        ReasonNeeded: soft rules are overruled and nobody says why.
        SlotTaken: nobody can take it; carries the nearest three that are offered.
        NotOffered: something is against it that may not be overruled, or was not seen.
        PhoneNeeded: a call to nobody.
        Busy.
    """
    if (booked := booked_with(order.key)) is not None:
        return booked
    check_order(order, reason)
    wish = wish_of(order, now=now)
    for taker in takers(order, wish, now=now):
        work = partial(try_to_book, order, wish, taker, now=now, user=user, why=reason)
        if (made := settle(work)) is not None:
            return made
    if (booked := booked_with(order.key)) is not None:
        return booked  # by the same form, a moment ago
    near = min(max(order.start, now), now + FARTHEST)
    raise SlotTaken(alternatives=nearest_starts(wish, near, now=now))


def booked_with(key: str) -> Appointment | None:
    """Return what a form has booked. One query."""
    return Appointment.objects.filter(flow_key=key).first()


def check_order(order: Order, reason: str) -> None:
    """Refuse what needs no look at the calendar."""
    if order.overruled - SOFT.keys():
        raise NotOffered
    if order.overruled and (order.taker is None or not reason.strip()):
        raise ReasonNeeded(SAY_WHY)
    if order.channel == Channel.PHONE and not order.details.phone.strip():
        raise PhoneNeeded("Enter the phone number to call.")


def policy_of(codes: tuple[str, ...], *, now: datetime) -> Policy:
    """Return what a segment allows now; staff need no signed link for it.

    Raises:
        NotOffered: it has ended, or is switched off.
    """
    try:
        return policy_for(codes, now=now, is_signed=True)
    except SegmentRefused as error:
        raise NotOffered("This segment cannot be used now.") from error


def wish_of(order: Order, *, now: datetime) -> Wish:
    """Return what the order asks of the calendar."""
    is_visit = order.channel == Channel.ON_LOCATION
    return Wish(
        policy=policy_of(order.segment_codes, now=now),
        subject_id=order.subject_id,
        channel=order.channel,
        office_id=order.office_id,
        postal_code=order.address.get("postal_code", "") if is_visit else None,
        country=order.address.get("country", "") if is_visit else "",
        advisor_id=order.advisor_id,
        advisor_mode=Flow.AdvisorMode.ONLY
        if order.advisor_id
        else Flow.AdvisorMode.PREFER,
    )


def takers(order: Order, wish: Wish, *, now: datetime) -> Iterator[Taker]:
    """Yield who is to be asked: the one whom staff chose, or those who are offered."""
    if order.taker is not None:
        yield Taker(*order.taker, assignment={"code": "staff"})
        return
    if not now - FARTHEST < order.start < now + FARTHEST:
        return
    found = judged(wish, order.start, now=now)
    offers = found.offers(order.start)
    if not offers:
        return
    standing = wish.policy.catalogue
    options = assignment_options(
        offers,
        now=now,
        start=order.start,
        zone=standing.offices[offers[0].office_id].zone,
        language=order.language or standing.organisation.language,
    )
    who_first = found.settings_at(order.start, offers[0].office_id).who_first
    for taker in in_order(options, who_first=who_first, preferred=None):
        is_chosen = order.advisor_id is not None
        why: dict[str, object] = {"code": "staff"} if is_chosen else taker.assignment
        yield Taker(taker.advisor_id, taker.office_id, assignment=why)


def judged(wish: Wish, start: datetime, *, now: datetime) -> OfferBoard:
    """Return the board of one start, with those who cannot take it. One query."""
    return judges([wish], now=now, first=start, last=start + MINUTE)[0]


def try_to_book(
    order: Order,
    wish: Wish,
    taker: Taker,
    *,
    now: datetime,
    user: User | None,
    why: str,
) -> Appointment | None:
    """Book it with this advisor, or return None when somebody was quicker."""
    try:
        with transaction.atomic():
            lock_in_order({taker.advisor_id})
            if (booked := booked_with(order.key)) is not None:
                return booked
            drop_expired_holds(taker.advisor_id, now=now)
            found = judged(wish, order.start, now=now)
            against = found.reasons(order.start, taker.advisor_id, taker.office_id)
            if against and order.taker is None:
                return None
            check_against(order, wish, taker, against)
            return write(order, found, taker, against, now=now, user=user, why=why)
    except IntegrityError as error:
        if is_overlap(error):
            return None
        if is_same_form(error):
            return Appointment.objects.get(flow_key=order.key)
        raise


def check_against(
    order: Order, wish: Wish, taker: Taker, against: tuple[Reason, ...]
) -> None:
    """Refuse what may not be overruled, and what the person did not agree to overrule."""
    advisor = wish.policy.catalogue.advisors.get(taker.advisor_id)
    if advisor is None:
        raise NotOffered
    hard = hard_among(against, advisor)
    refusing = hard or [one for one in against if one not in order.overruled]
    if refusing:
        sentences = " ".join(staff_sentence(one) for one in refusing)
        raise NotOffered(f"{advisor.name} cannot take this start. {sentences}")


def write(
    order: Order,
    found: OfferBoard,
    taker: Taker,
    against: tuple[Reason, ...],
    *,
    now: datetime,
    user: User | None,
    why: str,
) -> Appointment:
    """Write appointment, taken time, history and messages."""
    rules = found.settings_at(order.start, taker.office_id)
    ends = order.start + rules.duration * MINUTE
    time = BusyInterval(
        advisor_id=taker.advisor_id,
        starts_at=order.start - rules.buffer_before * MINUTE,
        ends_at=ends + rules.buffer_after * MINUTE,
        meeting_starts_at=order.start,
        meeting_ends_at=ends,
        office_id_held=taker.office_id,
        assignment=taker.assignment,
    )
    walk = as_walk(order, now=now)
    standing = found.wish.policy.catalogue
    appointment = new_appointment(walk, time, order.details, rules, standing, now=now)
    appointment.status = Appointment.Status.CONFIRMED
    appointment.offer_reason |= overruled_by(against, why)
    appointment.customer = customer_for(
        walk, order.details, language=appointment.language, now=now
    )
    take_time(appointment, time)
    announce(appointment, actor=STAFF, user=user, note=why.strip(), now=now)
    return appointment


def as_walk(order: Order, *, now: datetime) -> Flow:
    """Return the order as the answers of a walk through the wizard; it is never saved."""
    return Flow(
        id=order.key,
        created_at=now,
        last_used_at=now,
        segment_codes=list(order.segment_codes),
        subject_id=order.subject_id,
        channel=order.channel,
        address=dict(order.address),
        answers=dict(order.answers),
        verified_customer_id=order.customer_id,
        language=order.language,
    )


def overruled_by(against: tuple[Reason, ...], why: str) -> dict[str, object]:
    """Return what was overruled, and why, as the rules behind a booking are kept."""
    if not against:
        return {}
    rows = [
        {"rule": None, "label": staff_sentence(one), "code": str(one)}
        for one in against
    ]
    said = {"rule": None, "label": f"Reason given: {why.strip()}"}
    return {OVERRULED: [*rows, said]}


def is_same_form(error: IntegrityError) -> bool:
    """Tell whether the same form booked at this very moment."""
    cause = error.__cause__
    return (
        isinstance(cause, psycopg.errors.UniqueViolation)
        and cause.diag.constraint_name == BOOKS_ONCE
    )
