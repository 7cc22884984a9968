"""A bank at a fixed time."""

import pytest
import time_machine

from tests.factories import (
    NOW,
    make_bank,
)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def bank(db):
    return make_bank()
