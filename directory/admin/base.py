"""What every admin page of ours shares."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.admin import RelatedFieldListFilter
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.db import models
from django.forms.utils import pretty_name
from django.http import Http404, HttpRequest
from django.utils.text import capfirst
from unfold.admin import ModelAdmin, TabularInline
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from config import clock
from directory.admin.history import KeepsHistory
from directory.admin.sheets import HasSheet
from directory.grants import PATHS
from directory.history import one_change
from directory.roles import (
    choosable,
    is_administrator,
    may,
    may_ever,
    must_choose,
    scope,
)


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


class WithinReach:
    """Offer, in a form, only what keeps its row within the person's own."""

    model: type[models.Model]

    def formfield_for_foreignkey(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        self.narrow(db_field, request, kwargs)
        if must_choose(request.user, self.model, db_field.name):
            kwargs |= {"required": True, "help_text": ""}
        found: forms.Field | None = super().formfield_for_foreignkey(  # type: ignore[misc]
            db_field, request, **kwargs
        )
        return found

    def formfield_for_manytomany(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        self.narrow(db_field, request, kwargs)
        found: forms.Field | None = super().formfield_for_manytomany(  # type: ignore[misc]
            db_field, request, **kwargs
        )
        return found

    def narrow(
        self, db_field: Any, request: HttpRequest, kwargs: dict[str, Any]
    ) -> None:
        """Keep of a field's rows those that the person may choose."""
        if is_administrator(request.user):
            return
        rows = kwargs.get("queryset")
        if rows is None:
            rows = self.get_field_queryset(  # type: ignore[attr-defined]
                kwargs.get("using"), db_field, request
            )
        if rows is None:
            rows = db_field.remote_field.model._default_manager.all()  # noqa: SLF001
        kwargs["queryset"] = choosable(rows, request.user, self.model, db_field.name)


class FilterWithinReach(RelatedFieldListFilter):
    """A list's filter that names only what the person sees."""

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: Any
    ) -> list[tuple[Any, Any]]:
        related = field.remote_field.model
        if related._meta.label_lower not in PATHS:  # noqa: SLF001
            return list(super().field_choices(field, request, model_admin))
        seen = scope(related._default_manager.all(), request.user)  # noqa: SLF001
        ordering = self.field_admin_ordering(field, request, model_admin)
        return list(
            field.get_choices(
                include_blank=False,
                ordering=ordering,
                limit_choices_to={"pk__in": seen.order_by().values("pk")},
            )
        )


class OneChange:
    """All that one request writes is one change in the history."""

    def changeform_view(self, *args: Any, **kwargs: Any) -> Any:
        with one_change("", at=clock.now()):
            return super().changeform_view(*args, **kwargs)  # type: ignore[misc]

    def delete_view(self, *args: Any, **kwargs: Any) -> Any:
        with one_change("", at=clock.now()):
            return super().delete_view(*args, **kwargs)  # type: ignore[misc]

    def changelist_view(self, *args: Any, **kwargs: Any) -> Any:
        with one_change("", at=clock.now()):
            return super().changelist_view(*args, **kwargs)  # type: ignore[misc]


class ParlourAdmin(
    OneChange, KeepsHistory, HasSheet, ArraysAsCheckBoxes, WithinReach, ModelAdmin
):
    """An admin page: within the person's reach; filters apply together; quick lists."""

    list_filter_submit = True
    list_per_page = 50
    show_full_result_count = False  # a count of everything costs a scan a page
    warn_unsaved_form = True
    administrators_only: Sequence[str] = ()  # fields that others only read

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Return the list, which is called what it lists."""
        title = capfirst(str(self.opts.verbose_name_plural))
        return super().changelist_view(
            request, {"title": title, **(extra_context or {})}
        )

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Return the rows that the person may see: for lists, pages and look-ups."""
        return scope(super().get_queryset(request), request.user)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """Return a row that the person may see; any other one is not there."""
        found = super().get_object(request, object_id, from_field)
        if found is None:
            raise Http404
        return found

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return [
            (one, FilterWithinReach) if leads_to_rows(self.model, one) else one
            for one in super().get_list_filter(request)
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        own = list(super().get_readonly_fields(request, obj))
        if is_administrator(request.user):
            return own
        return [*own, *(one for one in self.administrators_only if one not in own)]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.reaches(request, "view", obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.reaches(request, "add", None)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.reaches(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.reaches(request, "delete", obj)

    def reaches(self, request: HttpRequest, action: str, obj: Any) -> bool:
        """Tell whether the person may do this: to a row, or to any."""
        if obj is None:
            return may_ever(request.user, action, self.model)
        return may(request.user, action, obj)

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: Any
    ) -> None:
        super().save_related(request, form, formsets, change)
        check_kept(request, "change" if change else "add", [form.instance])

    def save_formset(
        self, request: HttpRequest, form: Any, formset: Any, change: Any
    ) -> None:
        leaving = [one.instance for one in formset.deleted_forms if one.instance.pk]
        check_kept(request, "delete", leaving)
        super().save_formset(request, form, formset, change)
        check_kept(request, "add", formset.new_objects)
        check_kept(request, "change", [row for row, _ in formset.changed_objects])


def leads_to_rows(model: type[models.Model], name: Any) -> bool:
    """Tell whether a filter is named by a path to rows of another model."""
    if not isinstance(name, str):
        return False
    for part in name.split("__"):
        try:
            field: Any = model._meta.get_field(part)  # noqa: SLF001
        except FieldDoesNotExist:
            return False
        if not field.is_relation:
            return False
        model = field.related_model
    return True


def check_kept(request: HttpRequest, action: str, rows: Sequence[Any]) -> None:
    """Refuse, and so take back, what was saved outside the person's reach."""
    if not all(may(request.user, action, row) for row in rows):
        raise PermissionDenied


class ParlourInline(ArraysAsCheckBoxes, WithinReach, TabularInline):
    """Rows of another model on its owner's page, within the person's reach."""

    extra = 0
    show_change_link = True

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Return a table of forms; each input says its column to who cannot see it."""
        formset = super().get_formset(request, obj, **kwargs)
        for name, field in formset.form.base_fields.items():
            widget = getattr(field.widget, "widget", field.widget)
            label = str(field.label or pretty_name(name))
            widget.attrs.setdefault("aria-label", capfirst(label))
        return formset

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Return the rows that the person may change; if they change none, those seen."""
        action = "change" if self.has_change_permission(request) else "view"
        return scope(super().get_queryset(request), request.user, action)

    # What is asked about is the owner: whose the rows are, the queryset knows.

    def has_view_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        return may_ever(request.user, "view", self.model)

    def has_add_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        return may_ever(request.user, "add", self.model)

    def has_change_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        return may_ever(request.user, "change", self.model)

    def has_delete_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        return may_ever(request.user, "delete", self.model)


class ReadOnly:
    """Nothing is added, changed or deleted here; services do that."""

    def has_add_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False
