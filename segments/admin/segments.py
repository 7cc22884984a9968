"""The segment editor: what a segment offers, and its rules, on one page."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from unfold.admin import StackedInline
from unfold.decorators import action

from directory.admin.base import ArraysAsCheckBoxes, ParlourAdmin, ParlourInline
from segments.editing import duplicate_segment
from segments.forms.duplicate import DuplicateForm
from segments.forms.offers import OfferForm, OfferFormSet
from segments.forms.rules import RuleForm, RuleFormSet
from segments.models import AvailabilityRule, Segment, SegmentOffer


class SegmentForm(forms.ModelForm):
    """A segment whose ancestors do not lead back to itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "description" in self.fields:
            self.fields["description"].widget.attrs["rows"] = 2

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
    inlines = [OfferInline, RuleInline]
    actions_detail = ["duplicate"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "code",
                    "name",
                    "description",
                    "is_active",
                    "valid_from",
                    "valid_until",
                    "parent",
                    "is_signed_only",
                    "is_default",
                ]
            },
        ),
        (
            "Less used",
            {"classes": ["collapse"], "fields": [("external_id", "sort_order")]},
        ),
    ]

    @action(  # type: ignore[untyped-decorator]
        description="Duplicate",
        url_path="duplicate",
        icon="content_copy",
        permissions=["duplicate"],
    )
    def duplicate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for the copy's code and name, then make it and open it."""
        segment: Segment | None = self.get_object(request, object_id)
        if segment is None or not self.has_view_permission(request, segment):
            raise Http404
        form = DuplicateForm(
            request.POST if request.method == "POST" else None,
            initial={"name": f"{segment.name} (copy)"},
        )
        back = reverse("admin:segments_segment_change", args=[segment.pk])
        if form.is_bound and form.is_valid():
            copy = duplicate_segment(segment, **form.cleaned_data)
            self.log_addition(request, copy, f"Copied from {segment.code}.")
            messages.success(request, f"{copy.code} is a copy of {segment.code}.")
            return HttpResponseRedirect(
                reverse("admin:segments_segment_change", args=[copy.pk])
            )
        context = {
            **self.admin_site.each_context(request),
            "title": f"Duplicate {segment.code}",
            "segment": segment,
            "form": form,
            "back": back,
        }
        return render(
            request,
            "admin/segments/segment/duplicate.html",
            context,
            status=422 if form.is_bound else 200,
        )

    def has_duplicate_permission(
        self, request: HttpRequest, _object_id: Any = None
    ) -> bool:
        """Tell whether somebody may add all that a copy consists of."""
        return request.user.has_perms(
            [
                "segments.add_segment",
                "segments.add_segmentoffer",
                "segments.add_availabilityrule",
            ]
        )


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
