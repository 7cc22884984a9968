"""Booking a flow's meeting, once, and cancelling it.

Two transactions at most: the flow gets (or has) a hold, then everything that a booking
consists of is written together, and the hold's row becomes the appointment's.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

import psycopg
from django.db import IntegrityError, transaction
from django.db.models import F

from directory.models import User
from scheduling.availability.types import Reason
from scheduling.errors import (
    AlreadyBooked,
    NotOffered,
    NotReady,
    SlotTaken,
    TooLate,
    WrongStatus,
)
from scheduling.messages import queue_messages
from scheduling.models import Appointment, AppointmentEvent, BusyInterval, Flow
from scheduling.queries import nearest_starts
from scheduling.services.attempts import settle
from scheduling.services.confirmation import Details, write_appointment
from scheduling.services.history import Change, record
from scheduling.services.holds import (
    NOTHING,
    OUTLIVED,
    claim_slot,
    lock_advisors,
    lock_flow,
    reasons_against,
)
from scheduling.services.limits import check_bookings
from scheduling.services.steps import count_step
from scheduling.services.wishes import pair_wish, wish_of

BOOKS_ONCE = "appointment_flow_books_once"
ROUNDS = 3  # an advisor who drops out while another is asked is rare; twice is odd
REASON = 500
OPEN = (Appointment.Status.REQUESTED, Appointment.Status.CONFIRMED)


@dataclass(frozen=True, slots=True)
class HoldLost:
    """The flow holds nothing that can be booked; `ignored` while the old hold lives."""

    ignored: frozenset[Reason]


def book(
    flow: Flow, *, details: Details, now: datetime, client: str = ""
) -> Appointment:
    """Book the flow's slot, or return what the flow has booked already.

    A live hold is booked whatever the rules have become since; if its advisor has dropped
    out, another one who has the start takes the meeting. After its end the same start is
    evaluated and taken anew.

    Raises:
        SlotTaken: nobody can take the start now; carries the nearest three.
        NotOffered: the link may not have this, or a locked field was changed.
        LimitReached: this e-mail address booked enough for now.
        NotReady, FlowGone, Busy.
    """
    appointment = booked_by(flow)
    if appointment is None:
        check_locked_details(flow, details)
        check_bookings(details.email, now=now)
        appointment = settle_booking(flow, details=details, now=now, client=client)
        count_step(flow, "booked", now=now)
    flow.is_booked = True
    return appointment


def settle_booking(
    flow: Flow, *, details: Details, now: datetime, client: str
) -> Appointment:
    """Hold and book, again when the hold is lost in between."""
    for _round in range(ROUNDS):
        outcome = settle(partial(book_held, flow, details=details, now=now))
        if isinstance(outcome, Appointment):
            return outcome
        start = chosen_start(flow)
        try:
            claim_slot(
                flow, start=start, now=now, client=client, ignored=outcome.ignored
            )
        except AlreadyBooked:
            continue  # by a request that ran beside this one
    start = chosen_start(flow)
    raise SlotTaken(alternatives=nearest_starts(wish_of(flow, now=now), start, now=now))


def chosen_start(flow: Flow) -> datetime:
    """Return the start that the visitor chose last, whether or not it is held."""
    start = Flow.objects.values_list("slot", flat=True).filter(pk=flow.pk).first()
    if start is None:
        raise NotReady
    return start


def book_held(flow: Flow, *, details: Details, now: datetime) -> Appointment | HoldLost:
    """Turn a live hold into an appointment, in one transaction."""
    try:
        with transaction.atomic():
            try:
                locked = lock_flow(flow)
            except AlreadyBooked:
                return Appointment.objects.get(flow_key=flow.pk)
            hold = lock_hold(locked, now=now)
            if hold is None:
                return HoldLost(NOTHING)
            wish = pair_wish(locked, now=now, advisor_id=hold.advisor_id)
            if reasons_against(hold, wish, now=now):
                return HoldLost(OUTLIVED)
            return write_appointment(locked, hold, details, policy=wish.policy, now=now)
    except IntegrityError as error:
        cause = error.__cause__
        if (
            isinstance(cause, psycopg.errors.UniqueViolation)
            and cause.diag.constraint_name == BOOKS_ONCE
        ):
            return Appointment.objects.get(flow_key=flow.pk)
        raise


def lock_hold(flow: Flow, *, now: datetime) -> BusyInterval | None:
    """Return the flow's live hold with its advisor locked, so that nothing moves."""
    hold = BusyInterval.objects.filter(flow=flow).first()
    if hold is None:
        return None
    lock_advisors(flow, hold.advisor_id)
    return BusyInterval.objects.filter(
        flow=flow, is_active=True, expires_at__gt=now
    ).first()


def booked_by(flow: Flow) -> Appointment | None:
    """Return what the flow has booked. One query."""
    return Appointment.objects.filter(flow_key=flow.pk).first()


def check_locked_details(flow: Flow, details: Details) -> None:
    """Refuse another value for a field that the link has fixed."""
    for name in details.names():
        fixed = str(flow.prefill.get(name, "")).strip()
        if name in flow.locked and getattr(details, name).strip() != fixed:
            raise NotOffered


def cancel_appointment(
    appointment: Appointment,
    *,
    actor: str,
    reason: str,
    now: datetime,
    user: User | None = None,
) -> Appointment:
    """Cancel a meeting and tell everybody; cancelling twice changes nothing.

    `actor` is one of AppointmentEvent.Actor; the deadline binds customers only.

    Raises:
        TooLate: the customer's deadline has passed.
        WrongStatus: the meeting has taken place.
        Busy.
    """
    return settle(
        partial(
            cancel_locked, appointment, actor=actor, reason=reason, now=now, user=user
        )
    )


@transaction.atomic
def cancel_locked(
    appointment: Appointment,
    *,
    actor: str,
    reason: str,
    now: datetime,
    user: User | None,
) -> Appointment:
    """Cancel in one transaction; the status is compared as it is swapped."""
    locked = Appointment.objects.select_for_update(no_key=True).get(pk=appointment.pk)
    if locked.status == Appointment.Status.CANCELLED:
        return locked
    if locked.status not in OPEN:
        raise WrongStatus
    if actor == AppointmentEvent.Actor.CUSTOMER and now > locked.change_until:
        raise TooLate
    before = locked.status
    changed = Appointment.objects.filter(pk=locked.pk, status=before).update(
        status=Appointment.Status.CANCELLED,
        cancel_reason=reason.strip()[:REASON],
        revision=F("revision") + 1,
        changed_at=now,
    )
    if changed != 1:
        raise WrongStatus
    BusyInterval.objects.filter(appointment=locked).delete()
    locked.refresh_from_db()
    change = Change(
        kind="cancelled",
        old={"status": before},
        new={"status": locked.status, "revision": locked.revision},
        note=locked.cancel_reason,
    )
    record(locked, change, actor=actor, user=user, now=now)
    queue_messages(locked, "cancelled", now=now)
    return locked
