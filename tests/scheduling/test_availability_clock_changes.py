"""Ten years of clock changes: nothing in a gap, nothing twice, no meeting cut short."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduling.availability.explain import explain_day
from scheduling.availability.slots import survey
from scheduling.availability.types import OpenHours, Reason
from scheduling.availability.windows import clock_changes, day_start
from tests.scheduling.calendars import (
    DAY,
    EVERY_DAY,
    MINUTE,
    advisor,
    place,
    rota,
    search,
)

ZONES = [
    "Europe/Brussels",
    "America/New_York",
    "America/Santiago",  # at midnight
    "Africa/Casablanca",  # around Ramadan
    "Australia/Lord_Howe",  # by half an hour
    "Asia/Beirut",  # at midnight
]
HOUR = timedelta(hours=1)
YEARS = range(2025, 2035)
ALWAYS = tuple(OpenHours(weekday, 0, 1440) for weekday in EVERY_DAY)
BRUSSELS = ZoneInfo("Europe/Brussels")
FORWARD, BACK = date(2026, 3, 29), date(2026, 10, 25)


def round_the_clock(zone: str, **rules):
    office = place(zone=zone, opening=ALWAYS, horizon=9999, **rules)
    return advisor(office, rota=rota(0, 1440))


def on_day(candidate, day: date, **more):
    zone = candidate.place.zone
    first, last = day_start(day, zone), day_start(day + DAY, zone)
    return survey([candidate], search(first, last, **more))


@pytest.mark.parametrize("name", ZONES)
def test_a_change_of_clocks_neither_makes_nor_loses_time(name):
    zone = ZoneInfo(name)
    candidate = round_the_clock(name, duration=30, intervals=(15,))
    changes = [change for year in YEARS for change in clock_changes(zone, year)]
    assert len(changes) >= 20

    for change in changes:
        day = (change - MINUTE).astimezone(zone).date()
        for each in (day - DAY, day, day + DAY):
            slots = on_day(candidate, each).slots()

            first, last = day_start(each, zone), day_start(each + DAY, zone)
            every_quarter = (last - first) // (15 * MINUTE)
            assert [slot.start for slot in slots] == [
                first + number * 15 * MINUTE for number in range(every_quarter)
            ]
            for slot in slots:
                wall = slot.start.astimezone(zone)
                assert wall.date() == each
                assert slot.start.utcoffset() == timedelta()
                assert slot.ends - slot.start == 30 * MINUTE


@pytest.mark.parametrize("name", ZONES)
def test_no_change_of_clocks_is_missed(name):
    zone = ZoneInfo(name)
    for year in YEARS:
        hour = datetime(year, 1, 1, tzinfo=UTC) - timedelta(hours=1)
        found, offset = [], hour.astimezone(zone).utcoffset()
        while (hour := hour + timedelta(hours=1)).year == year:
            if (now := hour.astimezone(zone).utcoffset()) != offset:
                found.append(hour)
            offset = now
        # Lord Howe changes at half past the hour in UTC, seen an hour's end later.
        rounded = [-(-change.minute // 60) for change in clock_changes(zone, year)]
        assert [
            change.replace(minute=0) + timedelta(hours=up)
            for change, up in zip(clock_changes(zone, year), rounded, strict=True)
        ] == found


def test_nine_stays_nine_when_the_clocks_change():
    candidate = advisor(place(intervals=(60,), duration=60))

    before = on_day(candidate, FORWARD - DAY).starts()
    after = on_day(candidate, FORWARD).starts()

    assert before[0] == datetime(2026, 3, 28, 8, tzinfo=UTC)
    assert after[0] == datetime(2026, 3, 29, 7, tzinfo=UTC)
    assert len(before) == len(after) == 8


def test_a_window_inside_the_gap_is_empty():
    candidate = round_the_clock("Europe/Brussels", duration=5, intervals=(5,))
    early = advisor(candidate.place, rota=rota(120, 180))

    assert on_day(early, FORWARD).starts() == []
    assert len(on_day(early, FORWARD + DAY).starts()) == 12


def test_a_window_inside_the_fold_is_there_twice():
    candidate = round_the_clock("Europe/Brussels", duration=60, intervals=(60,))
    early = advisor(candidate.place, rota=rota(120, 180))

    assert on_day(early, BACK).starts() == [
        datetime(2026, 10, 25, 0, tzinfo=UTC),
        datetime(2026, 10, 25, 1, tzinfo=UTC),
    ]


def test_a_meeting_across_the_change_lasts_as_long_as_any():
    candidate = round_the_clock("Europe/Brussels", duration=90, intervals=(30,))

    slots = on_day(candidate, FORWARD).slots()

    across = next(slot for slot in slots if slot.start.astimezone(BRUSSELS).hour == 1)
    assert across.ends - across.start == 90 * MINUTE
    assert across.ends.astimezone(BRUSSELS).strftime("%H:%M") == "03:30"


def test_a_clock_that_shows_yesterday_again_is_read_from_the_first_minute_of_today():
    candidate = round_the_clock("America/St_Johns", duration=5, intervals=(30,))
    midnight = datetime(2010, 11, 7, 2, 30, tzinfo=UTC)  # at 00:01 it is 23:01 again

    starts = survey([candidate], search(midnight, midnight + 2 * HOUR)).starts()

    walls = [f"{start.astimezone(candidate.place.zone):%d %H:%M}" for start in starts]
    assert walls == ["07 00:00", "06 23:30", "07 00:00", "07 00:30"]


def test_skipped_wall_times_are_explained():
    candidate = round_the_clock("Europe/Brussels", duration=30, intervals=(30,))
    asked = search(day_start(FORWARD, BRUSSELS), day_start(FORWARD, BRUSSELS))

    rows = explain_day([candidate], asked, FORWARD, BRUSSELS)

    assert len(rows) == 48
    assert rows[3:7] == [
        ("01:30", datetime(2026, 3, 29, 0, 30, tzinfo=UTC), {(1, 1): ()}),
        ("02:00", None, {(1, 1): (Reason.CLOCK_CHANGE,)}),
        ("02:30", None, {(1, 1): (Reason.CLOCK_CHANGE,)}),
        ("03:00", datetime(2026, 3, 29, 1, tzinfo=UTC), {(1, 1): ()}),
    ]


def test_repeated_wall_times_are_explained_one_by_one():
    candidate = round_the_clock("Europe/Brussels", duration=30, intervals=(60,))
    asked = search(day_start(BACK, BRUSSELS), day_start(BACK, BRUSSELS))

    rows = explain_day([candidate], asked, BACK, BRUSSELS)

    assert len(rows) == 25
    assert [(wall, start.hour) for wall, start, _ in rows[2:5]] == [
        ("02:00", 0),
        ("02:00", 1),
        ("03:00", 2),
    ]


def test_a_day_can_be_explained_in_a_zone_that_is_not_the_office_s():
    kathmandu = ZoneInfo("Asia/Kathmandu")
    candidate = round_the_clock("Europe/Brussels", duration=60, intervals=(60,))
    day = date(2026, 5, 4)
    asked = search(day_start(day, kathmandu), day_start(day, kathmandu))

    rows = explain_day([candidate], asked, day, kathmandu)

    assert len(rows) == 24
    assert rows[0][0] == "00:45"  # 21:00 in Brussels, the evening before
    assert {reasons for _, _, against in rows for reasons in against.values()} == {()}
