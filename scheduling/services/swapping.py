"""How an appointment changes: locked, compared, swapped, and written into its history."""

from datetime import datetime, timedelta
from typing import Any

from directory.models import User
from scheduling.errors import Outdated, ReasonNeeded, TooLate, WrongStatus
from scheduling.models import Appointment, AppointmentEvent
from scheduling.services.history import Change, record

REASON = 500  # characters


def lock_appointment(appointment: Appointment) -> Appointment:
    """Return the appointment as it is now, its row locked until the transaction ends.

    The order of locks is: flow, appointment, advisors by primary key, busy intervals.
    Nothing is joined here: after the wait for a lock PostgreSQL joins a new advisor_id to
    the advisor it found before the wait, and loses the row.
    """
    return Appointment.objects.select_for_update(no_key=True).get(pk=appointment.pk)


def check_revision(appointment: Appointment, revision: int | None) -> None:
    """Refuse when the appointment changed after the person saw it; None: do not ask."""
    if revision is not None and appointment.revision != revision:
        raise Outdated


def check_open(appointment: Appointment) -> None:
    """Refuse what only a requested or confirmed meeting allows."""
    if not appointment.is_open:
        raise WrongStatus


def check_deadline(
    appointment: Appointment, *, actor: str, reason: str, now: datetime
) -> None:
    """Refuse customers after their deadline, and staff who then give no reason."""
    if now <= appointment.change_until:
        return
    if actor == AppointmentEvent.Actor.CUSTOMER:
        raise TooLate
    if actor == AppointmentEvent.Actor.STAFF and not reason.strip():
        raise ReasonNeeded


def swap(
    appointment: Appointment,
    kind: str,
    *,
    values: dict[str, Any],
    actor: str,
    now: datetime,
    user: User | None = None,
    note: str = "",
) -> Appointment:
    """Write columns if status and revision are still those of `appointment`.

    Its history gets a row of this kind with the columns that changed. The caller's
    object shows the new values.

    Raises:
        Outdated: another change was quicker.
    """
    changed = {
        name: value
        for name, value in values.items()
        if getattr(appointment, name) != value
    }
    swapped = Appointment.objects.filter(
        pk=appointment.pk, status=appointment.status, revision=appointment.revision
    ).update(**changed, changed_at=now)
    if swapped != 1:
        raise Outdated
    old = {plain(name): as_json(getattr(appointment, name)) for name in changed}
    new = {plain(name): as_json(value) for name, value in changed.items()}
    appointment.refresh_from_db()
    for name in HIDDEN & new.keys():
        del new[name]
    record(appointment, Change(kind, old, new, note), actor=actor, user=user, now=now)
    return appointment


# The history tells a replaced link from one that never was; the present one stays out.
HIDDEN = {"link_hash"}


def plain(name: str) -> str:
    """Return a column's name as the history writes it: advisor, not advisor_id."""
    return name.removesuffix("_id")


def as_json(value: object) -> object:
    """Return a column's value as JSON holds it: instants in ISO 8601, spans in minutes."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value // timedelta(minutes=1)
    return value
