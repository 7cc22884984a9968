"""A date that pages of the back office ask for."""

import datetime
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget

FIRST_YEAR, LAST_YEAR = 2000, 2199  # clocks and grids are sure about these


def check_year(day: datetime.date) -> None:
    """Refuse dates of which no calendar can be drawn.

    Raises:
        ValidationError: the year is too early or too late.
    """
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise forms.ValidationError(f"Choose a date from {FIRST_YEAR} to {LAST_YEAR}.")


class DayField(forms.DateField):
    """A date of our time, drawn by the browser's own calendar."""

    default_validators = [check_year]
    default_error_messages = {
        "required": "Choose a date.",
        "invalid": "Enter a date, like 2026-11-23.",
    }

    def __init__(self, **kwargs: Any) -> None:
        widget = UnfoldAdminTextInputWidget(attrs={"type": "date"})
        super().__init__(**{"widget": widget, **kwargs})
