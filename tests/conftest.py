"""Fixtures that several test modules share."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction

from scheduling.models import Flow
from tests import roles
from tests.demo import DEMO_NOW, seed_bank
from tests.factories import NOW, Bank, flow_at_time, make_bank


@pytest.fixture
def a_bank(db) -> Bank:
    """An open office, a subject, and an advisor who takes it Monday to Friday."""
    return make_bank()


@pytest.fixture
def a_flow(a_bank) -> Flow:
    """A flow that has chosen the bank's subject by video: the time comes next."""
    return flow_at_time(a_bank)


def analyze() -> None:
    """Count the long tables' rows for the planner: nobody else sees them to do it."""
    tables = "directory_customer, scheduling_appointment, scheduling_busyinterval"
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {tables}")


@pytest.fixture(scope="module")
def demo_bank(django_db_setup: Any, django_db_blocker: Any) -> Iterator[None]:
    """The demo bank for all tests of a module, inside a transaction around them."""
    with django_db_blocker.unblock(), transaction.atomic():
        seed_bank()
        analyze()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def demo(demo_bank: None, db: None) -> Iterator[None]:
    """The demo bank at its own time; what a test writes is taken back."""
    with time_machine.travel(DEMO_NOW, tick=False):
        yield


@pytest.fixture(scope="module")
def made_world(django_db_setup: Any, django_db_blocker: Any) -> Iterator[roles.World]:
    """The people and rows of tests/roles.py for all tests of a module."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield roles.make_world()
        transaction.set_rollback(True)


@pytest.fixture
def world_of_roles(made_world: roles.World, db: None) -> Iterator[roles.World]:
    """That world at the factories' time; what a test writes is taken back."""
    with time_machine.travel(NOW, tick=False):
        yield deepcopy(made_world)
