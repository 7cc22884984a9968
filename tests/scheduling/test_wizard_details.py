"""Step five: who comes, and the booking."""

from datetime import timedelta

import pytest
import time_machine

from scheduling.models import Appointment, BusyInterval, Flow
from scheduling.services.flows import offer_resume
from scheduling.services.holds import hold_slot
from tests.factories import NINE, NOW, AppointmentFactory, FlowFactory, make_bank

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


def held_flow(bank, **fields):
    fields = {"channel": "video", "is_place_answered": True, **fields}
    flow = FlowFactory(subject=bank.subject, **fields)
    hold_slot(flow, start=NINE, now=NOW)
    return flow


def url(flow):
    return f"/schedule/{flow.pk}/details/"


def test_everything_chosen_stands_beside_the_form_with_change_links(bank, client):
    flow = held_flow(bank, channel="office", office=bank.office)

    rows = client.get(url(flow)).context["summary"]

    assert [(row.label, row.value) for row in rows] == [
        ("Topic", "Mortgage"),
        ("How", "At an office"),
        ("Where", "Antwerp Meir"),
        ("When", "Monday 4 May, 11:00"),
    ]
    assert [row.change_url.rsplit("/", 2)[1] for row in rows] == [
        "subject",
        "place",
        "place",
        "time",
    ]


def test_locked_choices_have_no_change_link(bank, client):
    flow = held_flow(
        bank,
        channel="office",
        office=bank.office,
        locked=["segment", "subject", "channel", "office"],
    )

    page = client.get(url(flow))

    assert [bool(row.change_url) for row in page.context["summary"]] == [
        False,
        False,
        False,
        True,
    ]
    assert [bool(step.url) for step in page.context["progress"]] == [
        False,
        False,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("first_name", "", "Enter your first name."),
        ("last_name", "  ", "Enter your last name."),
        ("email", "", "Enter your e-mail address."),
        ("email", "nope", "Enter an e-mail address in the correct format"),
        ("email", "a@b.com\r\nBcc: x@y.com", "Enter an e-mail address in the correct"),
        ("phone", "12", "Enter a phone number, like"),
        ("first_name", "x" * 201, "200 characters"),
        ("remarks", "x" * 2001, "2000 characters"),
        ("first_name", "Max\x00", "Null characters are not allowed."),
        ("homepage", "https://spam.example", "Leave this field empty."),
    ],
)
def test_details_that_do_not_fit_are_refused(bank, client, field, value, sentence):
    flow = held_flow(bank)

    response = client.post(url(flow), {**PERSON, field: value})

    text = response.content.decode()
    assert response.status_code == 422
    assert "<title>Error: " in text
    assert sentence in text
    assert not Appointment.objects.exists()
    assert BusyInterval.objects.get().flow == flow


def test_consent_is_needed_and_never_prefilled(bank, client):
    flow = held_flow(bank, prefill={"consent": "on", "first_name": "Max"})

    page = client.get(url(flow)).content.decode()
    refused = client.post(url(flow), {**PERSON, "consent": ""})

    assert "checked" not in page
    assert refused.status_code == 422
    assert "Tick the box to agree." in refused.content.decode()
    assert not Appointment.objects.exists()


@pytest.mark.parametrize(("channel", "status"), [("phone", 422), ("video", 303)])
def test_a_phone_number_is_needed_only_for_a_call(bank, client, channel, status):
    flow = held_flow(bank, channel=channel)

    assert client.post(url(flow), PERSON).status_code == status


def test_a_phone_number_is_stored_with_its_country(bank, client):
    flow = held_flow(bank, channel="phone")

    client.post(url(flow), {**PERSON, "phone": "0470 12 34 56"})

    assert Appointment.objects.get().phone == "+32470123456"


def test_the_links_words_are_filled_in_kept_and_judged_on_submit(bank, client):
    flow = held_flow(bank, prefill={"email": "not an address", "company": "<b>M&M"})

    page = client.get(url(flow)).content.decode()

    assert 'value="not an address"' in page
    assert 'value="&lt;b&gt;M&amp;M"' in page
    assert "We filled in what we know about you." in page


def test_what_was_typed_beats_what_the_link_said(bank, client):
    flow = held_flow(bank, prefill={"first_name": "Max"})
    client.post(url(flow), {**PERSON, "first_name": "Maxim", "email": "nope"})

    page = client.get(url(flow)).content.decode()

    assert 'value="Maxim"' in page
    assert 'value="nope"' in page


