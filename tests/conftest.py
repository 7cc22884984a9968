"""Fixtures that several test modules share."""

import pytest

from tests.factories import Bank, make_bank


@pytest.fixture
def a_bank(db) -> Bank:
    """An open office, a subject, and an advisor who takes it Monday to Friday."""
    return make_bank()
