"""How a meeting went: completed or no-show, and a week to correct it.

None of this tells anybody or changes a calendar, so the revision stays.
"""

from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from directory.models import User
from scheduling.errors import TooEarly, TooLate, WrongStatus
from scheduling.models import Appointment, AppointmentEvent
from scheduling.services.attempts import settle
from scheduling.services.swapping import check_revision, lock_appointment, swap

Status = Appointment.Status
CORRECTION_TIME = timedelta(days=7)
CLOSED = (Status.COMPLETED, Status.NO_SHOW)
OUTCOME = 500  # characters


def complete_appointment(
    appointment: Appointment,
    *,
    outcome: str,
    now: datetime,
    user: User | None,
    revision: int | None = None,
) -> Appointment:
    """Note that the meeting took place and what came of it; the customer reads that.

    A no-show becomes completed, and an outcome is written anew, for seven days.

    Raises:
        TooEarly: it has not started.
        TooLate: the week of corrections is over.
        WrongStatus: it is a request, or cancelled.
        Outdated, Busy.
    """
    values = {"status": Status.COMPLETED, "outcome": outcome.strip()[:OUTCOME]}
    return settle(
        partial(
            close, appointment, "completed", values, now=now, user=user, seen=revision
        )
    )


def mark_no_show(
    appointment: Appointment,
    *,
    now: datetime,
    user: User | None,
    revision: int | None = None,
) -> Appointment:
    """Note that the customer did not come.

    Raises:
        TooEarly, TooLate, WrongStatus, Outdated, Busy: as for completing.
    """
    values = {"status": Status.NO_SHOW, "outcome": ""}
    return settle(
        partial(
            close, appointment, "no_show", values, now=now, user=user, seen=revision
        )
    )


def reopen_appointment(
    appointment: Appointment,
    *,
    now: datetime,
    user: User | None,
    revision: int | None = None,
) -> Appointment:
    """Take back how it went: the meeting is confirmed again.

    Raises:
        TooLate: the week of corrections is over.
        WrongStatus: nobody has noted how it went.
        Outdated, Busy.
    """
    return settle(partial(reopen, appointment, now=now, user=user, seen=revision))


@transaction.atomic
def close(
    appointment: Appointment,
    kind: str,
    values: dict[str, str],
    *,
    now: datetime,
    user: User | None,
    seen: int | None,
) -> Appointment:
    """Close in one transaction; `kind` names the row of the history."""
    locked = lock_appointment(appointment)
    check_revision(locked, seen)
    if locked.status in CLOSED:
        check_correction(locked, now=now)
    elif locked.status != Status.CONFIRMED:
        raise WrongStatus(_("Only a confirmed meeting can be completed or missed."))
    if now < locked.starts_at:
        raise TooEarly
    return swap(
        locked,
        kind,
        values={**values, "closed_at": locked.closed_at or now},
        actor=AppointmentEvent.Actor.STAFF,
        user=user,
        now=now,
    )


@transaction.atomic
def reopen(
    appointment: Appointment, *, now: datetime, user: User | None, seen: int | None
) -> Appointment:
    """Reopen in one transaction."""
    locked = lock_appointment(appointment)
    check_revision(locked, seen)
    if locked.status not in CLOSED:
        raise WrongStatus(_("Only a completed or missed meeting can be reopened."))
    check_correction(locked, now=now)
    return swap(
        locked,
        "reopened",
        values={"status": Status.CONFIRMED, "outcome": "", "closed_at": None},
        actor=AppointmentEvent.Actor.STAFF,
        user=user,
        now=now,
    )


def may_correct(appointment: Appointment, *, now: datetime) -> bool:
    """Tell whether the week is running that begins when it was first noted."""
    return now <= (appointment.closed_at or appointment.ends_at) + CORRECTION_TIME


def check_correction(appointment: Appointment, *, now: datetime) -> None:
    """Refuse after the week that begins when it was first noted how it went."""
    if not may_correct(appointment, now=now):
        raise TooLate(_("How a meeting went can be corrected for seven days."))
