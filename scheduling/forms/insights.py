"""What the insights are asked: dates, and what to keep."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from directory.choices import Channel

DAY = datetime.timedelta(days=1)
MOST_DAYS = 5 * 366
FIRST_YEAR, LAST_YEAR = 2000, 2199
DEFAULT_DAYS = 30
Options = Sequence[tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Offered:
    """The choices of each filter: what the person sees."""

    segments: Options
    subjects: Options
    offices: Options
    advisors: Options


class InsightsForm(forms.Form):
    """A GET form: its address can be kept and passed on. Dates include both ends."""

    def __init__(
        self, data: QueryDict, *, offered: Offered, today: datetime.date
    ) -> None:
        filled = data.copy()
        filled.setdefault("from", (today - (DEFAULT_DAYS - 1) * DAY).isoformat())
        filled.setdefault("to", today.isoformat())
        super().__init__(filled)
        self.fields = {
            "from": date_field("From"),
            "to": date_field("To"),
            "segment": choice_field("Segment", offered.segments),
            "subject": choice_field("Subject", offered.subjects),
            "channel": choice_field("Channel", Channel.choices),
            "office": choice_field("Office", offered.offices),
            "advisor": choice_field("Advisor", offered.advisors),
        }
        if not offered.segments:
            del self.fields["segment"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = cleaned.get("from"), cleaned.get("to")
        for name, day in (("from", first), ("to", last)):
            if day and not FIRST_YEAR <= day.year <= LAST_YEAR:
                self.add_error(name, f"Choose a date from {FIRST_YEAR} to {LAST_YEAR}.")
        if first and last and first > last:
            self.add_error("to", "Choose a date that is not before the first one.")
        elif first and last and (last - first).days >= MOST_DAYS:
            self.add_error("to", "Choose five years at most.")
        return cleaned

    @property
    def kept(self) -> dict[str, str]:
        """Return what the address keeps when only the dates change."""
        return {
            name: self.data[name]
            for name in self.fields
            if name not in ("from", "to") and self.data.get(name)
        }


def date_field(label: str) -> forms.DateField:
    """Return a field for a date, drawn by the browser's own calendar."""
    return forms.DateField(
        label=label,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}),
        error_messages={
            "required": "Choose a date.",
            "invalid": "Enter a date, like 2026-11-23.",
        },
    )


def choice_field(label: str, choices: Iterable[tuple[Any, Any]]) -> forms.ChoiceField:
    """Return a filter that may stay open."""
    return forms.ChoiceField(
        label=label,
        required=False,
        choices=[("", "All"), *choices],
        widget=UnfoldAdminSelectWidget(),
        error_messages={
            "invalid_choice": f"There is no {label.lower()} \u201c%(value)s\u201d."
        },
    )
