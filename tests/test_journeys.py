"""Whole journeys as a browser without JavaScript makes them: links, forms, redirects."""

import pytest
import time_machine
from django.test import Client

from scheduling.models import Appointment, BusyInterval, Message
from tests.factories import NINE, NOW, PostalPlaceFactory, QuestionFactory, make_bank

SLOT = f"{NINE:%Y-%m-%dT%H:%M:%SZ}"
PERSON = {
    "first_name": "Max",
    "last_name": "Murdoch",
    "email": "max@example.com",
    "consent": "on",
}


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def bank(db):
    return make_bank()


def follow(client: Client, url: str) -> str:
    """Return where a scheduling link leads to."""
    response = client.get(url)
    assert response.status_code == 302, response.content
    return response["Location"]


def post(client: Client, url: str, **fields: str) -> str:
    """Post a step and return where it leads to."""
    response = client.post(url, fields)
    assert response.status_code == 303, response.content.decode()
    return response["Location"]


def test_a_visitor_books_a_meeting_at_an_office(bank, client):
    QuestionFactory(subject=bank.subject, code="purpose", is_required=True)

    subject = follow(client, "/schedule/")
    assert subject.endswith("/subject/")
    place = post(client, subject, subject="mortgage")
    assert place.endswith("/place/")
    time = post(client, place, channel="office", office="antwerp")
    assert time.endswith("/time/")
    assert SLOT in client.get(f"{time}?date=2026-05-04").content.decode()
    questions = post(client, time, slot=SLOT)
    assert questions.endswith("/questions/")
    details = post(client, questions, q_purpose="A house")
    assert details.endswith("/details/")
    done = post(client, details, **PERSON)
    page = client.get(done)

    appointment = Appointment.objects.get()
    assert appointment.starts_at == NINE
    assert appointment.status == "confirmed"
    assert (appointment.office, appointment.advisor) == (bank.office, bank.advisor)
    assert appointment.first_name == "Max"
    assert appointment.answers[0]["value"] == "A house"
    assert BusyInterval.objects.get().appointment == appointment
    assert Message.objects.filter(kind="confirmed").count() == 2
    assert page.status_code == 200
    assert appointment.reference in page.content.decode()


def test_no_page_of_a_journey_sets_a_cookie(bank, client):
    page = follow(client, "/schedule/?subject=mortgage&channel=video")
    client.get(page)
    details = post(client, page, slot=SLOT)
    client.get(details)
    done = post(client, details, **PERSON)
    client.get(done)

    assert not client.cookies


def test_what_the_link_said_is_not_asked_again(bank, client):
    time = follow(
        client, "/schedule/?subject=mortgage&channel=office&office=antwerp&name=Max+M"
    )
    assert time.endswith("/time/")

    details = post(client, time, slot=SLOT)
    page = client.get(details).content.decode()

    assert 'value="Max"' in page
    assert "We filled in what we know about you" in page


def test_a_home_visit_finds_its_office_by_the_postal_code(bank, client):
    place = follow(client, "/schedule/?subject=mortgage")

    time = post(
        client,
        place,
        channel="on_location",
        street="Meir 1",
        postal_code="2018",
        city="Antwerpen",
    )
    details = post(client, time, slot=SLOT)
    post(client, details, **PERSON)

    appointment = Appointment.objects.get()
    assert appointment.office == bank.office
    assert appointment.address["street"] == "Meir 1"


def test_a_lost_slot_is_replaced_without_typing_anything_again(bank, client):
    page = follow(client, "/schedule/?subject=mortgage&channel=video")
    details = post(client, page, slot=SLOT)
    with time_machine.travel(NOW.replace(minute=30), tick=False):
        other = follow(client, "/schedule/?subject=mortgage&channel=video")
        post(client, post(client, other, slot=SLOT), **PERSON)

        refused = client.post(details, {**PERSON, "remarks": "By bicycle"})
        text = refused.content.decode()
        alternatives = [value for value, _text in refused.context["alternatives"]]
        again = post(client, page, slot=alternatives[0])
        kept = client.get(again).content.decode()
        done = post(client, again, **PERSON)

    assert refused.status_code == 422
    assert "By bicycle" in text
    assert len(alternatives) == 3
    assert again == details
    assert "By bicycle" in kept
    assert 'value="max@example.com"' in kept
    assert "checked" in kept
    assert client.get(done).status_code == 200
    assert Appointment.objects.count() == 2


def test_a_double_click_books_once(bank, client):
    page = follow(client, "/schedule/?subject=mortgage&channel=video")
    details = post(client, page, slot=SLOT)

    first = post(client, details, **PERSON)
    second = post(client, details, **PERSON)

    assert first == second
    assert Appointment.objects.count() == 1


def test_a_customer_cancels_by_the_manage_link(bank, client):
    page = follow(client, "/schedule/?subject=mortgage&channel=video")
    done = post(client, post(client, page, slot=SLOT), **PERSON)
    token = client.get(done).context["meeting"].token

    client.get(f"/m/{token}/")
    client.head(f"/m/{token}/")
    assert Appointment.objects.get().status == "confirmed"
    post(client, f"/m/{token}/", reason="Ill")
    page = client.get(f"/m/{token}/").content.decode()

    appointment = Appointment.objects.get()
    assert (appointment.status, appointment.cancel_reason) == ("cancelled", "Ill")
    assert "Your appointment is cancelled" in page
    assert not BusyInterval.objects.exists()


def test_offices_are_sorted_by_distance_from_a_town(bank, client):
    PostalPlaceFactory()
    place = follow(client, "/schedule/?subject=mortgage")

    found = client.get(f"{place}?near=antwerpen")
    unknown = client.get(f"{place}?near=Atlantis")

    assert found.status_code == unknown.status_code == 200
    assert "We do not know where" not in found.content.decode()
    assert "We do not know where “Atlantis” is" in unknown.content.decode()
