"""Availability rules and their windows."""

from django.contrib import admin

from directory.admin.base import ParlourAdmin, ParlourInline
from segments.forms.scopes import RuleAdminForm
from segments.models import AvailabilityRule, RuleWindow


class RuleWindowInline(ParlourInline):
    model = RuleWindow
    autocomplete_fields = ["advisors"]


@admin.register(AvailabilityRule)
class AvailabilityRuleAdmin(ParlourAdmin):
    form = RuleAdminForm
    list_display = ["__str__", "segment", "office", "subject", "category", "channel"]
    list_display += ["valid_from", "valid_until"]
    list_filter = ["segment", "office", "subject", "category", "channel"]
    list_select_related = ["segment", "office", "subject", "category"]
    search_fields = ["name", "segment__code", "subject__name", "office__name"]
    autocomplete_fields = ["segment", "office", "subject", "category"]
    inlines = [RuleWindowInline]
    fieldsets = [
        (
            "For whom and where (empty: everything)",
            {
                "fields": [
                    "name",
                    ("segment", "office"),
                    ("subject", "category"),
                    "channel",
                    ("valid_from", "valid_until"),
                ]
            },
        ),
        (
            "The meeting (empty: inherited)",
            {
                "fields": [
                    ("duration", "interval"),
                    ("buffer_before", "buffer_after"),
                    "is_confirmed_automatically",
                    "daily_maximum",
                    "deadline_hours",
                ]
            },
        ),
        (
            "How soon and how far ahead",
            {"fields": [("notice_hours", "notice_working_days"), "horizon"]},
        ),
        (
            "Which advisors",
            {
                "fields": [
                    "ranks",
                    "who_first",
                    ("threshold_regular", "threshold_junior"),
                ]
            },
        ),
        ("Explicitly none", {"fields": ["switched_off"]}),
    ]


@admin.register(RuleWindow)
class RuleWindowAdmin(ParlourAdmin):
    list_display = ["rule", "kind", "weekday", "starts", "ends"]
    list_filter = ["kind", "weekday", "rule__segment"]
    list_select_related = [
        "rule__segment",
        "rule__office",
        "rule__subject",
        "rule__category",
    ]
    search_fields = ["rule__name", "rule__segment__code"]
    autocomplete_fields = ["rule", "advisors"]
