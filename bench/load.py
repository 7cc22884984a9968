"""Put the data set into our tables and into the bare one."""

from collections.abc import Sequence
from datetime import date, time

from django.db import connection, transaction

from bench import bare_table
from bench.dataset import ADVISORS, CLOSES, GRID, LENGTH, OPENS, POOLS, Meeting
from config import clock
from directory.models import (
    Advisor,
    Category,
    Expertise,
    Office,
    OpeningHours,
    Organisation,
    Subject,
    WeekBlock,
    WeekTemplate,
)
from scheduling.models import BusyInterval
from segments.models import AvailabilityRule


@transaction.atomic
def load(meetings: Sequence[Meeting]) -> None:
    """Fill an empty, migrated database."""
    opens, closes = time(OPENS // 60), time(CLOSES // 60)
    Organisation.objects.create(pk=1, name="Bench")
    office = Office.objects.create(code="bench", name="Bench")
    OpeningHours.objects.bulk_create(
        OpeningHours(office=office, weekday=day, opens=opens, closes=closes)
        for day in range(7)
    )
    category = Category.objects.create(code="bench", name="Bench")
    subjects = [
        Subject.objects.create(
            category=category, code=f"svc-{pool}", name=f"{pool}", channels=["phone"]
        )
        for pool in POOLS
    ]
    AvailabilityRule.objects.create(
        name="Bench", duration=LENGTH, interval=GRID, switched_off=["notice"]
    )
    advisors = Advisor.objects.bulk_create(
        Advisor(code=f"a{number:03}", first_name="Advisor", last_name=f"{number:03}")
        for number in range(ADVISORS)
    )
    Expertise.objects.bulk_create(
        Expertise(
            advisor=advisor, office=office, subject=subject, channels=["phone"], rank=1
        )
        for subject, pool in zip(subjects, POOLS, strict=True)
        for advisor in advisors[:pool]
    )
    weeks = WeekTemplate.objects.bulk_create(
        WeekTemplate(advisor=advisor) for advisor in advisors
    )
    WeekBlock.objects.bulk_create(
        WeekBlock(template=week, weekday=day, starts=opens, ends=closes, office=office)
        for week in weeks
        for day in range(7)
    )
    # Imported events: busy like any meeting, without an appointment row each.
    BusyInterval.objects.bulk_create(
        (
            BusyInterval(
                advisor=advisors[meeting.advisor],
                kind=BusyInterval.Kind.IMPORTED,
                starts_at=meeting.starts_at,
                ends_at=meeting.ends_at,
                meeting_starts_at=meeting.starts_at,
                meeting_ends_at=meeting.ends_at,
                uid=f"{meeting.advisor}-{meeting.starts_at:%Y%m%dT%H%M}",
            )
            for meeting in meetings
        ),
        batch_size=5000,
    )


def load_bare(meetings: Sequence[Meeting]) -> None:
    """Make the bare view's table anew."""
    with connection.cursor() as cursor:
        cursor.execute(bare_table.SQL)
        cursor.executemany(
            "INSERT INTO bare_booking (advisor, day, first_cell, last_cell, during) "
            "VALUES (%s, %s, %s, %s, tstzrange(%s, %s))",
            [
                (
                    meeting.advisor,
                    meeting.day,
                    meeting.start // GRID,
                    (meeting.start + LENGTH) // GRID,
                    meeting.starts_at,
                    meeting.ends_at,
                )
                for meeting in meetings
            ],
        )


def analyze() -> None:
    """Give the planner its figures."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def today() -> date:
    """Return the date in UTC: the data begins on the Monday after it."""
    return clock.now().date()
