"""What a link's segments allow, and the settings that apply: pure functions on data.

Nothing here reads a clock or the database. Times of day are minutes since 00:00.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

BUILT_IN = "built-in default"


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
