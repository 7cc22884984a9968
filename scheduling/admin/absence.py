"""What becomes of an absent advisor's meetings: a plan, a look at it, and the doing.

The plan and the look write nothing. Doing it takes each meeting by itself: a row that is
refused, because the meeting has changed or somebody is no longer free, says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from config import clock
from directory.catalogue import AdvisorData, Catalogue
from directory.grants import PLAN
from directory.models import Absence, Advisor
from directory.queries import catalogue
from directory.roles import may_ever, scope
from scheduling.admin.actions import user_of
from scheduling.forms.absence import (
    PeriodForm,
    PlanForm,
    deed_choices,
    deed_value,
    deeds_of,
    moment_text,
)
from scheduling.models import Appointment
from scheduling.reasons import staff_sentence
from scheduling.services.plans import (
    ASK,
    CANCEL,
    GIVE,
    LEAVE,
    Deed,
    Row,
    make_plan,
    meetings_of,
)
from scheduling.services.standing_in import Outcome, Planned, carry_out
from scheduling.views.access import UNPROCESSABLE

TEMPLATE = "admin/scheduling/absence"
MOST = 200
LONGEST_NUMBER = 18  # digits of a key
LOOK, DO, BACK = "look", "do", "back"


@dataclass(frozen=True, slots=True)
class Shown:
    """A row of the page."""

    meeting: Appointment
    value: str
    choices: list[tuple[str, str]]
    happens: str
    problem: str
    others: list[tuple[str, str]]
    is_takeable: bool  # by somebody else


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose meetings of which time, and who plans."""

    request: HttpRequest
    advisor: AdvisorData
    first: datetime
    last: datetime
    now: datetime

    @property
    def reachable(self) -> QuerySet[Appointment]:
        """Return the meetings that the person may plan."""
        return scope(Appointment.objects.all(), self.request.user, PLAN)

    def meetings(self) -> list[Appointment]:
        """Return those of the absence; one more than is shown tells that there are."""
        found = meetings_of(
            self.reachable,
            advisor_id=self.advisor.id,
            first=self.first,
            last=self.last,
            now=self.now,
        )
        return list(found[: MOST + 1])

    def is_noted(self) -> bool:
        """Tell whether an absence covers the time, so that nobody books it. One query."""
        return Absence.objects.filter(
            advisor_id=self.advisor.id,
            starts_at__lte=self.first,
            ends_at__gte=self.last,
        ).exists()


