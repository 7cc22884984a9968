"""A week of start times as the time page draws it: plain data, in the zone shown."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils.formats import date_format

from scheduling.wizard import wording

NOON = time(12)
WEEK = timedelta(days=7)


class SlotChoice(NamedTuple):
    """A radio button: what it posts, what is seen, and what a screen reader says."""

    value: str
    time: str
    label: str
    is_checked: bool
    is_preferred: bool
    is_first: bool


@dataclass(frozen=True, slots=True)
class Day:
    """A column of the week. `is_open` marks the one day that a phone shows."""

    iso: str
    weekday: str
    date: str
    title: str
    count: int
    is_open: bool
    morning: tuple[SlotChoice, ...]
    afternoon: tuple[SlotChoice, ...]


@dataclass(frozen=True, slots=True)
class Week:
    """Monday to Sunday. `previous` and `following` are days to lead to, or None."""

    first: date
    title: str
    days: tuple[Day, ...]
    count: int
    previous: date | None
    following: date | None


def monday_of(day: date) -> date:
    """Return the Monday of the week that holds a day."""
    return day - timedelta(days=day.weekday())


def bounds(monday: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return when a week begins and ends, in UTC."""
    return (
        datetime.combine(monday, time(), zone).astimezone(UTC),
        datetime.combine(monday + WEEK, time(), zone).astimezone(UTC),
    )


def slot_value(start: datetime) -> str:
    """Return a start as the forms post it."""
    return start.astimezone(UTC).isoformat()[:19] + "Z"  # as SLOT_FORMAT


@dataclass(frozen=True, slots=True)
class Shown:
    """What a week's drawing depends on besides its starts.

    `day` lies in the week. `today` and `last_day` bound the weeks that can be turned to.
    """

    day: date
    zone: ZoneInfo
    today: date
    last_day: date
    chosen: datetime | None = None
    preferred: Collection[datetime] = frozenset()


def build_week(starts: Iterable[datetime], shown: Shown) -> Week:
    """Return the week that holds the day shown; starts outside it are left out."""
    monday = monday_of(shown.day)
    by_day: dict[date, list[datetime]] = {
        monday + timedelta(days=n): [] for n in range(7)
    }
    for start in sorted(starts):
        group = by_day.get(start.astimezone(shown.zone).date())
        if group is not None:
            group.append(start)
    inside = [start for group in by_day.values() for start in group]
    open_day = _open_day(by_day, shown)
    first = by_day[open_day][:1]  # where error links lead: phones hide the other days
    after = monday + WEEK
    return Week(
        first=monday,
        title=wording.week_text(monday, monday + timedelta(days=6)),
        days=tuple(
            _day(each, group, shown, is_open=each == open_day, first=first)
            for each, group in by_day.items()
        ),
        count=len(inside),
        previous=max(monday - WEEK, shown.today) if monday > shown.today else None,
        following=after if after <= shown.last_day else None,
    )


def _open_day(by_day: dict[date, list[datetime]], shown: Shown) -> date:
    """Return the day of the chosen time, else the one asked for, else the first."""
    chosen = shown.chosen.astimezone(shown.zone).date() if shown.chosen else None
    if chosen in by_day and shown.chosen in by_day[chosen]:
        return chosen
    if by_day[shown.day]:
        return shown.day
    return next((each for each, group in by_day.items() if group), shown.day)


def _day(
    day: date,
    starts: list[datetime],
    shown: Shown,
    *,
    is_open: bool,
    first: list[datetime],
) -> Day:
    title = wording.day_text(day)  # drawn once: a week has hundreds of starts
    walls = [start.astimezone(shown.zone) for start in starts]
    choices = [
        SlotChoice(
            value=slot_value(start),
            time=text,
            label=wording.on_day(title, text),
            is_checked=start == shown.chosen,
            is_preferred=start in shown.preferred,
            is_first=start in first,
        )
        for start, text in zip(starts, map(wording.clock_text, walls), strict=True)
    ]
    mornings = sum(wall.time() < NOON for wall in walls)
    return Day(
        iso=day.isoformat(),
        weekday=date_format(day, "D"),
        date=date_format(day, "j M"),
        title=title,
        count=len(starts),
        is_open=is_open,
        morning=tuple(choices[:mornings]),
        afternoon=tuple(choices[mornings:]),
    )
