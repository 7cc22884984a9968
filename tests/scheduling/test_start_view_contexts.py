"""POST /schedule/ctx/: a back end makes a context."""

import json
from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
import time_machine
from django.db import connection
from django.test import Client

from scheduling.models import Flow, PostCount
from segments.links import sign_context
from segments.models import LinkContext, LinkKey, LinkProblem, Segment
from segments.services import make_context
from tests.factories import NOW, CustomerFactory
from tests.scheduling.link_bank import KEY, make_link_bank

pytestmark = pytest.mark.django_db
ADDRESS = "/schedule/ctx/"


@pytest.fixture(autouse=True)
def bank(db):
    make_link_bank()
    with time_machine.travel(NOW, tick=False):
        yield


def order(data, *, key=KEY, kid="demo-1", at=NOW, content_type="application/json"):
    """Post an order as a back end would, with its three headers."""
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    time = str(int(at.timestamp()))
    return Client(enforce_csrf_checks=True).post(
        ADDRESS,
        body,
        content_type=content_type,
        headers={
            "Parlour-Key": kid,
            "Parlour-Time": time,
            "Parlour-Signature": sign_context(body, time=time, key=key),
        },
    )


def assert_refused(answer, status: int) -> None:
    assert answer.status_code == status
    assert answer.json().keys() == {"error"}
    assert answer.json()["error"].endswith(".")
    assert LinkContext.objects.count() == 0


def test_a_back_end_makes_a_context_and_its_link_starts_a_flow(client, settings):
    settings.BASE_URL = "https://book.bank.example/"
    CustomerFactory(customer_number="C-1")

    answer = order(
        {
            "segment": ["HIGH_SIGNED"],
            "subjectId": "mortgage",
            "customer": {"firstName": "Max", "number": None},
            "customer_number": "C-1",
            "metadata": {"price": 250000.50, "new": True},
            "q[property_type]": "house",
            "lock": ["subject", "customer_number"],
        }
    )

    made = answer.json()
    assert answer.status_code == 201
    assert made["url"] == f"https://book.bank.example/schedule/?ctx={made['ctx']}"
    assert datetime.fromisoformat(made["expires"]) == NOW + timedelta(hours=24)
    client.get(f"/schedule/?ctx={made['ctx']}")
    flow = Flow.objects.get()
    assert flow.segment_codes == ["HIGH_SIGNED"]
    assert flow.is_signed
    assert flow.prefill == {"first_name": "Max", "customer_number": "C-1"}
    assert flow.metadata == {"price": "250000.5", "new": "true"}
    assert flow.question_prefill == {"property_type": "house"}
    assert flow.locked == ["customer_number", "subject"]
    assert flow.verified_customer.customer_number == "C-1"
    assert not flow.needs_sign_in
    assert LinkContext.objects.get().key.kid == "demo-1"


def test_numbers_stay_as_they_were_written():
    order(
        b'{"metadata[a]": 2500.00, "metadata[b]": 1e5, "meta.c": ' + b"9" * 5000 + b"}"
    )

    assert [value[:7] for _name, value in LinkContext.objects.get().parameters] == [
        "2500.00",
        "1e5",
        "9999999",
    ]


@pytest.mark.parametrize(
    ("asked", "life"),
    [
        ({"ctx_expires_in": 600}, timedelta(minutes=10)),
        ({"ctx_expires_in": "600"}, timedelta(minutes=10)),
        ({"ctx_expires_in": 10**9}, timedelta(days=30)),
        ({"exp": int(NOW.timestamp()) + 3600}, timedelta(hours=1)),
        ({"exp": 10**11}, timedelta(days=30)),
        ({}, timedelta(hours=24)),
    ],
)
def test_a_context_lives_as_asked_and_at_most_thirty_days(asked, life):
    answer = order(asked)

    assert datetime.fromisoformat(answer.json()["expires"]) == NOW + life
    assert LinkContext.objects.get().parameters == []


@pytest.mark.parametrize(
    "asked", [0, -1, "soon", 1.5, True, [], {"a": 1}, 10**13, "\u0661"]
)
def test_a_life_that_is_no_number_of_seconds_is_refused(asked):
    assert_refused(order({"ctx_expires_in": asked}), 422)


def test_an_end_in_the_past_is_refused():
    assert_refused(order({"exp": int(NOW.timestamp())}), 422)


