"""What staff say about a view of a list that they keep."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from directory.saved_views import plain_query

PASSING = {"p", "all", "e"}  # a page of the list, and Django's own sign of an error
LONGEST_QUERY = 2000


class SaveViewForm(forms.Form):
    """A name for the filters of an address."""

    name = forms.CharField(
        label="Name of the view",
        max_length=60,
        widget=UnfoldAdminTextInputWidget,
        error_messages={"required": "Give the view a name."},
    )
    query = forms.CharField(
        required=False, max_length=LONGEST_QUERY, widget=forms.HiddenInput
    )

    def clean_query(self) -> str:
        return plain_query(self.cleaned_data["query"], without=PASSING)


class ShareViewForm(SaveViewForm):
    """The same for those who may share it."""

    is_shared = forms.BooleanField(
        label="Show it to all staff", required=False, widget=UnfoldBooleanSwitchWidget
    )


def save_view_form(*args: Any, may_share: bool, **kwargs: Any) -> SaveViewForm:
    """Return the form that fits the person."""
    return (ShareViewForm if may_share else SaveViewForm)(*args, **kwargs)
