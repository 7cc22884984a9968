"""Looking changes nothing: no page of the back office leaves a row, a job or a mail."""

import pytest
from django.contrib import admin
from django.urls import NoReverseMatch, reverse
from zeal import zeal_ignore

from scheduling.models import Appointment
from tests.access import all_addresses
from tests.factories import AdministratorFactory
from tests.tables import all_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo")]
WRITES = {"admin:logout"}  # by POST; a sign-in's end is no look
PLAIN = ("_add", "_delete", "_history", "_deleted", "_table")  # forms and lists alone


def pages():
    """Yield each address of the back office, with a first row where it wants one."""
    for name, route in sorted(all_addresses()):
        if not route.startswith("admin/") or name in WRITES or name.endswith(PLAIN):
            continue
        for given in ([], [first_key(name)]):
            try:
                yield reverse(name, args=given)
            except NoReverseMatch:
                continue
            break


def first_key(name: str) -> object:
    """Return the key of the first row of the model that an address is about."""
    for model in admin.site._registry:
        if name.startswith(f"admin:{model._meta.app_label}_{model._meta.model_name}_"):
            row = model._default_manager.order_by("pk").first()
            return row.pk if row else 1
    return Appointment.objects.earliest("pk").pk


def test_every_page_is_looked_at_and_nothing_is_written(client, mailoutbox):
    client.force_login(AdministratorFactory())
    client.get(reverse("admin:index"))
    before = all_rows()
    statuses = {}

    with zeal_ignore():  # the history of a row asks for it twice
        for page in pages():
            statuses[page] = client.get(page).status_code

    assert all_rows() == before
    assert mailoutbox == []
    assert {page: status for page, status in statuses.items() if status >= 500} == {}
    assert sum(status == 200 for status in statuses.values()) > 100
