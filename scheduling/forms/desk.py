"""What staff fill in to book for a customer: who, what and when, on one page."""

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from directory.catalogue import QuestionData
from directory.choices import Channel, Language
from directory.models import Question
from scheduling.errors import (
    NotOffered,
    PhoneNeeded,
    ReasonNeeded,
    SchedulingError,
    SlotTaken,
)
from scheduling.forms.staff import ADDRESS, reason_field, refusal_text
from scheduling.forms.telling import (
    LONGEST_REMARK,
    LONGEST_TEXT,
    EmailField,
    phone_field,
    plain_answer,
    question_field,
)
from scheduling.forms.why import FIRST_YEAR, LAST_YEAR
from scheduling.services.confirmation import Details
from scheduling.services.desk import SAY_WHY

KEY = re.compile(r"desk-[A-Za-z0-9_-]{17}")
WHAT = ("segment", "subject", "channel", "office", "advisor", "date")
PERSON = ("first_name", "last_name", "email", "phone", "company", "customer_number")
LOOKED_AT = ("segment", "subject", "channel", "office", "advisor")
GONE = "This time cannot be had like this (any more). Choose another one."
Options = Sequence[tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Offer:
    """What may be chosen: (code, name) pairs, and the questions of the subject."""

    segments: Options
    subjects: Options
    offices: Options
    advisors: Options
    questions: Sequence[QuestionData] = ()
    consent_text: str = ""


class DeskForm(forms.Form):
    """Everything on the page. The starts come with `offer_starts`."""

    key = forms.RegexField(
        KEY,
        widget=forms.HiddenInput,
        error_messages={
            "required": "Please open this page again.",
            "invalid": "Please open this page again.",
        },
    )
    customer = forms.IntegerField(required=False, widget=forms.HiddenInput)
    find = forms.CharField(
        label="Find a customer",
        required=False,
        max_length=LONGEST_TEXT,
        help_text="Name, e-mail address, phone or customer number.",
    )
    segment = forms.ChoiceField(required=False)
    subject = forms.ChoiceField(error_messages={"required": "Choose a subject."})
    channel = forms.ChoiceField(
        choices=[("", "Choose"), *Channel.choices],
        error_messages={"required": "Choose a channel."},
    )
    office = forms.ChoiceField(
        required=False, error_messages={"required": "Choose an office."}
    )
    advisor = forms.ChoiceField(required=False)
    date = forms.DateField(
        widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}),
        error_messages={
            "required": "Choose a date.",
            "invalid": "Enter a date, like 2026-11-23.",
        },
    )
    street = forms.CharField(required=False, max_length=200)
    postal_code = forms.CharField(required=False, max_length=20)
    city = forms.CharField(label="Town", required=False, max_length=100)
    country = forms.CharField(required=False, max_length=100)
    slot = forms.CharField(error_messages={"required": "Choose a time."})
    first_name = forms.CharField(max_length=LONGEST_TEXT)
    last_name = forms.CharField(max_length=LONGEST_TEXT)
    email = EmailField(
        label="E-mail address",
        required_sentence="Enter an e-mail address.",
        required=False,
        help_text="The confirmation goes here.",
    )
    phone = phone_field(
        label="Phone number", required_sentence="Enter a phone number.", required=False
    )
    company = forms.CharField(required=False, max_length=LONGEST_TEXT)
    customer_number = forms.CharField(required=False, max_length=100)
    language = forms.ChoiceField(
        choices=Language.choices, help_text="Of the customer's mails."
    )
    remarks = forms.CharField(
        required=False,
        max_length=LONGEST_REMARK,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="The advisor reads this, and so does the customer.",
    )
    consent = forms.BooleanField(required=False)
    reason = reason_field(
        "Reason",
        help_text="Needed for a start against a rule. It stays in the history; "
        "customers do not read it.",
    )

    def __init__(self, *args: Any, offer: Offer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.starts: frozenset[str] = frozenset()
        self.questions = offer.questions
        for question in offer.questions:
            self.fields[f"q_{question.code}"] = question_field(question)
        self.choose("segment", [("", "General scheduling"), *offer.segments])
        self.choose("subject", [("", "Choose"), *offer.subjects])
        self.choose("office", [("", "Any"), *offer.offices])
        self.choose("advisor", [("", "Whoever is free"), *offer.advisors])
        self.fields["consent"].label = f"The customer agreed: {offer.consent_text}"
        for field in self.fields.values():
            dress(field)

    def choose(self, name: str, choices: Options) -> None:
        """Set the choices of a field; what is none of them is called so."""
        field: Any = self.fields[name]
        field.choices = choices
        field.error_messages["invalid_choice"] = "Choose from the list."

    def offer_starts(self, values: Iterable[str]) -> None:
        """Set the starts that can be booked."""
        self.starts = frozenset(values)

    def look_at(self, name: str) -> Any:
        """Return a field's clean value before the form is judged, or None."""
        try:
            return self.fields[name].clean(self[name].value()) or None
        except forms.ValidationError:
            return None

    def look_at_date(self) -> datetime.date | None:
        """Return the date before the form is judged, if a calendar can be drawn of it."""
        day: datetime.date | None = self.look_at("date")
        return day if day and FIRST_YEAR <= day.year <= LAST_YEAR else None

    @property
    def asked_fields(self) -> list[forms.BoundField]:
        """Return the subject's questions."""
        return [self[f"q_{question.code}"] for question in self.questions]

    @property
    def what_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in WHAT]

    @property
    def address_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ADDRESS]

    @property
    def person_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in (*PERSON, "language")]

    def clean_date(self) -> datetime.date:
        day: datetime.date = self.cleaned_data["date"]
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise forms.ValidationError(
                f"Choose a date from {FIRST_YEAR} to {LAST_YEAR}."
            )
        return day

    def clean_slot(self) -> str:
        slot: str = self.cleaned_data["slot"]
        if slot not in self.starts:
            raise forms.ValidationError(GONE)
        return slot

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        channel = cleaned.get("channel")
        if channel == Channel.OFFICE and not cleaned.get("office"):
            self.complain("office", "Choose an office.")
        if channel == Channel.ON_LOCATION:
            for name in ("street", "postal_code", "city"):
                if not cleaned.get(name):
                    self.complain(name, "A visit needs an address.")
        if channel == Channel.PHONE and not cleaned.get("phone"):
            self.complain("phone", "Enter the phone number to call.")
        elif not cleaned.get("email") and not cleaned.get("phone"):
            self.complain("email", "Enter an e-mail address or a phone number.")
        if is_against_a_rule(cleaned.get("slot", "")) and not cleaned.get("reason"):
            self.complain("reason", SAY_WHY)
        return cleaned

    def complain(self, name: str, sentence: str) -> None:
        if name not in self.errors:
            self.add_error(name, sentence)

    @property
    def details(self) -> Details:
        """Return who comes, after the form was found right."""
        given = self.cleaned_data
        return Details(
            **{name: plain_answer(given[name]) for name in (*PERSON, "remarks")},
            consent=given["consent"],
        )

    @property
    def answers(self) -> dict[str, Any]:
        """Return the answers to the subject's questions."""
        return {
            one.code: plain_answer(self.cleaned_data[f"q_{one.code}"])
            for one in self.questions
        }

    @property
    def address(self) -> dict[str, str]:
        """Return the address of a visit; of another channel there is none."""
        if self.cleaned_data["channel"] != Channel.ON_LOCATION:
            return {}
        return {name: self.cleaned_data[name] for name in ADDRESS}

    def refuse(self, error: SchedulingError) -> None:
        """Show why nothing was booked, beside the field that it is about."""
        name = None
        if isinstance(error, ReasonNeeded):
            name = "reason"
        elif isinstance(error, PhoneNeeded):
            name = "phone"
        elif isinstance(error, SlotTaken | NotOffered):
            name = "slot"
        self.add_error(name, refusal_text(error))


