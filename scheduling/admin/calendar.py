"""The staff calendar: an advisor's week or day, or that of all advisors of an office."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from config import clock
from directory.catalogue import AdvisorData, Catalogue, OfficeData
from directory.models import Advisor, Office
from directory.queries import catalogue
from directory.roles import Person, advisor_of, may_ever, scope
from scheduling.admin.calendar_drawing import (
    Day,
    Lane,
    draw,
    hours_drawn,
    without_empty_weekend,
)
from scheduling.admin.calendar_links import links_of
from scheduling.agenda.days import AdvisorDay, Setting
from scheduling.agenda.rows import Diary, load_diary
from scheduling.forms.calendar import DAY, WEEK, CalendarForm
from scheduling.models import Appointment
from scheduling.views.access import UNPROCESSABLE

TEMPLATE = "admin/scheduling/calendar/page.html"
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Sight:
    """Which offices and advisors a person sees, in the order of display."""

    standing: Catalogue
    offices: list[OfficeData]
    advisors: list[AdvisorData]
    own: AdvisorData | None

    def defaults(self) -> dict[str, str]:
        """Return what is shown unasked: one's own week, else the first office."""
        if self.own:
            return {"advisor": self.own.code}
        return {"office": self.offices[0].code} if self.offices else {}


def sight_of(person: Person, standing: Catalogue) -> Sight:
    """Return what a person sees. Two queries."""
    offices = set(scope(Office.objects.all(), person).values_list("pk", flat=True))
    advisors = set(scope(Advisor.objects.all(), person).values_list("pk", flat=True))
    return Sight(
        standing,
        [one for one in standing.offices.values() if one.id in offices],
        [one for one in standing.advisors.values() if one.id in advisors],
        standing.advisors.get(advisor_of(person) or 0),
    )


@dataclass(frozen=True)
class Asked:
    """A calendar that was asked for. An advisor comes before an office."""

    sight: Sight
    given: dict[str, Any]
    now: datetime

    @cached_property
    def advisor(self) -> AdvisorData | None:
        return self.sight.standing.advisor(self.given["advisor"])

    @cached_property
    def office(self) -> OfficeData | None:
        return self.sight.standing.office(self.given["office"])

    @property
    def span(self) -> str:
        return self.given["span"] or WEEK

    @cached_property
    def zone(self) -> ZoneInfo:
        """Return the office's zone, else that of the advisor's first, else our own."""
        standing, office = self.sight.standing, self.office
        if office is None and self.advisor:
            there = (
                standing.offices[row.office_id]
                for row in standing.expertise
                if row.advisor_id == self.advisor.id
            )
            office = next(there, None)
        return office.zone if office else standing.organisation.zone

    @cached_property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    @cached_property
    def days(self) -> list[date]:
        day: date = self.given["date"]
        if self.span == DAY:
            return [day]
        monday = day - day.weekday() * ONE_DAY
        return [monday + number * ONE_DAY for number in range(7)]

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        first = datetime.combine(self.days[0], time(), self.zone)
        return first, datetime.combine(self.days[-1] + ONE_DAY, time(), self.zone)

    @cached_property
    def advisors(self) -> list[AdvisorData]:
        """Return the chosen advisor, else those of the office who are active."""
        if self.advisor:
            return [self.advisor]
        office, standing = self.office, self.sight.standing
        if office is None:
            return []
        there = {
            row.advisor_id for row in standing.expertise if row.office_id == office.id
        }
        return [one for one in self.sight.advisors if one.id in there and one.is_active]

    def address(self, **changed: object) -> str:
        """Return the address of this calendar with some of it changed."""
        pairs = {
            "office": self.given["office"],
            "advisor": self.given["advisor"],
            "span": self.span,
            "date": self.given["date"],
        }
        filled = {name: one for name, one in {**pairs, **changed}.items() if one}
        return f"{reverse('calendar:week')}?{urlencode(filled)}"


