"""What is asked before a segment is copied."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget

from directory.models.base import validate_code
from segments.models import Segment


class DuplicateForm(forms.Form):
    """The copy's own code and name."""

    code = forms.CharField(
        label="Code of the copy",
        max_length=255,
        validators=[validate_code],
        widget=UnfoldAdminTextInputWidget(),
        help_text="Letters, digits, _ and -. Its links carry this code.",
        error_messages={"required": "Give the copy a code of its own."},
    )
    name = forms.CharField(
        label="Name of the copy", max_length=200, widget=UnfoldAdminTextInputWidget()
    )

    def clean_code(self) -> Any:
        code = self.cleaned_data["code"]
        if Segment.objects.filter(code__iexact=code).exists():
            raise forms.ValidationError(
                "Another one has this code already (upper and lower case count as the "
                "same here)."
            )
        return code
