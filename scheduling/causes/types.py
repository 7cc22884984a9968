"""A cause, and the case that it is looked for in."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from scheduling.availability.types import Candidate
from segments.settings import Settings

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

Kind = Literal["row", "new", "start", "question"]


@dataclass(frozen=True, slots=True)
class Cause:
    """Something behind a reason, in words for staff.

    A row of `model` (like "directory.absence"), a row that is missing ("new"), an earlier
    start of an advisor, or the question itself. `plain` says it to those who may not see
    the row.
    """

    text: str
    kind: Kind = "row"
    model: str = ""
    pk: int | None = None
    start: datetime | None = None
    plain: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A start for an advisor at an office, and the meeting that it would be."""

    start: datetime
    ends: datetime
    candidate: Candidate
    settings: Settings

    @property
    def advisor_id(self) -> int:
        return self.candidate.advisor_id

    @property
    def office_id(self) -> int:
        return self.candidate.place.id

    @property
    def key(self) -> tuple[int, int]:
        return self.advisor_id, self.office_id

    @property
    def day(self) -> date:
        """Return the date of the start at the office."""
        return self.start.astimezone(self.candidate.place.zone).date()

    @property
    def wall_minutes(self) -> tuple[tuple[date, int], ...]:
        """Return what the office's clock shows: dates and minutes since 00:00."""
        return _wall_minutes(self.start, self.ends, self.candidate.place.zone)

    @property
    def days(self) -> tuple[date, ...]:
        """Return the dates at the office that the meeting touches."""
        return tuple(dict.fromkeys(day for day, _ in self.wall_minutes))


def row(model: str, pk: int, text: str, plain: str = "") -> Cause:
    """Return a cause that is a row."""
    return Cause(text, "row", model, pk, plain=plain)


def hours_text(starts: datetime, ends: datetime, zone: ZoneInfo) -> str:
    """Return "Mon 4 May, 09:00 to 10:00", with the last date if it is another one."""
    since, until = starts.astimezone(zone), ends.astimezone(zone)
    last = "" if until.date() == since.date() else f"{until:%a %-d %b}, "
    return f"{since:%a %-d %b}, {since:%H:%M} to {last}{until:%H:%M}"


def clock_text(minute: int) -> str:
    """Return minutes since 00:00 as "09:30"."""
    return f"{minute // 60:02}:{minute % 60:02}"


@lru_cache(maxsize=4096)
def _wall_minutes(
    start: datetime, ends: datetime, zone: ZoneInfo
) -> tuple[tuple[date, int], ...]:
    walls = [
        (start + number * MINUTE).astimezone(zone)
        for number in range((ends - start) // MINUTE)
    ]
    return tuple((wall.date(), wall.hour * 60 + wall.minute) for wall in walls)
