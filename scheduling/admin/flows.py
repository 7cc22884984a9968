"""Visits of the wizard, and what is counted of them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from directory.admin.base import ParlourAdmin, ReadOnly
from scheduling.models import Flow, PostCount, StepCount, UnmetDemand


@admin.register(Flow)
class FlowAdmin(ReadOnly, ParlourAdmin):
    """A flow's id is the permission to use it, so it is not shown."""

    list_display = ["__str__", "segment_codes", "subject", "channel", "office"]
    list_display += ["is_booked", "last_used_at"]
    list_filter = ["is_booked", "channel", "created_at"]
    list_select_related = ["subject", "office"]
    search_fields = ["segment_codes"]
    fields = ["created_at", "last_used_at", "segment_codes", "is_signed", "subject"]
    fields += ["channel", "office", "advisor", "slot", "notices", "ignored_parameters"]
    fields += ["is_booked"]


@admin.register(StepCount)
class StepCountAdmin(ReadOnly, ParlourAdmin):
    list_display = ["day", "step", "segment_codes", "count"]
    list_filter = ["step", "day"]
    search_fields = ["segment_codes"]
    date_hierarchy = "day"


@admin.register(UnmetDemand)
class UnmetDemandAdmin(ReadOnly, ParlourAdmin):
    """Deleted by hand only so that the subject or office can be deleted too."""

    list_display = ["day", "reason", "segment_codes", "subject", "channel", "office"]
    list_display += ["count"]
    list_filter = ["reason", "channel", "office", "subject", "day"]
    list_select_related = ["subject", "office"]
    search_fields = ["segment_codes", "subject__name", "office__name"]
    date_hierarchy = "day"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.reaches(request, "delete", obj)


@admin.register(PostCount)
class PostCountAdmin(ReadOnly, ParlourAdmin):
    list_display = ["window_start", "count"]
    list_filter = ["window_start"]
    search_fields = ["key"]
