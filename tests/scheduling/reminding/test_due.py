"""When a reminder is due: inside its window, before the meeting, through clock changes."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from scheduling.models import Reminder
from scheduling.reminders import due_at
from tests.scheduling.reminding.due import BRUSSELS, HOUR, MINUTE, local


def reminder(minutes, sends_from="08:00", sends_until="20:00"):
    return Reminder(
        minutes_before=minutes,
        sends_from=time.fromisoformat(sends_from),
        sends_until=time.fromisoformat(sends_until),
    )


@pytest.mark.parametrize(
    ("start", "minutes", "due"),
    [
        # Inside the window, both ends included.
        ("2026-05-04T11:00", 120, "2026-05-04T09:00"),
        ("2026-05-04T11:00", 1440, "2026-05-03T11:00"),
        ("2026-05-04T10:00", 120, "2026-05-04T08:00"),
        ("2026-05-04T22:00", 120, "2026-05-04T20:00"),
        # Too early in the day: the window's start, an hour or more before the meeting.
        ("2026-05-04T09:30", 120, "2026-05-04T08:00"),
        ("2026-05-04T09:00", 120, "2026-05-04T08:00"),
        # Less than an hour: the end of the window before.
        ("2026-05-04T08:59", 120, "2026-05-03T20:00"),
        ("2026-05-04T08:00", 60, "2026-05-03T20:00"),
        ("2026-05-04T05:00", 60, "2026-05-03T20:00"),
        # Too late in the day: tomorrow, or tonight if that would be too late.
        ("2026-05-04T21:00", 1440, "2026-05-04T08:00"),
        ("2026-05-04T23:30", 60, "2026-05-04T20:00"),
        ("2026-05-05T08:30", 720, "2026-05-04T20:00"),
        ("2026-05-05T09:00", 720, "2026-05-05T08:00"),
    ],
)
def test_a_reminder_is_due_inside_its_window(start, minutes, due):
    found = due_at(local(start).astimezone(UTC), reminder(minutes), BRUSSELS)

    assert found == local(due)
    assert found.tzinfo is UTC


def test_the_window_is_on_the_readers_wall_clock():
    start = local("2026-05-04T11:00")

    found = due_at(start, reminder(120), ZoneInfo("America/New_York"))

    # 03:00 in New York: too early; 08:00 there is after the meeting.
    assert found == datetime(2026, 5, 3, 20, tzinfo=ZoneInfo("America/New_York"))


def test_minutes_before_pass_as_they_pass_when_the_clock_changes():
    monday = local("2026-03-30T11:00")  # the day after the clock went forward

    assert due_at(monday, reminder(2880), BRUSSELS) == local("2026-03-28T10:00")


@pytest.mark.parametrize(
    ("start", "window", "due"),
    [
        # The clock skips 02:00 to 03:00: the window opens as far after the gap.
        ("2026-03-29T06:00", ("02:30", "20:00"), "2026-03-29T03:30"),
        # It ends in the gap: as far before it.
        ("2026-03-29T06:30", ("00:30", "02:30"), "2026-03-29T01:30"),
    ],
)
def test_a_window_that_begins_or_ends_in_a_skipped_hour(start, window, due):
    asked = reminder(300 if window[0] == "02:30" else 120, *window)

    assert due_at(local(start), asked, BRUSSELS) == local(due)


def test_a_window_that_lies_in_the_skipped_hour_waits_for_another_day():
    asked = reminder(60, "02:10", "02:50")

    found = due_at(local("2026-03-29T03:30"), asked, BRUSSELS)

    assert found == local("2026-03-28T02:50")


def test_a_window_that_opens_in_the_repeated_hour_opens_once_it_is_due():
    # Due at 02:10 for the second time: the first 02:30 has passed.
    start = local("2026-10-25T02:10", fold=1).astimezone(UTC) + 5 * HOUR

    found = due_at(start, reminder(300, "02:30"), BRUSSELS)

    assert found == local("2026-10-25T02:30", fold=1).astimezone(UTC)


def test_a_window_that_ends_in_the_repeated_hour_ends_before_it_is_due():
    # Due at 02:45 for the first time, half an hour before the meeting.
    due = local("2026-10-25T02:45").astimezone(UTC)

    found = due_at(due + HOUR / 2, reminder(30, "00:10", "02:30"), BRUSSELS)

    assert found == local("2026-10-25T02:30").astimezone(UTC)


ZONES = ["Europe/Brussels", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]
MINUTES_OF_A_YEAR = 365 * 24 * 60


@given(
    start=st.integers(0, 3 * MINUTES_OF_A_YEAR),
    minutes=st.integers(5, 60 * 24 * 30),
    window=st.tuples(st.integers(0, 1439), st.integers(0, 1439)).filter(
        lambda pair: pair[0] < pair[1]
    ),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
)
def test_it_is_always_due_inside_the_window_and_before_the_start(
    start, minutes, window, zone
):
    begins = datetime(2026, 1, 1, tzinfo=UTC) + start * MINUTE
    opens, closes = (time(*divmod(minute, 60)) for minute in window)
    asked = Reminder(minutes_before=minutes, sends_from=opens, sends_until=closes)

    due = due_at(begins, asked, zone)

    assert opens <= due.astimezone(zone).time() <= closes
    assert due <= begins - min(minutes * MINUTE, HOUR)
    assert abs(begins - minutes * MINUTE - due) < timedelta(days=2, hours=1)
