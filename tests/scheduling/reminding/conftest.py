"""The queue is empty, and no reminder is there by itself."""

import pytest

from scheduling.models import Reminder
from tests.demo import empty_queue as truncate_queue


@pytest.fixture
def empty_queue(db):
    """No job is waiting, and no reminder is there from the start."""
    Reminder.objects.all().delete()
    truncate_queue()
