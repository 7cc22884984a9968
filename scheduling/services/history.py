"""The append-only history of an appointment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from directory.models import User
from scheduling.models import Appointment, AppointmentEvent

NOTE = 500


@dataclass(frozen=True, slots=True)
class Change:
    """What happened: values that JSON can hold."""

    kind: str
    old: Mapping[str, object] = field(default_factory=dict)
    new: Mapping[str, object] = field(default_factory=dict)
    note: str = ""


def record(
    appointment: Appointment,
    change: Change,
    *,
    actor: str,
    now: datetime,
    user: User | None = None,
) -> AppointmentEvent:
    """Add a row to the appointment's history, in the change's own transaction."""
    return AppointmentEvent.objects.create(
        appointment=appointment,
        at=now,
        kind=change.kind,
        actor=actor,
        user=user,
        old=dict(change.old),
        new=dict(change.new),
        note=change.note[:NOTE],
    )
