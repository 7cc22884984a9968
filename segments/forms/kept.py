"""Which rows of a page stay once it is saved."""

from typing import Any, Generic, TypeVar

from django.forms.models import BaseInlineFormSet

Row = TypeVar("Row")


class KeepingFormSet(BaseInlineFormSet, Generic[Row]):
    """A formset that knows what it comes to."""

    def kept_forms(self) -> list[Row]:
        """Return the forms that stay or come: neither empty nor to be removed."""
        forms: list[Any] = self.forms
        return [
            form
            for form in forms
            if form not in self.deleted_forms
            and (form.instance.pk or form.has_changed())
        ]
