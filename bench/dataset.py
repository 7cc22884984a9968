"""The data that is measured: advisors with believable days, the same at every run.

200 advisors work 08:00 to 18:00 on every weekday of the calendar and have eight meetings
of 30 minutes a day, for 30 days. Three subjects have the first 1, 10 and 200 of them as
experts. No notice, no buffers, a grid of 15 minutes: what any scheduler can express.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Brussels")
ADVISORS, DAYS, MEETINGS = 200, 30, 8
POOLS = (1, 10, 200)
OPENS, CLOSES, GRID, LENGTH = 8 * 60, 18 * 60, 15, 30  # minutes


@dataclass(frozen=True)
class Meeting:
    """Taken time of advisor number `advisor` (from 0)."""

    advisor: int
    day: date
    start: int  # minutes since 00:00 in Brussels

    @property
    def starts_at(self) -> datetime:
        wall = time(self.start // 60, self.start % 60)
        return datetime.combine(self.day, wall, ZONE).astimezone(UTC)

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=LENGTH)


def first_day(today: date) -> date:
    """Return the Monday of next week: whole weeks, nothing in the past."""
    return today + timedelta(days=7 - today.weekday())


def meetings(start: date) -> Iterator[Meeting]:
    """Yield every meeting: gaps are drawn first, the meetings lie between them."""
    rng = random.Random(20261122)
    slack = (CLOSES - OPENS) // GRID - MEETINGS * LENGTH // GRID
    for advisor in range(ADVISORS):
        for number in range(DAYS):
            gaps = sorted(rng.randint(0, slack) for _ in range(MEETINGS))
            for position, gap in enumerate(gaps):
                cell = gap + position * LENGTH // GRID
                yield Meeting(
                    advisor, start + timedelta(days=number), OPENS + cell * GRID
                )