def is_open_to(request: HttpRequest) -> bool:
    """Tell whether the person may plan anybody's meetings."""
    return may_ever(request.user, PLAN, Appointment)


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Show the meetings of an absence with a plan; look at it; do it. Constant queries.

    422: the question or the plan is not complete, or all of it was refused.
    """
    if not is_open_to(request):
        raise PermissionDenied
    now, standing = clock.now(), catalogue()
    data = request.POST if request.method == "POST" else asked_by(request, standing)
    form = PeriodForm(
        data,
        initial=request.GET.dict(),
        advisors=advisors_for(request, standing),
    )
    if data is None or not form.is_valid():
        status = UNPROCESSABLE if request.method == "POST" else 200
        return draw(request, "period.html", {"form": form}, status=status)
    given = form.cleaned_data
    advisor = standing.advisor(given["advisor"])
    assert advisor is not None  # noqa: S101  (the form chose among them)
    asked = Asked(request, advisor, given["first"], given["last"], now)
    if request.method != "POST":
        plan = PlanForm(initial={"reason": f"{advisor.name} is absent."})
        return draw_plan(asked, form, plan)
    if DO in request.POST:
        return carry_out_posted(asked, form, request.POST)
    plan = PlanForm(request.POST)
    if BACK in request.POST or not plan.is_valid():
        status = 200 if BACK in request.POST else UNPROCESSABLE
        return draw_plan(asked, form, plan, status=status)
    return draw_plan(asked, form, plan, template="look.html")


def asked_by(request: HttpRequest, standing: Catalogue) -> QueryDict | None:
    """Return what an address asks: a known absence, or advisor and time. One query."""
    is_complete = {"advisor", "first", "last"} <= request.GET.keys()
    if not is_complete and "absence" not in request.GET:
        return None
    data = request.GET.copy()
    pk = request.GET.get("absence", "")
    if pk.isdecimal():
        seen = scope(Absence.objects.select_related("advisor"), request.user)
        if (absence := seen.filter(pk=int(pk)).first()) is not None:
            zone = standing.organisation.zone
            data["advisor"] = absence.advisor.code
            data["first"] = moment_text(absence.starts_at, zone)
            data["last"] = moment_text(absence.ends_at, zone)
    return data


def advisors_for(request: HttpRequest, standing: Catalogue) -> list[AdvisorData]:
    """Return the advisors whom the person sees, inactive ones too. One query."""
    seen = set(scope(Advisor.objects.all(), request.user).values_list("pk", flat=True))
    return [one for one in standing.advisors.values() if one.id in seen]


# The plan


def draw_plan(
    asked: Asked,
    form: PeriodForm,
    plan: PlanForm,
    *,
    template: str = "plan.html",
    status: int = 200,
) -> HttpResponse:
    """Return the page with a row for each meeting, and what would become of it."""
    meetings = asked.meetings()
    shown = meetings[:MOST]
    wanted = deeds_of(asked.request.POST, [one.pk for one in shown])
    rows = [shown_row(one) for one in make_plan(shown, now=asked.now, wanted=wanted)]
    context = {
        "form": form,
        "plan": plan,
        "advisor": asked.advisor,
        "first": asked.first,
        "last": asked.last,
        "rows": rows,
        "has_more": len(meetings) > MOST,
        "problems": sum(bool(one.problem) for one in rows),
        "doing": sum(one.value != LEAVE and not one.problem for one in rows),
        "is_noted": asked.is_noted(),
        "add_absence": f"{reverse('admin:directory_absence_add')}?"
        + urlencode({"advisor": asked.advisor.id}),
    }
    return draw(asked.request, template, context, status=status)


def shown_row(row: Row) -> Shown:
    """Return a row in words."""
    choices = deed_choices(row)
    value = deed_value(row.deed)
    problem = problem_of(row)
    if value not in dict(choices):  # it was possible a moment ago
        choices = [*choices, (value, "What was chosen (not possible)")]
    return Shown(
        meeting=row.meeting,
        value=value,
        choices=choices,
        happens="" if problem else happens(row),
        problem=problem,
        others=[
            (one.name, " ".join(map(staff_sentence, reasons)))
            for one, reasons in row.others
        ],
        is_takeable=bool(row.free),
    )


def happens(row: Row) -> str:
    """Return what would become of a meeting, in a sentence or two."""
    meeting, deed = row.meeting, row.deed
    if deed.kind == LEAVE:
        return f"Nothing: {meeting.advisor.name} keeps it."
    if deed.kind == ASK:
        return (
            "The customer gets a mail that asks for another time. "
            "Until they choose one the meeting stands."
        )
    told = "The customer is told by mail."
    if not meeting.email.strip():
        told = "The customer has no e-mail address: please call them."
    if deed.kind == CANCEL:
        return f"The meeting is cancelled. {told}"
    taker = row.taker
    return f"{taker.name} takes it. {told}" if taker else told


def problem_of(row: Row) -> str:
    """Return why what is planned cannot be done, or nothing."""
    if row.deed.kind == GIVE and row.taker is None:
        return " ".join(map(staff_sentence, row.against()))
    if row.deed.kind == ASK and not row.can_be_asked:
        if row.may_choose:
            return "There is no e-mail address to write to."
        return "Its segment or subject is gone: nothing could be chosen."
    return ""


# The doing


def carry_out_posted(asked: Asked, form: PeriodForm, posted: QueryDict) -> HttpResponse:
    """Do what was posted, row by row, and say what became of each."""
    plan = PlanForm(posted)
    known = [one for one in posted.getlist("row") if is_number(one)]
    pks = [int(one) for one in known[:MOST]]
    deeds = deeds_of(posted, pks)
    if not plan.is_valid() or not any(one.kind != LEAVE for one in deeds.values()):
        if plan.is_valid():
            plan.add_error(None, "Nothing was chosen to be done.")
        return draw_plan(asked, form, plan, status=UNPROCESSABLE)
    outcomes = carry_out(
        planned_of(asked, posted, deeds),
        reason=plan.cleaned_data["reason"],
        now=asked.now,
        user=user_of(asked.request),
    )
    done = [one for one in outcomes if not one.refusal]
    context = {
        "advisor": asked.advisor,
        "rows": [(one, done_text(one, catalogue())) for one in outcomes],
        "done": len(done),
        "refused": len(outcomes) - len(done),
        "again": f"{reverse('absence:page')}?"
        + urlencode({name: posted.get(name, "") for name in form.fields}),
    }
    status = 200 if done else UNPROCESSABLE
    return draw(asked.request, "done.html", context, status=status)


def planned_of(
    asked: Asked, posted: QueryDict, deeds: dict[int, Deed]
) -> Sequence[Planned]:
    """Return the posted rows that the person may plan, in the page's order. One query."""
    rows = asked.reachable.filter(pk__in=deeds).select_related(
        "subject", "office", "advisor"
    )
    found = {one.pk: one for one in rows}
    revisions = {pk: posted.get(f"revision_{pk}", "") for pk in found}
    return [
        Planned(found[pk], deed, int(revisions[pk]))
        for pk, deed in deeds.items()
        if pk in found and is_number(revisions[pk])
    ]


def is_number(text: str) -> bool:
    """Tell whether a text is a number that fits into a column."""
    return text.isdecimal() and len(text) <= LONGEST_NUMBER


def done_text(outcome: Outcome, standing: Catalogue) -> str:
    """Return what became of a meeting."""
    if outcome.refusal:
        return outcome.refusal
    deed = outcome.planned.deed
    if deed.kind == GIVE:
        return f"{standing.advisors[deed.advisor_id or 0].name} takes it."
    return "Cancelled." if deed.kind == CANCEL else "The customer is asked."


def draw(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    full = {
        **admin.site.each_context(request),
        "title": "Absent advisor",
        "zone": timezone.get_current_timezone_name(),
        **context,
    }
    return render(request, f"{TEMPLATE}/{template}", full, status=status)


app_name = "absence"
urlpatterns = [path("", admin.site.admin_view(page), name="page")]
