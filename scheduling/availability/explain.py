"""A whole day explained: every start of the grid, and what is against it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from math import lcm
from zoneinfo import ZoneInfo

from scheduling.availability.intervals import minutes_in
from scheduling.availability.layers import Frame
from scheduling.availability.slots import Board, survey
from scheduling.availability.types import Candidate, Reason, Search
from scheduling.availability.windows import DAY, DAY_MINUTES, day_start

Against = dict[tuple[int, int], tuple[Reason, ...]]
Explained = tuple[str, datetime | None, Against]


def explain_day(
    candidates: Sequence[Candidate], search: Search, day: date, zone: ZoneInfo
) -> list[Explained]:
    """Return wall time, start, and reasons by advisor and office, for a date in a zone.

    Every start on the grid of one of the offices is there. A wall time that the clock
    skips has no start and the reason CLOCK_CHANGE; one that it repeats is there twice.
    """
    first, last = day_start(day, zone), day_start(day + DAY, zone)
    board = survey(candidates, replace(search, first=first, last=last))
    frames = [
        frame
        for place in {one.place.id: one.place for one in candidates}.values()
        for frame in board.layers.frames(place)
    ]
    explained: list[Explained] = [
        (_wall(start, zone), start, _reasons(board, start))
        for start in _grid_starts(board, frames)
    ]
    skipped: Against = dict.fromkeys(board.candidates, (Reason.CLOCK_CHANGE,))
    gaps: list[Explained] = [
        (wall, None, skipped) for wall in _skipped_walls(frames, day, zone)
    ]
    if not gaps:
        return explained
    # No clock is changed forward and back on one date, so wall times are in order.
    return sorted([*explained, *gaps], key=lambda row: row[0])


def _grid_starts(board: Board, frames: Iterable[Frame]) -> list[datetime]:
    layers, search = board.layers, board.search
    grid = 0
    for frame in frames:
        grid |= dict(frame.start_layers)[Reason.OFF_GRID] & frame.dates
    grid &= layers.from_instant(search.first) & layers.before_instant(search.last)
    return [layers.at(minute) for minute in minutes_in(grid)]


def _reasons(board: Board, start: datetime) -> Against:
    return {key: board.reasons(start, *key) for key in board.candidates}


def _skipped_walls(frames: Iterable[Frame], day: date, zone: ZoneInfo) -> list[str]:
    intervals = {lcm(*frame.settings.intervals) for frame in frames}
    minutes = {
        minute for interval in intervals for minute in range(0, DAY_MINUTES, interval)
    }
    walls = [
        datetime.combine(day, time(*divmod(minute, 60)), zone)
        for minute in sorted(minutes)
    ]
    return [f"{wall:%H:%M}" for wall in walls if not _exists(wall)]


def _exists(wall: datetime) -> bool:
    shown = wall.astimezone(UTC).astimezone(wall.tzinfo)
    return shown.replace(tzinfo=None) == wall.replace(tzinfo=None)


def _wall(start: datetime, zone: ZoneInfo) -> str:
    return f"{start.astimezone(zone):%H:%M}"
