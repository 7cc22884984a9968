"""What the profile asks, and how erasing is confirmed."""

from copy import deepcopy
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from directory.catalogue import Catalogue
from directory.choices import Channel, Language
from directory.models import Customer
from portal.services.profile import Profile
from scheduling.forms.telling import DetailsForm

CONTACT = ("first_name", "last_name", "email", "phone", "company")
PREFERENCES = ("language", "office", "advisor", "channel")
Choice = tuple[int | str, str]


class ProfileForm(forms.Form):
    """Contact details and preferences, filled in with what is known."""

    language = forms.ChoiceField(
        label=_("Language"),
        help_text=_("Of these pages and of our mails."),
        choices=Language.choices,
        error_messages={"invalid_choice": _("Choose a language from the list.")},
    )
    office = forms.TypedChoiceField(
        label=_("Office"),
        required=False,
        coerce=int,
        empty_value=None,
        error_messages={"invalid_choice": _("Choose an office from the list.")},
    )
    advisor = forms.TypedChoiceField(
        label=_("Advisor"),
        required=False,
        coerce=int,
        empty_value=None,
        error_messages={"invalid_choice": _("Choose an advisor from the list.")},
    )
    channel = forms.ChoiceField(
        label=_("How you like to meet"),
        required=False,
        choices=[("", _("No preference")), *Channel.choices],
        error_messages={"invalid_choice": _("Choose from the list.")},
    )

    def __init__(
        self, *args: Any, customer: Customer, standing: Catalogue, **kwargs: Any
    ) -> None:
        kwargs.setdefault("initial", known(customer))
        super().__init__(*args, **kwargs)
        for name in CONTACT:
            self.fields[name] = deepcopy(DetailsForm.base_fields[name])
        self.fields["email"].help_text = _("We send what concerns your meetings here.")
        self.fields["phone"].required = False
        none = ("", _("No preference"))
        self.fields["office"].choices = [none, *offices(customer, standing)]  # type: ignore[attr-defined]
        self.fields["advisor"].choices = [none, *advisors(customer, standing)]  # type: ignore[attr-defined]
        self.order_fields([*CONTACT, *PREFERENCES])

    @property
    def contact_rows(self) -> list[forms.BoundField]:
        return [self[name] for name in CONTACT]

    @property
    def preference_rows(self) -> list[forms.BoundField]:
        return [self[name] for name in PREFERENCES]

    @property
    def profile(self) -> Profile:
        """Return what was typed, once it is valid."""
        data = self.cleaned_data
        return Profile(
            first_name=data["first_name"],
            last_name=data["last_name"],
            email=data["email"],
            phone=data["phone"].as_e164 if data["phone"] else "",
            company=data["company"],
            language=data["language"],
            preferred_office_id=data["office"],
            preferred_advisor_id=data["advisor"],
            preferred_channel=data["channel"],
        )


def known(customer: Customer) -> dict[str, Any]:
    """Return the customer's profile as the form shows it."""
    contact = {name: getattr(customer, name) for name in CONTACT}
    return {
        **contact,
        "language": customer.language,
        "office": customer.preferred_office_id,
        "advisor": customer.preferred_advisor_id,
        "channel": customer.preferred_channel,
    }


def offices(customer: Customer, standing: Catalogue) -> list[Choice]:
    """Return the offices to choose from: the open ones, and the one chosen before."""
    return [
        (office.id, f"{office.name}, {office.city}")
        for office in standing.offices.values()
        if office.is_active or office.id == customer.preferred_office_id
    ]


def advisors(customer: Customer, standing: Catalogue) -> list[Choice]:
    """Return the advisors to choose from, and the one chosen before."""
    return [
        (advisor.id, ", ".join(filter(None, [advisor.name, advisor.role])))
        for advisor in standing.advisors.values()
        if advisor.is_bookable or advisor.id == customer.preferred_advisor_id
    ]


class EraseForm(forms.Form):
    """Confirm that everything goes: by the password, else by the customer number."""

    confirmation = forms.CharField(
        max_length=500,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, number: str, **kwargs: Any) -> None:
        """Ask for the password when there is no `number` to type."""
        super().__init__(*args, **kwargs)
        field = self.fields["confirmation"]
        if number:
            field.label = _("Your customer number")
            field.help_text = _("To confirm, type %(number)s.") % {"number": number}
            field.widget = forms.TextInput(attrs={"autocomplete": "off"})
            field.error_messages["required"] = _("Enter your customer number.")
        else:
            field.label = _("Your password")
            field.help_text = _("To confirm, type the password that you sign in with.")
            field.error_messages["required"] = _("Enter your password.")
