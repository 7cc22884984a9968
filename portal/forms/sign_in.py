"""Signing in, and a new password."""

from typing import Any

from django import forms
from django.contrib.auth.forms import (
    AuthenticationForm,
    SetPasswordForm,
    UsernameField,
)
from django.utils.translation import gettext_lazy as _

from directory.models import Customer, User
from scheduling.forms.telling import EmailField


class SignInForm(AuthenticationForm):
    """User name and password. Which of the two is wrong is not said."""

    username = UsernameField(
        label=_("User name"),
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
        error_messages={"required": _("Enter your user name.")},
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": _("Enter your password.")},
    )
    error_messages = {
        "invalid_login": _(
            "This user name and password do not belong together. "
            "Capital and small letters make a difference."
        ),
        "nobody": _(
            "There is nothing to see with this sign-in. Please contact your office."
        ),
    }

    def confirm_login_allowed(self, user: User) -> None:
        """Refuse a right password of somebody who is neither customer nor staff."""
        is_customer = Customer.objects.filter(user=user).exists()
        if not is_customer and not user.is_staff:
            raise forms.ValidationError(self.error_messages["nobody"])


class AskForPasswordForm(forms.Form):
    """Where to send the link for a new password."""

    email = EmailField(
        label=_("E-mail address"),
        required_sentence=_("Enter your e-mail address."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
    )


class NewPasswordForm(SetPasswordForm):  # type: ignore[type-arg]
    """A new password, twice."""

    error_messages = {
        "password_mismatch": _("The two passwords are not the same."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first, second = self.fields["new_password1"], self.fields["new_password2"]
        first.label = _("New password")
        first.help_text = _(
            "At least 8 characters, not only digits, not a common word and not your name."
        )
        first.error_messages["required"] = _("Enter a new password.")
        second.label = _("New password again")
        second.help_text = ""
        second.error_messages["required"] = _("Enter the new password again.")
