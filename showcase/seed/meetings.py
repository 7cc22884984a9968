"""Write the demo's diary: fill the coming two weeks, and recycle what has passed.

A seeded meeting that somebody touched (its history has an entry of theirs) is theirs and
stays. All others are the demo's: the past ones move on, with their references.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Exists, OuterRef

from directory.models import (
    Absence,
    Advisor,
    Closure,
    Customer,
    Office,
    Organisation,
    Subject,
)
from scheduling.models import Appointment, AppointmentEvent, BusyInterval, Document
from scheduling.models.appointment import new_reference
from showcase.seed.bank import ADVISORS, ORGANISATION
from showcase.seed.diary import (
    PlannedMeeting,
    keys_of,
    plan_absence,
    plan_meetings,
)
from showcase.seed.documents import make_pdf
from showcase.seed.promises import PROMISES, Promise

AHEAD = 15  # days with meetings: today and two weeks
BEHIND = 28  # days of history, for the figures of the back office
ZONE = ZoneInfo(ORGANISATION["zone_name"])
NOTE = "Part of the demo data"  # marks the history entries of the demo itself
TAKES_TIME = ("confirmed", "completed", "no_show")
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Bank:
    """The rows that meetings point to, by code, and the days that are shut."""

    advisors: dict[str, Advisor]
    offices: dict[str, Office]
    subjects: dict[str, Subject]
    customers: dict[str, Customer]
    closures: tuple[Closure, ...]
    consent_version: str

    def is_shut(self, office: str, day: date) -> bool:
        return any(
            closure.first_day <= day <= closure.last_day
            and closure.office_id in {None, self.offices[office].pk}
            for closure in self.closures
        )

    def knows(self, meeting: PlannedMeeting) -> bool:
        """Tell whether staff have left everything in place that the plan names."""
        return (
            meeting.advisor in self.advisors
            and meeting.subject in self.subjects
            and meeting.customer.number in self.customers
            and meeting.customer.office in self.offices
        )


@dataclass(slots=True)
class Diary:
    """What is taken, and the rows that may be used again."""

    taken: dict[int, list[Span]]
    recycled: list[tuple[int, str]] = field(default_factory=list)

    def is_free(self, advisor_id: int, span: Span) -> bool:
        starts, ends = span
        return all(
            ends <= busy_from or busy_until <= starts
            for busy_from, busy_until in self.taken[advisor_id]
        )


@transaction.atomic
def fill_diary(*, now: datetime) -> int:
    """Plan the demo's meetings and absences around `now`; return how many are new.

    The same day again finds every day filled and changes nothing.
    """
    today = now.astimezone(ZONE).date()
    bank = _load_bank(today)
    seeded = Appointment.objects.filter(is_demo=True).exclude(flow_key="")
    known = set(seeded.values_list("flow_key", flat=True))
    window = [today + timedelta(days) for days in range(-BEHIND, AHEAD)]
    new_days = [
        day
        for day in window
        if not any(flow_key(key) in known for key in keys_of(day, ADVISORS))
    ]
    passed = _passed_promises(now)
    missing = [
        promise
        for promise in PROMISES
        if flow_key(promise.key) not in known or promise.key in passed
    ]
    diary = Diary(taken=defaultdict(list))
    for promise in missing:
        if promise.key in passed:
            diary.recycled.append(passed[promise.key])
    _forget([pk for pk, _ in diary.recycled])
    _read_taken(diary)
    count = sum(_keep(promise, today, bank, diary, now=now) for promise in missing)

    new_days = [day for day in new_days if day.weekday() < 5]
    if new_days:
        diary.recycled = _recyclable(now, today)
        _forget([pk for pk, _ in diary.recycled])
        diary.taken.clear()
        _read_taken(diary)
        _plan_absences(new_days, today, bank)
        count += _plan_meetings(new_days, bank, diary, now=now)
    return count
