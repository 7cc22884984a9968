"""Every list of the back office: quick at any length, searched, filtered, in words."""

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from zeal import zeal_ignore

from tests.roles import OTHERS, more_rows, more_shared_rows
from tests.undrawn import UndrawnClient

LISTS = {
    model._meta.label_lower: listed
    for model, listed in admin.site._registry.items()
    if model._meta.label_lower not in OTHERS
}
# There is one row, or one for each role.
ALONE = {"directory.organisation", "auth.group"}
# One row, or a handful: nothing to choose among.
WITHOUT_FILTERS = {"auth.group", "directory.organisation"}


@pytest.fixture
def staff(world_of_roles):
    client = Client()
    client.force_login(world_of_roles.people["a"])
    return client


def list_of(label: str) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_changelist")


def test_lists_cost_the_same_with_few_rows_and_with_many(staff, world_of_roles):
    def cost(label: str) -> int:
        with CaptureQueriesContext(connection) as made:
            page = staff.get(list_of(label))
        assert page.status_code == 200
        return len(made)

    def length(label: str) -> int:
        return LISTS[label].model._base_manager.count()

    def warm() -> None:
        staff.get(reverse("admin:index"))  # loads what is kept between pages

    warm()
    with zeal_ignore():  # what is counted is more than what it finds
        before = {label: (cost(label), length(label)) for label in LISTS}
        more_rows(world_of_roles, 5)
        as_before = {
            label for label, (_, few) in before.items() if length(label) < few + 3
        }
        more_shared_rows(as_before - ALONE)
        warm()
        after = {label: (cost(label), length(label)) for label in LISTS}

    assert {label: few for label, (few, _) in before.items()} == {
        label: many for label, (many, _) in after.items()
    }
    assert max(many for many, _ in after.values()) <= 16
    assert all(after[label][1] >= before[label][1] + 3 for label in set(LISTS) - ALONE)


def test_a_list_has_columns_a_search_and_filters():
    for label, listed in LISTS.items():
        assert tuple(listed.list_display) != ("__str__",), label
        assert listed.search_fields, label
        assert bool(listed.list_filter) != (label in WITHOUT_FILTERS), label
        assert listed.list_per_page == 50, label


def test_every_column_of_a_list_that_has_an_order_sorts_it(world_of_roles):
    client = UndrawnClient()
    client.force_login(world_of_roles.people["a"])
    for label in LISTS:
        columns = len(client.get(list_of(label)).context["cl"].list_display)
        for number in range(columns):
            sorted_ = client.get(list_of(label), {"o": f"-{number}"})
            assert sorted_.status_code == 200, (label, number)
