"""Cancelling a meeting: its time is free at once, and everybody is told."""

from datetime import datetime
from functools import partial

from django.db import transaction

from directory.models import User
from scheduling.messages import queue_messages
from scheduling.models import Appointment, BusyInterval
from scheduling.services.attempts import settle
from scheduling.services.swapping import (
    REASON,
    check_deadline,
    check_open,
    check_revision,
    lock_appointment,
    swap,
)


def cancel_appointment(
    appointment: Appointment,
    *,
    actor: str,
    reason: str,
    now: datetime,
    user: User | None = None,
    revision: int | None = None,
) -> Appointment:
    """Cancel a meeting and tell everybody; cancelling twice changes nothing.

    `actor` is one of AppointmentEvent.Actor. The deadline binds customers; staff give a
    reason after it. `revision` is the one that the person saw.

    Raises:
        TooLate, ReasonNeeded: the customer's deadline has passed.
        WrongStatus: the meeting has taken place.
        Outdated, Busy.
    """
    return settle(
        partial(
            end_appointment,
            appointment,
            kind="cancelled",
            actor=actor,
            reason=reason,
            now=now,
            user=user,
            revision=revision,
        )
    )


@transaction.atomic
def end_appointment(
    appointment: Appointment,
    *,
    kind: str,
    actor: str,
    reason: str,
    now: datetime,
    user: User | None,
    revision: int | None,
) -> Appointment:
    """Cancel in one transaction; `kind` names the row of the history and the message."""
    locked = lock_appointment(appointment)
    if locked.status == Appointment.Status.CANCELLED:
        return locked
    check_revision(locked, revision)
    check_open(locked)
    check_deadline(locked, actor=actor, reason=reason, now=now)
    ended = swap(
        locked,
        kind,
        values={
            "status": Appointment.Status.CANCELLED,
            "cancel_reason": reason.strip()[:REASON],
            "revision": locked.revision + 1,
        },
        actor=actor,
        user=user,
        note=reason.strip(),
        now=now,
    )
    give_time_back(ended)
    queue_messages(ended, kind, now=now)
    return ended


def give_time_back(appointment: Appointment) -> None:
    """Free the meeting's time, and what visitors hold who are about to move it."""
    own = BusyInterval.objects.filter(appointment=appointment)
    claims = list(own.values_list("claim", flat=True))
    BusyInterval.objects.filter(claim__in=claims).delete()
