"""A meeting with documents, at a fixed time."""

import pytest
import time_machine

from scheduling.models import Appointment
from tests.demo import empty_queue
from tests.factories import (
    NOW,
    make_bank,
)
from tests.scheduling.meetings import booked


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def bank(db):
    empty_queue()
    return make_bank()


@pytest.fixture
def appointment(bank) -> Appointment:
    return booked(bank)
