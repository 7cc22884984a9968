"""An absent advisor: whose meetings of which time, and what is to become of each."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from directory.catalogue import AdvisorData
from scheduling.forms.staff import reason_field
from scheduling.services.plans import ASK, CANCEL, GIVE, LEAVE, Deed, Row

MOMENT = "%Y-%m-%dT%H:%M"
LONGEST = timedelta(days=366)
MOMENT_ERRORS = {
    "required": "Enter a date and a time.",
    "invalid": "Enter a date and a time, like 2026-11-23T09:00.",
}


def moment_field(label: str) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        input_formats=[MOMENT, "%Y-%m-%d %H:%M", "%Y-%m-%d"],
        widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
        error_messages=MOMENT_ERRORS,
    )


class PeriodForm(forms.Form):
    """Who is absent from when to when, on the organisation's clock."""

    advisor = forms.ChoiceField(
        widget=UnfoldAdminSelectWidget,
        error_messages={
            "required": "Choose an advisor.",
            "invalid_choice": "Choose from the list.",
        },
    )
    first = moment_field("From")
    last = moment_field("Until")

    def __init__(
        self, *args: Any, advisors: Sequence[AdvisorData], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["advisor"].choices = [  # type: ignore[attr-defined]
            ("", "Choose"),
            *((one.code, one.name) for one in advisors),
        ]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last <= first:
            self.add_error("last", "It must end after it starts.")
        elif first and last and last - first > LONGEST:
            self.add_error("last", "Look at one year at most.")
        return cleaned


class PlanForm(forms.Form):
    """What is to become of each meeting: a choice a row, and one reason for all."""

    reason = reason_field(
        "Reason", help_text="For colleagues and the history; customers do not read it."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = True
        self.fields["reason"].error_messages["required"] = "Say why."


def deeds_of(posted: Mapping[str, str], pks: Sequence[int]) -> dict[int, Deed]:
    """Return what was chosen for each meeting, as far as it can be read."""
    found = {pk: read_deed(posted.get(f"deed_{pk}", "")) for pk in pks}
    return {pk: deed for pk, deed in found.items() if deed is not None}


def read_deed(text: str) -> Deed | None:
    """Return a deed from a form's value; None: it is none."""
    kind, _, advisor = text.partition(":")
    if kind == GIVE and advisor.isdecimal():
        return Deed(GIVE, int(advisor))
    return Deed(kind) if kind in {ASK, CANCEL, LEAVE} and not advisor else None


def deed_value(deed: Deed) -> str:
    """Return a deed as a form's value."""
    return f"{GIVE}:{deed.advisor_id}" if deed.kind == GIVE else deed.kind


def deed_choices(row: Row) -> list[tuple[str, str]]:
    """Return what can be done with a meeting, the best first."""
    give = [(f"{GIVE}:{one.id}", f"Give to {one.name}") for one in row.free]
    ask = [(ASK, "Ask to choose another time")] if row.can_be_asked else []
    return [*give, *ask, (CANCEL, "Cancel"), (LEAVE, "Leave as it is")]


def moment_text(moment: datetime, zone: ZoneInfo) -> str:
    """Return an instant as the form's fields show it."""
    return f"{moment.astimezone(zone):{MOMENT}}"
