"""GET, HEAD and POST /schedule/."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from django.test import Client

from scheduling.models import Flow, PostCount
from segments.links import decode_query
from segments.models import LinkContext, LinkProblem
from segments.services import make_context
from tests.factories import NOW, UserFactory
from tests.scheduling.link_bank import make_link_bank, signed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def bank(db):
    make_link_bank()
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client() -> Client:
    return Client(enforce_csrf_checks=True)


def test_a_link_starts_a_flow_and_nothing_is_left_in_the_address(client):
    answer = client.get(
        "/schedule/?segment=HIGH&subject=mortgage&email=max@example.com&metadata[a]=1"
    )

    flow = Flow.objects.get()
    assert (answer.status_code, answer["Location"]) == (
        302,
        f"/schedule/{flow.pk}/place/",
    )
    assert answer["Cache-Control"] == "no-store"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert flow.segment_codes == ["HIGH"]
    assert flow.prefill == {"email": "max@example.com"}
    assert flow.metadata == {"a": "1"}
    assert flow.created_at == NOW
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("query", "step"),
    [
        ("", "subject"),
        ("channel=phone", "subject"),
        ("subject=mortgage", "place"),
        ("subject=mortgage&channel=office", "place"),
        ("subject=mortgage&channel=office&office=ghent", "time"),
        ("subject=mortgage&channel=phone", "time"),
    ],
)
def test_it_leads_to_the_first_step_without_an_answer(client, query, step):
    answer = client.get(f"/schedule/?{query}")

    assert answer["Location"] == f"/schedule/{Flow.objects.get().pk}/{step}/"


@pytest.mark.parametrize(
    ("query", "status", "heading"),
    [
        ("segment=NOBODY", 404, "This link does not work"),
        ("segment=HIGH_SIGNED", 404, "This link does not work"),
        ("segment=OLD", 404, "This link does not work"),
        ("ctx=unknown", 404, "This link does not work"),
        ("sig=x", 404, "This link does not work"),
        (signed("segment=HIGH&name=Zelda", exp="1"), 410, "This link has expired"),
        (signed("segment=HIGH&lock=office"), 404, "This link does not work"),
        ("segment=NOBODY&first_name=Zelda", 404, "This link does not work"),
    ],
)
def test_a_refused_link_shows_a_page_that_lists_nothing(client, query, status, heading):
    answer = client.get(f"/schedule/?{query}")

    page = answer.content.decode()
    assert answer.status_code == status
    assert f"<h1>{heading}</h1>" in page
    assert 'href="/schedule/"' in page
    for secret in ("HIGH", "mortgage", "Mortgage", "NOBODY", "Zelda", "antwerp"):
        assert secret not in page
    assert answer["Cache-Control"] == "no-store"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert Flow.objects.count() == 0


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 200),
        ("segment=HIGH&subject=mortgage", 200),
        ("subject=nothing", 200),
        ("segment=NOBODY", 404),
        ("sig=x", 404),
        (signed("", exp="1"), 410),
    ],
)
def test_head_answers_like_get_but_changes_nothing(client, query, status):
    answer = client.head(f"/schedule/?{query}")

    assert answer.status_code == status
    assert answer.content == b""
    assert (Flow.objects.count(), LinkProblem.objects.count()) == (0, 0)


def test_head_does_not_use_up_a_context_and_get_does(client):
    _row, token = make_context(
        [("subject", "mortgage")], source=LinkContext.Source.PORTAL, now=NOW
    )

    statuses = [client.head(f"/schedule/?ctx={token}").status_code for _ in range(2)]
    statuses += [client.get(f"/schedule/?ctx={token}").status_code for _ in range(2)]
    statuses += [client.head(f"/schedule/?ctx={token}").status_code]

    assert statuses == [200, 200, 302, 410, 410]
    assert Flow.objects.count() == 1
    assert LinkContext.objects.get().used_at == NOW


def test_a_form_of_another_site_starts_a_flow(client):
    answer = client.post(
        "/schedule/",
        {"segment": "HIGH", "subjectId": "mortgage", "firstName": "Max", "extra": "1"},
        headers={"Origin": "https://www.bank.example", "Sec-Fetch-Site": "cross-site"},
    )

    flow = Flow.objects.get()
    assert (answer.status_code, answer["Location"]) == (
        303,
        f"/schedule/{flow.pk}/place/",
    )
    assert flow.prefill == {"first_name": "Max"}
    assert flow.ignored_parameters == 1


def test_a_form_may_come_urlencoded_with_repeated_fields(client):
    body = urlencode([("channel", "phone"), ("channel", "video"), ("city", "Liège")])

    client.post("/schedule/", body, content_type="application/x-www-form-urlencoded")

    flow = Flow.objects.get()
    assert flow.channels == ["phone", "video"]
    assert flow.address == {"city": "Liège"}


def test_a_form_signs_its_fields_alike(client):
    fields = decode_query(signed("segment=HIGH_SIGNED&first_name=Zo%C3%AB").encode())

    good = client.post("/schedule/", dict(fields))
    bad = client.post("/schedule/", {**dict(fields), "first_name": "Zoe"})

    assert (good.status_code, bad.status_code) == (303, 404)
    assert Flow.objects.get().is_signed


def test_a_segment_in_a_forms_address_is_never_overlooked(client):
    assert client.post("/schedule/?segment=NOBODY", {"a": "b"}).status_code == 404

    client.post("/schedule/?segment=LOW", {"subject": "mortgage"})

    assert Flow.objects.get().segment_codes == ["LOW"]


@pytest.mark.parametrize("segment", ["HIGH", "NOBODY"])
def test_a_post_never_reads_the_session(client, segment):
    client.force_login(UserFactory())
    client.cookies["sessionid"] = "broken"

    answer = client.post("/schedule/", {"segment": segment})

    assert "Cookie" not in answer.get("Vary", "")
    assert not answer.wsgi_request.session.accessed
    assert not answer.cookies


def test_only_posts_are_counted_and_too_many_are_refused(client, settings):
    settings.POSTS_PER_MINUTE = 2

    statuses = [client.get("/schedule/").status_code for _ in range(5)]
    assert PostCount.objects.count() == 0
    statuses += [client.post("/schedule/").status_code for _ in range(3)]

    assert statuses == [302] * 5 + [303, 303, 429]
    assert 1 <= int(client.post("/schedule/")["Retry-After"]) <= 60
    assert Flow.objects.count() == 7


def test_other_methods_are_refused(client):
    assert client.put("/schedule/").status_code == 405
    assert client.get("/schedule/ctx/").status_code == 405


# Broken links.


def test_a_refused_link_is_recorded_with_the_origin_of_its_page(client):
    for _ in range(2):
        client.get(
            "/schedule/?segment=HIHG&email=max@example.com",
            headers={"Referer": "https://www.bank.example/max?name=Max"},
        )

    row = LinkProblem.objects.get()
    assert (row.problem, row.parameter, row.value) == (
        "unknown_segment",
        "segment",
        "HIHG",
    )
    assert (row.origin, row.count) == ("https://www.bank.example", 2)
    assert "max" not in str(LinkProblem.objects.values().get()).lower()


def test_what_a_link_started_without_is_recorded_too(client):
    client.get("/schedule/?subject=morgage&tz=max@example.com&agent=max@example.com")

    rows = LinkProblem.objects.values_list("problem", "parameter", "value", "origin")
    assert set(rows) == {
        ("bad_choice", "subject", "morgage", ""),
        ("bad_choice", "advisor", "", ""),
        ("bad_zone", "tz", "", ""),
    }
    assert Flow.objects.get().notices == ["choices_skipped"]


def test_a_link_without_problems_leaves_no_record(client):
    client.get("/schedule/?segment=HIGH&subject=mortgage&unknown=1")

    assert LinkProblem.objects.count() == 0
    assert Flow.objects.get().ignored_parameters == 1


# Whatever is sent.


@pytest.mark.parametrize(
    "query",
    [
        "first_name=a%00b",
        "segment=%00",
        "first_name=%ff%fe&%ff=1",
        "metadata[%ed%a0%80]=%ed%a0%80",
        "q[a]=" + "%F0%9F%92%A9" * 5000,
        "&".join(f"a{n}={n}" for n in range(5000)),
        "&".join(f"metadata[{n}]={n}" for n in range(2000)),
        "tz=%00&lang=%00&date=%00&office=%00&advisor=%00&return_url=%00&category=%00",
        "subject=mortgage&channel=" + "," * 10000,
        "customer_number=%00&name=%20%00%20",
        "utm_source=%00&country=%00&lock=%00",
        "%",
        "=&=&&&",
        "sig=%00&kid=%00&exp=%00",
        "sig=a&kid=%00&exp=1893456000",
        "ctx=%00",
    ],
)
def test_odd_bytes_and_long_queries_are_no_error(client, query):
    assert client.get(f"/schedule/?{query}").status_code in (302, 404)
    assert client.head(f"/schedule/?{query}").status_code in (200, 404)
    posted = client.post(
        "/schedule/", query, content_type="application/x-www-form-urlencoded"
    )
    assert posted.status_code in (303, 404)


def test_what_cannot_be_stored_is_replaced(client):
    client.get("/schedule/?first_name=a%00b%ff&metadata[k%00]=%00")

    flow = Flow.objects.get()
    assert flow.prefill == {"first_name": "a\ufffdb\ufffd"}
    assert flow.metadata == {"k\ufffd": "\ufffd"}


def test_a_flow_starts_with_few_queries(client, django_assert_max_num_queries):
    client.get("/schedule/?segment=HIGH&subject=mortgage")
    Flow.objects.all().delete()

    with django_assert_max_num_queries(12):
        client.get("/schedule/?segment=HIGH&subject=mortgage")

    assert Flow.objects.get().last_used_at - NOW == timedelta(0)
