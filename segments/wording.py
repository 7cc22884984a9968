"""Settings in the words of the people who decide about them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from directory.choices import Rank
from segments.hours import hours_sentence
from segments.settings import BUILT_IN, Notice, Origin, Settings, Window

ORDERS = {
    "senior": "seniors first",
    "junior": "juniors first",
    "balanced": "no regard to rank",
}


def count_text(count: int, unit: str) -> str:
    """Return "1 hour" or "2 hours"."""
    return f"{count:,} {unit}{'' if count == 1 else 's'}"


def ranks_text(ranks: Iterable[int]) -> str:
    """Return "seniors only", "senior and regular advisors" or "all advisors"."""
    found = sorted(ranks)
    if found == list(Rank.values):
        return "all advisors"
    if len(found) == 1:
        return f"{Rank(found[0]).label.lower()}s only"
    if not found:
        return "nobody"
    return f"{' and '.join(str(Rank(one).label).lower() for one in found)} advisors"


def notice_text(notices: Iterable[Notice]) -> str:
    """Return "2 hours", "3 working days" or "none"."""
    texts = [
        count_text(one.working_days, "working day")
        if one.working_days
        else count_text(one.hours, "hour")
        for one in notices
        if one.working_days or one.hours
    ]
    return " and ".join(texts) or "none"


def setting_text(name: str, settings: Settings, *, names: Mapping[int, str]) -> str:
    """Return one resolved setting in words, with its unit."""
    value = getattr(settings, name)
    if name in {"limits", "extras"}:
        return windows_text(value, names=names)
    if name in {"ranks", "notices", "who_first", "thresholds", "intervals"}:
        return SPECIAL[name](value)
    if name == "is_confirmed_automatically":
        return "yes" if value else "no, staff accept each meeting"
    if name == "daily_maximum":
        return "none" if value is None else f"{count_text(value, 'meeting')} a day"
    return count_text(value, UNITS[name])


def windows_text(
    windows: tuple[Window, ...] | None, *, names: Mapping[int, str]
) -> str:
    """Return windows in words, or "none"."""
    return hours_sentence(windows or (), names=names) or "none"


def origin_text(origins: Iterable[Origin]) -> str:
    """Return where a setting comes from: rules by their names."""
    return " and ".join(
        BUILT_IN if one.rule_id is None else f"\u201c{one.label}\u201d"
        for one in origins
    )


def thresholds_text(days: tuple[int, int] | None) -> str:
    """Return after how many days regulars and juniors are offered."""
    if days is None:
        return "none"
    return f"regulars after {days[0]}, juniors after {days[1]} days"


UNITS = {
    "duration": "minute",
    "buffer_before": "minute",
    "buffer_after": "minute",
    "horizon": "day",
    "deadline_hours": "hour",
}
SPECIAL: dict[str, Callable[[Any], str]] = {
    "ranks": ranks_text,
    "notices": notice_text,
    "who_first": ORDERS.__getitem__,
    "thresholds": thresholds_text,
    "intervals": lambda value: " and ".join(
        count_text(one, "minute") for one in sorted(value)
    ),
}