def show(request: HttpRequest) -> HttpResponse:
    """Show a calendar. Nine queries at most, whatever its size. 422: it was not understood."""
    person = request.user
    if not may_ever(person, "view", Appointment):
        raise PermissionDenied
    now, standing = clock.now(), catalogue()
    sight = sight_of(person, standing)
    data = {name: one for name, one in request.GET.items() if one}
    if not {"office", "advisor"} & data.keys():
        data |= sight.defaults()
    today = now.astimezone(standing.organisation.zone).date()
    data.setdefault("date", today.isoformat())
    form = CalendarForm(data, offices=sight.offices, advisors=sight.advisors)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": "Calendar",
        "form": form,
    }
    if form.is_valid():
        context |= answer(Asked(sight, form.cleaned_data, now), person)
    status = UNPROCESSABLE if form.errors else 200
    return render(request, TEMPLATE, context, status=status)


def answer(asked: Asked, person: Person) -> dict[str, Any]:
    """Return the calendar and the ways on from it."""
    first, last = asked.bounds
    office = None if asked.advisor else asked.office
    diary = load_diary(
        person,
        advisors=[one.id for one in asked.advisors],
        office_id=office.id if office else None,
        first=first,
        last=last,
        now=asked.now,
    )
    step = ONE_DAY if asked.span == DAY else 7 * ONE_DAY
    return {
        "asked": asked,
        "heading": heading(asked),
        "layout": "time" if asked.advisor or asked.span == DAY else "table",
        **pages(asked, diary, person),
        "before": asked.address(date=asked.days[0] - step),
        "after": asked.address(date=asked.days[0] + step),
        "today": asked.address(date=asked.today),
        "other_span": asked.address(span=WEEK if asked.span == DAY else DAY),
        "cancelled": diary.cancelled,
        "cancelled_url": cancelled_address(asked),
    }


def pages(asked: Asked, diary: Diary, person: Person) -> dict[str, Any]:
    """Return the days with their advisors, and the hours that are drawn."""
    sight, office = asked.sight, None if asked.advisor else asked.office
    setting = Setting(
        sight.standing,
        diary,
        asked.zone,
        office,
        offices={one.id for one in sight.offices},
        seen={one.id for one in sight.advisors},
    )
    there = {one.id: one for one in asked.advisors}
    there |= {pk: sight.standing.advisors[pk] for pk in diary.meetings}
    sources = {
        day: [AdvisorDay(one, day, setting) for one in there.values()]
        for day in asked.days
    }
    hours = hours_drawn(one for lanes in sources.values() for one in lanes)
    links = links_of(person, sight.standing)
    days = [
        Day(
            day,
            day == asked.today,
            asked.address(span=DAY, date=day),
            [
                Lane(
                    number,
                    source,
                    asked.address(advisor=source.advisor.code, span=WEEK),
                    draw(source, links, now=asked.now, hours=hours),
                )
                for number, source in enumerate(lanes, 1)
            ],
        )
        for day, lanes in sources.items()
    ]
    return {
        "days": without_empty_weekend(days),
        "lanes": days[0].lanes,
        "first_hour": hours[0],
        "last_hour": hours[1],
        "hours": [f"{hour:02}:00" for hour in range(*hours)],
    }


def heading(asked: Asked) -> str:
    """Return "Antwerp Meir, 4 May to 10 May 2026"."""
    whose = asked.advisor or asked.office
    name = whose.name if whose else ""
    first, last = asked.days[0], asked.days[-1]
    if first == last:
        return f"{name}, {first:%A %-d %B %Y}"
    return f"{name}, {first:%-d %B} to {last:%-d %B %Y}"


def cancelled_address(asked: Asked) -> str:
    """Return the list of what was cancelled on these days."""
    row = asked.advisor or asked.office
    kind = "advisor" if asked.advisor else "office"
    pairs = {
        "from": asked.days[0],
        "to": asked.days[-1],
        "status__exact": Appointment.Status.CANCELLED.value,
        f"{kind}__id__exact": row.id if row else "",
    }
    return f"{reverse('admin:scheduling_appointment_changelist')}?{urlencode(pairs)}"


app_name = "calendar"
urlpatterns = [
    path("", admin.site.admin_view(require_safe(show)), name="week"),
]
