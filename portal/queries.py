"""What the portal reads. Every query starts at the customer."""

from datetime import date, datetime

from django.db.models import Case, Q, QuerySet, When
from django.db.models.functions import Extract

from directory.models import Customer
from portal.models import Account, Banner
from scheduling.models import Appointment, Document
from scheduling.models.appointment import OPEN

BESIDE = ("subject", "office", "advisor")


def is_coming(appointment: Appointment, *, now: datetime) -> bool:
    """Tell whether a meeting stands under "upcoming", as `coming` does in SQL."""
    return appointment.is_open and appointment.ends_at > now


def coming(now: datetime) -> Q:
    """Return the condition of meetings still to end; all others are past."""
    return Q(status__in=OPEN, ends_at__gt=now)


def upcoming_meetings(customer: Customer, *, now: datetime) -> QuerySet[Appointment]:
    """Return what is coming, soonest first. One query."""
    return _shown(customer).filter(coming(now)).order_by("starts_at", "pk")


def past_meetings(customer: Customer, *, now: datetime) -> QuerySet[Appointment]:
    """Return what has been or was cancelled, newest first. One query."""
    return _shown(customer).exclude(coming(now)).order_by("-starts_at", "-pk")


def all_meetings(customer: Customer, *, now: datetime) -> QuerySet[Appointment]:
    """Return every meeting: what is coming, soonest first, then the past, newest first.

    With its documents; two queries, whatever the number.
    """
    seconds = Extract("starts_at", "epoch")
    distance = Case(When(coming(now), then=seconds), default=-seconds)
    rows = _shown(customer).annotate(
        turn=Case(When(coming(now), then=0), default=1), distance=distance
    )
    rows = rows.prefetch_related("documents")
    return rows.order_by("turn", "distance", "pk")


def _shown(customer: Customer) -> QuerySet[Appointment]:
    return customer.appointments.select_related(*BESIDE)


def meetings_since(customer: Customer, *, since: datetime) -> QuerySet[Appointment]:
    """Return meetings of every status that end after `since`, soonest first. One query."""
    return _shown(customer).filter(ends_at__gt=since).order_by("starts_at", "pk")


def recent_documents(customer: Customer, *, most: int) -> list[Document]:
    """Return the newest documents of all meetings, with these. One query."""
    return list(
        Document.objects.filter(appointment__customer=customer)
        .select_related("appointment__subject", "appointment__advisor")
        .order_by("-created_at", "name", "pk")[:most]
    )


def accounts_of(customer: Customer) -> list[Account]:
    """Return the customer's accounts in order. One query."""
    return list(customer.accounts.all())


def banners_for(customer: Customer, *, today: date) -> QuerySet[Banner]:
    """Return what may be offered to this customer today. One query.

    `today` is the organisation's; the dates of a banner count as a whole.
    """
    starts = Q(valid_from=None) | Q(valid_from__lte=today)
    ends = Q(valid_until=None) | Q(valid_until__gte=today)
    return (
        Banner.objects.filter(starts, ends, is_active=True)
        .filter(segment__code__in=customer.segment_codes)
        .select_related("subject")
        .order_by("sort_order", "code")
    )


def last_address(customer: Customer) -> dict[str, str]:
    """Return where the customer was last visited; nothing if never. One query."""
    found = (
        customer.appointments.exclude(address={})
        .order_by("-created_at", "-pk")
        .values_list("address", flat=True)
        .first()
    )
    return found or {}
