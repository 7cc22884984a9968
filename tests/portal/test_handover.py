import logging
from base64 import urlsafe_b64decode, urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
import time_machine
from django.contrib.auth import SESSION_KEY
from django.db import connection
from django.test import Client

from directory.models import Customer, User
from portal.errors import HandoverRefused
from portal.handover_tokens import encode, mac, make_token, read
from portal.models import UsedHandover
from portal.services.handover import open_handover
from portal.tasks import purge
from tests.factories import (
    NOW,
    CustomerFactory,
    HandoverKeyFactory,
    StaffFactory,
    UsedHandoverFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

KEY = b"a hand-over key of the tests, 32"
ADDRESS = "/portal/handover/"
NONCE = "0123456789abcdef"
DOCUMENTATION = Path(__file__).parents[2] / "docs" / "handover.md"
OURS = "http://127.0.0.1:8000"


@pytest.fixture(autouse=True)
def at_now(settings):
    settings.BASE_URL = OURS
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def key():
    return HandoverKeyFactory()


@pytest.fixture
def max_murdoch():
    return CustomerFactory(customer_number="C-7")


def token(**changes):
    fields = {
        "key": KEY,
        "kid": "portal-1",
        "customer": "C-7",
        "audience": OURS,
        "nonce": NONCE,
        "expires": NOW + timedelta(seconds=60),
    }
    return make_token(**{**fields, **changes})


def signed(json_text, *, key=KEY):
    first = encode(json_text.encode())
    return f"{first}.{encode(mac(first, key=key))}"


def test_token_is_the_documented_one():
    # docs/handover.md shows the same one.
    made = make_token(
        key=b"parlour-handover-example-32bytes",
        kid="example-1",
        customer="HB-100201",
        audience="https://meet.example.com",
        nonce="8f14e45fceea167a5a36dedd4bea2543",
        expires=NOW,
    )

    assert made in DOCUMENTATION.read_text()


def test_documented_python_makes_tokens_that_work(key, max_murdoch):
    code = DOCUMENTATION.read_text().split("```python\n")[1].split("```")[0]
    names: dict = {}
    exec(code, names)  # noqa: S102  our own documentation

    made = names["handover_token"]("C-7", site=OURS, kid="portal-1", key=KEY)

    assert open_handover(made, now=NOW).customer == max_murdoch


def test_token_is_read_with_and_without_padding():
    first, second = token().split(".")
    padded = f"{first}.{second}{'=' * (-len(second) % 4)}"

    assert read(padded) == read(token())
    assert read(token()).customer == "C-7"


def test_handover_signs_the_customer_in_and_leads_to_the_portal(
    client, key, max_murdoch
):
    max_murdoch.user = UserFactory()
    max_murdoch.save()

    answer = client.post(ADDRESS, {"token": token()})

    assert (answer.status_code, answer["Location"]) == (303, "/portal/")
    assert "no-store" in answer["Cache-Control"]
    assert client.session[SESSION_KEY] == str(max_murdoch.user.pk)
    used = UsedHandover.objects.get()
    assert (used.key, used.expires_at) == (key, NOW + timedelta(seconds=60))
    assert NONCE not in used.nonce_hash


def test_handover_needs_no_cookie_and_no_csrf_token(key, max_murdoch):
    client = Client(enforce_csrf_checks=True)

    answer = client.post(
        ADDRESS, {"token": token()}, headers={"Origin": "https://bank.example"}
    )

    assert answer.status_code == 303
    assert SESSION_KEY in client.session


def test_handover_makes_a_user_whose_password_nobody_knows(client, key, max_murdoch):
    client.post(ADDRESS, {"token": token()})

    max_murdoch.refresh_from_db()
    user = max_murdoch.user
    assert client.session[SESSION_KEY] == str(user.pk)
    assert not user.has_usable_password()
    assert (user.first_name, user.email) == ("Max", "max@example.com")
    assert not user.is_staff
    assert user.username.startswith(f"customer-{max_murdoch.pk}-")


def test_handover_leads_to_a_page_of_ours(client, key, max_murdoch):
    answer = client.post(
        ADDRESS, {"token": token(), "next": "/portal/meetings/?page=2"}
    )

    assert answer["Location"] == "/portal/meetings/?page=2"


def test_handover_works_once(client, key, max_murdoch):
    client.post(ADDRESS, {"token": token()})
    other = Client()

    answer = other.post(ADDRESS, {"token": token()})

    assert answer.status_code == 403
    assert SESSION_KEY not in other.session
    assert UsedHandover.objects.count() == 1


REFUSED = {
    "empty": lambda: "",
    "no signature": lambda: token().partition(".")[0],
    "too long": lambda: "a" * 5000 + ".b",
    "no base64": lambda: "ä.ö",
    "no JSON": lambda: signed("{"),
    "a list": lambda: signed("[]"),
    "deep": lambda: signed("[" * 1500),
    "no customer": lambda: signed('{"aud":"x","exp":1,"nonce":"x","kid":"portal-1"}'),
    "a true expiry": lambda: signed(
        '{"customer":"C-7","aud":"x","exp":true,"nonce":"x","kid":"portal-1"}'
    ),
    "NUL": lambda: token(customer="C-7\0"),
    "half a character": lambda: token(kid="\ud800"),
    "another key": lambda: token(key=b"another"),
    "unknown key": lambda: token(kid="portal-2"),
    "another site": lambda: token(audience="https://other.example"),
    "a slash too much": lambda: token(audience=OURS + "/"),
    "expired": lambda: token(expires=NOW),
    "too far ahead": lambda: token(expires=NOW + timedelta(seconds=301)),
    "short nonce": lambda: token(nonce="0123456789abcde"),
    "long nonce": lambda: token(nonce="n" * 201),
    "unknown customer": lambda: token(customer="C-8"),
    "nobody": lambda: token(customer=""),
    "other case": lambda: token(customer="c-7"),
}


@pytest.mark.parametrize("made", REFUSED.values(), ids=REFUSED)
def test_every_refusal_is_the_same_page_and_writes_nothing(
    client, key, max_murdoch, made
):
    neutral = client.post(ADDRESS, {"token": "x"}).content

    answer = client.post(ADDRESS, {"token": made()})

    assert answer.status_code == 403
    assert answer.content == neutral
    assert SESSION_KEY not in client.session
    assert not UsedHandover.objects.exists()
    assert not User.objects.exists()


def test_every_flipped_byte_is_refused(key, max_murdoch):
    first, second = token().split(".")
    mac_bytes = urlsafe_b64decode(second + "=")
    for place in range(len(first)):
        changed = "A" if first[place] != "A" else "B"
        flipped = first[:place] + changed + first[place + 1 :]
        with pytest.raises(HandoverRefused):
            open_handover(f"{flipped}.{second}", now=NOW)
    for place in range(32):
        flipped = bytearray(mac_bytes)
        flipped[place] ^= 1
        text = urlsafe_b64encode(bytes(flipped)).decode()
        with pytest.raises(HandoverRefused) as refused:
            open_handover(f"{first}.{text}", now=NOW)
        assert refused.value.reason == "signature"
    assert not UsedHandover.objects.exists()


def test_longest_life_is_300_seconds(key, max_murdoch):
    made = token(expires=NOW + timedelta(seconds=300))

    assert open_handover(made, now=NOW).customer == max_murdoch


def test_revoked_key_signs_nobody_in(client, key, max_murdoch):
    key.revoked_at = NOW
    key.save()

    with pytest.raises(HandoverRefused) as refused:
        open_handover(token(), now=NOW)

    assert refused.value.reason == "revoked_key"
    assert not UsedHandover.objects.exists()


def test_demo_key_needs_the_demo(key, max_murdoch, settings):
    key.is_demo = True
    key.save()
    settings.DEMO = False

    with pytest.raises(HandoverRefused) as refused:
        open_handover(token(), now=NOW)

    assert refused.value.reason == "demo_key"


def test_provisional_customer_is_nobody(key):
    CustomerFactory(customer_number="C-7", is_provisional=True)

    with pytest.raises(HandoverRefused) as refused:
        open_handover(token(), now=NOW)

    assert refused.value.reason == "unknown_customer"


@pytest.mark.parametrize(
    ("user", "reason"),
    [
        (lambda: UserFactory(is_active=False), "disabled_user"),
        (StaffFactory, "staff"),
    ],
)
def test_disabled_users_and_staff_are_refused(key, max_murdoch, user, reason):
    Customer.objects.update(user=user())

    with pytest.raises(HandoverRefused) as refused:
        open_handover(token(), now=NOW)

    assert refused.value.reason == reason
    assert not UsedHandover.objects.exists()


def test_locked_out_user_is_refused_and_the_token_stays_unused(
    client, key, max_murdoch
):
    Customer.objects.update(user=UserFactory(username="max"))
    for _ in range(10):
        client.post("/portal/sign-in/", {"username": "max", "password": "wrong"})

    answer = client.post(ADDRESS, {"token": token()})

    assert answer.status_code == 403
    assert SESSION_KEY not in client.session
    assert not UsedHandover.objects.exists()


def test_handover_takes_the_place_of_another_person(client, key, max_murdoch):
    client.force_login(CustomerFactory(user=UserFactory()).user)
    session = client.session
    session["their"] = "secret"
    session.save()
    before = client.session.session_key

    client.post(ADDRESS, {"token": token()})

    max_murdoch.refresh_from_db()
    assert client.session[SESSION_KEY] == str(max_murdoch.user_id)
    assert client.session.session_key != before
    assert "their" not in client.session


def test_refusal_leaves_the_signed_in_person_alone(client, key):
    user = CustomerFactory(user=UserFactory()).user
    client.force_login(user)

    client.post(ADDRESS, {"token": "x"})

    assert client.session[SESSION_KEY] == str(user.pk)


def test_planted_session_key_is_not_kept(client, key, max_murdoch):
    client.session.save()
    planted = client.session.session_key

    client.post(ADDRESS, {"token": token()})

    assert client.session.session_key != planted


def test_only_a_post_opens_the_door(client, key, max_murdoch):
    answer = client.get(ADDRESS, {"token": token()})

    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert b"This address is for sites that send their customers here" in answer.content
    assert not UsedHandover.objects.exists()


def test_reason_goes_to_the_log_and_the_token_does_not(client, key, caplog):
    with caplog.at_level(logging.WARNING, logger="portal.views.handover"):
        client.post(ADDRESS, {"token": token(customer="C-8")})

    ours = [row for row in caplog.records if row.name == "portal.views.handover"]
    assert [row.getMessage() for row in ours] == ["Hand-over refused: unknown_customer"]


def test_handover_costs_few_queries(key, max_murdoch, django_assert_max_num_queries):
    with django_assert_max_num_queries(9):
        open_handover(token(), now=NOW)


def test_used_handovers_are_forgotten_when_they_have_long_expired():
    UsedHandoverFactory(expires_at=NOW - timedelta(hours=2))
    kept = UsedHandoverFactory(
        key__kid="portal-2", expires_at=NOW - timedelta(minutes=5)
    )

    purge(timestamp=0)

    assert UsedHandover.objects.get() == kept


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("other_nonce", [NONCE, "another-nonce-123"])
def test_two_at_once_make_one_user(other_nonce):
    HandoverKeyFactory()
    CustomerFactory(customer_number="C-7")
    start = Barrier(2)

    def hand_over(nonce):
        start.wait()
        try:
            return open_handover(token(nonce=nonce), now=NOW).pk
        except HandoverRefused as refused:
            return refused.reason
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(hand_over, [NONCE, other_nonce]))

    user = User.objects.get()
    expected = {user.pk, "used"} if other_nonce == NONCE else {user.pk}
    assert set(results) == expected
    assert UsedHandover.objects.count() == len({NONCE, other_nonce})
