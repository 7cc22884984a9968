"""Whole lives of meetings: random deeds one after the other, and by eight at once.

PARLOUR_EXAMPLES sets the number of random lives (4 without it).
"""

import os
import random
from datetime import timedelta

import pytest
from django.db import connection, transaction
from hypothesis import settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from scheduling.errors import SchedulingError
from scheduling.models import Appointment, AppointmentEvent
from tests.factories import NINE, NOW
from tests.scheduling.life import People, bank_of_three, check_everything, try_to
from tests.scheduling.test_races import race

LIVES = int(os.environ.get("PARLOUR_EXAMPLES", "4"))
DEEDS = len(People.deeds(People.__new__(People)))
THREADS = 8
DEEDS_OF_EACH = 12


def dice_of(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311  (nothing to guess)


class Lives(RuleBasedStateMachine):
    """One office and three advisors; every life is rolled back."""

    def __init__(self) -> None:
        super().__init__()
        self.frame = transaction.atomic()
        self.frame.__enter__()
        self.now = NOW

    @initialize(seed=st.integers(0, 2**32))
    def open_the_bank(self, seed):
        self.people = People(bank_of_three(), dice_of(seed))

    @rule(deed=st.integers(0, DEEDS - 1))
    def do_something(self, deed):
        with transaction.atomic():
            try_to(self.people.deeds()[deed], self.now, SchedulingError)

    @rule(deed=st.sampled_from([0, 2, 3, 4, 6]))
    def do_what_moves_time_about(self, deed):
        with transaction.atomic():
            try_to(self.people.deeds()[deed], self.now, SchedulingError)

    @rule(minutes=st.sampled_from([1, 11, 60, 24 * 60]))
    def time_passes(self, minutes):
        self.now = min(self.now + timedelta(minutes=minutes), NINE + timedelta(days=9))

    @invariant()
    def nothing_is_wrong(self):
        check_everything(now=self.now)

    def teardown(self):
        transaction.set_rollback(True)
        self.frame.__exit__(None, None, None)


@pytest.mark.slow
@pytest.mark.django_db
def test_random_lives_break_nothing():
    run_state_machine_as_test(
        Lives,
        settings=settings(max_examples=LIVES, stateful_step_count=30, deadline=None),
    )


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", [1, 2])
def test_eight_at_once_break_nothing(seed, settings):
    settings.BOOKINGS_PER_HOUR_AND_EMAIL = 10**6
    bank = bank_of_three()
    for number in range(6):
        try_to(People(bank, dice_of(number)).book_a_new_one, NOW, SchedulingError)

    def life(number):
        dice = dice_of(1000 * seed + number)
        people = People(bank, dice)
        for _deed in range(DEEDS_OF_EACH):
            deed = dice.choice(people.deeds()[:9])
            try_to(deed, NOW + timedelta(seconds=dice.randrange(60)), SchedulingError)
        return connection.is_usable()

    results = race([lambda number=number: life(number) for number in range(THREADS)])

    assert results == [True] * THREADS
    check_everything(now=NOW + timedelta(minutes=1))
    assert AppointmentEvent.objects.count() > Appointment.objects.count() > 1
