"""What is proposed for an absent advisor's meetings."""

from datetime import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduling.availability.types import Reason
from scheduling.queries import assignment_options
from scheduling.services.holds import in_order
from scheduling.services.plans import Deed
from scheduling.services.reassigning import possible_advisors
from tests.factories import (
    NINE,
    NOW,
    AbsenceFactory,
    AppointmentFactory,
    AvailabilityRuleFactory,
    open_office,
    working_advisor,
)
from tests.scheduling.absent_advisor.planning import DAY, HOUR, deeds, meeting, plan
from tests.scheduling.desk_booking.ordering import dump

pytestmark = pytest.mark.django_db


def test_a_meeting_goes_to_a_colleague_who_is_free(bank, tom):
    booked = meeting(bank)

    [row] = plan(bank)

    assert row.meeting == booked
    assert row.deed == Deed("give", tom.pk)
    assert [one.id for one in row.free] == [tom.pk]


def test_only_coming_open_meetings_of_the_time_are_planned(bank, tom):
    inside = meeting(bank)
    meeting(bank, start=NINE + DAY)
    meeting(bank, start=NINE + 2 * HOUR, status="cancelled", busy=False)
    meeting(bank, start=NOW - HOUR, status="confirmed")

    assert [row.meeting for row in plan(bank)] == [inside]


def test_without_a_free_colleague_the_customer_is_asked(bank, tom):
    AbsenceFactory(advisor=tom, starts_at=NINE, ends_at=NINE + HOUR)
    meeting(bank)

    [row] = plan(bank)

    assert row.deed == Deed("ask")
    assert [(one.id, why) for one, why in row.others] == [(tom.pk, (Reason.ABSENT,))]


def test_who_cannot_be_written_to_is_left_for_a_call(bank):
    meeting(bank, email="")

    assert deeds(bank) == [("leave", None)]


def test_what_can_be_moved_to_nothing_is_cancelled(bank):
    meeting(bank, segment_codes=["GONE"])

    assert deeds(bank) == [("cancel", None)]


def test_the_order_is_the_engines_own(bank, tom):
    lotte = working_advisor(bank.office, bank.subject, code="lotte", rank=3)
    nina = working_advisor(bank.office, bank.subject, code="nina", rank=2)
    AppointmentFactory(advisor=tom, office=bank.office, starts_at=NINE + 3 * HOUR)
    for who_first in ("senior", "junior", "balanced"):
        rule = AvailabilityRuleFactory(who_first=who_first)
        booked = meeting(bank, reference="ABCDEFGHJK")
        [row] = plan(bank)

        free = [one for one in possible_advisors(booked, now=NOW) if not one.reasons]
        ranks = {tom.pk: 1, lotte.pk: 3, nina.pk: 2}
        slots = [slot_of(one.advisor.id, bank, ranks) for one in free]
        options = assignment_options(
            slots, now=NOW, start=NINE, zone=bank.office.zone, language="en"
        )
        takers = in_order(options, who_first=who_first, preferred=None)
        assert [one.id for one in row.free] == [one.advisor_id for one in takers]
        booked.delete()
        rule.delete()


def slot_of(advisor_id, bank, ranks):
    from scheduling.availability.types import Slot  # noqa: PLC0415

    return Slot(NINE, advisor_id, bank.office.pk, ranks[advisor_id], NINE + HOUR / 2)


def test_what_is_given_away_counts_for_the_next_meeting(bank, tom):
    """With room for one more a day, Tom takes the first and nobody the second."""
    AvailabilityRuleFactory(daily_maximum=1)
    meeting(bank)
    meeting(bank, start=NINE + HOUR)

    assert deeds(bank) == [("give", tom.pk), ("ask", None)]


def test_meetings_are_spread_over_equal_colleagues(bank, tom):
    lotte = working_advisor(bank.office, bank.subject, code="lotte")
    for hours in range(4):
        meeting(bank, start=NINE + hours * HOUR)

    given = [advisor for _kind, advisor in deeds(bank)]

    assert sorted(given) == sorted([tom.pk, lotte.pk] * 2)


def test_a_changed_row_frees_the_colleague_for_another(bank, tom):
    AvailabilityRuleFactory(daily_maximum=1)
    first = meeting(bank)
    meeting(bank, start=NINE + HOUR)

    assert deeds(bank, {first.pk: Deed("cancel")}) == [
        ("cancel", None),
        ("give", tom.pk),
    ]


def test_somebody_who_is_not_free_is_no_taker(bank, tom):
    booked = meeting(bank)
    AppointmentFactory(advisor=tom, office=bank.office, starts_at=NINE)

    [row] = plan(bank, {booked.pk: Deed("give", tom.pk)})

    assert row.taker is None
    assert row.against() == (Reason.BUSY,)


def test_colleagues_of_another_office_are_not_asked(bank):
    ghent = open_office(code="ghent")
    working_advisor(ghent, bank.subject, code="hanne")
    meeting(bank)

    [row] = plan(bank)

    assert (row.free, row.others) == ((), ())


@pytest.mark.parametrize("count", [1, 12])
def test_a_plan_costs_the_same_at_every_size(bank, tom, count):
    for number in range(count):
        meeting(bank, start=NINE + number * HOUR / 2)
    AvailabilityRuleFactory(daily_maximum=30)
    plan(bank)

    with CaptureQueriesContext(connection) as queries:
        found = plan(bank)

    assert len(found) == count
    assert len(queries) == 6, [one["sql"][:120] for one in queries]


def test_a_plan_writes_nothing(bank, tom):
    meeting(bank)
    before = dump()

    plan(bank)

    assert dump() == before


def test_a_colleague_off_work_is_told_apart(bank, tom):
    tom.week_templates.get().blocks.update(ends=time(10))
    meeting(bank)

    [row] = plan(bank)

    assert [(one.id, why) for one, why in row.others] == [
        (tom.pk, (Reason.NOT_WORKING,))
    ]
