"""The last step of a change: what the new way to meet still needs to know."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from scheduling.forms.telling import phone_field


class ConfirmForm(forms.Form):
    """Asks for a phone number when the meeting becomes a call and has none."""

    phone = phone_field(
        label=_("Phone number"),
        help_text=_("We call you on this number."),
        required_sentence=_("Enter your phone number."),
    )

    def __init__(self, *args: Any, is_phone_needed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_phone_needed:
            del self.fields["phone"]

    @property
    def phone_text(self) -> str:
        phone = self.cleaned_data.get("phone")
        return str(phone.as_e164) if phone else ""
