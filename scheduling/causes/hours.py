"""Causes in hours: opening, closures, working weeks and days, absences."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, time

from directory.choices import Weekday
from directory.models import Closure, DayTemplate, WeekTemplate
from scheduling.availability.layers import blocks_on
from scheduling.availability.types import WorkBlock
from scheduling.candidates import Wish
from scheduling.causes.rows import Rows
from scheduling.causes.standing import office_name
from scheduling.causes.types import Case, Cause, clock_text, hours_text, row

DAY_MINUTES = 1440


def office_closed(wish: Wish, rows: Rows, case: Case) -> Iterator[Cause]:
    """Yield the opening hours of the meeting's weekdays; without any, the office."""
    name = office_name(wish, case)
    for day in case.days:
        opening = [
            hours
            for hours in rows.opening.get(case.office_id, ())
            if hours.weekday == day.weekday()
        ]
        for hours in opening:
            yield row("directory.openinghours", hours.pk, f"{name}: open {hours}")
        if not opening:
            text = f"{name}: no opening hours on {Weekday(day.weekday()).label}"
            yield row("directory.office", case.office_id, text)


def closure(wish: Wish, rows: Rows, case: Case) -> Iterator[Cause]:
    for shut in rows.closures:
        if shut.office_id in (None, case.office_id) and _shuts(shut, case):
            where = office_name(wish, case) if shut.office_id else "Every office"
            text = f"{where}: {shut.name}, {_closure_text(shut)}"
            yield row("directory.closure", shut.pk, text)


def not_working(wish: Wish, rows: Rows, case: Case) -> Iterator[Cause]:
    """Yield the template in force on the meeting's dates; without one, the advisor."""
    advisor = wish.policy.catalogue.advisors[case.advisor_id]
    for day in case.days:
        blocks = blocks_on(day, case.candidate.rota)
        work = f"{Weekday(day.weekday()).label} {_blocks_text(wish, blocks)}"
        single = _of_day(rows.days.get(advisor.id, ()), day)
        week = _of_span(rows.weeks.get(advisor.id, ()), day)
        if single is not None:
            text = f"{advisor.name}, single day {day:%-d %b}: {work}"
            yield row("directory.daytemplate", single.pk, text)
        elif week is not None:
            text = f"{advisor.name}, {week}: {work}"
            yield row("directory.weektemplate", week.pk, text)
        else:
            text = f"{advisor.name}: no working week"
            yield row("directory.advisor", advisor.id, text)


def absent(wish: Wish, rows: Rows, case: Case) -> Iterator[Cause]:
    name = wish.policy.catalogue.advisors[case.advisor_id].name
    for away in rows.absences.get(case.advisor_id, ()):
        if away.starts_at < case.ends and away.ends_at > case.start:
            hours = hours_text(away.starts_at, away.ends_at, case.candidate.place.zone)
            yield row("directory.absence", away.pk, f"{name} away: {hours}")


def _shuts(shut: Closure, case: Case) -> bool:
    """Tell whether a closure touches the meeting on the office's wall clock."""
    starts = minutes_of(shut.starts) if shut.starts else 0
    ends = (minutes_of(shut.ends) if shut.ends else 0) or DAY_MINUTES
    return any(
        shut.first_day <= day <= shut.last_day and starts <= minute < ends
        for day, minute in case.wall_minutes
    )


def minutes_of(moment: time) -> int:
    return moment.hour * 60 + moment.minute


def _closure_text(shut: Closure) -> str:
    text = f"{shut.first_day:%-d %b}"
    if shut.last_day != shut.first_day:
        text += f" to {shut.last_day:%-d %b}"
    if shut.starts and shut.ends is not None:
        text += f", {shut.starts:%H:%M} to {shut.ends:%H:%M}"
    return text


def _of_day(templates: Iterable[DayTemplate], day: date) -> DayTemplate | None:
    return next((one for one in templates if one.day == day), None)


def _of_span(templates: Iterable[WeekTemplate], day: date) -> WeekTemplate | None:
    """Return the week that names the date, else the default one."""
    default = None
    for one in templates:
        if one.first_day is None:
            default = one
        elif one.first_day <= day <= (one.last_day or date.max):
            return one
    return default


def _blocks_text(wish: Wish, blocks: Sequence[WorkBlock]) -> str:
    offices = wish.policy.catalogue.offices
    return (
        ", ".join(
            f"{clock_text(one.starts)} to {clock_text(one.ends)}"
            f" ({offices[one.office_id].name})"
            for one in blocks
        )
        or "off"
    )
