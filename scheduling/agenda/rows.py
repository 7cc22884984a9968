"""The rows behind a calendar: three queries, whatever the number of advisors and days."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q

from directory.models import Absence
from directory.roles import Person, scope
from scheduling.models import Appointment, BusyInterval
from scheduling.taken import LONGEST_BLOCK


@dataclass(frozen=True)
class Diary:
    """What lies in a stretch of time, by advisor. Cancelled meetings are counted only."""

    meetings: dict[int, list[Appointment]] = field(default_factory=dict)
    busy: dict[int, list[BusyInterval]] = field(default_factory=dict)
    absences: dict[int, list[Absence]] = field(default_factory=dict)
    cancelled: int = 0


def load_diary(
    person: Person,
    *,
    advisors: Collection[int],
    office_id: int | None,
    first: datetime,
    last: datetime,
    now: datetime,
) -> Diary:
    """Return the meetings of advisors, and of whoever else has one at an office.

    Meetings are those that the person sees; of others there is only the taken time.
    """
    whose = Q(advisor__in=advisors)
    if office_id is not None:
        whose |= Q(office=office_id)
    rows = Appointment.objects.filter(
        whose,
        starts_at__gt=first - LONGEST_BLOCK,
        starts_at__lt=last,
        ends_at__gt=first,
    )
    rows = scope(rows, person).select_related("subject", "office")
    diary = Diary()
    cancelled = 0
    for row in rows.order_by("starts_at", "pk"):
        if row.status == Appointment.Status.CANCELLED:
            cancelled += office_id in (None, row.office_id)
        else:
            diary.meetings.setdefault(row.advisor_id, []).append(row)
    everybody = {*advisors, *diary.meetings}
    busy = BusyInterval.objects.filter(
        Q(kind=BusyInterval.Kind.IMPORTED) | Q(starts_at__gt=first - LONGEST_BLOCK),
        Q(expires_at=None) | Q(expires_at__gt=now),
        advisor__in=everybody,
        is_active=True,
        starts_at__lt=last,
        ends_at__gt=first,
    )
    for taken in busy.order_by("starts_at", "pk"):
        diary.busy.setdefault(taken.advisor_id, []).append(taken)
    away = Absence.objects.filter(
        advisor__in=everybody, starts_at__lt=last, ends_at__gt=first
    )
    for absence in away.order_by("starts_at", "pk"):
        diary.absences.setdefault(absence.advisor_id, []).append(absence)
    return Diary(diary.meetings, diary.busy, diary.absences, cancelled)
