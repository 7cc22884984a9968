import re
from datetime import timedelta

import pytest
import time_machine
from axes.models import AccessAttempt, AccessLog
from django.contrib.auth import SESSION_KEY
from django.test import Client

from portal.password_mails import password_url
from tests.factories import NOW, CustomerFactory, StaffFactory, UserFactory

pytestmark = pytest.mark.django_db

WRONG = "wrong"
SIGN_IN = "/portal/sign-in/"


@pytest.fixture(autouse=True)
def at_now():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def max_murdoch():
    return CustomerFactory(user=UserFactory(username="max", email="max@example.com"))


def sign_in(client, username="max", password=WRONG, address=SIGN_IN, **extra):
    fields = {"username": username, "password": password}
    return client.post(address, fields, **extra)


def lock(client, **fields):
    return [sign_in(client, **fields) for _ in range(10)][-1]


def test_tenth_wrong_password_closes_the_sign_in(client, max_murdoch):
    answers = [sign_in(client) for _ in range(10)]

    assert [answer.status_code for answer in answers] == [422] * 9 + [429]
    assert answers[-1]["Retry-After"] == "900"
    assert answers[-1]["Cache-Control"] == "no-store"
    page = answers[-1].content.decode()
    assert "The password was wrong too often" in page
    assert "closed for 15 minutes" in page
    assert "max" not in re.sub(r"<[^>]+>", "", page)


def test_right_password_does_not_open_it_before(client, max_murdoch, at_now):
    lock(client)
    at_now.shift(timedelta(minutes=14, seconds=59))
    assert sign_in(client, password="secret").status_code == 429
    assert SESSION_KEY not in client.session

    at_now.shift(timedelta(seconds=2))  # trying did not make it longer

    assert sign_in(client, password="secret").status_code == 303


def test_known_and_unknown_names_are_closed_alike(max_murdoch):
    known, unknown = Client(), Client()
    pages = [
        lock(client, username=name)
        for client, name in ((known, "max"), (unknown, "nob"))
    ]

    assert pages[0].content == pages[1].content
    assert pages[0].headers == pages[1].headers
    again = [
        sign_in(known, "max", "secret").content,
        sign_in(unknown, "nob", "x").content,
    ]
    assert again == [pages[0].content] * 2


def test_other_names_and_other_addresses_stay_open(client, max_murdoch):
    CustomerFactory(user=UserFactory(username="nate"))
    lock(client)

    assert sign_in(client, "nate", "secret").status_code == 303
    elsewhere = sign_in(Client(), password="secret", REMOTE_ADDR="192.0.2.7")
    assert elsewhere.status_code == 303


def test_address_behind_our_proxy_is_the_visitors(client, max_murdoch, settings):
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    lock(client, headers={"X-Forwarded-For": "203.0.113.1, 192.0.2.7"})

    other = sign_in(client, password="secret", headers={"X-Forwarded-For": "192.0.2.8"})

    assert AccessAttempt.objects.get().ip_address == "192.0.2.7"
    assert other.status_code == 303


@pytest.mark.parametrize("address", ["", "unknown", "x" * 60])
def test_odd_peer_address_breaks_nothing(client, max_murdoch, address):
    assert sign_in(client, REMOTE_ADDR=address).status_code == 422


def test_success_forgets_earlier_mistakes(client, max_murdoch):
    for _ in range(9):
        sign_in(client)
    sign_in(client, password="secret")

    assert not AccessAttempt.objects.exists()
    assert not AccessLog.objects.exists()


def test_passwords_are_not_kept(client, max_murdoch):
    sign_in(client, password="my-real-password")

    attempt = AccessAttempt.objects.get()
    assert "my-real-password" not in f"{attempt.post_data}{attempt.get_data}"


def test_new_password_opens_it_at_once(client, max_murdoch):
    lock(client)

    address = client.get(password_url(max_murdoch.user), follow=True).redirect_chain
    new = "a-long-new-word"
    client.post(address[-1][0], {"new_password1": new, "new_password2": new})

    assert sign_in(client, password=new).status_code == 303


def test_back_office_has_its_own_sign_in_and_its_own_words(client):
    StaffFactory(username="eva")
    page = client.get("/admin/")
    assert page["Location"] == "/admin/login/?next=/admin/"

    locked = lock(client, username="eva", address="/admin/login/?next=/admin/")

    assert locked.status_code == 429
    assert "please ask your administrator" in locked.content.decode()
    assert 'href="/admin/login/"' in locked.content.decode()
    assert (
        sign_in(
            Client(REMOTE_ADDR="192.0.2.7"),
            "eva",
            "secret",
            "/admin/login/?next=/admin/",
        ).headers["Location"]
        == "/admin/"
    )


def test_posts_are_counted_by_address_whatever_the_name(client, settings):
    settings.POSTS_PER_MINUTE = 5
    answers = [sign_in(client, f"name-{number}") for number in range(6)]

    assert [answer.status_code for answer in answers] == [422] * 5 + [429]
    assert int(answers[-1]["Retry-After"]) <= 60
    assert sign_in(client, REMOTE_ADDR="192.0.2.7").status_code == 422
