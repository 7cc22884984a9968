"""The test data itself."""

import factory
import pytest
from factory.django import DjangoModelFactory

from tests import factories

ALL = [
    item
    for item in vars(factories).values()
    if isinstance(item, type)
    and issubclass(item, DjangoModelFactory)
    and item is not DjangoModelFactory
]


@pytest.mark.django_db
@pytest.mark.parametrize("maker", ALL, ids=lambda maker: maker.__name__)
def test_every_factory_makes_a_row_that_the_database_accepts(maker: factory.Factory):
    row = maker()

    assert type(row).objects.get(pk=row.pk) == row


def test_a_bank_has_what_a_meeting_needs(a_bank):
    assert a_bank.office.opening_hours.count() == 5
    assert a_bank.advisor.week_templates.get().blocks.count() == 5
    assert a_bank.expertise.subject == a_bank.subject
