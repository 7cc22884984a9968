"""What the why-not page is asked, by the names that scheduling links use."""

import datetime
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from unfold.widgets import (
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from directory.catalogue import Catalogue
from directory.choices import Channel
from scheduling.forms.days import DayField
from scheduling.models import Flow
from segments.policy import SegmentData
from segments.queries import MOST_CODES, SegmentsData

Options = Sequence[tuple[Any, Any]]


class WhyForm(forms.Form):
    """A GET form: its address can be passed on."""

    segment = forms.MultipleChoiceField(
        label="Segments",
        required=False,
        widget=UnfoldAdminSelectMultipleWidget(attrs={"size": 5}),
        help_text="None: general scheduling. Several narrow each other.",
        error_messages={
            "invalid_choice": "There is no segment \u201c%(value)s\u201d. "
            "Links compare codes exactly."
        },
    )
    subject = forms.ChoiceField(
        widget=UnfoldAdminSelectWidget,
        error_messages={
            "required": "Choose a subject.",
            "invalid_choice": "There is no subject \u201c%(value)s\u201d.",
        },
    )
    channel = forms.ChoiceField(
        widget=UnfoldAdminSelectWidget,
        choices=[("", "Choose"), *Channel.choices],
        error_messages={
            "required": "Choose a channel.",
            "invalid_choice": "There is no channel \u201c%(value)s\u201d.",
        },
    )
    office = forms.ChoiceField(
        required=False,
        widget=UnfoldAdminSelectWidget,
        error_messages={
            "invalid_choice": "There is no office \u201c%(value)s\u201d.",
        },
    )
    postal_code = forms.CharField(
        required=False,
        max_length=20,
        widget=UnfoldAdminTextInputWidget,
        help_text="For visits at the customer's place.",
    )
    advisor = forms.ChoiceField(
        required=False,
        widget=UnfoldAdminSelectWidget,
        error_messages={
            "invalid_choice": "There is no advisor \u201c%(value)s\u201d.",
        },
    )
    advisor_mode = forms.ChoiceField(
        label="This advisor",
        widget=UnfoldAdminRadioSelectWidget,
        choices=[
            (Flow.AdvisorMode.PREFER, "comes first, others too"),
            (Flow.AdvisorMode.ONLY, "alone"),
        ],
        error_messages={
            "required": "Choose one of the two.",
            "invalid_choice": "Choose one of the two.",
        },
    )
    date = DayField()
    appointment = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: QueryDict,
        *,
        known: SegmentsData,
        today: datetime.date,
        offices: Collection[int] | None = None,
    ) -> None:
        """Read an address; what it leaves out is asked for, not complained about.

        Of offices, and of advisors by where they take meetings, some can be kept out.
        """
        self.absent = self.base_fields.keys() - data.keys()
        filled = data.copy()
        filled.setdefault("advisor_mode", Flow.AdvisorMode.PREFER)
        filled.setdefault("date", today.isoformat())
        super().__init__(filled)
        standing = known.catalogue
        self.offer("segment", _segments(known.segments))
        self.offer("subject", [("", "Choose"), *_subjects(standing)])
        self.offer("office", [("", "Any"), *_offices(standing, offices)])
        self.offer("advisor", [("", "Any"), *_advisors(standing, offices)])

    def offer(self, name: str, choices: Options) -> None:
        """Set the choices of a field."""
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def clean_segment(self) -> list[str]:
        codes = list(dict.fromkeys(self.cleaned_data["segment"]))
        if len(codes) > MOST_CODES:
            raise forms.ValidationError("At most five segments can be combined.")
        return codes

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        is_visit = cleaned.get("channel") == Channel.ON_LOCATION
        if is_visit and not cleaned.get("postal_code", "").strip():
            self.add_error("postal_code", "A visit needs a postal code.")
        return cleaned

    def full_clean(self) -> None:
        """Judge what is asked; a question that nobody was asked yet is not unanswered."""
        super().full_clean()
        self.is_complete = not self.errors
        for name in self.absent & {"subject", "channel"}:
            self.errors.pop(name, None)


def _segments(segments: Mapping[int, SegmentData]) -> Options:
    return [(one.code, f"{one.code} ({one.name})") for one in segments.values()]


def _subjects(standing: Catalogue) -> Iterator[tuple[str, Options]]:
    """Yield the categories with their subjects, inactive ones too."""
    for category in standing.categories.values():
        inside = [
            (one.code, one.name)
            for one in standing.subjects.values()
            if one.category_id == category.id
        ]
        if inside:
            yield category.name, inside


def _offices(standing: Catalogue, shown: Collection[int] | None) -> Options:
    return [
        (one.code, one.name)
        for one in standing.offices.values()
        if shown is None or one.id in shown
    ]


def _advisors(standing: Catalogue, shown: Collection[int] | None) -> Options:
    there = {
        row.advisor_id
        for row in standing.expertise
        if shown is None or row.office_id in shown
    }
    return [
        (one.code, one.name)
        for one in standing.advisors.values()
        if shown is None or one.id in there
    ]
