"""Who may see a step, and which: flows, their age, their segments, their order."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from scheduling.models import Appointment, BusyInterval, Flow
from tests.factories import (
    NINE,
    NOW,
    CustomerFactory,
    FlowFactory,
    SegmentFactory,
    SegmentOfferFactory,
    UserFactory,
    make_bank,
)

SLOT = f"{NINE:%Y-%m-%dT%H:%M:%SZ}"
STEPS = ["subject", "place", "time", "questions", "details"]


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def bank(db):
    return make_bank()


def url(flow, step):
    return f"/schedule/{flow.pk}/{step}/"


@pytest.mark.parametrize("step", [*STEPS, "done"])
@pytest.mark.parametrize("method", ["get", "head", "post"])
def test_an_unknown_flow_is_a_helpful_404(bank, client, step, method):
    response = getattr(client, method)(f"/schedule/AAAAAAAAAAAAAAAAAAAAAA/{step}/")

    assert response.status_code == 404
    if method != "head":
        assert 'href="/schedule/"' in response.content.decode()


def test_a_flow_that_nobody_used_for_two_hours_is_gone(bank, client):
    fresh = FlowFactory(last_used_at=NOW - timedelta(hours=2))
    idle = FlowFactory(last_used_at=NOW - timedelta(hours=2, seconds=1))

    assert client.get(url(fresh, "subject")).status_code == 200
    assert client.get(url(idle, "subject")).status_code == 404
    assert client.post(url(idle, "subject"), {"subject": "mortgage"}).status_code == 404
    assert not Flow.objects.filter(pk=idle.pk, subject__isnull=False).exists()


def test_a_later_step_leads_to_the_first_unanswered_one(bank, client):
    flow = FlowFactory(subject=bank.subject)

    for step in ["time", "questions", "details", "done"]:
        response = client.get(url(flow, step))
        assert (response.status_code, response["Location"]) == (303, url(flow, "place"))


def test_a_post_to_a_later_step_changes_nothing(bank, client):
    flow = FlowFactory()

    response = client.post(url(flow, "time"), {"slot": SLOT})

    assert response["Location"] == url(flow, "subject")
    assert not BusyInterval.objects.exists()


def test_a_head_changes_nothing(bank, client):
    flow = FlowFactory(last_used_at=NOW - timedelta(hours=1))

    for step in STEPS:
        client.head(url(flow, step))

    flow.refresh_from_db()
    assert flow.last_used_at == NOW - timedelta(hours=1)


def test_a_segment_that_has_ended_closes_the_flow(bank, client):
    segment = SegmentFactory(code="SPRING", valid_until=NOW)
    SegmentOfferFactory(segment=segment, subject=bank.subject)
    flow = FlowFactory(segment_codes=["SPRING"], subject=bank.subject)

    page = client.get(url(flow, "place"))
    refused = client.post(url(flow, "place"), {"channel": "video"})

    assert page.status_code == refused.status_code == 404
    assert "Mortgage" not in page.content.decode()
    flow.refresh_from_db()
    assert not flow.is_place_answered


def test_another_site_cannot_post_to_a_flow(bank, client):
    flow = FlowFactory()

    response = client.post(
        url(flow, "subject"),
        {"subject": "mortgage"},
        headers={"Sec-Fetch-Site": "cross-site"},
    )

    assert response.status_code == 403
    flow.refresh_from_db()
    assert flow.subject is None


def test_our_own_pages_need_no_token(bank):
    flow = FlowFactory()
    strict = Client(enforce_csrf_checks=True)

    response = strict.post(
        url(flow, "subject"),
        {"subject": "mortgage"},
        headers={"Sec-Fetch-Site": "same-origin"},
    )

    assert response.status_code == 303


def test_too_many_posts_are_told_when_to_try_again(bank, client, settings):
    settings.POSTS_PER_MINUTE = 2
    flow = FlowFactory()
    for _ in range(2):
        client.post(url(flow, "subject"), {})

    response = client.post(url(flow, "subject"), {"subject": "mortgage"})

    assert response.status_code == 429
    assert 1 <= int(response["Retry-After"]) <= 60
    assert client.get(url(flow, "subject")).status_code == 200


def test_a_flow_from_the_portal_asks_for_that_sign_in(bank, client):
    mine, other = UserFactory(), UserFactory()
    flow = FlowFactory(needs_sign_in=True, verified_customer=CustomerFactory(user=mine))
    CustomerFactory(user=other)

    anonymous = client.get(url(flow, "subject"))
    client.force_login(other, backend="config.auth.Backend")
    stranger = client.get(url(flow, "subject"))
    client.force_login(mine, backend="config.auth.Backend")
    owner = client.get(url(flow, "subject"))

    assert anonymous.status_code == 302
    assert "next=" in anonymous["Location"]
    assert stranger.status_code == 404
    assert owner.status_code == 200


def test_pages_speak_the_language_of_the_link(bank, client):
    flow = FlowFactory(language="nl")

    page = client.get(url(flow, "subject"))

    assert page["Content-Language"] == "nl"
    assert '<html lang="nl">' in page.content.decode()
    assert client.get("/schedule/unknown/subject/")["Content-Language"] == "en"


def test_pages_are_not_stored(bank, client):
    page = client.get(url(FlowFactory(), "subject"))

    assert "no-store" in page["Cache-Control"]


def test_steps_that_the_link_answered_are_done_and_keep_their_number(bank, client):
    flow = FlowFactory(
        subject=bank.subject,
        channel="video",
        is_place_answered=True,
        preset=["subject", "channel"],
    )

    steps = client.get(url(flow, "time")).context["progress"]

    assert [(step.number, step.state) for step in steps] == [
        (1, "done"),
        (2, "done"),
        (3, "current"),
        (4, "todo"),
        (5, "todo"),
    ]
    assert [bool(step.url) for step in steps] == [True, True, False, False, False]


def test_a_skipped_questionnaire_is_shown_as_done(bank, client):
    flow = FlowFactory(
        subject=bank.subject, channel="video", is_place_answered=True, slot=NINE
    )

    steps = client.get(url(flow, "details")).context["progress"]

    assert [step.state for step in steps] == ["done"] * 4 + ["current"]
    assert steps[3].url == ""
    assert client.get(url(flow, "questions"))["Location"] == url(flow, "details")


def test_a_booked_flow_leads_to_its_confirmation_from_everywhere(bank, client):
    flow = FlowFactory(subject=bank.subject, is_booked=True)

    for step in STEPS:
        assert client.get(url(flow, step))["Location"] == url(flow, "done")
        assert client.post(url(flow, step), {})["Location"] == url(flow, "done")
    assert not Appointment.objects.exists()
