"""Categories, subjects and questionnaires."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from directory.admin.base import ParlourAdmin, ParlourInline
from directory.models import Category, Question, QuestionChoice, Subject


class QuestionInline(ParlourInline):
    model = Question


class QuestionChoiceInline(ParlourInline):
    model = QuestionChoice


class CategoryRow(forms.ModelForm):
    """A row of the list, whose one input says which category it is for."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "sort_order" in self.fields:
            label = f"Sort order of {self.instance}"
            self.fields["sort_order"].widget.attrs["aria-label"] = label


@admin.register(Category)
class CategoryAdmin(ParlourAdmin):
    list_display = ["name", "code", "is_active", "sort_order"]
    list_editable = ["sort_order"]
    list_filter = ["is_active"]
    search_fields = ["name", "code", "external_id"]

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        return super().get_changelist_form(request, **{**kwargs, "form": CategoryRow})


class SubjectForm(forms.ModelForm):
    """A subject with at least one channel; restricted channels are among them."""

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        channels = set(data.get("channels") or [])
        if set(data.get("segment_only_channels") or []) - channels:
            self.add_error(
                "segment_only_channels", "Choose these among the subject's channels."
            )
        return data


@admin.register(Subject)
class SubjectAdmin(ParlourAdmin):
    form = SubjectForm
    list_display = ["name", "code", "category", "channel_names", "is_segment_only"]
    list_display += ["is_active", "is_customer_facing"]
    list_filter = ["category", "is_active", "is_customer_facing", "is_segment_only"]
    list_select_related = ["category"]
    search_fields = ["name", "code", "external_id"]
    autocomplete_fields = ["category"]
    inlines = [QuestionInline]

    @admin.display(description="channels")
    def channel_names(self, row: Subject) -> str:
        return ", ".join(row.channels)


@admin.register(Question)
class QuestionAdmin(ParlourAdmin):
    list_display = ["label", "subject", "kind", "is_required", "sort_order"]
    list_filter = ["subject", "kind", "is_required"]
    list_select_related = ["subject"]
    search_fields = ["label", "code", "subject__name"]
    autocomplete_fields = ["subject"]
    inlines = [QuestionChoiceInline]


@admin.register(QuestionChoice)
class QuestionChoiceAdmin(ParlourAdmin):
    list_display = ["label", "code", "question", "sort_order"]
    list_filter = ["question__subject"]
    list_select_related = ["question"]
    search_fields = ["label", "code", "question__label"]
    autocomplete_fields = ["question"]
