"""Writing a move: new time, place, channel or advisor for a booked meeting, in one go."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from directory.models import User
from scheduling.messages import queue_messages
from scheduling.models import Appointment, AppointmentEvent, BusyInterval
from scheduling.services.confirmation import explained, origins_of
from scheduling.services.swapping import swap
from segments.settings import Settings

Status = Appointment.Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Where a meeting goes: evaluated, and its advisors locked."""

    starts_at: datetime
    ends_at: datetime
    buffer_before: timedelta
    buffer_after: timedelta
    advisor_id: int
    office_id: int
    office_zone: str
    visitor_zone: str
    channel: str
    address: Mapping[str, str]
    phone: str
    assignment: Mapping[str, object]
    rules: Settings


def write_move(
    appointment: Appointment,
    move: Move,
    *,
    actor: str,
    now: datetime,
    user: User | None = None,
    note: str = "",
) -> Appointment:
    """Move a locked appointment, its time and its calendars; tell everybody.

    The new time is taken as the old one goes: one UPDATE of the same row, under the
    constraint. A move to where it is changes nothing.

    Raises:
        Outdated: another change was quicker.
        django.db.IntegrityError: of the constraint, when somebody has the time.
    """
    before = appointment.advisor
    values = columns_of(appointment, move, actor=actor)
    if all(getattr(appointment, name) == value for name, value in values.items()):
        return appointment
    values |= {
        "change_until": move.starts_at - timedelta(hours=move.rules.deadline_hours),
        "assignment_reason": explained(move.assignment),
        "offer_reason": origins_of(move.rules),
        "office_zone": move.office_zone,
        "visitor_zone": move.visitor_zone,
        "phone": move.phone,
        "buffer_before": move.buffer_before,
        "buffer_after": move.buffer_after,
        "announced_at": now,
        "revision": appointment.revision + 1,
    }
    moved = swap(
        appointment,
        "moved",
        values=values,
        actor=actor,
        user=user,
        note=note.strip(),
        now=now,
    )
    take_time(moved, move)
    queue_messages(
        moved,
        "changed",
        now=now,
        former_advisor=before if before.pk != moved.advisor_id else None,
    )
    return moved


def columns_of(appointment: Appointment, move: Move, *, actor: str) -> dict[str, Any]:
    """Return what people would notice of the move."""
    return {
        "starts_at": move.starts_at,
        "ends_at": move.ends_at,
        "advisor_id": move.advisor_id,
        "office_id": move.office_id,
        "channel": move.channel,
        "address": dict(move.address),
        "status": status_after(appointment, move.rules, actor=actor),
    }


def status_after(appointment: Appointment, rules: Settings, *, actor: str) -> str:
    """Return the status after a move: staff have agreed to what they do themselves."""
    if actor != AppointmentEvent.Actor.CUSTOMER:
        return appointment.status
    if rules.is_confirmed_automatically:
        return Status.CONFIRMED
    return Status.REQUESTED


def take_time(appointment: Appointment, move: Move) -> None:
    """Move the meeting's row of taken time; what visitors hold to move it goes."""
    own = BusyInterval.objects.filter(appointment=appointment)
    claims = list(own.values_list("claim", flat=True))
    BusyInterval.objects.filter(claim__in=claims, kind=BusyInterval.Kind.HOLD).delete()
    own.update(
        advisor_id=move.advisor_id,
        starts_at=move.starts_at - move.buffer_before,
        ends_at=move.ends_at + move.buffer_after,
        meeting_starts_at=move.starts_at,
        meeting_ends_at=move.ends_at,
    )
