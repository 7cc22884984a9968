"""What staff write about a meeting for each other. Customers never read it."""

from datetime import datetime
from functools import partial

from django.db import transaction

from directory.models import User
from scheduling.models import Appointment, AppointmentEvent
from scheduling.services.attempts import settle
from scheduling.services.history import Change, record
from scheduling.services.swapping import lock_appointment

NOTED = "noted"


def add_note(
    appointment: Appointment, *, text: str, user: User, now: datetime
) -> AppointmentEvent:
    """Add a note to the meeting's history, whatever its status.

    Nothing about the meeting changes: the revision stays, and nobody is told. The same
    note by the same person as the last thing that happened is not written twice.

    Raises:
        Busy.
    """
    return settle(partial(add, appointment, text.strip(), user=user, now=now))


@transaction.atomic
def add(
    appointment: Appointment, text: str, *, user: User, now: datetime
) -> AppointmentEvent:
    """Add it in one transaction; the lock keeps a double post from adding two."""
    locked = lock_appointment(appointment)
    last = locked.events.order_by("at", "pk").last()
    if last and (last.kind, last.note, last.user_id) == (NOTED, text, user.pk):
        return last
    return record(
        locked,
        Change(NOTED, note=text),
        actor=AppointmentEvent.Actor.STAFF,
        user=user,
        now=now,
    )