class LookedForm(DeskForm):
    """The same while staff are still filling it in: nothing is judged."""

    def full_clean(self) -> None:
        self._errors = ErrorDict()
        self.cleaned_data = {}


class DeskWithinForm(DeskForm):
    """Booking within some offices: one of them is to be chosen for every channel."""

    def __init__(self, *args: Any, offer: Offer, **kwargs: Any) -> None:
        super().__init__(*args, offer=offer, **kwargs)
        self.fields["office"].required = True
        self.choose("office", [("", "Choose"), *offer.offices])


class LookedWithinForm(LookedForm, DeskWithinForm):
    """The same while staff are still filling it in."""


def is_against_a_rule(slot: str) -> bool:
    """Tell whether a start's value names rules to overrule; see scheduling.admin.starts."""
    return slot.count(".") == 3


def asked_of(questions: Iterable[QuestionData]) -> list[QuestionData]:
    """Return the questions that staff ask: files come in on the meeting's own page."""
    return [one for one in questions if one.kind != Question.Kind.FILE]


PLAIN: Mapping[type[forms.Widget], type[forms.Widget]] = {
    forms.TextInput: UnfoldAdminTextInputWidget,
    forms.EmailInput: UnfoldAdminTextInputWidget,
    forms.DateInput: UnfoldAdminTextInputWidget,
    forms.Textarea: UnfoldAdminTextareaWidget,
    forms.Select: UnfoldAdminSelectWidget,
    forms.RadioSelect: UnfoldAdminRadioSelectWidget,
    forms.CheckboxSelectMultiple: UnfoldAdminCheckboxSelectMultipleWidget,
    forms.CheckboxInput: UnfoldBooleanWidget,
}


def dress(field: forms.Field) -> None:
    """Give a field the back office's own widget, with what the plain one knew."""
    plain = field.widget
    found = PLAIN.get(type(plain))
    if found is None:
        return
    attrs = {**plain.attrs}
    if kind := getattr(plain, "input_type", None):
        attrs.setdefault("type", kind)
    attrs.pop("autocomplete", None)  # it is somebody else's data
    if isinstance(plain, forms.RadioSelect | forms.CheckboxInput | forms.Select):
        attrs.pop("type", None)
    if isinstance(plain, forms.CheckboxSelectMultiple):
        attrs.pop("type", None)
    widget = found(attrs=attrs)
    widget.is_required = field.required
    if hasattr(plain, "choices"):
        widget.choices = plain.choices  # type: ignore[attr-defined]
    field.widget = widget
