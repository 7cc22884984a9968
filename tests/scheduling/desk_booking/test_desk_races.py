"""Staff and customers want the same start at the same moment."""

import pytest

from scheduling.errors import SlotTaken
from scheduling.management.commands.verify import count_everything
from scheduling.models import Appointment, BusyInterval
from scheduling.services.booking import book
from scheduling.services.desk import book_for_customer
from tests.factories import NINE, NOW, flow_at_time, make_bank, working_advisor
from tests.scheduling.desk_booking.ordering import MAX, order
from tests.scheduling.test_races import of_type, race

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def a_race_bank(transactional_db):
    return make_bank()


def by_staff(bank, key):
    wanted = order(bank, key=key)
    return lambda: book_for_customer(wanted, now=NOW, user=None)


@pytest.mark.parametrize("attempt", range(5))
def test_of_two_staff_and_a_customer_one_wins(a_race_bank, attempt):
    walk = flow_at_time(a_race_bank, slot=NINE)
    results = race(
        [
            by_staff(a_race_bank, "desk-aaaaaaaaaaaaaaaaa"),
            lambda: book(walk, details=MAX, now=NOW),
            by_staff(a_race_bank, "desk-bbbbbbbbbbbbbbbbb"),
        ]
    )

    assert len(of_type(results, Appointment)) == 1, results
    assert len(of_type(results, SlotTaken)) == 2, results
    assert Appointment.objects.count() == BusyInterval.objects.count() == 1
    assert count_everything(now=NOW)["faults"] == 0


def test_one_form_pressed_many_times_books_once(a_race_bank):
    for code in ("tom", "lotte"):
        working_advisor(a_race_bank.office, a_race_bank.subject, code=code)
    one = by_staff(a_race_bank, "desk-aaaaaaaaaaaaaaaaa")

    results = race([one] * 12)

    assert len({made.pk for made in of_type(results, Appointment)}) == 1, results
    assert len(of_type(results, Appointment)) == 12
    assert Appointment.objects.count() == BusyInterval.objects.count() == 1
    assert count_everything(now=NOW)["faults"] == 0
