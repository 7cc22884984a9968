"""What is asked of the insights, and the rows that answer it for a person."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from directory.catalogue import Catalogue
from directory.models import User
from directory.roles import offices_of, scope
from scheduling.models import Appointment, StepCount, UnmetDemand

GENERAL = "-"
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """Dates (both included, in `zone`) and what to keep; nothing given keeps everything.

    A segment keeps what came with its code, whatever other codes came with it; a dash
    keeps general scheduling.
    """

    person: User
    standing: Catalogue
    first: date
    last: date
    segment: str = ""
    subject_id: int | None = None
    channel: str = ""
    office_id: int | None = None
    advisor_id: int | None = None

    @property
    def zone(self) -> ZoneInfo:
        """Return the organisation's zone: its days are counted."""
        return self.standing.organisation.zone

    @property
    def days(self) -> int:
        """Return how many dates the range has."""
        return (self.last - self.first).days + 1

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """Return the instants at which the range begins and is over."""
        begin, end = (
            datetime.combine(day, time(), self.zone).astimezone(UTC)
            for day in (self.first, self.last + DAY)
        )
        return begin, end

    def meetings(self) -> QuerySet[Appointment]:
        """Return the meetings that start in the range, as far as the person sees them."""
        begin, end = self.bounds
        rows = scope(Appointment.objects.order_by(), self.person)
        rows = rows.filter(starts_at__gte=begin, starts_at__lt=end)
        if self.segment:
            codes = [] if self.segment == GENERAL else [self.segment]
            is_general = self.segment == GENERAL
            rows = rows.filter(
                Q(segment_codes=[]) if is_general else Q(segment_codes__contains=codes)
            )
        wanted = {
            "subject": self.subject_id,
            "channel": self.channel,
            "office": self.office_id,
            "advisor": self.advisor_id,
        }
        return rows.filter(**{name: value for name, value in wanted.items() if value})

    def sees_visits(self) -> bool:
        """Tell whether the person sees what is of no office: the funnel."""
        return offices_of(self.person) is None

    def sees_demand(self) -> bool:
        """Tell whether the person sees unmet demand: all of it, or that of an office."""
        return offices_of(self.person) != set()

    def steps(self) -> QuerySet[StepCount]:
        """Return the step counts of the range: they know days and segments alone."""
        rows = StepCount.objects.order_by().filter(day__range=(self.first, self.last))
        return rows.filter(self._of_segment())

    def demand(self) -> QuerySet[UnmetDemand]:
        """Return the unmet demand of the range. Who sees some offices sees theirs."""
        rows = UnmetDemand.objects.order_by().filter(day__range=(self.first, self.last))
        offices = offices_of(self.person)
        if offices is not None:
            rows = rows.filter(office__in=offices)
        wanted = {
            "subject": self.subject_id,
            "channel": self.channel,
            "office": self.office_id,
        }
        rows = rows.filter(**{name: value for name, value in wanted.items() if value})
        return rows.filter(self._of_segment())

    def _of_segment(self) -> Q:
        """Return the condition on codes that are kept as a comma list."""
        if not self.segment:
            return Q()
        if self.segment == GENERAL:
            return Q(segment_codes="")
        return Q(segment_codes__regex=rf"(^|,){re.escape(self.segment)}(,|$)")
