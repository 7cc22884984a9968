"""A bank, and its staff at their desk."""

import pytest
import time_machine

from directory.grants import Role
from tests.factories import NOW, make_bank, staff_with


@pytest.fixture
def bank(db):
    return make_bank()


@pytest.fixture
def planner(bank):
    return staff_with(Role.PLANNER, username="planner", first_name="Pia")


@pytest.fixture
def staff(client, planner):
    with time_machine.travel(NOW, tick=False):
        client.force_login(planner)
        yield client
