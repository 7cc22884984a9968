"""Fixtures that several test modules share."""

import pytest

from scheduling.models import Flow
from tests.factories import Bank, flow_at_time, make_bank


@pytest.fixture
def a_bank(db) -> Bank:
    """An open office, a subject, and an advisor who takes it Monday to Friday."""
    return make_bank()


@pytest.fixture
def a_flow(a_bank) -> Flow:
    """A flow that has chosen the bank's subject by video: the time comes next."""
    return flow_at_time(a_bank)
