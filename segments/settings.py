"""Availability rules, and the settings that they give: pure functions on data.

Nothing here reads a clock or the database. Times of day are minutes since 00:00.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import reduce
from itertools import chain
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")
BUILT_IN = "built-in default"
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a weekday on the office's wall clock."""

    weekday: int
    starts: int
    ends: int
    advisors: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Notice:
    """So many hours before the start, or so many working days."""

    hours: int = 0
    working_days: int = 0


@dataclass(frozen=True, slots=True)
class Origin:
    """The rule that a setting came from; `rule_id` is None for the built-in default."""

    rule_id: int | None
    label: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting resolved for segments, office, subject, channel and date."""

    duration: int = 30
    intervals: tuple[int, ...] = (15,)
    buffer_before: int = 0
    buffer_after: int = 0
    notices: tuple[Notice, ...] = (Notice(hours=2),)
    horizon: int = 60
    ranks: frozenset[int] = frozenset({1, 2, 3})
    who_first: str = "senior"
    thresholds: tuple[int, int] | None = None
    is_confirmed_automatically: bool = True
    daily_maximum: int | None = None
    deadline_hours: int = 0
    limits: tuple[Window, ...] | None = None
    extras: tuple[Window, ...] = ()
    origins: Mapping[str, tuple[Origin, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SettingsSpan:
    """Settings that hold for the local dates `first` to `last`, both included."""

    first: date
    last: date
    settings: Settings


class Setting(NamedTuple):
    """A setting by name, as rules have it, and its value when it is switched off."""

    name: str
    of_rule: str
    switch: str = ""
    off: Any = None
    is_listed: bool = False  # one value in a rule, several once codes are merged


SETTINGS = (
    Setting("duration", "duration"),
    Setting("intervals", "interval", is_listed=True),
    Setting("buffer_before", "buffer_before", "buffer_before", 0),
    Setting("buffer_after", "buffer_after", "buffer_after", 0),
    Setting("notices", "notice", "notice", (Notice(),), is_listed=True),
    Setting("horizon", "horizon"),
    Setting("ranks", "ranks", "ranks", frozenset({1, 2, 3})),
    Setting("who_first", "who_first"),
    Setting("thresholds", "thresholds", "thresholds"),
    Setting("is_confirmed_automatically", "is_confirmed_automatically"),
    Setting("daily_maximum", "daily_maximum", "daily_maximum"),
    Setting("deadline_hours", "deadline_hours", "deadline", 0),
    Setting("limits", "limits", "limit"),
)
SETTING_NAMES = (*(setting.name for setting in SETTINGS), "extras")


@dataclass(frozen=True, slots=True)
class RuleData:
    """An availability rule. None in its scope or in a setting is a blank."""

    id: int
    label: str
    segment_id: int | None = None
    office_id: int | None = None
    subject_id: int | None = None
    category_id: int | None = None
    channel: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    duration: int | None = None
    interval: int | None = None
    buffer_before: int | None = None
    buffer_after: int | None = None
    notice: Notice | None = None
    horizon: int | None = None
    ranks: frozenset[int] | None = None
    who_first: str | None = None
    thresholds: tuple[int, int] | None = None
    is_confirmed_automatically: bool | None = None
    daily_maximum: int | None = None
    deadline_hours: int | None = None
    limits: tuple[Window, ...] | None = None
    extras: tuple[Window, ...] = ()
    switched_off: frozenset[str] = frozenset()


def resolved_timeline(rules: Sequence[RuleData]) -> tuple[SettingsSpan, ...]:
    """Split time where a rule begins or ends, and resolve each stretch."""
    begins = {date.min}
    begins.update(rule.valid_from for rule in rules if rule.valid_from)
    begins.update(
        rule.valid_until + ONE_DAY
        for rule in rules
        if rule.valid_until and rule.valid_until < date.max
    )
    return tuple(
        SettingsSpan(
            first,
            last,
            resolve(
                [
                    rule
                    for rule in rules
                    if (rule.valid_from or date.min) <= first
                    and first <= (rule.valid_until or date.max)
                ]
            ),
        )
        for first, last in _stretches(begins)
    )


def merged_timeline(
    timelines: Sequence[tuple[SettingsSpan, ...]],
) -> tuple[SettingsSpan, ...]:
    """Return the settings that suit every one of several timelines."""
    begins = {span.first for timeline in timelines for span in timeline}
    return tuple(
        SettingsSpan(
            first,
            last,
            merge(
                [
                    next(span.settings for span in timeline if span.last >= first)
                    for timeline in timelines
                ]
            ),
        )
        for first, last in _stretches(begins)
    )


def _stretches(begins: set[date]) -> list[tuple[date, date]]:
    ordered = sorted(begins)
    ends = [begin - ONE_DAY for begin in ordered[1:]]
    return list(zip(ordered, [*ends, date.max], strict=True))


def resolve(rules: Sequence[RuleData]) -> Settings:
    """Return the settings that rules give, the most specific rule first.

    For each setting the first rule decides that has a value or switches it off.
    """
    values: dict[str, Any] = {}
    origins: dict[str, tuple[Origin, ...]] = {}
    for setting in SETTINGS:
        for rule in rules:
            value = getattr(rule, setting.of_rule)
            if setting.switch in rule.switched_off:
                value = setting.off
            elif value is None:
                continue
            else:
                value = (value,) if setting.is_listed else value
            values[setting.name] = value
            origins[setting.name] = (Origin(rule.id, rule.label),)
            break
        else:
            origins[setting.name] = (Origin(None, BUILT_IN),)
    extras, sources = _added_up(rules)
    origins["extras"] = sources or (Origin(None, BUILT_IN),)
    return Settings(**values, extras=extras, origins=origins)


def _added_up(
    rules: Sequence[RuleData],
) -> tuple[tuple[Window, ...], tuple[Origin, ...]]:
    """Return the extra windows of all rules, down to one that drops the broader ones."""
    windows: list[Window] = []
    sources: list[Origin] = []
    for rule in rules:
        windows.extend(rule.extras)
        is_last = "extra" in rule.switched_off
        if rule.extras or is_last:
            sources.append(Origin(rule.id, rule.label))
        if is_last:
            break
    return tuple(windows), tuple(sources)


def merge(each: Sequence[Settings]) -> Settings:
    """Return the settings that suit every one of several codes.

    Thresholds are left out: each code is also judged on its own.
    """
    maxima = [one.daily_maximum for one in each if one.daily_maximum is not None]
    limits = [one.limits for one in each if one.limits is not None]
    orders = {one.who_first for one in each}
    extras = reduce(_common, (one.extras for one in each))
    merged = Settings(
        duration=max(one.duration for one in each),
        intervals=_union(one.intervals for one in each),
        buffer_before=max(one.buffer_before for one in each),
        buffer_after=max(one.buffer_after for one in each),
        notices=_union(one.notices for one in each),
        horizon=min(one.horizon for one in each),
        ranks=frozenset.intersection(*(one.ranks for one in each)),
        who_first=orders.pop() if len(orders) == 1 else "balanced",
        thresholds=None,
        is_confirmed_automatically=all(o.is_confirmed_automatically for o in each),
        daily_maximum=min(maxima, default=None),
        deadline_hours=max(one.deadline_hours for one in each),
        limits=reduce(_common, limits) if limits else None,
        extras=extras,
    )
    origins = {name: _origins(name, merged, each) for name in each[0].origins}
    return replace(merged, origins=origins)


def _origins(
    name: str, merged: Settings, each: Sequence[Settings]
) -> tuple[Origin, ...]:
    """Return the rules of the codes whose value won, or of all where values combine."""
    winners = [one for one in each if getattr(one, name) == getattr(merged, name)]
    return _union(one.origins[name] for one in winners or each)


def _union(groups: Iterable[tuple[T, ...]]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(groups)))


def _common(left: tuple[Window, ...], right: tuple[Window, ...]) -> tuple[Window, ...]:
    """Return the stretches that lie in a window of both sides, for advisors of both."""
    found: dict[Window, None] = {}
    for one in left:
        for other in right:
            starts, ends = max(one.starts, other.starts), min(one.ends, other.ends)
            if one.weekday != other.weekday or starts >= ends:
                continue
            advisors = one.advisors or other.advisors
            if one.advisors and other.advisors:
                advisors = one.advisors & other.advisors
                if not advisors:
                    continue
            found[Window(one.weekday, starts, ends, advisors)] = None
    return tuple(found)
