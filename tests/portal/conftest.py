"""Fixtures of the portal's tests."""

import pytest
import time_machine

from tests.factories import NOW
from tests.portal.home import Home, make_home


@pytest.fixture
def home(db) -> Home:
    """Max with the bank around him."""
    return make_home()


@pytest.fixture
def as_max(client, home):
    """A browser in which Max is signed in, at the time of the tests."""
    client.force_login(home.customer.user)
    with time_machine.travel(NOW, tick=False):
        yield client
