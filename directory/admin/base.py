"""What every admin page of ours shares."""

from typing import Any

from django import forms
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget


def choices_field(db_field: ArrayField, **kwargs: Any) -> forms.Field:
    """Return check boxes for an array whose items have choices."""
    base = db_field.base_field
    coerce = int if isinstance(base, models.IntegerField) else str
    return forms.TypedMultipleChoiceField(
        choices=base.choices or [],
        coerce=coerce,
        required=not db_field.blank,
        label=db_field.verbose_name.capitalize(),
        help_text=db_field.help_text,
        empty_value=None if db_field.null else [],
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
        **kwargs,
    )


class ArraysAsCheckBoxes:
    """Draw arrays of choices as check boxes instead of a comma list."""

    def formfield_for_dbfield(
        self, db_field: "models.Field[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        if isinstance(db_field, ArrayField) and db_field.base_field.choices:
            return choices_field(db_field)
        if isinstance(db_field, models.URLField):
            kwargs["assume_scheme"] = "https"
        found: forms.Field | None = super().formfield_for_dbfield(  # type: ignore[misc]
            db_field, request, **kwargs
        )
        return found


class ParlourAdmin(ArraysAsCheckBoxes, ModelAdmin):
    """An admin page: filters apply together, lists stay quick."""

    list_filter_submit = True
    list_per_page = 50
    show_full_result_count = False  # a count of everything costs a scan a page
    warn_unsaved_form = True


class ParlourInline(ArraysAsCheckBoxes, TabularInline):
    """Rows of another model on its owner's page."""

    extra = 0
    show_change_link = True


class ReadOnly:
    """Nothing is added, changed or deleted here; services do that."""

    def has_add_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False
