"""What staff fill in to change an appointment. Services decide whether it may be."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.utils import timezone
from unfold.widgets import (
    INPUT_CLASSES,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from directory.catalogue import AdvisorData, OfficeData
from directory.choices import Channel
from scheduling.errors import NotOffered, ReasonNeeded, SchedulingError
from scheduling.forms.uploading import FilesInput, UploadForm
from scheduling.services.moves import Wanted
from scheduling.services.uploads import ACCEPTED

LONGEST_REASON = 500
SLOT_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
ADDRESS = ("street", "postal_code", "city", "country")


def reason_field(label: str, **options: Any) -> forms.CharField:
    """Return a field for a sentence or two."""
    return forms.CharField(
        label=label,
        max_length=LONGEST_REASON,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        required=False,
        **options,
    )


class StaffForm(forms.Form):
    """A deed on an appointment, as it was when the page was drawn."""

    revision = forms.IntegerField(
        widget=forms.HiddenInput,
        error_messages={
            "required": "Please open this page again.",
            "invalid": "Please open this page again.",
        },
    )

    def refuse(self, error: SchedulingError) -> None:
        """Show why it was not done; a missing reason is asked where it is written."""
        is_reason = isinstance(error, ReasonNeeded) and "reason" in self.fields
        self.add_error("reason" if is_reason else None, refusal_text(error))


def refusal_text(error: SchedulingError) -> str:
    """Return an error's sentence, with the near starts that it carries."""
    near = error.alternatives if isinstance(error, NotOffered) else []
    if not near:
        return error.message
    starts = "; ".join(f"{timezone.localtime(start):%a %d %b, %H:%M}" for start in near)
    return f"{error.message} Free near it: {starts}."


class DeclineForm(StaffForm):
    reason = reason_field("Note", help_text="For colleagues; the customer is not told.")


class CancelForm(StaffForm):
    reason = reason_field("Reason", help_text="Needed after the customer's deadline.")


class CompleteForm(StaffForm):
    outcome = reason_field("Outcome", help_text="The customer reads this.")


class NoteForm(StaffForm):
    note = forms.CharField(
        label="Note",
        max_length=LONGEST_REASON,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="For colleagues. The customer never reads it.",
        error_messages={"required": "Write the note."},
    )


