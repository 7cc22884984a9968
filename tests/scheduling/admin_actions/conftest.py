"""A bank, its staff, and their clock."""

import pytest
import time_machine

from tests.factories import (
    NOW,
    AdministratorFactory,
    make_bank,
)


@pytest.fixture
def bank(db):
    return make_bank()


@pytest.fixture
def boss(db):
    return AdministratorFactory(first_name="Ada", last_name="Verhoeven")


@pytest.fixture
def staff(client, boss):
    with time_machine.travel(NOW, tick=False):
        client.force_login(boss)
        yield client
