"""A bank whose Eva falls ill, her colleagues, and who plans."""

import pytest
import time_machine

from directory.grants import Role
from tests.factories import NOW, make_bank, staff_with, working_advisor


@pytest.fixture
def bank(db):
    return make_bank()


@pytest.fixture
def tom(bank):
    return working_advisor(
        bank.office, bank.subject, code="tom", first_name="Tom", last_name="Wouters"
    )


@pytest.fixture
def planner(bank):
    return staff_with(Role.PLANNER, username="planner")


@pytest.fixture
def staff(client, planner):
    with time_machine.travel(NOW, tick=False):
        client.force_login(planner)
        yield client