class ReassignForm(StaffForm):
    """Another advisor, from those who are competent and free."""

    advisor = forms.TypedChoiceField(
        label="New advisor",
        coerce=int,
        widget=UnfoldAdminRadioSelectWidget,
        error_messages={
            "required": "Choose an advisor.",
            "invalid_choice": "This advisor is not free. Choose another one.",
        },
    )
    reason = reason_field("Reason", help_text="For colleagues.")

    def __init__(
        self, *args: Any, advisors: Sequence[AdvisorData], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["advisor"].choices = [  # type: ignore[attr-defined]
            (one.id, one.name) for one in advisors
        ]


class MoveForm(StaffForm):
    """Another time, channel, office or advisor. The starts come with `offer_starts`."""

    channel = forms.ChoiceField(label="Channel", widget=UnfoldAdminSelectWidget)
    office = forms.TypedChoiceField(
        label="Office",
        coerce=int,
        empty_value=None,
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    advisor = forms.TypedChoiceField(
        label="Advisor",
        coerce=int,
        empty_value=None,
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    street = forms.CharField(
        required=False, max_length=200, help_text="The address is for visits only."
    )
    postal_code = forms.CharField(required=False, max_length=20)
    city = forms.CharField(label="Town", required=False, max_length=100)
    country = forms.CharField(required=False, max_length=100)
    date = forms.DateField(
        label="Date",
        widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}),
        error_messages={
            "required": "Choose a date.",
            "invalid": "Enter a date, like 2026-11-23.",
        },
    )
    start = forms.TypedChoiceField(
        label="Start",
        coerce=lambda text: datetime.strptime(text, SLOT_FORMAT).replace(tzinfo=UTC),
        widget=UnfoldAdminRadioSelectWidget,
        error_messages={
            "required": "Choose a time.",
            "invalid_choice": "This time is not free (any more). Choose another one.",
        },
    )
    reason = reason_field("Reason", help_text="Needed after the customer's deadline.")

    def __init__(
        self,
        *args: Any,
        channels: Sequence[str],
        offices: Sequence[OfficeData],
        advisors: Sequence[AdvisorData],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.choose("channel", [(one, Channel(one).label) for one in channels])
        self.choose("office", [("", "Any"), *((one.id, one.name) for one in offices)])
        present_first = ("", "Whoever is free, the present advisor first")
        self.choose(
            "advisor", [present_first, *((one.id, one.name) for one in advisors)]
        )
        for name in ADDRESS:
            self.fields[name].widget = UnfoldAdminTextInputWidget()

    def choose(self, name: str, choices: Sequence[tuple[Any, Any]]) -> None:
        """Set the choices of a field."""
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def offer_starts(self, starts: Mapping[datetime, str]) -> None:
        """Set the starts that can be chosen, each with its label."""
        self.choose(
            "start",
            [(f"{start:{SLOT_FORMAT}}", text) for start, text in starts.items()],
        )

    def first_look(self) -> Wanted | None:
        """Return what to look for on the chosen date; None when something is missing.

        The start is the date's midnight in UTC: only the date counts.
        """
        found = {name: self.look_at(name) for name in ("channel", "office", "advisor")}
        day = self.look_at("date")
        if not found["channel"] or not day:
            return None
        is_needed = self.fields["office"].required or found["channel"] == Channel.OFFICE
        if is_needed and found["office"] is None:
            return None
        return Wanted(
            start=datetime(day.year, day.month, day.day, tzinfo=UTC),
            channel=found["channel"],
            office_id=found["office"],
            advisor_id=found["advisor"],
            address=self.address_of(found["channel"], self.look_at),
        )

    def look_at(self, name: str) -> Any:
        """Return a field's clean value before the form is judged, or None."""
        field = self.fields[name]
        try:
            return field.clean(self[name].value())
        except forms.ValidationError:
            return None

    def address_of(self, channel: str, value: Any) -> dict[str, str]:
        """Return the address of a home visit; of another channel there is none."""
        if channel != Channel.ON_LOCATION:
            return {}
        return {name: value(name) or "" for name in ADDRESS}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        channel = cleaned.get("channel")
        is_missing = cleaned.get("office") is None and "office" not in self.errors
        if channel == Channel.OFFICE and is_missing:
            self.add_error("office", "Choose an office.")
        if channel == Channel.ON_LOCATION:
            for name in ("street", "postal_code", "city"):
                if not cleaned.get(name):
                    self.add_error(name, "A visit needs an address.")
        if not self.errors:
            cleaned["wanted"] = Wanted(
                start=cleaned["start"],
                channel=cleaned["channel"],
                office_id=cleaned["office"],
                advisor_id=cleaned["advisor"],
                address=self.address_of(cleaned["channel"], cleaned.get),
            )
        return cleaned


class MoveWithinForm(MoveForm):
    """A move within some offices: one of them is to be chosen for every channel."""

    def __init__(
        self, *args: Any, offices: Sequence[OfficeData], **kwargs: Any
    ) -> None:
        super().__init__(*args, offices=offices, **kwargs)
        office = self.fields["office"]
        office.required = True
        office.error_messages["required"] = "Choose an office."
        self.choose("office", [(one.id, one.name) for one in offices])


class ShareForm(UploadForm):
    """Documents that staff share with the customer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["documents"].label = "Share documents with the customer"
        classes = " ".join(INPUT_CLASSES)
        self.fields["documents"].widget = FilesInput(
            attrs={"accept": ACCEPTED, "class": classes}
        )
