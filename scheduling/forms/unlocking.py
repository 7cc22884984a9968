"""The six digits from a mail."""

from django import forms
from django.utils.translation import gettext_lazy as _

from scheduling.tokens import DIGITS

LONGEST = 40


class CodeForm(forms.Form):
    """A one-time code, as people copy it: with blanks or dashes, or without."""

    code = forms.CharField(
        label=_("Code"),
        max_length=LONGEST,
        help_text=_("The six digits from our mail."),
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}
        ),
        error_messages={"required": _("Enter the code from our mail.")},
    )

    def clean_code(self) -> str:
        code = "".join(sign for sign in self.cleaned_data["code"] if sign.isalnum())
        if not (code.isascii() and code.isdecimal() and len(code) == DIGITS):
            raise forms.ValidationError(_("Enter the six digits from our mail."))
        return code
