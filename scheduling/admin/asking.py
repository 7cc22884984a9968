"""Admin pages that show what a change would do before they save it.

A page's form is posted as ever. While nobody has confirmed, it is judged but not saved;
the answer is a page with the effect, which posts the same again: to save, or to go back
to editing with everything that was typed. A change without any effect is saved at once.
"""

from typing import Any

from django import forms
from django.contrib.admin.options import IS_POPUP_VAR
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from config import clock
from directory.roles import scope
from scheduling.models import Appointment
from scheduling.reasons import staff_sentence
from scheduling.whatif import Effect, effect_of
from segments.queries import SegmentsData

LOOK, BACK, SURE = "_look", "_back", "_sure"
TEMPLATE = "admin/segments/what_if.html"
UNPROCESSABLE = 422


class Harmless(HttpResponse):
    """Says that the change has no effect: it may be saved without asking."""


def never_saved(form: type[forms.ModelForm]) -> type[forms.ModelForm]:
    """Return a form that is judged as ever, and drawn again instead of saved."""

    class Looked(form):  # type: ignore[valid-type, misc]
        def is_valid(self) -> bool:
            super().is_valid()
            return False

    return Looked


class AsksFirst:
    """Beside a ModelAdmin: `typed_data` says what its forms come to."""

    def typed_data(
        self, form: forms.ModelForm, formsets: list[Any]
    ) -> tuple[SegmentsData, SegmentsData]:
        """Return all segments as they are and as they would be; the forms are valid."""
        raise NotImplementedError

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        answer = super().changeform_view(request, *args, **kwargs)  # type: ignore[misc]
        if isinstance(answer, Harmless):
            _be_sure(request)
            answer = super().changeform_view(request, *args, **kwargs)  # type: ignore[misc]
        return answer

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)  # type: ignore[misc]
        return form if is_sure(request) else never_saved(form)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        form = context["adminform"].form
        formsets = [one.formset for one in context["inline_admin_formsets"]]
        has_errors = form.is_bound and bool(
            form.errors or any(one.total_error_count() for one in formsets)
        )
        if form.is_bound and not has_errors and _is_question(request):
            before, after = self.typed_data(form, formsets)
            effect = effect_of(before, after, now=clock.now())
            if effect.is_nothing:
                return Harmless()
            return self.ask(request, effect)
        page: HttpResponse = super().render_change_form(  # type: ignore[misc]
            request, {**context, "has_errors": has_errors}, *args, **kwargs
        )
        if has_errors:
            page.status_code = UNPROCESSABLE
        return page

    def ask(self, request: HttpRequest, effect: Effect) -> HttpResponse:
        """Show the effect, with all that was posted, to be posted again. One query."""
        found = [one.appointment.pk for one in effect.violations]
        seen = scope(Appointment.objects.filter(pk__in=found), request.user)
        reached = set(seen.values_list("pk", flat=True))
        context = {
            **self.admin_site.each_context(request),  # type: ignore[attr-defined]
            "title": "Before you save",
            "effect": effect,
            "meetings": [
                (one.appointment, [staff_sentence(reason) for reason in one.reasons])
                for one in effect.violations
                if one.appointment.pk in reached
            ],
            "out_of_reach": len(found) - len(reached),
            "typed": [
                (name, value)
                for name, values in request.POST.lists()
                for value in values
                if name != "csrfmiddlewaretoken"
            ],
            "address": request.get_full_path(),
            "back": BACK,
            "sure": SURE,
        }
        return render(request, TEMPLATE, context)


def is_sure(request: HttpRequest) -> bool:
    """Tell whether what is posted may be saved."""
    if request.method != "POST":
        return True
    if LOOK in request.POST or BACK in request.POST:
        return False
    return (
        SURE in request.POST or IS_POPUP_VAR in request.POST or _was_made_sure(request)
    )


def _is_question(request: HttpRequest) -> bool:
    return not is_sure(request) and not {LOOK, BACK} & set(request.POST)


def _be_sure(request: HttpRequest) -> None:
    request.is_harmless = True  # type: ignore[attr-defined]


def _was_made_sure(request: HttpRequest) -> bool:
    return getattr(request, "is_harmless", False)
