"""How full the coming days are: exact minutes of work and of meetings."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from directory.queries import catalogue
from scheduling.insights.filling import Staff, filled
from tests.factories import (
    MONDAY,
    NINE,
    NOW,
    AbsenceFactory,
    AppointmentFactory,
    BusyIntervalFactory,
    ClosureFactory,
    DayTemplateFactory,
    HoldFactory,
    ImportedEventFactory,
    make_bank,
    open_office,
    working_advisor,
)

ALL = Staff(None)
HOUR = 60


@pytest.fixture
def bank(db):
    return make_bank()


def on_monday(staff=ALL, day=MONDAY):
    (found,) = filled(catalogue(), staff, first=day, days=1, now=NOW)
    return found.working, found.booked


def meeting(bank, **fields):
    return AppointmentFactory(
        subject=bank.subject, office=bank.office, advisor=bank.advisor, **fields
    )


def test_a_free_day_is_all_work(bank):
    week = filled(catalogue(), ALL, first=MONDAY, days=7, now=NOW)

    assert [one.day for one in week] == [MONDAY + n * timedelta(1) for n in range(7)]
    assert {one.working for one in week[:5]} == {on_monday()[0]}
    assert on_monday()[0] > 0
    assert [one.working for one in week[5:]] == [0, 0]
    assert {one.booked for one in week} == {0}


def test_open_meetings_are_booked_without_their_buffers(bank):
    meeting(bank, buffer_before=timedelta(minutes=30))
    meeting(bank, starts_at=NINE + timedelta(hours=2), status="requested")
    meeting(bank, starts_at=NINE + timedelta(hours=4), status="cancelled")

    assert on_monday()[1] == 2 * HOUR


def test_holds_and_imported_events_are_no_meetings(bank):
    HoldFactory(advisor=bank.advisor)
    ImportedEventFactory(advisor=bank.advisor)

    assert on_monday()[1] == 0


def test_absences_and_closures_are_no_work(bank):
    whole = on_monday()[0]
    AbsenceFactory(
        advisor=bank.advisor, starts_at=NINE, ends_at=NINE + timedelta(hours=1)
    )
    assert on_monday() == (whole - HOUR, 0)

    ClosureFactory(office=bank.office, first_day=MONDAY, last_day=MONDAY)
    assert on_monday() == (0, 0)


def test_work_outside_opening_hours_does_not_count(bank):
    bank.office.opening_hours.update(opens=time(11), closes=time(12))

    assert on_monday() == (HOUR, 0)


def test_a_meeting_outside_working_hours_counts_on_neither_side(bank):
    meeting(bank, starts_at=datetime(2026, 5, 2, 9, tzinfo=UTC))

    assert on_monday(day=date(2026, 5, 2)) == (0, 0)


def test_a_day_of_its_own_beats_the_week(bank):
    DayTemplateFactory(advisor=bank.advisor, day=MONDAY)  # off

    assert on_monday() == (0, 0)


def test_who_cannot_be_booked_does_not_count(bank):
    bank.advisor.is_online_planning = False
    bank.advisor.save()

    assert on_monday() == (0, 0)


def test_managers_count_their_office_and_advisors_themselves(bank):
    alone = on_monday()
    ghent = open_office(code="ghent")
    hanne = working_advisor(ghent, bank.subject, code="hanne")
    BusyIntervalFactory(
        appointment=AppointmentFactory(office=ghent, advisor=hanne, busy=False)
    )

    assert on_monday(Staff({bank.office.pk})) == alone
    assert on_monday(Staff(set(), hanne.pk))[1] == HOUR
    assert on_monday(Staff(set())) == (0, 0)
    assert on_monday(Staff({bank.office.pk}, hanne.pk)) == on_monday()


def test_the_day_on_which_the_clock_goes_back_has_its_own_hours(bank):
    sunday = date(2026, 10, 25)
    bank.advisor.week_templates.get().blocks.update(
        weekday=6, starts=time(0), ends=time(5)
    )
    bank.office.opening_hours.update(weekday=6, opens=time(0), closes=time(5))

    assert on_monday(day=sunday)[0] == 6 * HOUR


def test_one_query_whatever_the_size(bank, django_assert_num_queries):
    for number in range(5):
        working_advisor(bank.office, bank.subject, code=f"a{number}")
    standing = catalogue()

    with django_assert_num_queries(1):
        filled(standing, ALL, first=MONDAY, days=7, now=NOW)
