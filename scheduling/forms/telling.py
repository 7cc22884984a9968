"""Steps four and five: the subject's questions, and who comes."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField

from directory.catalogue import QuestionData
from directory.models import Question
from scheduling.forms.choosing import refuse_changed_locks
from scheduling.wizard.walk import PERSON_FIELDS

LONGEST_TEXT = 200
LONGEST_REMARK = 2000
LONGEST_ANSWER = 5000
Kind = Question.Kind
YES_NO = (("yes", _("Yes")), ("no", _("No")))


class PlainNumberField(forms.DecimalField):
    """A number as people write it: 2 500, 2500.50 or 2500,50."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = value.replace("\u00a0", "").replace(" ", "").replace(",", ".")
        return super().to_python(value)


class QuestionsForm(forms.Form):
    """The questionnaire of a subject: one field a question, named q_<code>.

    `kept` names the files that are here already, by question: one answers a
    required question, and a new upload takes their place.
    """

    def __init__(
        self,
        *args: Any,
        questions: tuple[QuestionData, ...],
        kept: Mapping[str, str],
        locked: Mapping[str, str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.questions = questions
        self.locked = {f"q_{code}": value for code, value in locked.items()}
        for question in questions:
            field = question_field(question)
            if question.kind == Kind.FILE and question.code in kept:
                field.required = False
                field.help_text = _(
                    "We have your file “%(name)s”. Choose another one to replace it."
                ) % {"name": kept[question.code]}
            name = f"q_{question.code}"
            self.fields[name] = field
            if name in self.locked:
                field.disabled = True  # the link's value counts, not a posted one

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        refuse_changed_locks(self, self.locked)
        return cleaned

    @property
    def answers(self) -> dict[str, Any]:
        """Return what was answered, as JSON can hold it; files are kept elsewhere."""
        return {
            question.code: plain_answer(self.cleaned_data.get(f"q_{question.code}"))
            for question in self.questions
            if question.kind != Kind.FILE
        }


def shown_answer(question: QuestionData, answer: str) -> str:
    """Return an answer that the link fixed, in the words of its choices."""
    labels = dict(question.choices) or {code: str(text) for code, text in YES_NO}
    if question.kind in {Kind.CHOICE, Kind.CHOICES, Kind.YES_NO}:
        return ", ".join(labels.get(part, part) for part in answer.split(","))
    return answer


def plain_answer(value: Any) -> Any:
    """Return an answer as text, or a list of texts."""
    if value is None:
        return ""
    if isinstance(value, list):
        return value
    if hasattr(value, "as_e164"):
        return value.as_e164
    return str(value)


def question_field(question: QuestionData) -> forms.Field:
    """Return the form field that asks a question."""
    shared: dict[str, Any] = {
        "label": question.label,
        "help_text": question.help_text,
        "required": question.is_required,
    }
    required = {"required": _("Answer this question.")}
    match question.kind:
        case Kind.SHORT_TEXT:
            length = question.max_length or LONGEST_TEXT
            return forms.CharField(max_length=length, error_messages=required, **shared)
        case Kind.LONG_TEXT:
            return forms.CharField(
                max_length=question.max_length or LONGEST_ANSWER,
                widget=forms.Textarea(attrs={"rows": 5}),
                error_messages=required,
                **shared,
            )
        case Kind.NUMBER:
            return PlainNumberField(
                min_value=question.minimum,
                max_value=question.maximum,
                max_digits=14,
                decimal_places=2,
                widget=forms.TextInput(attrs={"inputmode": "decimal"}),
                error_messages={
                    "required": _("Enter a number."),
                    "invalid": _("Enter a number, like 2500."),
                },
                **shared,
            )
        case Kind.DATE:
            return forms.DateField(
                widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
                error_messages={
                    "required": _("Enter a date."),
                    "invalid": _("Enter a date, like 2026-11-23."),
                },
                **shared,
            )
        case Kind.YES_NO:
            return _radio_field(YES_NO, shared)
        case Kind.CHOICE:
            return _radio_field(question.choices, shared)
        case Kind.CHOICES:
            return forms.MultipleChoiceField(
                choices=question.choices,
                widget=forms.CheckboxSelectMultiple,
                error_messages={
                    "required": _("Choose at least one."),
                    "invalid_choice": _("Choose from the list."),
                    "invalid_list": _("Choose from the list."),
                },
                **shared,
            )
        case Kind.EMAIL:
            return EmailField(required_sentence=_("Enter an e-mail address."), **shared)
        case Kind.PHONE:
            return phone_field(required_sentence=_("Enter a phone number."), **shared)
        case _:
            return forms.FileField(
                error_messages={
                    "required": _("Choose a file."),
                    "empty": _("This file is empty. Choose another one."),
                },
                **shared,
            )


def _radio_field(choices: Any, shared: Mapping[str, Any]) -> forms.ChoiceField:
    return forms.ChoiceField(
        choices=choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose an answer."),
            "invalid_choice": _("Choose from the list."),
        },
        **shared,
    )


class EmailField(forms.EmailField):
    """An e-mail address that is refused in our own words."""

    def __init__(self, *, required_sentence: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 254)
        super().__init__(
            error_messages={
                "required": required_sentence,
                "invalid": _(
                    "Enter an e-mail address in the correct format, "
                    "like name@example.com."
                ),
            },
            **kwargs,
        )


def phone_field(*, required_sentence: Any, **kwargs: Any) -> forms.Field:
    """Return a field for numbers of the site's country, or any with +."""
    field: forms.Field = PhoneNumberField(
        error_messages={
            "required": required_sentence,
            "invalid": _(
                "Enter a phone number, like 0470 12 34 56 or +32 470 12 34 56."
            ),
        },
        widget=forms.TextInput(
            attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel"}
        ),
        **kwargs,
    )
    return field


class DetailsForm(forms.Form):
    """Step five: who comes. `locked` holds the values that the link fixed."""

    first_name = forms.CharField(
        label=_("First name"),
        max_length=LONGEST_TEXT,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
        error_messages={"required": _("Enter your first name.")},
    )
    last_name = forms.CharField(
        label=_("Last name"),
        max_length=LONGEST_TEXT,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
        error_messages={"required": _("Enter your last name.")},
    )
    email = EmailField(
        label=_("E-mail address"),
        help_text=_("We send your confirmation and calendar invitation here."),
        required_sentence=_("Enter your e-mail address."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
    )
    phone = phone_field(
        label=_("Phone number"), required_sentence=_("Enter your phone number.")
    )
    company = forms.CharField(
        label=_("Company"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    customer_number = forms.CharField(
        label=_("Customer number"), required=False, max_length=100
    )
    remarks = forms.CharField(
        label=_("Remarks"),
        help_text=_("Anything that helps us to prepare."),
        required=False,
        max_length=LONGEST_REMARK,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    consent = forms.BooleanField(
        error_messages={"required": _("Tick the box to agree.")}
    )
    # Only programs fill in a field that people cannot see.
    homepage = forms.CharField(required=False, max_length=LONGEST_TEXT)

    def __init__(
        self,
        *args: Any,
        is_phone_needed: bool,
        consent_text: str,
        locked: Mapping[str, str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.locked = locked
        self.fields["phone"].required = is_phone_needed
        if is_phone_needed:
            self.fields["phone"].help_text = _("We call you on this number.")
        self.fields["consent"].label = consent_text
        for name, value in locked.items():
            self.fields[
                name
            ].disabled = True  # the link's value counts, not a posted one
            self.initial[name] = value

    def clean_homepage(self) -> str:
        if self.cleaned_data["homepage"]:
            raise forms.ValidationError(_("Leave this field empty."))
        return ""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        refuse_changed_locks(self, self.locked)
        return cleaned


def typed_details(posted: Mapping[str, str]) -> dict[str, str]:
    """Return step five as it was typed, to show it again after a detour."""
    names = (*PERSON_FIELDS, "consent")
    return {name: posted.get(name, "").replace("\0", "") for name in names}


class ResumeForm(forms.Form):
    """Where to send the link that opens this walk on another device."""

    resume_email = EmailField(
        label=_("Your e-mail address"),
        required_sentence=_("Enter your e-mail address."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
    )
