"""A desk with meetings on several days, in several states."""

import pytest
import time_machine

from directory.grants import Role
from tests.factories import NOW, AdministratorFactory, make_bank, staff_with


@pytest.fixture
def bank(db):
    return make_bank()


@pytest.fixture
def boss(db):
    return AdministratorFactory(username="boss", first_name="Ada")


@pytest.fixture
def planner(db):
    return staff_with(Role.PLANNER, username="planner", first_name="Paul")


@pytest.fixture
def staff(client, boss):
    with time_machine.travel(NOW, tick=False):
        client.force_login(boss)
        yield client