def test_locked_details_are_text_and_cannot_be_others(bank, client):
    flow = held_flow(
        bank,
        prefill={"email": "max@bank.example", "customer_number": "C1"},
        locked=["segment", "email", "customer_number"],
    )

    page = client.get(url(flow)).content.decode()
    refused = client.post(url(flow), PERSON)
    assert not Appointment.objects.exists()
    booked = client.post(url(flow), {k: v for k, v in PERSON.items() if k != "email"})

    assert 'name="email"' not in page
    assert "max@bank.example" in page
    assert refused.status_code == 422
    assert booked.status_code == 303
    appointment = Appointment.objects.get()
    assert appointment.email == "max@bank.example"
    assert appointment.customer_number == "C1"


def test_a_locked_phone_number_is_booked_as_the_link_wrote_it(bank, client):
    flow = held_flow(
        bank, channel="phone", prefill={"phone": "0470 123456"}, locked=["phone"]
    )

    assert client.post(url(flow), PERSON).status_code == 303
    assert Appointment.objects.get().phone == "0470 123456"


def test_after_the_hold_has_ended_the_same_time_is_tried_again(bank, client):
    flow = held_flow(bank)

    with time_machine.travel(NOW + timedelta(minutes=30), tick=False):
        response = client.post(url(flow), PERSON)

    assert response.status_code == 303
    assert Appointment.objects.get().starts_at == NINE


def test_a_lost_time_is_answered_with_three_others_and_everything_typed(bank, client):
    flow = held_flow(bank)
    BusyInterval.objects.all().delete()
    AppointmentFactory(advisor=bank.advisor, starts_at=NINE)

    response = client.post(url(flow), {**PERSON, "remarks": "By bicycle"})

    text = response.content.decode()
    assert response.status_code == 422
    assert text.count('name="slot"') == 3
    assert "By bicycle" in text
    assert 'value="Max"' in text
    assert Appointment.objects.count() == 1


def test_too_many_bookings_with_an_address_are_429(bank, client, settings):
    settings.BOOKINGS_PER_HOUR_AND_EMAIL = 1
    client.post(url(held_flow(bank)), PERSON)
    flow = FlowFactory(subject=bank.subject, channel="video", is_place_answered=True)
    hold_slot(flow, start=NINE + timedelta(hours=1), now=NOW)

    response = client.post(url(flow), PERSON)

    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert Appointment.objects.count() == 1


def test_a_mailed_link_opens_the_walk_on_another_device(bank, client, monkeypatch):
    mailed = []
    monkeypatch.setattr(
        "scheduling.services.flows.queue_resume_link",
        lambda flow, *, address: mailed.append(address),
    )
    flow = held_flow(bank)

    response = client.post(url(flow), {"resume_email": "max@example.com"})
    flow.refresh_from_db()

    assert response.status_code == 200
    assert "We sent you a link." in response.content.decode()
    assert mailed == ["max@example.com"]
    assert flow.resume_count == 1


def test_a_link_is_not_mailed_to_nonsense_or_a_fourth_time(bank, client):
    flow = held_flow(bank)

    nonsense = client.post(url(flow), {"resume_email": "nope"})
    Flow.objects.filter(pk=flow.pk).update(resume_count=3)
    fourth = client.post(url(flow), {"resume_email": "max@example.com"})

    assert nonsense.status_code == 422
    assert "Enter an e-mail address in the correct" in nonsense.content.decode()
    assert fourth.status_code == 422
    assert "Three links were sent already." in fourth.content.decode()
    flow.refresh_from_db()
    assert flow.resume_count == 3


def test_an_unknown_resume_link_is_a_helpful_404(bank, client):
    response = client.get("/schedule/resume/unknown/")

    assert response.status_code == 404
    assert 'href="/schedule/"' in response.content.decode()


def resume_url(flow, *, now=NOW):
    return f"/schedule/resume/{offer_resume(flow, email='max@example.com', now=now)}/"


def test_a_resume_link_leads_to_a_walk_that_is_in_use(bank, client):
    flow = held_flow(bank)
    link = resume_url(flow)

    assert client.get(link)["Location"] == url(flow)


def test_a_resume_link_wakes_a_walk_by_a_button_and_not_by_a_look(bank, client):
    flow = held_flow(bank)
    link = resume_url(flow)
    late = NOW + timedelta(hours=23)

    with time_machine.travel(late, tick=False):
        for look in (client.head, client.get):
            looked = look(link)
        flow.refresh_from_db()
        assert flow.last_used_at == NOW
        assert client.get(url(flow)).status_code == 404
        woken = client.post(link)

        assert "Go on where you left off." in looked.content.decode()
        assert woken["Location"] == url(flow)
        assert client.get(url(flow)).status_code == 200
