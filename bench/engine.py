"""How long the engine computes: 200 advisors x 30 days x 8 meetings a day.

Run it with `python -m bench.engine`.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from scheduling.availability.slots import Board, survey
from scheduling.availability.types import (
    Busy,
    Candidate,
    OpenHours,
    Place,
    Rota,
    Search,
    Span,
    WorkBlock,
)
from scheduling.availability.windows import minutes_around
from segments.policy import Settings

ZONE = ZoneInfo("Europe/Brussels")
NOW = datetime(2026, 3, 2, 7, tzinfo=UTC)
ROUNDS = 15


HOURS = [(9 * 60, 12 * 60 + 30), (13 * 60, 17 * 60 + 30)]
WORK = tuple(WorkBlock(1, starts, ends) for starts, ends in HOURS)
ROTA = Rota(dict.fromkeys(range(7), WORK))  # equal rotas are one: see candidates.py


def candidate(advisor_id: int, place: Place, days: int) -> Candidate:
    """Return an advisor who works on weekdays and has eight half hours taken a day."""
    spans = []
    for day in range(days):
        for number in range(8):
            start = NOW + timedelta(
                days=day, minutes=60 + 60 * number + 5 * (advisor_id % 7)
            )
            end = start + timedelta(minutes=30)
            spans.append(minutes_around(start, end))
    starts, ends = zip(*spans, strict=True)
    busy = Busy("appointment", starts, ends)
    return Candidate(advisor_id, place, 1 + advisor_id % 3, ROTA, busy=(busy,))


def measure(
    name: str, question: Callable[[Board], object], size: int, days: int
) -> None:
    settings = Settings(buffer_before=5, buffer_after=10)
    place = Place(
        id=1,
        zone=ZONE,
        opening=tuple(OpenHours(weekday, 8 * 60, 18 * 60) for weekday in range(7)),
        closures=(),
        spans=(Span(date(2026, 1, 1), date(2026, 12, 31), settings),),
    )
    candidates = [candidate(number, place, days) for number in range(size)]
    search = Search(NOW, NOW, NOW + timedelta(days=days), 1, "video")
    spent = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        question(survey(candidates, replace(search)))
        spent.append(1000 * (time.perf_counter() - began))
    print(
        f"{name:8} {size:4} advisors {days:3} days:"
        f" {statistics.median(spent):7.2f} ms (best {min(spent):.2f})"
    )


def main() -> None:
    for size, days in [(1, 1), (10, 1), (200, 1), (1, 30), (200, 30)]:
        measure("starts", Board.starts, size, days)
    measure("slots", Board.slots, 200, 1)
    measure("slots", Board.slots, 200, 30)


if __name__ == "__main__":
    main()
