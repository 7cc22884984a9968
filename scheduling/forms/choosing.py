"""Steps one to three: what, how and where, when."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from directory.catalogue import OfficeData
from directory.choices import Channel
from scheduling.wizard.wording import SLOT_FORMAT

LONGEST_TEXT = 200
YEARS = range(1970, 3000)


class SubjectForm(forms.Form):
    """Step one. `subjects` maps the codes on offer to ids; a locked one is alone."""

    subject = forms.ChoiceField(
        label=_("What is it about?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose what you would like to talk about."),
            "invalid_choice": _(
                "This topic cannot be booked here. Choose another one."
            ),
        },
    )

    def __init__(
        self, *args: Any, subjects: Mapping[str, tuple[int, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.subjects = subjects
        self.fields["subject"].choices = [  # type: ignore[attr-defined]
            (code, name) for code, (_id, name) in subjects.items()
        ]

    @property
    def subject_id(self) -> int:
        return self.subjects[self.cleaned_data["subject"]][0]


class PlaceForm(forms.Form):
    """Step two: the channel, and what that channel needs to know.

    `offices` maps each channel on offer to the offices that have it. `locked` holds the
    values that the link fixed.
    """

    channel = forms.ChoiceField(
        label=_("How would you like to meet?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose how you would like to meet."),
            "invalid_choice": _(
                "This way to meet is not possible here. Choose another one."
            ),
        },
    )
    office = forms.CharField(label=_("Which office?"), required=False, max_length=255)
    street = forms.CharField(
        label=_("Street and number"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )
    postal_code = forms.CharField(
        label=_("Postal code"),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code"}),
    )
    city = forms.CharField(
        label=_("Town"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "address-level2"}),
    )
    country = forms.CharField(
        label=_("Country"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "country-name"}),
    )

    def __init__(
        self,
        *args: Any,
        channels: Sequence[str],
        offices: Mapping[str, Sequence[OfficeData]],
        locked: Mapping[str, str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.offices = offices
        self.locked = locked
        self.fields["channel"].choices = [  # type: ignore[attr-defined]
            (channel, Channel(channel).label) for channel in channels
        ]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        refuse_changed_locks(self, self.locked)
        cleaned.update(self.locked)
        channel = cleaned.get("channel")
        if channel == Channel.ON_LOCATION:
            self._need_address(cleaned)
        elif channel:
            self._find_office(cleaned, channel)
        return cleaned

    def _need_address(self, cleaned: dict[str, Any]) -> None:
        for name, sentence in (
            ("street", _("Enter your street and number.")),
            ("postal_code", _("Enter your postal code.")),
            ("city", _("Enter your town.")),
        ):
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, sentence)
        code = cleaned.get("postal_code")
        offices = self.offices.get(Channel.ON_LOCATION, ())
        if code and not any(office.covers(code) for office in offices):
            self.add_error(
                "postal_code",
                _("We do not visit addresses in %(code)s. Choose another way to meet.")
                % {"code": code},
            )

    def _find_office(self, cleaned: dict[str, Any], channel: str) -> None:
        code = cleaned.get("office")
        found = {office.code: office for office in self.offices.get(channel, ())}
        if code and code not in found:
            self.add_error(
                "office",
                _("This office does not offer that. Choose another office."),
            )
        elif not code and channel == Channel.OFFICE and "office" not in self.errors:
            self.add_error("office", _("Choose an office."))
        elif code:
            cleaned["found_office"] = found[code]

    def mark_required(self) -> None:
        """Draw the address as required: it is, as soon as it is seen."""
        for name in ("street", "postal_code", "city"):
            self.fields[name].required = True

    @property
    def office_id(self) -> int | None:
        office: OfficeData | None = self.cleaned_data.get("found_office")
        return office.id if office else None

    @property
    def address(self) -> dict[str, str]:
        if self.cleaned_data["channel"] != Channel.ON_LOCATION:
            return {}
        names = ("street", "postal_code", "city", "country")
        return {name: self.cleaned_data.get(name, "") for name in names}


class TimeForm(forms.Form):
    """Step three: a start in UTC, and the advisor who is asked for, if any."""

    slot = forms.CharField(
        error_messages={"required": _("Choose a day and time.")}, max_length=40
    )
    advisor = forms.ChoiceField(
        label=_("Advisor"),
        required=False,
        error_messages={
            "invalid_choice": _("This advisor cannot be booked. Choose another one.")
        },
    )

    def __init__(self, *args: Any, advisors: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["advisor"].choices = [  # type: ignore[attr-defined]
            ("", _("Any advisor")),
            *advisors.items(),
        ]

    def clean_slot(self) -> datetime:
        start = read_slot(self.cleaned_data["slot"])
        if start is None:
            raise forms.ValidationError(_("Choose one of the times on this page."))
        return start


def read_slot(text: str) -> datetime | None:
    """Return the instant of a posted slot; None for anything but YYYY-MM-DDTHH:MM:SSZ.

    Years in which nobody meets count as nonsense: beside them the calendar ends.
    """
    try:
        start = datetime.strptime(text, SLOT_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return None
    return start if start.year in YEARS else None


def refuse_changed_locks(form: forms.Form, locked: Mapping[str, str]) -> None:
    """Refuse another value for a field that the link fixed; leaving it out is fine."""
    for name, value in locked.items():
        sent = form.data.getlist(name) if isinstance(form.data, QueryDict) else []
        if sent and ",".join(sent).strip() != value.strip():
            form.add_error(name, _("This was set by the link and cannot be changed."))
