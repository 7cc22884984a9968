"""Carrying out a plan for an absent advisor's meetings, each in its own transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from directory.models import User
from scheduling.asked import is_asked_to_move
from scheduling.errors import SchedulingError
from scheduling.models import Appointment, AppointmentEvent
from scheduling.services.asking import ask_for_another_time
from scheduling.services.cancelling import cancel_appointment
from scheduling.services.plans import ASK, CANCEL, GIVE, LEAVE, Deed
from scheduling.services.reassigning import reassign_appointment

STAFF = AppointmentEvent.Actor.STAFF


@dataclass(frozen=True, slots=True)
class Planned:
    """A meeting as the page showed it, and what is to become of it."""

    meeting: Appointment
    deed: Deed
    revision: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it; with a refusal nothing did."""

    planned: Planned
    refusal: str = ""


def carry_out(
    plan: Sequence[Planned], *, reason: str, now: datetime, user: User | None
) -> list[Outcome]:
    """Do each row by itself: what is refused leaves the others as they are.

    What was done already, by the same page a moment ago, counts as done.
    """
    return [
        Outcome(one, do_one(one, reason=reason, now=now, user=user))
        for one in plan
        if one.deed.kind != LEAVE
    ]


def do_one(planned: Planned, *, reason: str, now: datetime, user: User | None) -> str:
    """Do one row, and return why it was refused, or nothing."""
    meeting, deed = planned.meeting, planned.deed
    if is_done(planned):
        return ""
    try:
        if deed.kind == GIVE and deed.advisor_id is not None:
            reassign_appointment(
                meeting,
                advisor_id=deed.advisor_id,
                now=now,
                user=user,
                reason=reason,
                revision=planned.revision,
            )
        elif deed.kind == ASK:
            ask_for_another_time(
                meeting, now=now, user=user, reason=reason, revision=planned.revision
            )
        elif deed.kind == CANCEL:
            cancel_appointment(
                meeting,
                actor=STAFF,
                reason=reason,
                now=now,
                user=user,
                revision=planned.revision,
            )
    except SchedulingError as error:
        return error.message
    return ""


def is_done(planned: Planned) -> bool:
    """Tell whether the page has done this already, and nothing came after. One query."""
    meeting, deed = planned.meeting, planned.deed
    if meeting.revision != planned.revision + 1:
        return False
    return {
        GIVE: meeting.is_open and meeting.advisor_id == deed.advisor_id,
        ASK: meeting.is_open and is_asked_to_move(meeting),
        CANCEL: meeting.status == Appointment.Status.CANCELLED,
    }[deed.kind]
