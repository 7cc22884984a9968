"""Visits of the last weeks, as counts: what the insights show of a bank that is open."""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from directory.models import Office, Subject
from directory.queries import catalogue
from scheduling.models import StepCount, UnmetDemand

DAYS = 42
WEEKEND = 5
LINKS = {"B2C_Categories": 40, "LOW": 12, "AVERAGE": 18, "HIGH": 6, "": 9}
# Which share of those who got to the step before goes on to this one.
GOES_ON = {
    "start": 1.0,
    "subject": 0.8,
    "place": 0.9,
    "time": 0.75,
    "questions": 0.9,
    "booked": 0.85,
}
# What nobody could have: segment, subject, channel, office, about how many a week.
MISSED = (
    ("LOW", "mortgage", "office", "ghent", 6),
    ("HIGH", "mortgage", "on_location", None, 3),
    ("B2C_Categories", "life-insurance", "office", "brussels", 2),
)


def fill_visits(*, now: datetime) -> None:
    """Write the counts of the past days that have none; what is there stays."""
    today = now.astimezone(catalogue().organisation.zone).date()
    days = [today - timedelta(days=number) for number in range(1, DAYS + 1)]
    StepCount.objects.bulk_create(
        [row for day in days for row in steps_of(day)], ignore_conflicts=True
    )
    subjects = dict(Subject.objects.values_list("code", "pk"))
    offices = dict(Office.objects.values_list("code", "pk"))
    UnmetDemand.objects.bulk_create(
        [row for day in days for row in missed_on(day, subjects, offices)],
        ignore_conflicts=True,
    )


def steps_of(day: date) -> Iterator[StepCount]:
    """Yield how far a day's visits came; the same for the same day."""
    dice = random.Random(day.toordinal())  # noqa: S311  (nothing secret)
    busy = 0.4 if day.weekday() >= WEEKEND else 1.0
    for codes, visits in LINKS.items():
        left = visits * busy * dice.uniform(0.7, 1.3)
        for step, share in GOES_ON.items():
            left *= share * dice.uniform(0.92, 1.0)
            if count := round(left):
                yield StepCount(day=day, step=step, segment_codes=codes, count=count)


def missed_on(
    day: date, subjects: dict[str, int], offices: dict[str, int]
) -> Iterator[UnmetDemand]:
    """Yield what a day's visits did not find."""
    dice = random.Random(-day.toordinal())  # noqa: S311
    for codes, subject, channel, office, weekly in MISSED:
        if count := round(weekly / 7 * dice.uniform(0, 2)):
            yield UnmetDemand(
                day=day,
                reason=UnmetDemand.Reason.NO_TIME,
                segment_codes=codes,
                subject_id=subjects[subject],
                channel=channel,
                office_id=offices[office] if office else None,
                count=count,
            )
