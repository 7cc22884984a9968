"""Why (not): every start of a day with its advisors, or all that is against it.

Nothing is written here. What it says is what `scheduling.queries.explain` says, which the
wizard, the hold and the booking go by.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import groupby
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from config import clock
from directory.choices import Channel
from directory.roles import scope
from scheduling.admin.strip import Column, Row, Stretch, Strip, Told, make_strip
from scheduling.admin.why_links import Link, Links, may_ask_why, offices_shown
from scheduling.candidates import Wish
from scheduling.causes.day import ExplainedDay, explained_day
from scheduling.causes.offers import PROBLEMS
from scheduling.causes.rules import LABELS, value_text
from scheduling.causes.types import Cause
from scheduling.forms.why import WhyForm
from scheduling.models import Appointment
from segments.policy import Policy
from segments.queries import (
    SegmentsData,
    policy_for,
    problem_of,
    segments_data,
    stored_policy,
)

TEMPLATE = "admin/scheduling/why/page.html"
FEW_ROWS = 2  # with more advisors a page shows one start, or one advisor's day
DAY = timedelta(days=1)
RULE, ADVISOR = "segments.availabilityrule", "directory.advisor"
Shown = tuple[Stretch, list[tuple[Told, list[Link]]]]
Hour = tuple[str, list[tuple[Column, str]]]
Rules = tuple[str, list[tuple[str, str, list[Cause]]]]


@dataclass(frozen=True)
class Asked:
    """A complete question, and what it takes to answer it."""

    form: WhyForm
    known: SegmentsData
    now: datetime
    appointment: Appointment | None

    @property
    def codes(self) -> list[str]:
        codes: list[str] = self.form.cleaned_data["segment"]
        return codes

    @property
    def day(self) -> date:
        day: date = self.form.cleaned_data["date"]
        return day

    @cached_property
    def policy(self) -> Policy:
        """Return what the segments allow, whether or not a link with them would work."""
        if self.codes:
            return stored_policy(self.codes)
        return policy_for((), now=self.now, is_signed=False)

    @cached_property
    def wish(self) -> Wish:
        given, standing = self.form.cleaned_data, self.policy.catalogue
        subject = standing.subject(given["subject"])
        office = standing.office(given["office"])
        advisor = standing.advisor(given["advisor"])
        assert subject is not None  # noqa: S101  (the form chose among them)
        is_visit = given["channel"] == Channel.ON_LOCATION
        busy = getattr(self.appointment, "busy", None)
        return Wish(
            policy=self.policy,
            subject_id=subject.id,
            channel=given["channel"],
            office_id=office.id if office else None,
            postal_code=given["postal_code"] if is_visit else None,
            advisor_id=advisor.id if advisor else None,
            advisor_mode=given["advisor_mode"],
            claim=busy.claim if busy else None,
        )

    @property
    def zone(self) -> ZoneInfo:
        """Return the chosen office's zone, else the organisation's."""
        standing = self.policy.catalogue
        office = standing.offices.get(self.wish.office_id or 0)
        return office.zone if office else standing.organisation.zone

    @property
    def pairs(self) -> dict[str, Any]:
        """Return the question as the address has it, without what is empty."""
        given = self.form.cleaned_data
        pairs = {name: given[name] for name in self.form.fields if given[name]}
        if "advisor" not in pairs:
            del pairs["advisor_mode"]
        return {**pairs, "date": self.day.isoformat()}

    def address(self, **changed: str) -> str:
        """Return the address of the same question with some of it changed."""
        pairs = {**self.pairs, **changed}
        pairs = {name: value for name, value in pairs.items() if value}
        return "?" + urlencode(pairs, doseq=True)

    def notes(self) -> list[str]:
        """Return why a link with these segments would be refused."""
        codes = self.codes or [one.code for one in (self.known.default,) if one]
        found = []
        for code in codes:
            problem = problem_of(self.known, code, now=self.now, is_signed=False)
            if problem:
                found.append(f"A link would be refused. {code}: {PROBLEMS[problem]}.")
        return found


def show(request: HttpRequest) -> HttpResponse:
    """Show the question and, once it is complete, its answer."""
    if not may_ask_why(request.user):
        raise PermissionDenied
    now, known = clock.now(), segments_data()
    today = now.astimezone(known.catalogue.organisation.zone).date()
    offices = offices_shown(request.user)
    form = WhyForm(request.GET, known=known, today=today, offices=offices)
    form.full_clean()
    context = {
        **admin.site.each_context(request),
        "title": "Why (not)",
        "form": form,
        "is_asked": form.is_complete,
    }
    if form.is_complete:
        appointment = appointment_of(form.cleaned_data["appointment"], request)
        asked = Asked(form, known, now, appointment)
        context |= answer(asked, request, offices=offices)
    return render(request, TEMPLATE, context)


def appointment_of(reference: str, request: HttpRequest) -> Appointment | None:
    """Return the meeting whose own time is to count as free. One query, or none."""
    if not reference:
        return None
    rows = Appointment.objects.select_related("subject", "office", "advisor", "busy")
    return scope(rows, request.user).filter(reference=reference).first()


def answer(
    asked: Asked, request: HttpRequest, *, offices: set[int] | None
) -> dict[str, Any]:
    """Return what the page shows: the strip, the reasons and the rules."""
    day = explained_day(asked.wish, now=asked.now, day=asked.day, zone=asked.zone)
    strip = make_strip(day, offices=offices)
    row, at = focus_of(strip, request)
    in_force = rules_in_force(
        day, {row.office.id: row.office.name for row in strip.rows}
    )
    booked = booked_rules(asked)
    links = Links(
        request.user,
        address=asked.address,
        zone=asked.zone,
        causes=[
            *strip.causes,
            *(one for _, rows in in_force for _, _, causes in rows for one in causes),
            *(one for _, causes in booked for one in causes),
            *(Cause("", "row", ADVISOR, row.advisor.id) for row in strip.rows),
        ],
    )
    return {
        "asked": asked,
        "notes": asked.notes(),
        "appointment": asked.appointment,
        "is_partial": len(strip.rows) < len(day.candidates),
        "booked_rules": [
            (label, list(map(links.to, causes))) for label, causes in booked
        ],
        "strip": strip,
        "at": at,
        "chosen": row,
        "hours": columns_by_hour(strip, asked),
        "reasons": [
            (
                one,
                links.to(Cause(one.advisor.name, "row", ADVISOR, one.advisor.id)),
                reasons_of(one, at, links),
            )
            for one in ([row] if row else strip.rows)
        ],
        "rows": [
            (one, asked.address(row=one.code), cells_of(one, strip, asked))
            for one in strip.rows
        ],
        "rules": [
            (
                office,
                [
                    (label, text, list(map(links.to, causes)))
                    for label, text, causes in rows
                ],
            )
            for office, rows in in_force
        ],
        "all": asked.address(),
        "before": asked.address(date=(asked.day - DAY).isoformat()),
        "after": asked.address(date=(asked.day + DAY).isoformat()),
    }


def reasons_of(row: Row, at: str, links: Links) -> list[Shown]:
    """Return a row's stretches with their reasons and where the causes lead."""
    return [
        (
            stretch,
            [(told, [links.to(one) for one in told.causes]) for told in stretch.told],
        )
        for stretch in row.shown(at)
    ]


