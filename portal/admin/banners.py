"""Offers on the overview of customers."""

from typing import Any

from django import forms
from django.contrib import admin

from directory.admin.base import ParlourAdmin
from portal.models import Banner
from portal.pictures import picture_or_nothing


class BannerForm(forms.ModelForm):
    class Meta:
        model = Banner
        fields = [
            *("code", "external_id", "segment", "subject", "title", "text", "button"),
            *("picture", "is_active", "valid_from", "valid_until", "sort_order"),
        ]

    def clean_picture(self) -> str:
        picture: str = self.cleaned_data["picture"]
        if picture and not picture_or_nothing(picture):
            raise forms.ValidationError("There is no such picture below static/.")
        return picture

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        first, last = (
            self.cleaned_data.get(f"valid_{end}") for end in ("from", "until")
        )
        if first and last and last < first:
            self.add_error(
                "valid_until", "The last day must not be before the first day."
            )
        return cleaned


@admin.register(Banner)
class BannerAdmin(ParlourAdmin):
    form = BannerForm
    list_display = ["title", "code", "segment", "subject", "is_active", "sort_order"]
    list_filter = ["is_active", "segment", "subject"]
    list_select_related = ["segment", "subject"]
    search_fields = ["title", "text", "code", "external_id"]
    autocomplete_fields = ["segment", "subject"]
