"""The first page of the back office: what needs me today.

Each figure leads to the list that shows exactly what it counts: `scheduling.insights`.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.urls import reverse

from config import clock
from directory.models import User
from directory.roles import advisor_of, may_ever, offices_of, scope
from scheduling.admin.actions import user_of
from scheduling.insights.charts import Chart
from scheduling.insights.filling import Filled, Staff, filled
from scheduling.insights.meetings import no_show_words
from scheduling.insights.table import Table, as_rows, share
from scheduling.insights.waiting import (
    Waiting,
    meetings_between,
    no_shows_between,
    open_between,
    waiting,
)
from scheduling.models import Appointment
from segments.queries import SegmentsData, segments_data

DAY = timedelta(days=1)
COMING_DAYS, PAST_DAYS = 7, 30
MOST_MEETINGS = 20
HOUR_MINUTES = 60
FILL_NOTE = (
    "Booked: requested and confirmed meetings, without buffers. Working: hours of "
    "bookable advisors while their office is open, without closures and absences. Extra "
    "hours of rules count for neither."
)


@dataclass(frozen=True, slots=True)
class Card:
    """A figure with the list behind it."""

    label: str
    text: str
    note: str
    url: str


@dataclass(frozen=True, slots=True)
class Meeting:
    """A line of today's meetings."""

    url: str
    time: str
    who: str
    what: str
    way: str
    office: str
    advisor: str
    status: str
    state: str  # now or next


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add to the first page what needs the person today. A query or two for each figure.

    Staff who see no meetings get the page without figures.
    """
    user, now = user_of(request), clock.now()
    context |= {"title": "Today", "is_ready": may_ever(user, "view", Appointment)}
    if not context["is_ready"]:
        return context
    known = segments_data()
    zone = known.catalogue.organisation.zone
    today = now.astimezone(zone).date()
    meetings = meetings_between(start_of(today, zone), start_of(today + DAY, zone))
    week = fill_of(user, known, today=today, now=now)
    cards = [
        (count, Card(one.label, str(count), one.note, one.url))
        for one, count in waiting(user, known, today=today, now=now)
    ]
    context |= {
        "day": f"{today:%A %-d %B %Y}",
        "needs": [card for count, card in cards if count],
        "quiet": [card for count, card in cards if not count],
        "numbers": [
            fill_card(user, week, today=today, zone=zone),
            no_show_card(user, today=today, zone=zone),
        ],
        "meetings": lines_of(user, meetings, now=now),
        "meeting_count": meetings.rows(user).count(),
        "meetings_url": meetings.url,
        "table": fill_table(week),
        "insights_url": reverse("insights:page"),
    }
    return context


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant of a date, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def lines_of(user: User, meetings: Waiting, *, now: datetime) -> list[Meeting]:
    """Return the day's next meetings, those that go on first. One query.

    Times are the office's.
    """
    rows = (
        meetings.rows(user)
        .select_related("subject", "office", "advisor")
        .order_by("starts_at", "pk")
    )
    coming = list(rows.filter(ends_at__gt=now)[:MOST_MEETINGS])
    return [line_of(row, now=now) for row in coming]


def line_of(row: Appointment, *, now: datetime) -> Meeting:
    """Return a meeting as a line."""
    zone = row.office.zone
    starts, ends = row.starts_at.astimezone(zone), row.ends_at.astimezone(zone)
    return Meeting(
        url=reverse("admin:scheduling_appointment_change", args=[row.pk]),
        time=f"{starts:%H:%M}\u2013{ends:%H:%M}",
        who=row.contact_name or row.email,
        what=row.subject.name,
        way=row.get_channel_display(),
        office=row.office.name,
        advisor=row.advisor.name,
        status=row.get_status_display(),
        state="now" if row.starts_at <= now else "next",
    )


def fill_of(
    user: User, known: SegmentsData, *, today: date, now: datetime
) -> list[Filled]:
    """Return how full the coming days are, of those whose meetings the person sees."""
    staff = Staff(offices_of(user), advisor_of(user))
    return filled(known.catalogue, staff, first=today, days=COMING_DAYS, now=now)


def fill_card(user: User, week: list[Filled], *, today: date, zone: ZoneInfo) -> Card:
    """Return the fill rate of the coming days, and the open meetings in them."""
    begin, end = start_of(today, zone), start_of(today + COMING_DAYS * DAY, zone)
    meetings = open_between(begin, end)
    booked, working = (
        sum(one.booked for one in week),
        sum(one.working for one in week),
    )
    count = meetings.rows(user).count()
    noun = "meeting" if count == 1 else "meetings"
    note = f"{count} {noun}; {hours(booked)} of {hours(working)} hours booked."
    return Card(meetings.label, share(booked, working), note, meetings.url)


def no_show_card(user: User, *, today: date, zone: ZoneInfo) -> Card:
    """Return how many customers did not come in the last days, today included."""
    begin = start_of(today - (PAST_DAYS - 1) * DAY, zone)
    end = start_of(today + DAY, zone)
    missed = no_shows_between(begin, end)
    count = missed.rows(user).count()
    held = scope(Appointment.objects.order_by(), user).filter(
        status=Appointment.Status.COMPLETED, starts_at__gte=begin, starts_at__lt=end
    )
    completed = held.count()
    rate = share(count, count + completed)
    words = no_show_words({"no_show": count, "completed": completed})
    return Card(missed.label, str(count), f"{rate}: {words}.", missed.url)


def fill_table(week: list[Filled]) -> Table:
    """Return the coming days as a table, with a chart of the hours."""
    labels = [f"{one.day:%a %-d %b}" for one in week]
    return Table(
        slug="fill",
        title="How full the coming 7 days are",
        headers=("Day", "Booked hours", "Working hours", "Fill rate"),
        rows=as_rows(
            (
                label,
                hours(one.booked),
                hours(one.working),
                share(one.booked, one.working),
            )
            for label, one in zip(labels, week, strict=True)
        ),
        note=FILL_NOTE,
        chart=Chart(
            labels,
            [
                ("Booked hours", [as_hours(one.booked) for one in week]),
                ("Free hours", [as_hours(one.working - one.booked) for one in week]),
            ],
            colours=("var(--color-primary-600)", "#b9c3cd"),
        ),
    )


def as_hours(minutes: int) -> float:
    """Return minutes as hours with one decimal."""
    return round(minutes / HOUR_MINUTES, 1)


def hours(minutes: int) -> str:
    """Return minutes as hours in words: 12.5 or 12."""
    return f"{as_hours(minutes):g}"
