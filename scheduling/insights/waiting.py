"""What needs somebody, as lists of the back office: each figure counts its list.

A figure's look-ups are both what is counted and the address of the list, so the list
shows exactly the rows that were counted.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from directory.roles import Person, may_ever, scope
from scheduling.attention import to_answer, without_outcome
from scheduling.messages import NOT_AN_ADDRESS, REFUSED_ADDRESS
from scheduling.models import Appointment, Message
from scheduling.models.appointment import OPEN
from scheduling.offering import choices
from segments.models import LinkProblem, Segment
from segments.queries import SegmentsData

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MAIL_DAYS, PROBLEM_DAYS = 30, 7
Status = Appointment.Status


@dataclass(frozen=True)
class Waiting:
    """A count with the list behind it."""

    label: str
    model: type[Model]
    lookups: Mapping[str, Any]
    note: str = ""
    action: str = "view"

    def rows(self, person: Person) -> QuerySet[Any]:
        """Return the rows that the person sees of the list."""
        rows = self.model._default_manager.order_by()  # noqa: SLF001
        return scope(rows, person).filter(**self.lookups)

    @property
    def url(self) -> str:
        """Return the list's address."""
        label = self.model._meta.label_lower.replace(".", "_")  # noqa: SLF001
        query = {name: as_text(value) for name, value in self.lookups.items()}
        return f"{reverse(f'admin:{label}_changelist')}?{urlencode(query)}"


def as_text(value: Any) -> str:
    """Return a look-up's value as a list's address has it."""
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)


def waiting(
    person: Person, known: SegmentsData, *, today: date, now: datetime
) -> list[tuple[Waiting, int]]:
    """Return what the person can attend to, with its counts. One query for each."""
    return [
        (one, one.rows(person).count())
        for one in (
            *of_meetings(now=now),
            *of_mails(now=now),
            *of_links_and_jobs(today=today),
            segments_without_offer(known, now=now),
        )
        if may_ever(person, one.action, one.model)
    ]


def of_meetings(*, now: datetime) -> Iterator[Waiting]:
    """Yield what staff still have to say about meetings."""
    yield Waiting(
        "Requests to answer",
        Appointment,
        to_answer(now=now),
        "Accept or decline them before they start.",
        action="change",
    )
    yield Waiting(
        "Meetings without an outcome",
        Appointment,
        without_outcome(now=now),
        "They are over: note whether they took place.",
        action="change",
    )


def of_mails(*, now: datetime) -> Iterator[Waiting]:
    """Yield mails that did not reach anybody."""
    yield Waiting(
        "Mails that could not be sent",
        Message,
        {
            "skipped__in": [NOT_AN_ADDRESS, REFUSED_ADDRESS],
            "created_at__gte": now - MAIL_DAYS * DAY,
        },
        f"In the last {MAIL_DAYS} days: no valid address, or refused.",
    )
    yield Waiting(
        "Mails still on their way",
        Message,
        {
            "sent_at__isnull": True,
            "for_start__isnull": True,  # reminders may wait for the morning
            "skipped__exact": "",
            "created_at__lt": now - HOUR,
        },
        "For more than an hour: the mail server or the worker is away.",
    )


def of_links_and_jobs(*, today: date) -> Iterator[Waiting]:
    """Yield what administrators mend."""
    yield Waiting(
        "Broken links",
        LinkProblem,
        {"day__gte": today - (PROBLEM_DAYS - 1) * DAY},
        f"Kinds of problems in the last {PROBLEM_DAYS} days.",
    )
    yield Waiting(
        "Failing jobs",
        ProcrastinateJob,
        {"status__in": ["todo", "failed"], "attempts__gte": 1},
        "Failed for good, or waiting for another try.",
    )


def segments_without_offer(known: SegmentsData, *, now: datetime) -> Waiting:
    """Return the segments whose links work, but show nothing. No query."""
    empty = [
        one.id
        for one in known.segments.values()
        if one.is_active
        and (one.valid_until is None or one.valid_until > now)
        and not choices(known.policy([one.code])).takers
    ]
    return Waiting(
        "Segments that offer nothing",
        Segment,
        {"id__in": empty or [0]},
        "No subject is left, or nobody takes it.",
        action="change",
    )


def meetings_between(begin: datetime, end: datetime) -> Waiting:
    """Return the meetings that take place, or took place, between two instants."""
    return Waiting(
        "Meetings today",
        Appointment,
        {
            "starts_at__gte": begin,
            "starts_at__lt": end,
            "status__in": [one.value for one in Status if one != Status.CANCELLED],
        },
    )


def open_between(begin: datetime, end: datetime) -> Waiting:
    """Return the meetings that are still to take place between two instants."""
    return Waiting(
        "Fill rate of the coming 7 days",
        Appointment,
        {
            "starts_at__gte": begin,
            "starts_at__lt": end,
            "status__in": [one.value for one in OPEN],
        },
    )


def no_shows_between(begin: datetime, end: datetime) -> Waiting:
    """Return the meetings that a customer missed between two instants."""
    return Waiting(
        "No-shows of the last 30 days",
        Appointment,
        {
            "status__exact": Status.NO_SHOW.value,
            "starts_at__gte": begin,
            "starts_at__lt": end,
        },
    )
