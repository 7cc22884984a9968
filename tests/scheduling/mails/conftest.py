"""The queue of mails is empty at first."""

import pytest

from tests.demo import empty_queue


@pytest.fixture(autouse=True)
def _empty_queue(db):
    empty_queue()
