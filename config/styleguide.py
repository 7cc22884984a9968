"""One page with every component in every state; only while developing and in the demo."""

import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.views.decorators.http import require_safe

SAMPLES = Path(__file__).with_suffix(".json")
MONDAY = date(2026, 11, 23)
TIMES = (
    "09:00",
    "09:30",
    "10:00",
    "10:30",
    "11:00",
    "13:30",
    "14:00",
    "15:30",
    "16:00",
)
CHOICES = [("car", "A car"), ("home", "Work on my home"), ("other", "Something else")]


@dataclass(frozen=True, slots=True)
class Start:
    """One start time, as components/slot_grid.html wants it."""

    value: str
    time: str
    label: str
    is_checked: bool = False
    is_preferred: bool = False
    is_first: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """One column, as components/slot_grid.html wants it."""

    day: date
    morning: list[Start] = field(default_factory=list)
    afternoon: list[Start] = field(default_factory=list)
    is_open: bool = False

    @property
    def iso(self) -> str:
        return self.day.isoformat()

    @property
    def weekday(self) -> str:
        return date_format(self.day, "D")

    @property
    def date(self) -> str:
        return date_format(self.day, "j b").title()

    @property
    def title(self) -> str:
        return date_format(self.day, "l j F")

    @property
    def count(self) -> int:
        return len(self.morning) + len(self.afternoon)


class SampleForm(forms.Form):
    """Every kind of field."""

    name = forms.CharField(
        label="Full name",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Enter your full name"},
    )
    email = forms.EmailField(
        label="Email address",
        help_text="We send your confirmation and calendar invitation here.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "invalid": "Enter an email address in the correct format, like name@example.com"
        },
    )
    phone = forms.CharField(
        label="Phone number",
        required=False,
        widget=forms.TextInput(
            attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}
        ),
    )
    birthday = forms.DateField(
        label="Date of birth",
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "bday"}),
    )
    country = forms.ChoiceField(
        label="Country", choices=[("BE", "Belgium"), ("NL", "Netherlands")]
    )
    purpose = forms.ChoiceField(
        label="What is the loan for?",
        choices=CHOICES,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what the loan is for"},
    )
    topics = forms.MultipleChoiceField(
        label="What else shall we talk about?",
        help_text="Choose as many as you like.",
        choices=CHOICES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    payslip = forms.FileField(
        label="Payslip",
        required=False,
        help_text="PDF, JPEG or PNG, at most 10 MB.",
    )
    remarks = forms.CharField(
        label="Remarks", required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    consent = forms.BooleanField(
        label="I agree that my details are used to prepare and hold this meeting.",
        error_messages={"required": "Agree to the use of your details, or call us"},
    )


class SlotForm(forms.Form):
    """The question of the time step, here only for its names."""

    slot = forms.ChoiceField(
        widget=forms.RadioSelect, error_messages={"required": "Choose a time"}
    )


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Draw the style guide; `?errors` draws its form as refused."""
    has_errors = "errors" in request.GET
    data = {"email": "nope", "country": "BE"} if has_errors else None
    days = _days()
    context: dict[str, Any] = {
        "form": SampleForm(data),
        "slot_form": SlotForm({} if has_errors else None),
        "slot_form_wrong": SlotForm({}, prefix="wrong"),
        "steps": _steps(),
        "days": days,
        "week": {
            "title": "23 – 27 November",  # noqa: RUF001
            "announce": f"23 to 27 November, {sum(day.count for day in days)} times",
            "previous_url": "?date=2026-11-16",
            "next_url": "?date=2026-11-30",
            "earliest_url": "?date=2026-11-23",
        },
        "page_obj": Paginator(range(90), 20).page(2),
        **json.loads(SAMPLES.read_text()),
    }
    return render(request, "styleguide.html", context)


def _steps() -> list[dict[str, Any]]:
    labels = ("Topic", "How and where", "Day and time", "Questions", "Your details")
    states = ("done", "done", "current", "todo", "todo")
    return [
        {
            "number": number,
            "label": label,
            "url": "#progress" if state == "done" else "",
            "state": state,
        }
        for number, (label, state) in enumerate(zip(labels, states, strict=True), 1)
    ]


def _days() -> list[Day]:
    return [_day(MONDAY + timedelta(days=offset), offset) for offset in range(5)]


def _day(day: date, offset: int) -> Day:
    times = [] if offset == 3 else TIMES[offset // 2 : 5 if offset == 2 else None]
    starts = [
        Start(
            value=f"{day}T{time}:00Z",
            time=time,
            label=f"{date_format(day, 'l j F')}, {time}",
            is_checked=(offset, time) == (1, "10:30"),
            is_preferred=(offset, time) == (1, "14:00"),
            is_first=offset == 1 and time == times[0],
        )
        for time in times
    ]
    return Day(
        day,
        morning=[start for start in starts if start.time < "12"],
        afternoon=[start for start in starts if start.time >= "12"],
        is_open=offset == 1,
    )
