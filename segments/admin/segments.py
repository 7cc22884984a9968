"""The segment editor: what a segment offers, and its rules, on one page."""

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import StackedInline

from directory.admin.base import ArraysAsCheckBoxes, ParlourAdmin, ParlourInline
from segments.forms.offers import OfferForm, OfferFormSet
from segments.forms.rules import RuleForm, RuleFormSet
from segments.models import AvailabilityRule, Segment, SegmentOffer


class SegmentForm(forms.ModelForm):
    """A segment whose ancestors do not lead back to itself."""

    def clean_parent(self) -> Segment | None:
        parent: Segment | None = self.cleaned_data["parent"]
        parents: dict[int, int | None] = dict(
            Segment.objects.values_list("pk", "parent_id")
        )
        above = parent.pk if parent else None
        while above is not None:
            if above == self.instance.pk:
                raise forms.ValidationError(
                    f"{parent} is below this segment already: choose another parent."
                )
            above = parents[above]
        return parent


class OfferInline(ParlourInline):
    model = SegmentOffer
    form = OfferForm
    formset = OfferFormSet
    verbose_name = "offer"
    verbose_name_plural = "What can be scheduled"
    fields = ["what", "channels", "is_excluded"]
    hide_title = True
    show_change_link = False


class RuleInline(ArraysAsCheckBoxes, StackedInline):
    model = AvailabilityRule
    form = RuleForm
    formset = RuleFormSet
    verbose_name = "rule"
    verbose_name_plural = "Rules: who, when, how soon"
    extra = 0
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "name",
                    ("office", "channel"),
                    ("subject", "category"),
                    ("ranks", "who_first"),
                    ("notice_hours", "notice_working_days"),
                    ("extra_hours", "limit_hours"),
                ]
            },
        ),
        (
            "More settings of this rule",
            {
                "classes": ["collapse"],
                "fields": [
                    ("duration", "interval"),
                    ("buffer_before", "buffer_after"),
                    ("horizon", "daily_maximum"),
                    ("threshold_regular", "threshold_junior"),
                    ("is_confirmed_automatically", "deadline_hours"),
                    ("valid_from", "valid_until"),
                    "switched_off",
                ],
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[AvailabilityRule]:
        rows: QuerySet[AvailabilityRule] = super().get_queryset(request)
        return rows.select_related(
            "segment", "office", "subject", "category"
        ).prefetch_related("windows__advisors")


@admin.register(Segment)
class SegmentAdmin(ParlourAdmin):
    form = SegmentForm
    list_display = ["code", "name", "parent", "is_active", "is_signed_only"]
    list_display += ["valid_from", "valid_until", "is_default"]
    list_filter = ["is_active", "is_signed_only", "parent"]
    list_select_related = ["parent"]
    search_fields = ["code", "name", "external_id", "description"]
    autocomplete_fields = ["parent"]
    inlines = [OfferInline, RuleInline]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("code", "name"),
                    "description",
                    ("is_active", "is_signed_only", "is_default"),
                    ("valid_from", "valid_until"),
                    "parent",
                ]
            },
        ),
        (
            "Less used",
            {"classes": ["collapse"], "fields": [("external_id", "sort_order")]},
        ),
    ]


@admin.register(SegmentOffer)
class SegmentOfferAdmin(ParlourAdmin):
    list_display = ["segment", "category", "subject", "channel_names", "is_excluded"]
    list_filter = ["segment", "category", "is_excluded"]
    list_select_related = ["segment", "category", "subject"]
    search_fields = ["segment__code", "subject__name", "category__name"]
    autocomplete_fields = ["segment", "category", "subject"]

    @admin.display(description="channels")
    def channel_names(self, row: SegmentOffer) -> str:
        return ", ".join(row.channels) or "all"
