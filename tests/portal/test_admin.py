"""Banners and accounts in the back office."""

from datetime import date

import pytest
from django.urls import reverse

from portal.models import Banner
from tests.factories import AccountFactory, AdministratorFactory

ADD = "/admin/portal/banner/add/"


@pytest.fixture
def staff_client(client, home):
    client.force_login(AdministratorFactory())
    return client


@pytest.fixture
def fields(home):
    return {
        "code": "house",
        "segment": home.segment.pk,
        "subject": home.bank.subject.pk,
        "title": "A house of your own",
        "button": "Talk about it",
        "is_active": "on",
        "sort_order": 0,
    }


def test_staff_make_a_banner(staff_client, fields):
    answer = staff_client.post(
        ADD, {**fields, "picture": "img/dog.svg", "valid_until": "2026-05-31"}
    )

    assert answer.status_code == 302
    banner = Banner.objects.get()
    assert (banner.code, banner.picture) == ("house", "img/dog.svg")
    assert banner.valid_until == date(2026, 5, 31)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"picture": "img/dog.svg"}, "picture"),  # not among the collected files
        ({"valid_from": "2026-05-02", "valid_until": "2026-05-01"}, "valid_until"),
        ({"code": "no spaces"}, "code"),
        ({"title": ""}, "title"),
    ],
)
def test_a_banner_that_could_not_be_shown_is_refused(
    staff_client, fields, settings, more, field
):
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "tests.portal.storages.NothingCollected"},
    }

    answer = staff_client.post(ADD, {**fields, **more})

    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) == [field]
    assert not Banner.objects.exists()


def test_accounts_are_found_by_their_customer(staff_client, home):
    account = AccountFactory(customer=home.customer)
    AccountFactory()

    page = staff_client.get(
        reverse("admin:portal_account_changelist"),
        {"q": home.customer.customer_number},
    )

    assert list(page.context["cl"].result_list) == [account]
