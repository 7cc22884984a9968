"""What the last step says and asks."""

from scheduling.models import Appointment, AppointmentEvent
from tests.factories import (
    NINE,
    AvailabilityRuleFactory,
)
from tests.scheduling.change_walk.walking import TEN, link, page, start, step, text
from tests.scheduling.meetings import booked, everything


def test_a_move_to_a_pair_that_staff_confirm_says_so_first(bank, client):
    appointment = booked(bank)
    AvailabilityRuleFactory(channel="office", is_confirmed_automatically=False)
    flow = start(client, appointment, step="place")
    client.post(step(flow, "place"), {"channel": "office", "office": "antwerp"})
    client.post(step(flow, "time"), {"slot": text(TEN)})

    shown = page(client, flow, "confirm")
    client.post(step(flow, "confirm"))
    last = page(client, flow, "done")

    assert "We have to confirm the new time" in shown
    assert shown.index("becomes a request") < shown.index("Move the meeting")
    assert Appointment.objects.get().status == "requested"
    assert "<h1>We have your request</h1>" in last


def test_a_confirmed_move_does_not_speak_of_a_request(bank, client):
    flow = start(client, booked(bank))
    client.post(step(flow, "time"), {"slot": text(TEN)})

    assert "becomes a request" not in page(client, flow, "confirm")


def test_a_meeting_that_can_no_longer_be_changed_afterwards_says_so(bank, client):
    appointment = booked(bank)
    AvailabilityRuleFactory(deadline_hours=24 * 10)
    flow = start(client, appointment)
    client.post(step(flow, "time"), {"slot": text(TEN)})

    shown = page(client, flow, "confirm")

    assert "After this you can no longer change or cancel it online." in shown


def test_the_last_step_shows_what_stays_once(bank, client):
    flow = start(client, booked(bank))
    client.post(step(flow, "time"), {"slot": text(TEN)})

    rows = client.get(step(flow, "confirm")).context["rows"]

    assert [(row.label, row.is_same) for row in rows] == [
        ("When", False),
        ("Time zone", True),
        ("How", True),
        ("Where", True),
        ("With", True),
    ]


def test_where_the_meeting_is_already_there_is_nothing_to_confirm(bank, client):
    appointment = booked(bank)
    flow = start(client, appointment)
    client.post(step(flow, "time"), {"slot": text(NINE)})

    shown = page(client, flow, "confirm")
    client.post(step(flow, "confirm"))

    assert "This is the meeting that you have already." in shown
    assert "Move the meeting" not in shown
    assert Appointment.objects.get().revision == 0
    assert not AppointmentEvent.objects.filter(kind="moved").exists()


def test_keeping_it_leads_back_to_the_manage_page(bank, client):
    appointment = booked(bank)
    flow = start(client, appointment)
    client.post(step(flow, "time"), {"slot": text(TEN)})

    shown = page(client, flow, "confirm")

    assert f'href="{link(appointment)}">Keep it as it is</a>' in shown


def test_a_meeting_that_becomes_a_call_asks_for_a_number(bank, client):
    appointment = booked(bank)
    Appointment.objects.update(phone="")
    flow = start(client, appointment, step="place")
    client.post(step(flow, "place"), {"channel": "phone"})
    client.post(step(flow, "time"), {"slot": text(TEN)})

    shown = page(client, flow, "confirm")
    before = everything()
    refused = client.post(step(flow, "confirm"), {"phone": "12"})
    assert everything() == before
    client.post(step(flow, "confirm"), {"phone": "0470 12 34 56"})

    assert 'name="phone"' in shown
    assert refused.status_code == 422
    assert 'value="12"' in refused.content.decode()
    moved = Appointment.objects.get()
    assert (moved.channel, moved.phone) == ("phone", "+32470123456")
