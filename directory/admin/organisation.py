"""The site's own settings."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from directory.admin.base import ParlourAdmin
from directory.admin.configuration import HoldsConfiguration
from directory.branding import contrast_problems
from directory.models import Organisation


class OrganisationForm(forms.ModelForm):
    """Refuses colours that cannot be read."""

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        for problem in contrast_problems(self.instance_as_typed()):
            self.add_error(None, problem)
        return cleaned

    def instance_as_typed(self) -> Organisation:
        """Return a row with the typed colours; the saved one is set only after cleaning."""
        names = ("brand", "brand_hover", "brand_tint", "on_brand")
        typed = {name: self.cleaned_data.get(name, "") for name in names}
        return Organisation(**typed)


@admin.register(Organisation)
class OrganisationAdmin(HoldsConfiguration, ParlourAdmin):
    form = OrganisationForm
    list_display = ["name", "zone_name", "language"]
    search_fields = ["name"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return not Organisation.objects.exists()

    def has_delete_permission(self, _request: HttpRequest, _obj: object = None) -> bool:
        return False
