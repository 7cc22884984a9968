"""The rows that can be behind a reason: each table is read once, when it is asked for."""

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, Q

from directory.models import (
    Absence,
    Closure,
    DayTemplate,
    Expertise,
    OpeningHours,
    Subject,
    SwitchedOffChannel,
    WeekTemplate,
)
from scheduling.causes.types import DAY
from scheduling.models import BusyInterval
from segments.models import SegmentOffer
from segments.queries import SegmentsData, segments_data

REACH = 2 * DAY  # a meeting and its buffers lie no further from its date
M = TypeVar("M", bound=Model)


class Rows:
    """Rows around [first, last) for some advisors and offices, each by its owner.

    At most one query a table, whatever the number of advisors.
    """

    def __init__(
        self,
        *,
        subject_id: int,
        advisors: Collection[int],
        offices: Collection[int],
        first: datetime,
        last: datetime,
        now: datetime,
        claim: UUID | None = None,
    ) -> None:
        self.subject_id = subject_id
        self.advisors = advisors
        self.offices = offices
        self.first = first - REACH
        self.last = last + REACH
        self.now = now
        self.claim = claim

    @cached_property
    def opening(self) -> dict[int, list[OpeningHours]]:
        rows = OpeningHours.objects.filter(office__in=self.offices)
        return _grouped(rows.order_by("weekday", "opens"), "office_id")

    @cached_property
    def closures(self) -> list[Closure]:
        return list(
            Closure.objects.filter(
                Q(office=None) | Q(office__in=self.offices),
                is_lifted=False,
                first_day__lte=self.last.date(),
                last_day__gte=self.first.date(),
            )
        )

    @cached_property
    def switched_off(self) -> dict[int, list[SwitchedOffChannel]]:
        rows = SwitchedOffChannel.objects.filter(
            Q(subject=None) | Q(subject=self.subject_id), office__in=self.offices
        )
        return _grouped(rows, "office_id")

    @cached_property
    def expertise(self) -> dict[tuple[int, int], Expertise]:
        rows = Expertise.objects.filter(
            subject=self.subject_id, advisor__in=self.advisors, office__in=self.offices
        )
        return {(row.advisor_id, row.office_id): row for row in rows}

    @cached_property
    def weeks(self) -> dict[int, list[WeekTemplate]]:
        rows = WeekTemplate.objects.filter(
            Q(first_day=None)
            | Q(first_day__lte=self.last.date(), last_day__gte=self.first.date()),
            advisor__in=self.advisors,
        )
        return _grouped(rows, "advisor_id")

    @cached_property
    def days(self) -> dict[int, list[DayTemplate]]:
        rows = DayTemplate.objects.filter(
            advisor__in=self.advisors,
            day__gte=self.first.date(),
            day__lte=self.last.date(),
        )
        return _grouped(rows, "advisor_id")

    @cached_property
    def absences(self) -> dict[int, list[Absence]]:
        rows = Absence.objects.filter(
            advisor__in=self.advisors, starts_at__lt=self.last, ends_at__gt=self.first
        )
        return _grouped(rows.order_by("starts_at", "pk"), "advisor_id")

    @cached_property
    def busy(self) -> dict[int, list[BusyInterval]]:
        """Return what takes the advisors' time, as the engine is told it."""
        rows = BusyInterval.objects.filter(
            Q(expires_at=None) | Q(expires_at__gt=self.now),
            advisor__in=self.advisors,
            is_active=True,
            starts_at__lt=self.last,
            ends_at__gt=self.first,
        )
        if self.claim is not None:
            rows = rows.exclude(claim=self.claim)
        rows = rows.select_related("appointment").order_by("starts_at", "pk")
        return _grouped(rows, "advisor_id")

    @cached_property
    def subject(self) -> Subject:
        return Subject.objects.select_related("category").get(pk=self.subject_id)

    @cached_property
    def segments(self) -> SegmentsData:
        return segments_data()

    @cached_property
    def offers(self) -> dict[int, list[SegmentOffer]]:
        """Return the rows of all segments that speak of the subject, its own first."""
        subject = self.subject
        rows = SegmentOffer.objects.filter(
            Q(subject=subject) | Q(category=subject.category_id)
        )
        found = _grouped(rows.order_by("pk"), "segment_id")
        for own in found.values():
            own.sort(key=lambda row: row.subject_id is None)
        return found


def _grouped(rows: Iterable[M], name: str) -> dict[Any, list[M]]:
    groups: dict[Any, list[M]] = {}
    for row in rows:
        groups.setdefault(getattr(row, name), []).append(row)
    return groups
