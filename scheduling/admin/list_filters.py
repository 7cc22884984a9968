"""The filters of the appointment list, by names that addresses can be written with.

`when` (a span that moves with the days), `from` and `to` (dates), `needs` (outcome,
answer), `segment` (a code, or - for none). Dates are those of the organisation's zone.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter, RelatedDropdownFilter
from unfold.widgets import UnfoldAdminTextInputWidget

from config import clock
from directory.admin.base import FilterWithinReach
from directory.roles import scope
from scheduling.attention import needs_outcome, waits_for_answer
from scheduling.models import Appointment
from segments.models import Segment

Rows = QuerySet[Appointment]
DAY = timedelta(days=1)
GENERAL = "-"


def midnight(day: date) -> datetime:
    """Return when a date begins in the active zone: the organisation's."""
    return datetime.combine(day, time(), timezone.get_current_timezone())


def today_of(now: datetime) -> date:
    return now.astimezone(timezone.get_current_timezone()).date()


def between(rows: Rows, first: date, last: date) -> Rows:
    """Return what starts from one date to another, both included."""
    return rows.filter(
        starts_at__gte=midnight(first), starts_at__lt=midnight(last + DAY)
    )


def _week(rows: Rows, now: datetime, *, ahead: int) -> Rows:
    today = today_of(now)
    monday = today - today.weekday() * DAY + ahead * 7 * DAY
    return between(rows, monday, monday + 6 * DAY)


def _days(rows: Rows, now: datetime, *, first: int, last: int) -> Rows:
    today = today_of(now)
    return between(rows, today + first * DAY, today + last * DAY)


SPANS: dict[str, tuple[str, Callable[[Rows, datetime], Rows]]] = {
    "today": ("Today", lambda rows, now: _days(rows, now, first=0, last=0)),
    "tomorrow": ("Tomorrow", lambda rows, now: _days(rows, now, first=1, last=1)),
    "week": ("This week", lambda rows, now: _week(rows, now, ahead=0)),
    "next_week": ("Next week", lambda rows, now: _week(rows, now, ahead=1)),
    "next_7": (
        "The coming 7 days",
        lambda rows, now: _days(rows, now, first=0, last=6),
    ),
    "coming": ("From now on", lambda rows, now: rows.filter(ends_at__gt=now)),
    "past": ("Until now", lambda rows, now: rows.filter(ends_at__lte=now)),
    "last_30": (
        "The last 30 days",
        lambda rows, now: _days(rows, now, first=-29, last=0),
    ),
}
SOONEST_FIRST = {"today", "tomorrow", "week", "next_week", "next_7", "coming"}
NEEDS = {
    "outcome": ("An outcome", needs_outcome),
    "answer": ("An answer", waits_for_answer),
}


def is_looking_ahead(request: HttpRequest) -> bool:
    """Tell whether the list reads best with the soonest meeting on top."""
    return request.GET.get("when") in SOONEST_FIRST or "needs" in request.GET


class WithinKnown(DropdownFilter):
    """A filter that refuses what it does not offer, as Django does."""

    def chosen(self) -> str | None:
        value: str | None = self.value()
        known = {str(key) for key, _label in self.lookup_choices}
        if value and value not in known:
            raise IncorrectLookupParameters(f"{self.parameter_name}: {value}")
        return value or None


class WhenFilter(WithinKnown):
    title, parameter_name = "when", "when"

    def lookups(self, _request: HttpRequest, _admin: Any) -> list[tuple[str, str]]:
        return [(name, label) for name, (label, _narrow) in SPANS.items()]

    def queryset(self, _request: HttpRequest, rows: Rows) -> Rows:
        value = self.chosen()
        return SPANS[value][1](rows, clock.now()) if value else rows


class NeedsFilter(WithinKnown):
    title, parameter_name = "what it needs", "needs"

    def lookups(self, _request: HttpRequest, _admin: Any) -> list[tuple[str, str]]:
        return [(name, label) for name, (label, _narrow) in NEEDS.items()]

    def queryset(self, _request: HttpRequest, rows: Rows) -> Rows:
        value = self.chosen()
        return NEEDS[value][1](rows, now=clock.now()) if value else rows


class SegmentFilter(WithinKnown):
    """Offered to those who see segments; an address may name any code."""

    title, parameter_name = "segment", "segment"

    def lookups(self, request: HttpRequest, _admin: Any) -> list[tuple[str, str]]:
        seen = scope(Segment.objects.order_by("code"), request.user)
        codes = [(code, code) for code in seen.values_list("code", flat=True)]
        return [(GENERAL, "None (general scheduling)"), *codes] if codes else []

    def has_output(self) -> bool:
        return bool(self.lookup_choices or self.value())

    def queryset(self, _request: HttpRequest, rows: Rows) -> Rows:
        value = self.value()
        if not value:
            return rows
        if value == GENERAL:
            return rows.filter(segment_codes=[])
        return rows.filter(segment_codes__contains=[value])


class DatesForm(forms.Form):
    """Two dates, both included."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in (("from", "From"), ("to", "To")):
            self.fields[name] = forms.DateField(
                label=label,
                required=False,
                widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}),
            )


class DatesFilter(admin.ListFilter):
    """The dates from one to another, both included."""

    title = _("dates")
    template = "unfold/filters/filters_field.html"

    def __init__(
        self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any
    ) -> None:
        super().__init__(request, params, model, model_admin)
        for name in self.expected_parameters():
            if name in params:
                self.used_parameters[name] = params.pop(name)[-1]
        self.form = DatesForm(self.used_parameters)

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return ["from", "to"]

    def choices(self, _changelist: Any) -> Iterator[Any]:
        yield {"form": self.form}

    def queryset(self, _request: HttpRequest, rows: Rows) -> Rows:
        if not self.form.is_valid():
            raise IncorrectLookupParameters(self.form.errors)
        given = self.form.cleaned_data
        if given["from"]:
            rows = rows.filter(starts_at__gte=midnight(given["from"]))
        if given["to"]:
            rows = rows.filter(starts_at__lt=midnight(given["to"]) + DAY)
        return rows


class DropdownWithinReach(FilterWithinReach, RelatedDropdownFilter):
    """A choice among the rows that the person sees; an address may name any row."""

    lookup_val: Any

    def has_output(self) -> bool:
        return bool(super().has_output() or self.lookup_val)
