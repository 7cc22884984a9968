"""Insights: what became of links, visits and meetings, as charts, tables and files.

Nothing is written here. A person reads what their role reaches: `scheduling.insights`.
"""

import datetime
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from config import clock
from directory.catalogue import Catalogue
from directory.models import Advisor, Office
from directory.roles import Person, may_ever, scope
from scheduling.admin.actions import user_of
from scheduling.forms.insights import InsightsForm, Offered
from scheduling.insights.all_tables import TABLES, all_tables
from scheduling.insights.asked import GENERAL, Asked
from scheduling.models import Appointment
from segments.models import Segment
from segments.queries import segments_data

TEMPLATE = "admin/scheduling/insights/page.html"
DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Preset:
    """A range of dates that one click asks for."""

    label: str
    url: str
    is_current: bool


def may_see_insights(person: Person) -> bool:
    """Tell whether a person may open the page: whoever sees meetings, of theirs."""
    return may_ever(person, "view", Appointment)


def is_open_to(request: HttpRequest) -> bool:
    """Tell the sidebar whether it leads here."""
    return may_see_insights(request.user)


def show(request: HttpRequest) -> HttpResponse:
    """Show all tables with their charts. 422: the address asks for what is not there."""
    form, standing, today = question(request)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": "Insights",
        "form": form,
        "presets": presets(form, today),
    }
    if not form.is_valid():
        return render(request, TEMPLATE, context, status=422)
    asked = asked_of(request, form, standing)
    tables = all_tables(asked)
    query = urlencode({name: form.data[name] for name in ("from", "to")} | form.kept)
    context |= {
        "asked": asked,
        "figures": [figure for table in tables for figure in table.figures],
        "tables": [
            (table, f"{reverse('insights:table', args=[table.slug])}?{query}")
            for table in tables
        ],
    }
    return render(request, TEMPLATE, context)


def table_file(request: HttpRequest, slug: str) -> HttpResponse:
    """Answer with one table as a CSV file: the rows that the page shows, in its order."""
    form, standing, today = question(request)
    if slug not in TABLES:
        raise Http404
    if not form.is_valid():
        context = {
            **admin.site.each_context(request),
            "title": "Insights",
            "form": form,
            "presets": presets(form, today),
        }
        return render(request, TEMPLATE, context, status=422)
    asked = asked_of(request, form, standing)
    table = TABLES[slug](asked)
    if table is None:
        raise PermissionDenied
    # Spreadsheets take a file for UTF-8 only when it begins with this mark.
    response = HttpResponse(
        "\ufeff" + table.as_csv(), content_type="text/csv; charset=utf-8"
    )
    name = f"insights-{slug}-{asked.first}-{asked.last}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def question(request: HttpRequest) -> tuple[InsightsForm, Catalogue, datetime.date]:
    """Return the form as the address fills it, the standing data, and today."""
    if not may_see_insights(request.user):
        raise PermissionDenied
    known = segments_data()
    today = clock.now().astimezone(known.catalogue.organisation.zone).date()
    segments: list[tuple[str, str]] = []
    if may_ever(request.user, "view", Segment):
        segments = [
            (GENERAL, "General scheduling (no segment)"),
            *(
                (one.code, f"{one.code} ({one.name})")
                for one in known.segments.values()
            ),
        ]
    standing = known.catalogue
    offices = seen_by(request.user, Office)
    advisors = seen_by(request.user, Advisor)
    offered = Offered(
        segments=segments,
        subjects=[(one.code, one.name) for one in standing.subjects.values()],
        offices=[
            (one.code, one.name)
            for one in standing.offices.values()
            if one.id in offices
        ],
        advisors=[
            (one.code, one.name)
            for one in standing.advisors.values()
            if one.id in advisors
        ],
    )
    return InsightsForm(request.GET, offered=offered, today=today), standing, today


def seen_by(person: Person, model: type[Advisor] | type[Office]) -> set[int]:
    """Return the rows that a person sees. One query."""
    rows = model._default_manager.order_by()  # noqa: SLF001
    return set(scope(rows, person).values_list("pk", flat=True))


def asked_of(request: HttpRequest, form: InsightsForm, standing: Catalogue) -> Asked:
    """Return a valid form's question."""
    given = form.cleaned_data
    subject = standing.subject(given["subject"])
    office = standing.office(given["office"])
    advisor = standing.advisor(given["advisor"])
    return Asked(
        person=user_of(request),
        standing=standing,
        first=given["from"],
        last=given["to"],
        segment=given.get("segment", ""),
        subject_id=subject.id if subject else None,
        channel=given["channel"],
        office_id=office.id if office else None,
        advisor_id=advisor.id if advisor else None,
    )


def presets(form: InsightsForm, today: datetime.date) -> list[Preset]:
    """Return ranges that are often asked for; the other filters stay."""
    month = today.replace(day=1)
    last_month = (month - DAY).replace(day=1)
    ranges = {
        "Last 7 days": (today - 6 * DAY, today),
        "Last 30 days": (today - 29 * DAY, today),
        "Last 90 days": (today - 89 * DAY, today),
        "This month": (month, (month + 32 * DAY).replace(day=1) - DAY),
        "Last month": (last_month, month - DAY),
        "This year": (today.replace(month=1, day=1), today.replace(month=12, day=31)),
        "Coming 30 days": (today, today + 29 * DAY),
    }
    asked = (form.data["from"], form.data["to"])
    found = []
    for label, (first, last) in ranges.items():
        dates = {"from": first.isoformat(), "to": last.isoformat()}
        is_current = asked == (dates["from"], dates["to"])
        found.append(Preset(label, "?" + urlencode(dates | form.kept), is_current))
    return found


app_name = "insights"
urlpatterns = [
    path("", admin.site.admin_view(require_safe(show)), name="page"),
    path(
        "<slug:slug>.csv", admin.site.admin_view(require_safe(table_file)), name="table"
    ),
]