@pytest.mark.parametrize(
    "body",
    [
        b" ",
        b"{",
        b"\xff",
        b"[]",
        b'"text"',
        b"null",
        b"[" * 60000,
        b'{"metadata": {"a": {"b": 1}}}',
        b'{"segment": {"a": "b"}}',
        b'{"segment": [["a"]]}',
    ],
)
def test_what_is_no_json_object_of_texts_is_refused(body):
    assert_refused(order(body), 400)


@pytest.mark.parametrize(
    "body",
    [
        {"segment": "NOBODY"},
        {"segment": "OLD"},
        {"segment": ""},
        {"segment": ["HIGH", "NOBODY"]},
        {"subject": "nothing", "lock": "subject"},
        {"lock": "all", "office": ""},
    ],
)
def test_parameters_that_would_be_refused_are_refused_at_once(body):
    assert_refused(order(body), 422)
    assert LinkProblem.objects.count() == 0


def test_the_sentence_names_the_segment_that_failed():
    answer = order({"segment": "NOBODY"})

    assert answer.json() == {
        "error": "A link with these parameters would be refused: "
        "unknown segment (segment NOBODY)."
    }


@pytest.mark.parametrize(
    "fault",
    [
        {"key": b"another"},
        {"kid": "nobody"},
        {"kid": ""},
        {"kid": "a\x00b"},
        {"at": NOW - timedelta(minutes=5, seconds=1)},
        {"at": NOW + timedelta(minutes=5, seconds=1)},
    ],
)
def test_a_wrong_key_signature_or_time_is_refused(fault):
    assert_refused(order({}, **fault), 401)


def test_an_order_of_four_minutes_ago_is_taken():
    assert order({}, at=NOW - timedelta(minutes=4)).status_code == 201


def test_an_order_without_proof_is_refused():
    answer = Client().post(ADDRESS, b"{}", content_type="application/json")

    assert_refused(answer, 401)


def test_a_revoked_key_makes_nothing():
    LinkKey.objects.update(revoked_at=NOW)

    assert_refused(order({}), 401)


def test_the_demo_key_makes_nothing_outside_a_demo(settings):
    LinkKey.objects.update(is_demo=True)
    settings.DEMO = False

    assert_refused(order({}), 401)


def test_a_key_makes_contexts_for_its_own_segments_only():
    key = LinkKey.objects.get()
    key.signs_every_segment = False
    key.save()
    key.segments.add(Segment.objects.get(code="LOW"))

    assert_refused(order({"segment": "HIGH"}), 403)
    assert_refused(order({"leadSegment": "LOW,HIGH"}), 403)
    assert order({"segment": "LOW"}).status_code == 201


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", ""]
)
def test_an_order_is_json(content_type):
    assert_refused(order({}, content_type=content_type), 415)


@pytest.mark.parametrize("size", [64 * 1024 + 1, 3_000_000])
def test_an_order_has_64_kilobytes_at_most(size):
    assert_refused(order(b'{"remarks": "' + b"x" * (size - 15) + b'"}'), 413)


def test_an_order_of_64_kilobytes_is_taken():
    body = b'{"remarks": "' + b"x" * (64 * 1024 - 15) + b'"}'

    assert order(body).status_code == 201


def test_what_cannot_be_stored_is_replaced():
    order(b'{"remarks": "a\\u0000b\\ud800", "meta\\u0000": "x"}')

    assert LinkContext.objects.get().parameters == [
        ["remarks", "a\ufffdb\ufffd"],
        ["meta\ufffd", "x"],
    ]


def test_an_order_cannot_lead_to_another_context_or_carry_a_signature():
    order({"ctx": "x", "sig": "y", "kid": "z", "subject": "mortgage"})

    assert LinkContext.objects.get().parameters == [["subject", "mortgage"]]


def test_too_many_orders_are_refused(settings):
    settings.POSTS_PER_MINUTE = 1
    assert order({}).status_code == 201

    answer = order({})

    assert answer.status_code == 429
    assert answer.json().keys() == {"error"}
    assert int(answer["Retry-After"]) >= 1
    assert PostCount.objects.get().count == 1


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_eight_visitors_with_one_portal_context_start_one_flow():
    _row, token = make_context([], source=LinkContext.Source.PORTAL, now=NOW)
    statuses = []
    ready = Barrier(8)

    def visit():
        ready.wait()
        try:
            statuses.append(Client().get(f"/schedule/?ctx={token}").status_code)
        finally:
            connection.close()

    threads = [Thread(target=visit) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [302] + [410] * 7
    assert Flow.objects.count() == 1