def focus_of(strip: Strip, request: HttpRequest) -> tuple[Row | None, str]:
    """Return whose reasons are shown, and of which time; of all if it is no one and none.

    Of several advisors it is one time: that which was asked for, else the first offered.
    """
    code, at = request.GET.get("row", ""), request.GET.get("at", "")
    row = next((one for one in strip.rows if one.code == code), None)
    walls = [wall for one in strip.columns for wall in one.walls]
    if at in walls:
        return row, at
    if row is None and len(strip.rows) > FEW_ROWS:
        return None, next(iter([*strip.offered, *walls]), "")
    return row, ""


def columns_by_hour(strip: Strip, asked: Asked) -> list[Hour]:
    """Return the columns with the addresses of their reasons; a folded one stands alone."""
    columns = [(one, asked.address(at=one.wall)) for one in strip.columns]
    return [
        (times, list(group))
        for times, group in groupby(
            columns,
            key=lambda one: one[0].times if one[0].is_folded else one[0].wall[:2],
        )
    ]


def cells_of(row: Row, strip: Strip, asked: Asked) -> list[tuple[Stretch, int, str]]:
    """Return a row's stretches, how many columns each covers, and its reasons' address."""
    return [
        (
            one,
            strip.width(one),
            f"{asked.address(at=one.walls[0])}#r{row.number}",
        )
        for one in row.stretches
    ]


def booked_rules(asked: Asked) -> list[tuple[str, list[Cause]]]:
    """Return the rules that gave each setting when the meeting was booked."""
    stored = asked.appointment.offer_reason if asked.appointment else {}
    there = {rule.id for rule in asked.known.rules}
    return [
        (
            label,
            [
                rule_cause(one["label"], one["rule"])
                if one["rule"] in {None, *there}
                else Cause(f"{one['label']} (deleted since)")
                for one in stored[name]
            ],
        )
        for name, label in LABELS.items()
        if name in stored
    ]


def rules_in_force(day: ExplainedDay, offices: Mapping[int, str]) -> list[Rules]:
    """Return each office's settings of the date in words, with the rules behind them."""
    found = []
    for office_id, office in offices.items():
        settings = day.examined.board.settings(office_id, day.day)
        rows = [
            (
                label,
                value_text(name, settings),
                [rule_cause(one.label, one.rule_id) for one in settings.origins[name]],
            )
            for name, label in LABELS.items()
        ]
        found.append((office, rows))
    return found


def rule_cause(label: str, rule_id: int | None) -> Cause:
    """Return a rule by its label; without an id it is the built-in default."""
    if rule_id is None:
        return Cause(label.capitalize(), "new", RULE)
    return Cause(label, "row", RULE, rule_id)


app_name = "why"
urlpatterns = [
    path("", admin.site.admin_view(require_safe(show)), name="page"),
]
