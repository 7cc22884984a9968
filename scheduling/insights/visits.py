"""Tables of visits: how far they came, and what they did not find."""

from urllib.parse import urlencode

from django.db.models import Sum
from django.urls import reverse

from directory.choices import Channel
from scheduling.insights.asked import Asked
from scheduling.insights.charts import Chart
from scheduling.insights.table import Figure, Table, as_rows, share
from scheduling.models import UnmetDemand

STEPS = {
    "start": "Opened the link",
    "subject": "Chose a topic",
    "place": "Chose how and where",
    "time": "Chose a time",
    "questions": "Answered questions",
    "booked": "Booked",
}
FUNNEL_NOTE = (
    "Each visit counts once a step, on the day it gets there. A step that the link "
    "answered, or a subject without questions, is not counted at that step."
)
DEMAND_NOTE = (
    "Visits that found nothing to book at all, each counted once. \u201cAny\u201d: the "
    "visitor had not chosen, or left it open."
)
ANY = "Any"


def funnel(asked: Asked) -> Table | None:
    """Return how many visits reached each step; None: not for this person. One query."""
    if not asked.sees_visits():
        return None
    rows = asked.steps().values_list("step").annotate(total=Sum("count"))
    counts = dict(rows)
    numbers = [counts.get(step, 0) for step in STEPS]
    started, booked = numbers[0], numbers[-1]
    return Table(
        slug="funnel",
        title="Funnel by step",
        headers=("Step", "Visits", "Share of all visits"),
        rows=as_rows(
            (label, number, share(number, started))
            for label, number in zip(STEPS.values(), numbers, strict=True)
        ),
        note=FUNNEL_NOTE + _not_narrowed(asked),
        chart=Chart(list(STEPS.values()), [("Visits", numbers)], is_lying=True),
        figures=[
            Figure(
                "Visits that booked", share(booked, started), f"{booked} of {started}"
            )
        ],
    )


def unmet_demand(asked: Asked) -> Table | None:
    """Return what visits did not find; None: not for this person. One query."""
    if not asked.sees_demand():
        return None
    rows = list(
        asked.demand()
        .values_list("segment_codes", "subject_id", "channel", "office_id", "reason")
        .annotate(total=Sum("count"))
        .order_by(
            *("-total", "segment_codes", "subject_id", "channel"),
            *("office_id", "reason"),
        )
    )
    subjects, offices = asked.standing.subjects, asked.standing.offices
    total = sum(row[-1] for row in rows)
    return Table(
        slug="unmet-demand",
        title="Unmet demand",
        headers=(
            *("Segments", "Subject", "Channel", "Office", "What was missing"),
            "Visits",
        ),
        rows=as_rows(
            (
                codes.replace(",", ", ") or "General scheduling",
                subjects[subject].name if subject else ANY,
                Channel(channel).label if channel else ANY,
                offices[office].name if office else ANY,
                UnmetDemand.Reason(reason).label,
                count,
            )
            for codes, subject, channel, office, reason, count in rows
        ),
        note=DEMAND_NOTE,
        texts=5,
        links=[
            _why(
                codes,
                subjects[subject].code,
                channel,
                offices[office].code if office else "",
            )
            if subject and channel
            else ""
            for codes, subject, channel, office, _reason, _count in rows
        ],
        figures=[Figure("Found nothing to book", str(total), "visits: unmet demand")],
    )


def _not_narrowed(asked: Asked) -> str:
    """Return a sentence when the question names more than the step counts know."""
    if asked.subject_id or asked.channel or asked.office_id or asked.advisor_id:
        return " It is narrowed by dates and segment only."
    return ""


def _why(codes: str, subject: str, channel: str, office: str) -> str:
    """Return the address that explains why such a visit finds no time."""
    pairs = {
        "segment": codes.split(",") if codes else [],
        "subject": subject,
        "channel": channel,
        "office": office,
    }
    filled = {name: value for name, value in pairs.items() if value}
    return f"{reverse('why:page')}?{urlencode(filled, doseq=True)}"
