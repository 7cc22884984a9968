"""Appointments that wait for somebody of the staff: lists and figures count the same."""

from datetime import datetime

from django.db.models import QuerySet

from scheduling.models import Appointment

Status = Appointment.Status


def needs_outcome(
    rows: QuerySet[Appointment], *, now: datetime
) -> QuerySet[Appointment]:
    """Return the meetings that are over and of which nobody noted how they went."""
    return rows.filter(status=Status.CONFIRMED, ends_at__lte=now)


def waits_for_answer(
    rows: QuerySet[Appointment], *, now: datetime
) -> QuerySet[Appointment]:
    """Return the requests that can still be accepted or declined."""
    return rows.filter(status=Status.REQUESTED, starts_at__gt=now)
