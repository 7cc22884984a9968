"""Appointments that wait for somebody of the staff: lists and figures count the same."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from scheduling.models import Appointment

Status = Appointment.Status
Lookups = dict[str, Any]


def without_outcome(*, now: datetime) -> Lookups:
    """Return how meetings are found that are over, and nobody noted how they went."""
    return {"status__exact": Status.CONFIRMED.value, "ends_at__lte": now}


def to_answer(*, now: datetime) -> Lookups:
    """Return how requests are found that can still be accepted or declined."""
    return {"status__exact": Status.REQUESTED.value, "starts_at__gt": now}


def needs_outcome(
    rows: QuerySet[Appointment], *, now: datetime
) -> QuerySet[Appointment]:
    """Return the meetings that are over and of which nobody noted how they went."""
    return rows.filter(**without_outcome(now=now))


def waits_for_answer(
    rows: QuerySet[Appointment], *, now: datetime
) -> QuerySet[Appointment]:
    """Return the requests that can still be accepted or declined."""
    return rows.filter(**to_answer(now=now))
