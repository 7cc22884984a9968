"""The rows that the back office's lists are measured with, the same at every run.

1,000 days of meetings that end two months ahead, fifty a customer, with their busy time, two events and a
message each; a document of every tenth, and a visit of every fifth.
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Model

from config import clock
from directory.models import (
    Absence,
    Advisor,
    Category,
    Customer,
    Expertise,
    Office,
    OpeningHours,
    Organisation,
    Subject,
    User,
    WeekBlock,
    WeekTemplate,
)
from scheduling.models import (
    Appointment,
    AppointmentEvent,
    BusyInterval,
    Document,
    Flow,
    Message,
)
from segments.models import LinkProblem

ADVISORS, OFFICES, SUBJECTS = 200, 10, 9
DAYS, AHEAD = 1_000, 60
A_CUSTOMER, FEWEST_CUSTOMERS = 50, 200  # a full page of customers at least
FIRST = ("Anna", "Bram", "Chloe", "Dirk", "Elena", "Farid", "Greet", "Hugo", "Ines")
LAST = ("Vermeulen", "Peeters", "Janssens", "Maes", "Jacobs", "Willems", "Claes")
CHANNELS = ("office", "phone", "video", "on_location")
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
AN_HOUR = timedelta(hours=1)
BATCH = 5_000


def reference(number: int) -> str:
    """Return the ten characters of a meeting, scattered as real ones are."""
    scattered = number * 736_338_717_071 % 32**10
    return "".join(LETTERS[scattered // 32**place % 32] for place in range(10))


def insert(model: type[Model], rows: Iterator[Any]) -> list[Any]:
    made: list[Any] = []
    while batch := [row for _, row in zip(range(BATCH), rows, strict=False)]:
        made += model._default_manager.bulk_create(batch)
    return made


def fill(size: int) -> None:
    """Fill an empty, migrated database with so many meetings."""
    User.objects.create_superuser("bench", "bench@example.com", "bench")
    Organisation.objects.create(pk=1, name="Bench")
    now = clock.now().replace(minute=0, second=0, microsecond=0)
    offices = insert(Office, (office(number) for number in range(OFFICES)))
    advisors = insert(Advisor, (advisor(number) for number in range(ADVISORS)))
    category = Category.objects.create(code="bench", name="Bench")
    subjects = insert(
        Subject,
        (
            Subject(
                category=category,
                code=f"s{one}",
                name=f"Subject {one}",
                channels=["video"],
            )
            for one in range(SUBJECTS)
        ),
    )
    fill_standing(offices, advisors, subjects, now)
    count = max(size // A_CUSTOMER, FEWEST_CUSTOMERS)
    customers = insert(Customer, (customer(one, now) for one in range(count)))
    meetings = insert(
        Appointment,
        (
            meeting(one, size, now, advisors, offices, subjects, customers)
            for one in range(size)
        ),
    )
    fill_beside(meetings, now)


def office(number: int) -> Office:
    return Office(code=f"o{number}", name=f"Office {number}", city=f"City {number}")


def advisor(number: int) -> Advisor:
    return Advisor(
        code=f"a{number:03}", first_name=FIRST[number % 9], last_name=f"Advisor{number}"
    )


def customer(number: int, now: datetime) -> Customer:
    first, last = FIRST[number % 9], f"{LAST[number % 7]}{number}"
    return Customer(
        first_name=first,
        last_name=last,
        email=f"{first}.{last}@bench.example".lower(),
        customer_number=f"HB-{number:06}",
        created_at=now - timedelta(days=number % DAYS),
    )


def meeting(
    number: int,
    size: int,
    now: datetime,
    advisors: list[Advisor],
    offices: list[Office],
    subjects: list[Subject],
    customers: list[Customer],
) -> Appointment:
    """Return a meeting: each advisor's lie evenly in the days, none at the same time."""
    place, each = number // ADVISORS, max(size // ADVISORS, 1)
    day = timedelta(days=AHEAD - DAYS + place * DAYS // each, hours=number % 8)
    starts = now + day
    who = customers[number % len(customers)]
    status = (
        "confirmed"
        if starts > now
        else ("completed", "completed", "no_show", "cancelled")[number % 4]
    )
    return Appointment(
        reference=reference(number),
        status=status,
        customer=who,
        subject=subjects[number % SUBJECTS],
        channel=CHANNELS[number % 4],
        office=offices[number % OFFICES],
        advisor=advisors[number % ADVISORS],
        starts_at=starts,
        ends_at=starts + AN_HOUR,
        buffer_before=timedelta(0),
        buffer_after=timedelta(0),
        office_zone="Europe/Brussels",
        visitor_zone="Europe/Brussels",
        change_until=starts,
        first_name=who.first_name,
        last_name=who.last_name,
        email=who.email,
        customer_number=who.customer_number,
        segment_codes=["HIGH"] if number % 3 else [],
        created_at=starts - timedelta(days=10),
        changed_at=starts - timedelta(days=10),
        announced_at=starts - timedelta(days=10),
    )


def fill_standing(
    offices: list[Office],
    advisors: list[Advisor],
    subjects: list[Subject],
    now: datetime,
) -> None:
    """Add what the number of meetings does not change: more than a page of each."""
    insert(
        OpeningHours,
        (
            OpeningHours(office=office, weekday=day, opens=time(9), closes=time(17))
            for office in offices
            for day in range(7)
        ),
    )
    insert(
        Expertise,
        (
            Expertise(
                advisor=one,
                office=offices[number % OFFICES],
                subject=subjects[number % SUBJECTS],
                channels=["video"],
                rank=1,
            )
            for number, one in enumerate(advisors)
        ),
    )
    weeks = insert(WeekTemplate, (WeekTemplate(advisor=one) for one in advisors))
    insert(
        WeekBlock,
        (
            WeekBlock(
                template=week,
                weekday=day,
                starts=time(9),
                ends=time(17),
                office=offices[number % OFFICES],
            )
            for number, week in enumerate(weeks)
            for day in range(5)
        ),
    )
    insert(
        Absence,
        (
            Absence(
                advisor=one, starts_at=now, ends_at=now + timedelta(days=number % 9 + 1)
            )
            for number, one in enumerate(advisors)
        ),
    )


def fill_beside(meetings: list[Appointment], now: datetime) -> None:
    """Add what comes with meetings."""
    insert(
        BusyInterval,
        (
            BusyInterval(
                advisor_id=one.advisor_id,
                appointment=one,
                kind="appointment",
                starts_at=one.starts_at,
                ends_at=one.ends_at,
                meeting_starts_at=one.starts_at,
                meeting_ends_at=one.ends_at,
                is_active=one.status == "confirmed",
            )
            for one in meetings
        ),
    )
    insert(
        AppointmentEvent,
        (
            AppointmentEvent(appointment=one, at=at, kind=kind, actor="system")
            for one in meetings
            for at, kind in ((one.created_at, "booked"), (one.ends_at, one.status))
        ),
    )
    insert(
        Message,
        (
            Message(
                appointment=one,
                kind="confirmed",
                revision=0,
                recipient="customer",
                address=one.email,
                created_at=one.created_at,
                sent_at=one.created_at,
            )
            for one in meetings
        ),
    )
    insert(
        Document,
        (
            Document(
                appointment=one,
                side="customer",
                name=f"payslip-{one.reference}.pdf",
                content_type="application/pdf",
                size=12,
                file="bench.pdf",
                created_at=one.created_at,
            )
            for one in meetings[::10]
        ),
    )
    insert(
        Flow,
        (
            Flow(
                created_at=one.created_at,
                last_used_at=one.created_at,
                subject_id=one.subject_id,
            )
            for one in meetings[::5]
        ),
    )
    insert(
        LinkProblem,
        (
            LinkProblem(
                day=(now - timedelta(days=number)).date(),
                problem="segment_unknown",
                parameter="segment",
                first_at=now,
                last_at=now,
            )
            for number in range(min(len(meetings) // 10, 1_000))
        ),
    )
