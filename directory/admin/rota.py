"""Week templates, single days and absences."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from directory.admin.base import ParlourAdmin, ParlourInline
from directory.models import (
    Absence,
    DayBlock,
    DayTemplate,
    WeekBlock,
    WeekTemplate,
)

BLOCK_FIELDS = ["starts", "ends", "office", "channels", "subjects"]


class BlockInline(ParlourInline):
    """Blocks with their subjects, loaded once for all of them."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.select_related("template__advisor").prefetch_related("subjects")


class WeekBlockInline(BlockInline):
    model = WeekBlock
    fields = ["weekday", *BLOCK_FIELDS]
    autocomplete_fields = ["office", "subjects"]


class DayBlockInline(BlockInline):
    model = DayBlock
    fields = BLOCK_FIELDS
    autocomplete_fields = ["office", "subjects"]


@admin.register(WeekTemplate)
class WeekTemplateAdmin(ParlourAdmin):
    list_display = ["advisor", "name", "first_day", "last_day"]
    list_filter = ["first_day"]
    list_select_related = ["advisor"]
    search_fields = ["advisor__first_name", "advisor__last_name", "name"]
    autocomplete_fields = ["advisor"]
    inlines = [WeekBlockInline]


@admin.register(DayTemplate)
class DayTemplateAdmin(ParlourAdmin):
    list_display = ["advisor", "day"]
    list_filter = ["day"]
    list_select_related = ["advisor"]
    search_fields = ["advisor__first_name", "advisor__last_name"]
    autocomplete_fields = ["advisor"]
    inlines = [DayBlockInline]


@admin.register(WeekBlock)
class WeekBlockAdmin(ParlourAdmin):
    list_display = ["template", "advisor", "weekday", "starts", "ends", "office"]
    list_filter = ["weekday", "office"]
    list_select_related = ["template__advisor", "office"]
    search_fields = ["template__advisor__first_name", "template__advisor__last_name"]
    autocomplete_fields = ["template", "office", "subjects"]

    @admin.display(ordering="template__advisor__last_name")
    def advisor(self, row: WeekBlock) -> str:
        return row.template.advisor.name


@admin.register(DayBlock)
class DayBlockAdmin(ParlourAdmin):
    list_display = ["template", "advisor", "starts", "ends", "office"]
    list_filter = ["office"]
    list_select_related = ["template__advisor", "office"]
    search_fields = ["template__advisor__first_name", "template__advisor__last_name"]
    autocomplete_fields = ["template", "office", "subjects"]

    @admin.display(ordering="template__advisor__last_name")
    def advisor(self, row: DayBlock) -> str:
        return row.template.advisor.name


@admin.register(Absence)
class AbsenceAdmin(ParlourAdmin):
    list_display = ["advisor", "starts_at", "ends_at", "note"]
    list_filter = ["starts_at"]
    list_select_related = ["advisor"]
    search_fields = ["advisor__first_name", "advisor__last_name", "note"]
    autocomplete_fields = ["advisor"]
    date_hierarchy = "starts_at"
    change_form_outer_before_template = "admin/directory/absence_links.html"
