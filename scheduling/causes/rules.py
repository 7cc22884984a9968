"""Causes in availability rules: which rule refuses, and by what value."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

from directory.choices import Rank, Weekday
from scheduling.availability.types import Reason
from scheduling.causes.types import Case, Cause, clock_text
from scheduling.queries import OfferBoard
from segments.policy import Policy
from segments.settings import Notice, Settings, Window

SETTING_OF = {
    Reason.RANK: "ranks",
    Reason.RANK_THRESHOLD: "thresholds",
    Reason.TOO_SOON: "notices",
    Reason.TOO_FAR: "horizon",
    Reason.OUTSIDE_HOURS: "limits",
    Reason.DAY_FULL: "daily_maximum",
    Reason.OFF_GRID: "intervals",
}
LABELS = {
    "duration": "Duration",
    "intervals": "Slot interval",
    "buffer_before": "Buffer before",
    "buffer_after": "Buffer after",
    "notices": "Minimum notice",
    "horizon": "Horizon",
    "ranks": "Advisor ranks allowed",
    "who_first": "Who first",
    "thresholds": "Rank thresholds",
    "is_confirmed_automatically": "Automatic confirmation",
    "daily_maximum": "Meetings per advisor and day",
    "deadline_hours": "Change and cancel deadline",
    "limits": "Hours limited to",
    "extras": "Extra hours",
}


def refusing_rules(
    reason: Reason, board: OfferBoard, case: Case
) -> Iterator[tuple[Policy, Cause]]:
    """Yield the rules that refuse a start for this reason, each with its code's policy."""
    name = SETTING_OF[reason]
    for policy in _refusing_policies(reason, board, case):
        settings = _own_settings(policy, board, case)
        for cause in rule_of(name, settings):
            yield policy, cause


def rule_of(name: str, settings: Settings) -> Iterator[Cause]:
    """Yield the rules that a setting comes from; for the built-in default a new one."""
    text = f"{LABELS[name]}: {value_text(name, settings)}"
    for origin in settings.origins[name]:
        model = "segments.availabilityrule"
        if origin.rule_id is None:
            yield Cause(f"Built-in default. {text}", "new", model)
        else:
            label = f"Rule {origin.label}. {text}"
            yield Cause(label, "row", model, origin.rule_id)


def _refusing_policies(
    reason: Reason, board: OfferBoard, case: Case
) -> Sequence[Policy]:
    """Return the codes whose own settings refuse the start; all together if none does alone.

    A later end, from another code's longer duration, can lie outside a limit.
    """
    together = board.wish.policy
    singles = zip(together.singles, board.singles, strict=True)
    if reason == Reason.OUTSIDE_HOURS:
        found = [policy for policy, _ in singles if _cuts(policy, board, case)]
    elif reason == Reason.RANK_THRESHOLD:  # only where nobody else has the start
        found = [
            policy
            for policy, single in board.refusing(case.start)
            if reason in single.reasons(case.start, *case.key)
        ] or [policy for policy in together.singles if _thresholds(policy, board, case)]
    else:
        found = [
            policy
            for policy, single in singles
            if reason in single.reasons(case.start, *case.key)
        ]
    return found or [together]


def _thresholds(
    policy: Policy, board: OfferBoard, case: Case
) -> tuple[int, int] | None:
    return _own_settings(policy, board, case).thresholds


def _own_settings(policy: Policy, board: OfferBoard, case: Case) -> Settings:
    """Return the settings of one code, or of all together."""
    return policy.settings(
        office_id=case.office_id,
        subject_id=board.wish.subject_id,
        channel=board.wish.channel,
        day=case.day,
    )


def _cuts(policy: Policy, board: OfferBoard, case: Case) -> bool:
    """Tell whether a code's limit leaves out a part of the whole meeting."""
    limits = _own_settings(policy, board, case).limits
    return limits is not None and not all(
        _is_inside(limits, day, minute) for day, minute in case.wall_minutes
    )


def _is_inside(limits: Sequence[Window], day: date, minute: int) -> bool:
    return any(
        one.weekday == day.weekday() and one.starts <= minute < one.ends
        for one in limits
    )


def value_text(name: str, settings: Settings) -> str:
    """Return a setting's value in words."""
    return WORDS[name](getattr(settings, name))


def _minutes(value: int) -> str:
    return f"{value} minutes" if value else "none"


def _notice(value: Notice) -> str:
    if value.working_days:
        return _count(value.working_days, "working day")
    return _count(value.hours, "hour") if value.hours else "none"


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"


def _windows(value: Sequence[Window] | None) -> str:
    if value is None:
        return "no limit"
    return (
        ", ".join(
            f"{Weekday(one.weekday).label} {clock_text(one.starts)} to {clock_text(one.ends)}"
            for one in value
        )
        or "none"
    )


WORDS: dict[str, Callable[[Any], str]] = {
    "duration": _minutes,
    "intervals": lambda value: " and ".join(f"{one} minutes" for one in value),
    "buffer_before": _minutes,
    "buffer_after": _minutes,
    "notices": lambda value: " and ".join(_notice(one) for one in value),
    "horizon": lambda value: f"{_count(value, 'day')} ahead",
    "ranks": lambda value: (
        ", ".join(str(Rank(one).label).lower() for one in sorted(value)) or "none"
    ),
    "who_first": lambda value: {
        "senior": "senior advisors",
        "junior": "junior advisors",
    }.get(value, "no regard to rank"),
    "thresholds": lambda value: (
        f"T1 {_count(value[0], 'day')}, T2 {_count(value[1], 'day')}"
        if value
        else "off"
    ),
    "is_confirmed_automatically": lambda value: "yes" if value else "no",
    "daily_maximum": lambda value: f"at most {value}" if value else "no maximum",
    "deadline_hours": lambda value: (
        f"{_count(value, 'hour')} before" if value else "until the start"
    ),
    "limits": _windows,
    "extras": _windows,
}
