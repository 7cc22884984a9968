"""Stretches of a day on a wall clock, without a database."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from scheduling.agenda.pieces import Piece, mask, moved, on_day, runs, side_by_side

BRUSSELS, LONDON, TOKYO = map(
    ZoneInfo, ("Europe/Brussels", "Europe/London", "Asia/Tokyo")
)
MONDAY, TUESDAY = date(2026, 5, 4), date(2026, 5, 5)


def at(hour, minute=0, day=4, second=0):
    return datetime(2026, 5, day, hour, minute, second, tzinfo=UTC)


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        (at(9), at(10), (660, 720)),
        (at(21, 30), at(22, 30), (1410, 1440)),  # past midnight in Brussels
        (at(9, day=3), at(9, day=6), (0, 1440)),
        (at(20, day=3), at(22, day=3), None),  # ends at midnight
        (at(22), at(23), None),  # begins at midnight
        (at(9, 0), at(9, 30, second=1), (660, 691)),
    ],
)
def test_a_stretch_is_cut_to_the_date_of_the_zone(starts, ends, expected):
    assert on_day(starts, ends, MONDAY, BRUSSELS) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 3, 29), (60, 240)),  # 01:00 to 04:00, of which one hour is skipped
        (date(2026, 10, 25), (60, 240)),  # one hour comes twice
    ],
)
def test_the_wall_clock_rules_when_clocks_change(day, expected):
    starts = datetime(day.year, day.month, day.day, 1, tzinfo=BRUSSELS)
    ends = datetime(day.year, day.month, day.day, 4, tzinfo=BRUSSELS)

    assert on_day(starts, ends, day, BRUSSELS) == expected


def test_hours_of_another_zone_move_with_the_clock_and_past_midnight():
    assert [*moved(540, 1020, MONDAY, of=LONDON, to=BRUSSELS)] == [
        (MONDAY, (600, 1080))
    ]
    assert [*moved(540, 1020, MONDAY, of=BRUSSELS, to=BRUSSELS)] == [
        (MONDAY, (540, 1020))
    ]
    assert [*moved(540, 1080, MONDAY, of=BRUSSELS, to=TOKYO)] == [
        (MONDAY, (960, 1440)),
        (TUESDAY, (0, 60)),
    ]


def test_the_runs_of_a_mask_are_its_stretches():
    spans = [(0, 5), (10, 20), (15, 30), (1430, 1440)]

    assert [*runs(mask(spans))] == [(0, 5), (10, 30), (1430, 1440)]
    assert [*runs(0)] == []


def piece(first, last, kind="meeting"):
    return Piece(kind=kind, first=first, last=last, title="x")


def test_what_overlaps_stands_side_by_side_above_the_ground():
    found = side_by_side(
        [
            piece(600, 660),
            piece(630, 700, "imported"),
            piece(660, 720),
            piece(720, 780),
            piece(0, 1440, "absence"),
        ]
    )

    assert [(one.kind, one.first, one.lane, one.lanes) for one in found] == [
        ("absence", 0, 1, 1),
        ("meeting", 600, 1, 2),
        ("imported", 630, 2, 2),
        ("meeting", 660, 1, 2),
        ("meeting", 720, 1, 1),
    ]
    assert found[1].times == "10:00-11:00"
