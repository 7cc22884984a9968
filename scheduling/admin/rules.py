"""The page of a rule, which shows before it saves what the rule would do."""

from typing import Any

from django import forms
from django.contrib import admin

from scheduling.admin.asking import AsksFirst
from segments.admin.rules import AvailabilityRuleAdmin
from segments.drafts import NEW, rule_from, with_rule
from segments.editing import window_data
from segments.models import AvailabilityRule, RuleWindow
from segments.policy import Window
from segments.queries import SegmentsData, segments_data

admin.site.unregister(AvailabilityRule)


@admin.register(AvailabilityRule)
class RulePage(AsksFirst, AvailabilityRuleAdmin):
    def typed_data(
        self, form: forms.ModelForm, formsets: list[Any]
    ) -> tuple[SegmentsData, SegmentsData]:
        data = segments_data()
        row: AvailabilityRule = form.instance
        saved = next((rule for rule in data.rules if rule.id == row.pk), None)
        hours = {
            RuleWindow.Kind.LIMIT: saved.limits or () if saved else (),
            RuleWindow.Kind.EXTRA: saved.extras if saved else (),
        }
        for formset in formsets:
            if formset.model is RuleWindow:
                hours = {kind: _windows(formset, kind) for kind in hours}
        rule = rule_from(
            row,
            row_id=row.pk or NEW,
            segment_id=row.segment_id,
            limits=hours[RuleWindow.Kind.LIMIT],
            extras=hours[RuleWindow.Kind.EXTRA],
            data=data,
        )
        return data, with_rule(data, rule)


def _windows(formset: Any, kind: str) -> tuple[Window, ...]:
    kept = [
        form
        for form in formset.forms
        if form not in formset.deleted_forms
        and (form.instance.pk or form.has_changed())
    ]
    return tuple(
        window_data(form.instance, _advisors(form))
        for form in kept
        if form.instance.kind == kind
    )


def _advisors(form: Any) -> list[int]:
    """Return whom the window is for: as typed, or as saved where it may only be read."""
    if form.has_changed():
        return [advisor.pk for advisor in form.cleaned_data["advisors"]]
    return [advisor.pk for advisor in form.instance.advisors.all()]
