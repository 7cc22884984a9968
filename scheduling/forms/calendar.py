"""Whose calendar, and of which days: a GET form, so that an address can be passed on."""

import datetime
from collections.abc import Sequence
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from directory.catalogue import AdvisorData, OfficeData
from scheduling.forms.why import FIRST_YEAR, LAST_YEAR

WEEK, DAY = "week", "day"


class CalendarForm(forms.Form):
    """An advisor, else an office; the codes are those of links."""

    office = forms.ChoiceField(
        required=False,
        widget=UnfoldAdminSelectWidget,
        error_messages={"invalid_choice": "There is no office “%(value)s”."},
    )
    advisor = forms.ChoiceField(
        required=False,
        widget=UnfoldAdminSelectWidget,
        error_messages={"invalid_choice": "There is no advisor “%(value)s”."},
    )
    span = forms.ChoiceField(
        label="Show",
        required=False,
        widget=UnfoldAdminSelectWidget,
        choices=[(WEEK, "A week"), (DAY, "A day")],
        error_messages={"invalid_choice": "Choose a week or a day."},
    )
    date = forms.DateField(
        widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}),
        error_messages={"invalid": "Enter a date, like 2026-11-23."},
    )

    def __init__(
        self,
        *args: Any,
        offices: Sequence[OfficeData],
        advisors: Sequence[AdvisorData],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.offer("office", [("", "Any"), *((one.code, one.name) for one in offices)])
        everybody = ("", "Everybody of the office")
        self.offer("advisor", [everybody, *((one.code, one.name) for one in advisors)])

    def offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        """Set the choices of a field."""
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def clean_date(self) -> datetime.date:
        day: datetime.date = self.cleaned_data["date"]
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise forms.ValidationError(
                f"Choose a date from {FIRST_YEAR} to {LAST_YEAR}."
            )
        return day
