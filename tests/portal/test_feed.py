import re
from datetime import timedelta

import icalendar
import pytest
import time_machine
from django.conf import settings as site

from config.logs import route_of
from directory.models import User
from portal.models import CalendarFeed
from portal.services.feed import present_token, remove_feed, renew_feed
from scheduling.ical import calendar_file
from scheduling.models import Appointment
from scheduling.tokens import hash_token
from tests.factories import (
    NOW,
    AppointmentFactory,
    CustomerFactory,
    UserFactory,
    make_bank,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_now():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def bank():
    return make_bank()


@pytest.fixture
def max_murdoch(bank):
    return CustomerFactory(user=UserFactory(username="max"))


@pytest.fixture
def address(max_murdoch):
    return f"/portal/feed/{renew_feed(max_murdoch, now=NOW)}.ics"


def meeting(customer, bank, days=5, **fields):
    fields = {
        "customer": customer,
        "subject": bank.subject,
        "office": bank.office,
        "advisor": bank.advisor,
        "busy": False,
        "starts_at": NOW + timedelta(days=days),
        **fields,
    }
    return AppointmentFactory(**fields)


def events(answer):
    assert answer.status_code == 200
    return icalendar.Calendar.from_ical(answer.content).walk("VEVENT")


def references(answer):
    return [str(event["UID"]).partition("@")[0] for event in events(answer)]


def test_customer_makes_replaces_and_removes_the_address(client, max_murdoch):
    client.force_login(max_murdoch.user)
    answer = client.post("/portal/profile/feed/", {"action": "renew"})
    assert answer["Location"] == "/portal/profile/#calendar"
    first = client.get("/portal/profile/").context["feed_url"]
    path = first.removeprefix(site.BASE_URL)
    assert re.fullmatch(r"/portal/feed/[\w-]{22}\.ics", path)
    assert client.get(path).status_code == 200

    client.post("/portal/profile/feed/", {"action": "renew"})
    second = client.get("/portal/profile/").context["feed_url"]
    assert client.get(path).status_code == 404
    assert client.get(second.removeprefix(site.BASE_URL)).status_code == 200

    client.post("/portal/profile/feed/", {"action": "remove"})
    client.post("/portal/profile/feed/", {"action": "remove"})
    assert client.get("/portal/profile/").context["feed_url"] == ""
    assert client.get(second.removeprefix(site.BASE_URL)).status_code == 404


def test_only_the_hash_is_stored_and_an_old_address_never_comes_back(max_murdoch):
    tokens = set()
    for _ in range(5):
        token = renew_feed(max_murdoch, now=NOW)
        tokens.add(token)
        feed = CalendarFeed.objects.get()
        assert feed.token_hash == hash_token(token)
        assert present_token(feed) == token
        remove_feed(max_murdoch)

    assert len(tokens) == 5


def test_address_of_another_secret_is_not_shown(max_murdoch, settings):
    renew_feed(max_murdoch, now=NOW)
    settings.SECRET_KEY = "another"

    assert present_token(CalendarFeed.objects.get()) == ""


def test_feed_needs_no_sign_in_and_no_cookie(client, address, max_murdoch, bank):
    shown = meeting(max_murdoch, bank)

    answer = client.get(address)

    assert references(answer) == [shown.reference]
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Cache-Control"] == "private, no-cache"
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")
    calendar = icalendar.Calendar.from_ical(answer.content)
    assert calendar["METHOD"] == "PUBLISH"
    assert calendar["X-WR-CALNAME"] == "Meetings at Halyard Bank"


def test_feed_has_the_last_90_days_and_all_that_comes(
    client, address, max_murdoch, bank
):
    meeting(max_murdoch, bank, days=-91, status="completed")
    wanted = [
        meeting(max_murdoch, bank, days=-89, status="completed"),
        meeting(max_murdoch, bank, days=5),
        meeting(max_murdoch, bank, days=6, status="requested"),
        meeting(max_murdoch, bank, days=400, status="cancelled", revision=3),
    ]
    meeting(max_murdoch, bank, days=-3, status="no_show")
    meeting(CustomerFactory(), bank, days=7)

    found = events(client.get(address))

    assert [str(event["UID"]).partition("@")[0] for event in found] == [
        appointment.reference for appointment in wanted
    ]
    assert [event["STATUS"] for event in found] == [
        "CONFIRMED",
        "CONFIRMED",
        "TENTATIVE",
        "CANCELLED",
    ]
    assert [event["SEQUENCE"] for event in found] == [0, 0, 0, 3]


def test_events_are_those_of_the_mails(client, address, max_murdoch, bank):
    booked = meeting(max_murdoch, bank, revision=2)

    (event,) = events(client.get(address))

    (mailed,) = icalendar.Calendar.from_ical(calendar_file(booked)).walk("VEVENT")
    shared = ("UID", "SEQUENCE", "DTSTART", "DTEND", "SUMMARY", "LOCATION", "DTSTAMP")
    assert {name: event[name] for name in shared} == {
        name: mailed[name] for name in shared
    }
    assert "ATTENDEE" not in event


def test_calendar_program_that_has_it_gets_304(client, address, max_murdoch, bank):
    booked = meeting(max_murdoch, bank)
    first = client.get(address)

    for header in (
        {"If-None-Match": first["ETag"]},
        {"If-Modified-Since": first["Last-Modified"]},
        {"If-None-Match": first["ETag"], "If-Modified-Since": "x"},
    ):
        again = client.get(address, headers=header)
        assert (again.status_code, again.content) == (304, b"")
        assert again["ETag"] == first["ETag"]

    Appointment.objects.filter(pk=booked.pk).update(
        starts_at=booked.starts_at - timedelta(hours=1),
        revision=1,
        changed_at=NOW + timedelta(minutes=1),
    )
    for header in (
        {"If-None-Match": first["ETag"]},
        {"If-Modified-Since": first["Last-Modified"]},
    ):
        assert client.get(address, headers=header).status_code == 200


def test_missed_meeting_leaves_the_calendar_and_is_a_change(
    client, address, max_murdoch, bank
):
    missed = meeting(max_murdoch, bank, days=-1)
    first = client.get(address)
    Appointment.objects.filter(pk=missed.pk).update(
        status="no_show", changed_at=NOW + timedelta(hours=1)
    )

    again = client.get(address, headers={"If-Modified-Since": first["Last-Modified"]})

    assert references(again) == []


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_feed_is_only_read(client, address, method):
    assert getattr(client, method)(address).status_code == 405


@pytest.mark.parametrize("token", ["x", "a" * 22, "a" * 300, "0" * 64])
def test_made_up_address_is_404(client, address, token):
    assert client.get(f"/portal/feed/{token}.ics").status_code == 404


def test_disabled_customer_has_no_feed(client, address):
    User.objects.update(is_active=False)

    assert client.get(address).status_code == 404


def test_customer_without_a_user_keeps_the_feed(client, bank):
    customer = CustomerFactory()
    token = renew_feed(customer, now=NOW)

    assert client.get(f"/portal/feed/{token}.ics").status_code == 200


@pytest.mark.parametrize("count", [3, 300])
def test_feed_costs_the_same_queries_at_any_size(
    client, address, max_murdoch, bank, django_assert_num_queries, count
):
    for number in range(count):
        channel = ("video", "phone", "office", "on_location")[number % 4]
        meeting(max_murdoch, bank, days=number, channel=channel)
    client.get(address)
    with django_assert_num_queries(3):
        assert len(events(client.get(address))) == count


def test_log_names_the_route_not_the_token(address):
    assert route_of(address) == "/portal/feed/<slug:token>.ics"
