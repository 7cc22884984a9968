"""Tables of meetings: over time, by what they are, and how long ahead they were booked."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import (
    Aggregate,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    Q,
)
from django.db.models.functions import TruncDay, TruncMonth, TruncWeek

from directory.choices import Channel
from scheduling.insights.asked import Asked
from scheduling.insights.charts import Chart
from scheduling.insights.table import (
    NONE,
    Figure,
    Row,
    Table,
    as_rows,
    share,
    span_text,
)
from scheduling.models import Appointment
from scheduling.models.appointment import OPEN

DAY = timedelta(days=1)
MOST_DAYS, MOST_WEEKS = 45, 30  # bars; a longer range has one for each month
OPEN_OR_DONE = ("requested", "confirmed", "completed")
HEADERS = ("Meetings", "Open", "Completed", "No-show", "Cancelled", "No-show rate")
RATE_NOTE = (
    "Open: requested or confirmed. No-show rate: no-shows among the meetings that were "
    "completed or missed."
)
Counts = Mapping[str, int]  # status -> meetings
BANDS: tuple[tuple[str, int | None, int | None], ...] = (
    ("Less than 1 day", None, 1),
    ("1 to 2 days", 1, 3),
    ("3 to 6 days", 3, 7),
    ("7 to 13 days", 7, 14),
    ("14 to 29 days", 14, 30),
    ("30 days or more", 30, None),
)
LEAD = ExpressionWrapper(F("starts_at") - F("created_at"), output_field=DurationField())


class Median(Aggregate):
    """The value in the middle, or between the two in the middle."""

    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


@dataclass(frozen=True, slots=True)
class Period:
    """A day, a week or a month: how rows are cut, what it is called, what follows it."""

    cut: Callable[..., Any]
    word: str
    label: Callable[[date], str]
    begin: Callable[[date], date]
    after: Callable[[date], date]


PERIODS = {
    "day": Period(
        TruncDay,
        "Day",
        lambda day: f"{day:%a %-d %b %Y}",
        lambda day: day,
        lambda day: day + DAY,
    ),
    "week": Period(
        TruncWeek,
        "Week from",
        lambda day: f"{day:%-d %b %Y}",
        lambda day: day - day.weekday() * DAY,
        lambda day: day + 7 * DAY,
    ),
    "month": Period(
        TruncMonth,
        "Month",
        lambda day: f"{day:%B %Y}",
        lambda day: day.replace(day=1),
        lambda day: (day.replace(day=1) + 32 * DAY).replace(day=1),
    ),
}


def by_time(asked: Asked) -> Table:
    """Return the meetings by day, week or month, whichever suits the range. One query."""
    period = period_of(asked)
    rows = (
        asked.meetings()
        .annotate(period=period.cut("starts_at", tzinfo=asked.zone))
        .values_list("period", "status")
        .annotate(count=Count("pk"))
    )
    counts: dict[Any, dict[str, int]] = {}
    for begins, status, count in rows:
        counts.setdefault(_date_of(begins, asked), {})[status] = count
    begin = period.begin(asked.first)
    found: list[tuple[str, Counts]] = []
    while begin <= asked.last:
        found.append((period.label(begin), counts.get(begin, {})))
        begin = period.after(begin)
    totals = total_of(one for _, one in found)
    return Table(
        slug="time",
        title="Meetings over time",
        headers=(period.word, *HEADERS),
        rows=[row_of(label, one) for label, one in found],
        note=RATE_NOTE,
        chart=chart_of(found, is_lying=False),
        figures=[
            Figure("Meetings", str(sum(totals.values())), "that start in these dates"),
            Figure("No-show rate", no_show_rate(totals), no_show_words(totals)),
        ],
    )


def period_of(asked: Asked) -> Period:
    """Return how fine the range is cut."""
    if asked.days <= MOST_DAYS:
        return PERIODS["day"]
    return PERIODS["week" if asked.days <= 7 * MOST_WEEKS else "month"]


def _date_of(begins: datetime, asked: Asked) -> date:
    return begins.astimezone(asked.zone).date()


def by_segment(asked: Asked) -> Table:
    """Return the meetings by segment. One query.

    A meeting with several codes counts for each of them.
    """
    counts: dict[str, Counter[str]] = {}
    for codes, status, count in _grouped(asked, "segment_codes"):
        for code in codes or [""]:
            counts.setdefault(code, Counter())[status] += count
    names = {code: code or "General scheduling" for code in counts}
    return _breakdown(
        "segment",
        "By segment",
        counts,
        names,
        note="A meeting with several segment codes counts for each.",
    )


def by_subject(asked: Asked) -> Table:
    """Return the meetings by subject. One query."""
    names = {one.id: one.name for one in asked.standing.subjects.values()}
    return _breakdown("subject", "By subject", _counted(asked, "subject_id"), names)


def by_channel(asked: Asked) -> Table:
    """Return the meetings by channel. One query."""
    names = {one.value: str(one.label) for one in Channel}
    return _breakdown("channel", "By channel", _counted(asked, "channel"), names)


def by_office(asked: Asked) -> Table:
    """Return the meetings by office. One query."""
    names = {one.id: one.name for one in asked.standing.offices.values()}
    return _breakdown("office", "By office", _counted(asked, "office_id"), names)


def by_advisor(asked: Asked) -> Table:
    """Return the meetings by advisor. One query."""
    names = {one.id: one.name for one in asked.standing.advisors.values()}
    return _breakdown("advisor", "By advisor", _counted(asked, "advisor_id"), names)


def lead_time(asked: Asked) -> Table:
    """Return how long before their start meetings were booked. One query."""
    rows = asked.meetings().exclude(status=Appointment.Status.CANCELLED)
    found = rows.annotate(lead=LEAD).aggregate(
        median=Median("lead"),
        **{
            f"band{number}": Count("pk", filter=_between(low, high))
            for number, (_, low, high) in enumerate(BANDS)
        },
    )
    counts = [found[f"band{number}"] for number in range(len(BANDS))]
    total, labels = sum(counts), [label for label, _, _ in BANDS]
    return Table(
        slug="lead-time",
        title="Lead time",
        headers=("Booked ahead", "Meetings", "Share"),
        rows=as_rows(
            (label, count, share(count, total))
            for label, count in zip(labels, counts, strict=True)
        ),
        note="From the booking to the start as it is now, without cancelled meetings.",
        chart=Chart(labels, [("Meetings", counts)]),
        figures=[
            Figure(
                "Median lead time", span_text(found["median"]), "from booking to start"
            )
        ],
    )


def _between(low: int | None, high: int | None) -> Q:
    condition = Q()
    if low is not None:
        condition &= Q(lead__gte=low * DAY)
    if high is not None:
        condition &= Q(lead__lt=high * DAY)
    return condition


def _grouped(asked: Asked, column: str) -> Iterable[tuple[Any, str, int]]:
    rows = asked.meetings().values_list(column, "status")
    return rows.annotate(count=Count("pk"))


def _counted(asked: Asked, column: str) -> dict[Any, Counter[str]]:
    counts: dict[Any, Counter[str]] = {}
    for key, status, count in _grouped(asked, column):
        counts.setdefault(key, Counter())[status] += count
    return counts


def _breakdown(
    slug: str,
    title: str,
    counts: Mapping[Any, Counts],
    names: Mapping[Any, str],
    *,
    note: str = "",
) -> Table:
    """Return a table with a row for each key, the one with most meetings first."""
    found = sorted(
        ((names.get(key, NONE), one) for key, one in counts.items()),
        key=lambda pair: (-sum(pair[1].values()), pair[0].casefold()),
    )
    return Table(
        slug=slug,
        title=title,
        headers=(slug.capitalize(), *HEADERS),
        rows=[row_of(name, one) for name, one in found],
        note=note,
        chart=chart_of(found, is_lying=True),
    )


def chart_of(found: Sequence[tuple[str, Counts]], *, is_lying: bool) -> Chart:
    """Return bars of meetings: what holds, no-shows, cancelled."""
    return Chart(
        [label for label, _ in found],
        [
            (
                "Open or completed",
                [sum(one.get(name, 0) for name in OPEN_OR_DONE) for _, one in found],
            ),
            ("No-show", [one.get("no_show", 0) for _, one in found]),
            ("Cancelled", [one.get("cancelled", 0) for _, one in found]),
        ],
        is_lying=is_lying,
    )


def row_of(label: str, counts: Counts) -> Row:
    """Return a row: all meetings, those of each status, and the no-show rate."""
    numbers = [
        sum(counts.get(status.value, 0) for status in OPEN),
        *(counts.get(name, 0) for name in ("completed", "no_show", "cancelled")),
    ]
    return (label, str(sum(numbers)), *map(str, numbers), no_show_rate(counts))


def total_of(counts: Iterable[Counts]) -> Counter[str]:
    """Return the sum of several counts."""
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return total


def no_show_rate(counts: Counts) -> str:
    """Return the share of no-shows among meetings whose outcome is noted."""
    missed = counts.get("no_show", 0)
    return share(missed, missed + counts.get("completed", 0))


def no_show_words(counts: Counts) -> str:
    """Return the two numbers behind the rate."""
    missed = counts.get("no_show", 0)
    return f"{missed} of {missed + counts.get('completed', 0)} with an outcome"
