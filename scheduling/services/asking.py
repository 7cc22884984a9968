"""Asking a customer to choose another time: a mail, and a deadline that lets them."""

from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from directory.models import User
from scheduling.asked import ASKED
from scheduling.errors import NobodyToAsk, TooLate
from scheduling.messages import queue_messages
from scheduling.models import Appointment, AppointmentEvent
from scheduling.services.attempts import settle
from scheduling.services.changes import offer_for
from scheduling.services.swapping import (
    check_open,
    check_revision,
    lock_appointment,
    swap,
)


def ask_for_another_time(
    appointment: Appointment,
    *,
    now: datetime,
    user: User | None,
    reason: str = "",
    revision: int | None = None,
) -> Appointment:
    """Ask the customer by mail to choose another time; the meeting stands until then.

    They may change it up to its start, whatever their deadline was. `reason` is for the
    history: the customer does not read it.

    Raises:
        NobodyToAsk: there is no e-mail address.
        OnlyCancel: its segment or subject is gone, so nothing could be chosen.
        TooLate: its start has passed.
        WrongStatus, Outdated, Busy.
    """
    return settle(
        partial(ask, appointment, now=now, user=user, reason=reason, seen=revision)
    )


@transaction.atomic
def ask(
    appointment: Appointment,
    *,
    now: datetime,
    user: User | None,
    reason: str,
    seen: int | None,
) -> Appointment:
    """Ask in one transaction."""
    locked = lock_appointment(appointment)
    check_revision(locked, seen)
    check_open(locked)
    if locked.starts_at <= now:
        raise TooLate(_("The start of this meeting has passed."))
    if not locked.email.strip():
        raise NobodyToAsk
    offer_for(locked)
    asked = swap(
        locked,
        ASKED,
        values={
            "change_until": max(locked.change_until, locked.starts_at),
            "revision": locked.revision + 1,
        },
        actor=AppointmentEvent.Actor.STAFF,
        user=user,
        note=reason.strip(),
        now=now,
    )
    queue_messages(asked, ASKED, now=now)
    return asked
