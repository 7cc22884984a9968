"""Two segments side by side, by their codes in the address."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from unfold.widgets import UnfoldAdminSelectWidget

from config import clock
from directory.roles import offices_for
from scheduling.comparing import differences, rows
from segments.queries import segments_data

GENERAL = "-"
TEMPLATE = "admin/segments/segment/compare.html"


class CompareForm(forms.Form):
    """Which two; a dash is general scheduling."""

    a = forms.ChoiceField(label="First", widget=UnfoldAdminSelectWidget())
    b = forms.ChoiceField(label="Second", widget=UnfoldAdminSelectWidget())

    def __init__(
        self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for name in ("a", "b"):
            field: Any = self.fields[name]
            field.choices = [("", "Choose…"), *choices]
            field.error_messages = {
                "required": "Choose a segment.",
                "invalid_choice": "There is no segment with the code %(value)s.",
            }


def sees_every_rule(request: HttpRequest) -> bool:
    """Tell whether somebody sees the rules of all offices, as pages that name them need."""
    return offices_for(request.user, "view", "segments.availabilityrule") is None


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """Show two segments beside each other. Eight queries at most.

    422: one of the codes is none.
    """
    if not sees_every_rule(request):
        raise PermissionDenied
    data, now = segments_data(), clock.now()
    choices = [(one.code, f"{one.code} ({one.name})") for one in data.segments.values()]
    is_asked = "a" in request.GET or "b" in request.GET
    form = CompareForm(
        request.GET if is_asked else None,
        choices=[*choices, (GENERAL, "General scheduling (no segment)")],
    )
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": "Compare segments",
        "form": form,
    }
    if form.is_bound and form.is_valid():
        codes = [form.cleaned_data[name] for name in ("a", "b")]
        one, other = (data.policy([] if code == GENERAL else [code]) for code in codes)
        zone = data.catalogue.organisation.zone
        found = differences(one, other, day=now.astimezone(zone).date())
        names = ["General scheduling" if code == GENERAL else code for code in codes]
        context |= {
            "is_compared": True,
            "names": names,
            "groups": [
                (f"Only {names[1]} has", [d for d in found if d.only == 1]),
                (
                    f"{names[1]} differs from {names[0]}",
                    [d for d in found if d.only is None],
                ),
                (f"Only {names[0]} has", [d for d in found if d.only == 0]),
            ],
            "differences": found,
            "rows": rows(one, other, now=now),
            "zone": zone.key,
        }
    return render(request, TEMPLATE, context, status=422 if form.errors else 200)
