"""Booking a flow's meeting, once.

Two transactions at most: the flow gets (or has) a hold, then everything that a booking
consists of is written together, and the hold's row becomes the appointment's.
"""

from datetime import datetime
from functools import partial

import psycopg
from django.db import IntegrityError, transaction

from scheduling.errors import AlreadyBooked, NotOffered
from scheduling.models import Appointment, Flow
from scheduling.services.confirmation import Details, write_appointment
from scheduling.services.held import HoldLost, lock_hold, use_hold
from scheduling.services.holds import NOTHING, OUTLIVED, lock_flow, reasons_against
from scheduling.services.limits import check_bookings
from scheduling.services.steps import count_step
from scheduling.services.wishes import pair_wish

BOOKS_ONCE = "appointment_flow_books_once"


def book(
    flow: Flow, *, details: Details, now: datetime, client: str = ""
) -> Appointment:
    """Book the flow's slot, or return what the flow has booked already.

    A live hold is booked whatever the rules have become since; if its advisor has dropped
    out, another one who has the start takes the meeting. After its end the same start is
    evaluated and taken anew.

    Raises:
        SlotTaken: nobody can take the start now; carries the nearest three.
        NotOffered: the link may not have this, a locked field was changed, or the flow
            changes a booked meeting (scheduling.services.changes does that).
        LimitReached: this e-mail address booked enough for now.
        NotReady, FlowGone, Busy.
    """
    if flow.changes_id is not None:
        raise NotOffered
    appointment = booked_by(flow)
    if appointment is None:
        check_locked_details(flow, details)
        check_bookings(details.email, now=now)
        work = partial(book_held, flow, details=details, now=now)
        appointment = use_hold(flow, work, now=now, client=client)
        count_step(flow, "booked", now=now)
    flow.is_booked = True
    return appointment


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


def booked_by(flow: Flow) -> Appointment | None:
    """Return what the flow has booked. One query."""
    return Appointment.objects.filter(flow_key=flow.pk).first()


def check_locked_details(flow: Flow, details: Details) -> None:
    """Refuse another value for a field that the link has fixed."""
    for name in details.names():
        fixed = str(flow.prefill.get(name, "")).strip()
        if name in flow.locked and getattr(details, name).strip() != fixed:
            raise NotOffered
