"""The segment editor with what only scheduling knows: what a visitor would see.

It takes the place of segments' own editor, which knows nothing of slots.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from config import clock
from scheduling.admin.asking import LOOK, AsksFirst
from scheduling.admin.comparing import sees_every_rule
from scheduling.glimpse import CategoryGlimpse, glimpse
from scheduling.segment_checks import all_checks
from segments.admin.segments import SegmentAdmin
from segments.checks import Aim, Check
from segments.drafts import segment_from, with_segment
from segments.effective import TITLES, EffectiveRow, effective_rows
from segments.forms.offers import OfferFormSet
from segments.forms.rules import RuleFormSet
from segments.links import build_link
from segments.models import Segment
from segments.policy import RuleData, SegmentData
from segments.queries import SegmentsData, segments_data

REFUSED = {"inactive", "over", "not_yet"}


@dataclass(frozen=True, slots=True)
class Fault:
    """A check and the address where it can be mended."""

    check: Check
    address: str


@dataclass(frozen=True, slots=True)
class Panel:
    """What stands beside the form: of the saved segment, or of the typed one."""

    segment: SegmentData
    is_typed: bool
    is_refused: bool
    is_signed_only: bool
    link: str
    faults: list[Fault]
    hints: list[Fault]
    rows: list[EffectiveRow]
    groups: list[CategoryGlimpse]
    zone: str


admin.site.unregister(Segment)


@admin.register(Segment)
class SegmentPage(AsksFirst, SegmentAdmin):
    change_form_outer_before_template = "admin/segments/segment/signpost.html"
    change_form_outer_after_template = "admin/segments/segment/panel.html"

    def typed_data(
        self, form: forms.ModelForm, formsets: list[Any]
    ) -> tuple[SegmentsData, SegmentsData]:
        data = segments_data()
        return data, typed(data, form, formsets)[0]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Add the panel: 4 queries at most, whatever the size."""
        context |= {"look": LOOK, "effective_titles": TITLES}
        page: HttpResponse = super().render_change_form(
            request, context, *args, **kwargs
        )
        if (
            isinstance(page, TemplateResponse)
            and page.context_data is not None
            and sees_every_rule(request)
        ):
            panel = self.panel_for(request, page.context_data, kwargs.get("obj"))
            page.context_data |= {"panel": panel}
        return page

    def panel_for(
        self, request: HttpRequest, context: dict[str, Any], row: Segment | None
    ) -> Panel | None:
        """Return the panel of what was typed, else of what is saved, if there is any."""
        form = context["adminform"].form
        data, now = segments_data(), clock.now()
        if form.is_bound and not context["has_errors"]:
            formsets = [one.formset for one in context["inline_admin_formsets"]]
            data, segment = typed(data, form, formsets)
            return panel_of(data, segment, request=request, is_typed=True, now=now)
        if form.is_bound or row is None or row.pk not in data.segments:
            return None
        saved = data.segments[row.pk]
        return panel_of(data, saved, request=request, is_typed=False, now=now)


def typed(
    data: SegmentsData, form: forms.ModelForm, formsets: list[Any]
) -> tuple[SegmentsData, SegmentData]:
    """Return all segments as they would be after saving these valid forms. No query.

    What a person may not see on the page stays as it is saved.
    """
    row: Segment = form.instance
    saved = data.segments.get(row.pk) if row.pk else None
    segment = segment_from(row, [])
    offers = saved.offers if saved else ()
    rules = tuple(_rules_of(data, segment.id))
    for formset in formsets:
        if isinstance(formset, OfferFormSet):
            offers = segment_from(
                row, [one.instance for one in formset.kept_forms()]
            ).offers
        elif isinstance(formset, RuleFormSet):
            rules = tuple(
                one.typed_data(number)
                for number, one in enumerate(formset.kept_forms())
            )
    segment = SegmentData(
        **{
            **{name: getattr(segment, name) for name in SegmentData.__slots__},
            "offers": offers,
        }
    )
    return with_segment(data, segment, rules), segment


def _rules_of(data: SegmentsData, segment_id: int) -> Iterator[RuleData]:
    return (rule for rule in data.rules if rule.segment_id == segment_id)


def panel_of(
    data: SegmentsData,
    segment: SegmentData,
    *,
    request: HttpRequest,
    is_typed: bool,
    now: datetime,
) -> Panel:
    """Return the panel of a segment. Three queries with a horizon of 60 days."""
    policy = data.policy([segment.code])
    zone = data.catalogue.organisation.zone
    found = [
        Fault(check, address_of(check.aim))
        for check in all_checks(data, segment, now=now)
    ]
    start = request.build_absolute_uri(reverse("scheduling:start"))
    return Panel(
        segment=segment,
        is_typed=is_typed,
        is_refused=any(one.check.code in REFUSED for one in found),
        is_signed_only=policy.is_signed_only,
        link=build_link(start, [("segment", segment.code)]),
        faults=[one for one in found if not one.check.is_hint],
        hints=[one for one in found if one.check.is_hint],
        rows=effective_rows(data, segment, day=now.astimezone(zone).date()),
        groups=glimpse(policy, now=now),
        zone=zone.key,
    )


def address_of(aim: Aim) -> str:
    """Return where a fault can be mended."""
    kind, row_id = aim
    if kind == "rule":
        if row_id is None or row_id < 0:
            return "#rules-group"
        return reverse("admin:segments_availabilityrule_change", args=[row_id])
    if kind == "subject":
        return reverse("admin:directory_subject_change", args=[row_id])
    if kind == "expertise":
        address = reverse("admin:directory_expertise_changelist")
        return f"{address}?subject__id__exact={row_id}"
    if kind == "areas":
        return reverse("admin:directory_postalarea_changelist")
    return {"offers": "#offers-group", "link": "#link"}.get(kind, "#segment_form")
