"""How every step's page is drawn: progress, question, form, and what was chosen."""

from typing import Any
from zoneinfo import ZoneInfo

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy

from directory.context import brand_url
from scheduling.views.access import UNPROCESSABLE, draw
from scheduling.views.meeting import shown_zone
from scheduling.wizard import wording
from scheduling.wizard.changing import home_url
from scheduling.wizard.entry import SOME_CHOICES_SKIPPED
from scheduling.wizard.steps import progress, summary
from scheduling.wizard.walk import Walk
from scheduling.wizard.zones import zone_shown

NOTICES = {
    SOME_CHOICES_SKIPPED: gettext_lazy(
        "Not everything in the link you followed is available. "
        "Please choose from what is."
    ),
}


def step_page(
    request: HttpRequest,
    walk: Walk,
    step: str,
    context: dict[str, Any],
    *,
    zone: ZoneInfo | None = None,
    partial: str = "",
) -> HttpResponse:
    """Return a step's page: 422 when the form in `context` was refused."""
    form: Form | None = context.get("form")
    is_refused = bool(form is not None and form.is_bound and form.errors)
    zone = zone or zone_shown(walk)
    shared = {
        "walk": walk,
        "step": step,
        "title": question(step),
        "progress": progress(walk, step),
        "summary": summary(walk, zone, step),
        "notices": notices(walk),
        "organisation": walk.catalogue.organisation,
        "brand_url": brand_url(walk.catalogue.organisation),
        "return_url": walk.flow.return_url,
        "back_url": back_url(walk, step),
        **_what_stays(walk),
    }
    status = UNPROCESSABLE if is_refused else 200
    return draw(
        request,
        f"scheduling/{step}.html",
        {**shared, **context},
        partial=partial,
        status=status,
    )


def _what_stays(walk: Walk) -> dict[str, str]:
    """Return what a change leaves as it is until it is confirmed, and the way back."""
    if walk.changes is None:
        return {}
    zone = shown_zone(walk.changes)
    return {
        "stays": wording.start_text(walk.changes.starts_at, zone),
        "home_url": home_url(walk.flow, walk.changes),
    }


def notices(walk: Walk) -> list[Promise]:
    """Return sentences about the link, until a time is chosen."""
    if walk.flow.slot is not None:
        return []
    return [NOTICES[code] for code in walk.flow.notices if code in NOTICES]


def question(step: str) -> str:
    """Return a step's question: the title of its page."""
    return {
        "subject": _("What would you like to talk about?"),
        "place": _("How would you like to meet?"),
        "time": _("When would you like to meet?"),
        "questions": _("A few questions to prepare"),
        "details": _("Your details"),
        "confirm": _("Check the change"),
    }[step]


def back_url(walk: Walk, step: str) -> str:
    """Return the step before this one that can be opened, or nothing."""
    before = [
        row.url for row in progress(walk, step) if row.state == "done" and row.url
    ]
    return before[-1] if before else ""
