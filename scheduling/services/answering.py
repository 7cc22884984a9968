"""Staff answer a request: accepted or declined, before it starts."""

from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from directory.models import User
from scheduling.errors import TooLate, WrongStatus
from scheduling.messages import queue_messages
from scheduling.models import Appointment, AppointmentEvent
from scheduling.services.attempts import settle
from scheduling.services.cancelling import give_time_back
from scheduling.services.swapping import (
    check_revision,
    lock_appointment,
    swap,
)

DECLINED = "declined"


def accept_appointment(
    appointment: Appointment,
    *,
    now: datetime,
    user: User | None,
    revision: int | None = None,
) -> Appointment:
    """Confirm a request and tell everybody.

    Raises:
        WrongStatus: it is no request (any more).
        TooLate: its start has passed.
        Outdated, Busy.
    """
    return settle(
        partial(answer, appointment, "accepted", "", now=now, user=user, seen=revision)
    )


def decline_appointment(
    appointment: Appointment,
    *,
    reason: str,
    now: datetime,
    user: User | None,
    revision: int | None = None,
) -> Appointment:
    """Turn a request down: it is cancelled with the reason `declined`, and its time free.

    `reason` is a note for the history; the customer does not read it.

    Raises:
        WrongStatus, TooLate, Outdated, Busy: as for accepting.
    """
    return settle(
        partial(
            answer, appointment, DECLINED, reason, now=now, user=user, seen=revision
        )
    )


@transaction.atomic
def answer(
    appointment: Appointment,
    kind: str,
    note: str,
    *,
    now: datetime,
    user: User | None,
    seen: int | None,
) -> Appointment:
    """Answer in one transaction; `kind` names the row of the history and the message."""
    locked = lock_appointment(appointment)
    check_revision(locked, seen)
    if locked.status != Appointment.Status.REQUESTED:
        raise WrongStatus(_("Only a request can be accepted or declined."))
    if locked.starts_at <= now:
        raise TooLate(_("The start of this request has passed."))
    values: dict[str, object] = {"revision": locked.revision + 1}
    if kind == DECLINED:
        values |= {"status": Appointment.Status.CANCELLED, "cancel_reason": DECLINED}
    else:
        values |= {"status": Appointment.Status.CONFIRMED, "announced_at": now}
    answered = swap(
        locked,
        kind,
        values=values,
        actor=AppointmentEvent.Actor.STAFF,
        user=user,
        note=note.strip(),
        now=now,
    )
    if kind == DECLINED:
        give_time_back(answered)
    queue_messages(answered, kind, now=now)
    return answered
