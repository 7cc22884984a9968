"""Reminders: which meetings are due, and the rows that the worker sends."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Protocol
from zoneinfo import ZoneInfo

import psycopg
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from scheduling.due import DAY, DAYS_TRIED, due_at, is_timely
from scheduling.letters import Zoned, zone_for
from scheduling.messages import defer_sending, reminder_kind
from scheduling.models import Appointment, Message, Reminder

__all__ = ["due_at", "queue_due_reminders"]

BATCH = 500
# Who queued it first has the say.
REMINDS_ONCE = ("message_reminds_once", "message_once")
Recipient = Message.Recipient


class Coming(Zoned, Protocol):
    """What tells when a meeting's reminder is due."""

    @property
    def starts_at(self) -> datetime: ...
    @property
    def announced_at(self) -> datetime: ...


def queue_due_reminders(*, now: datetime) -> int:
    """Write the reminders that are due and queue their sending; return how many.

    Each is written once a start, however often and by however many workers this runs.
    After a pause it catches up with what is still inside its window and before the
    meeting. One query a reminder, four a batch of what is due.
    """
    return sum(
        queue_batch(reminder, batch, now=now)
        for reminder in Reminder.objects.filter(is_active=True)
        for batch in batches(due_meetings(reminder, now=now))
    )


def overdue_reminders(*, now: datetime, grace: timedelta) -> int:
    """Return how many reminders are due for so long and not queued: is a worker there?"""
    return sum(
        len(
            set(due_meetings(reminder, now=now))
            & set(due_meetings(reminder, now=now - grace))
        )
        for reminder in Reminder.objects.filter(is_active=True)
    )


def due_meetings(reminder: Reminder, *, now: datetime) -> list[int]:
    """Return the keys of the meetings to remind of now, soonest first. One query."""
    coming = waiting(reminder, now=now).order_by("starts_at", "pk")
    meetings = coming.values_list(
        *("pk", "starts_at", "announced_at", "channel", "visitor_zone", "office_zone"),
        named=True,
    )
    is_due = judge_of(reminder, now=now)
    return [meeting.pk for meeting in meetings if is_due(meeting)]


def judge_of(reminder: Reminder, *, now: datetime) -> Callable[[Coming], bool]:
    """Return what tells whether a meeting's reminder goes out now.

    It does not if the reader was told the time since it was due. Many meetings start at
    the same time, so each time is computed once.
    """

    @cache
    def timely(start: datetime, zone: ZoneInfo) -> datetime | None:
        due = due_at(start, reminder, zone)
        return due if is_timely(now, due, reminder, zone) else None

    def is_due(meeting: Coming) -> bool:
        due = timely(meeting.starts_at, zone_for(meeting, reminder.recipient))
        return due is not None and due > meeting.announced_at

    return is_due


def waiting(reminder: Reminder, *, now: datetime) -> QuerySet[Appointment]:
    """Return the coming meetings whose reader was not reminded of this start yet.

    It is bounded by the furthest start that can be due: a window moves a reminder back
    by days at most.
    """
    ahead = timedelta(minutes=reminder.minutes_before) + DAYS_TRIED * DAY
    address = "email" if reminder.recipient == Recipient.CUSTOMER else "advisor__email"
    told = Message.objects.filter(
        appointment=OuterRef("pk"),
        kind=reminder_kind(reminder),
        recipient=reminder.recipient,
    )
    meetings = Appointment.objects.filter(
        ~Exists(told.filter(for_start=OuterRef("starts_at"), skipped="")),
        ~Exists(told.filter(revision=OuterRef("revision"))),
        ~Q(**{address: ""}),
        status=Appointment.Status.CONFIRMED,
        starts_at__gt=now,
        starts_at__lte=now + ahead,
    )
    if reminder.channels:
        meetings = meetings.filter(channel__in=reminder.channels)
    return meetings


def batches(keys: list[int]) -> Iterator[list[int]]:
    """Yield the keys in portions."""
    for first in range(0, len(keys), BATCH):
        yield keys[first : first + BATCH]


@transaction.atomic
def queue_batch(reminder: Reminder, keys: Sequence[int], *, now: datetime) -> int:
    """Write the reminders of these meetings, as they are now.

    A meeting that somebody changes at this moment is left to the next minute.
    """
    meetings = (
        waiting(reminder, now=now)
        .filter(pk__in=keys)
        .select_related("advisor")
        .select_for_update(no_key=True, skip_locked=True, of=("self",))
        .order_by("pk")
    )
    is_due = judge_of(reminder, now=now)
    written = write(
        [
            message_for(meeting, reminder, now=now)
            for meeting in meetings
            if is_due(meeting)
        ]
    )
    defer_sending(written)
    return len(written)


def message_for(meeting: Appointment, reminder: Reminder, *, now: datetime) -> Message:
    """Return the reminder's row, not written yet."""
    is_for_customer = reminder.recipient == Recipient.CUSTOMER
    address = meeting.email if is_for_customer else meeting.advisor.email
    return Message(
        appointment=meeting,
        kind=reminder_kind(reminder),
        for_start=meeting.starts_at,
        revision=meeting.revision,
        recipient=reminder.recipient,
        address=address.strip(),
        advisor=None if is_for_customer else meeting.advisor,
        created_at=now,
    )


def write(messages: Sequence[Message]) -> list[Message]:
    """Write the rows at once; one by one where somebody else has written some."""
    written = write_all(messages)
    if written is not None:
        return written
    return [row for message in messages for row in write_all([message]) or []]


def write_all(messages: Sequence[Message]) -> list[Message] | None:
    """Write the rows; None, and nothing written, if one of them is there already."""
    try:
        with transaction.atomic():
            return Message.objects.bulk_create(messages)
    except IntegrityError as error:
        cause = error.__cause__
        if (
            isinstance(cause, psycopg.errors.UniqueViolation)
            and cause.diag.constraint_name in REMINDS_ONCE
        ):
            return None
        raise
