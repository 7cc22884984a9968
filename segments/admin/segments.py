"""The segment editor."""

from django import forms
from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from directory.admin.base import ParlourAdmin, ParlourInline
from segments.models import Segment, SegmentOffer


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


class SegmentOfferInline(ParlourInline):
    model = SegmentOffer
    autocomplete_fields = ["category", "subject"]


@admin.register(Segment)
class SegmentAdmin(ParlourAdmin):
    form = SegmentForm
    list_display = ["code", "name", "parent", "is_active", "is_signed_only"]
    list_display += ["valid_from", "valid_until", "is_default"]
    list_filter = ["is_active", "is_signed_only", "parent"]
    list_select_related = ["parent"]
    search_fields = ["code", "name", "external_id", "description"]
    autocomplete_fields = ["parent"]
    readonly_fields = ["availability_rules"]
    inlines = [SegmentOfferInline]

    @admin.display(description="availability rules")
    def availability_rules(self, segment: Segment) -> SafeString:
        """Return links to the segment's rules and one to add another."""
        if not segment.pk:
            return SafeString("Save the segment first, then add its rules.")
        add = reverse("admin:segments_availabilityrule_add") + f"?segment={segment.pk}"
        rows = format_html_join(
            "",
            '<li><a href="{}">{}</a></li>',
            (
                (
                    reverse("admin:segments_availabilityrule_change", args=[rule.pk]),
                    rule,
                )
                for rule in segment.rules.select_related(
                    "segment", "office", "subject", "category"
                )
            ),
        )
        return format_html('<ul>{}</ul><a href="{}">Add a rule</a>', rows, add)


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
