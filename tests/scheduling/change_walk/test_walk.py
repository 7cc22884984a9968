"""The steps of a change, and the old time that stays until the last one."""

from datetime import timedelta

import pytest

from scheduling.models import Appointment, BusyInterval, Flow
from tests.factories import (
    NINE,
    AvailabilityRuleFactory,
    QuestionFactory,
    flow_at_time,
    working_advisor,
)
from tests.scheduling.change_walk.walking import (
    DAY,
    HOUR,
    TEN,
    body,
    link,
    page,
    start,
    step,
    switch,
    text,
)
from tests.scheduling.meetings import booked, everything


def test_a_customer_moves_a_meeting_and_the_old_time_stays_until_the_last_step(
    bank, client
):
    appointment = booked(bank)

    flow = start(client, appointment)
    time_page = page(client, flow, "time")
    to_confirm = client.post(step(flow, "time"), {"slot": text(TEN)})
    shown = page(client, flow, "confirm")
    before = Appointment.objects.get()
    done = client.post(step(flow, "confirm"))
    last = page(client, flow, "done")

    assert (
        "Your meeting stays at Monday 4 May, 11:00 until you confirm the new one."
        in time_page
    )
    assert to_confirm["Location"] == step(flow, "confirm")
    assert "<del>Monday 4 May 2026, 11:00 to 11:30</del>" in shown
    assert "<strong>Monday 4 May 2026, 12:00 to 12:30</strong>" in shown
    assert "You can change or cancel it until Monday 4 May, 12:00." in shown
    assert (before.starts_at, before.revision) == (NINE, 0)
    assert done["Location"] == step(flow, "done")
    assert "<h1>Your meeting is moved</h1>" in last
    assert "Monday 4 May 2026, 12:00 to 12:30" in last
    moved = Appointment.objects.get()
    assert (moved.starts_at, moved.revision) == (TEN, 1)
    assert moved.reference == appointment.reference
    assert BusyInterval.objects.get().meeting_starts_at == TEN


def test_a_change_shows_three_steps_and_begins_with_the_time(bank, client):
    appointment = booked(bank)
    response = client.post(f"{link(appointment)}change/")
    flow = Flow.objects.get(changes=appointment)

    rows = client.get(step(flow, "time")).context["progress"]

    assert response["Location"] == step(flow, "time")
    assert [(row.number, str(row.label), row.state) for row in rows] == [
        (1, "How and where", "done"),
        (2, "Day and time", "current"),
        (3, "Check and confirm", "todo"),
    ]
    assert [bool(row.url) for row in rows] == [True, False, False]


def test_a_change_may_begin_with_the_place(bank, client):
    appointment = booked(bank)

    response = client.post(f"{link(appointment)}change/", {"step": "place"})

    flow = Flow.objects.get(changes=appointment)
    assert response["Location"] == step(flow, "place")
    found = client.get(step(flow, "place"))
    assert [card.code for card in found.context["cards"] if card.is_checked] == [
        "video"
    ]
    assert "Your meeting stays at Monday 4 May, 11:00" in body(found)


def test_the_place_page_starts_with_the_present_office(bank, client):
    appointment = booked(bank, channel="office", office=bank.office)

    found = client.get(step(start(client, appointment), "place"))

    assert [row.office.code for row in found.context["offices"] if row.is_checked] == [
        "antwerp"
    ]


def test_the_place_page_starts_with_the_present_address(bank, client):
    address = {"street": "Meir 1", "postal_code": "2000", "city": "Antwerpen"}
    appointment = booked(
        bank, channel="on_location", address={**address, "country": "BE"}
    )

    found = client.get(step(start(client, appointment), "place"))

    fields = {field.name: field.value() for field in found.context["address_fields"]}
    assert {name: fields[name] for name in address} == address


@pytest.mark.parametrize("name", ["subject", "questions", "details", "confirm", "done"])
def test_steps_that_a_change_does_not_ask_lead_to_the_first_open_one(
    bank, client, name
):
    QuestionFactory(subject=bank.subject, is_required=True)
    flow = start(client, booked(bank))
    before = everything()

    looked = client.get(step(flow, name))
    posted = client.post(step(flow, name), {"subject": "mortgage", "slot": text(TEN)})

    assert looked["Location"] == posted["Location"] == step(flow, "time")
    assert everything() == before


def test_a_booking_has_no_step_to_confirm(bank, client):
    flow = flow_at_time(bank)

    for method in (client.get, client.post):
        assert method(step(flow, "confirm"))["Location"] == step(flow, "time")


def test_the_time_page_offers_the_meetings_own_time_and_those_that_overlap_it(
    bank, client
):
    AvailabilityRuleFactory(subject=bank.subject, duration=60)
    appointment = booked(bank)
    flow = start(client, appointment)

    days = client.get(step(flow, "time")).context["days"]

    monday = [slot.value for slot in (*days[0].morning, *days[0].afternoon)]
    assert text(NINE) in monday
    assert text(NINE + timedelta(minutes=30)) in monday


def test_the_time_page_opens_on_the_week_of_the_meeting(bank, client):
    appointment = booked(bank, start=NINE + 14 * DAY)

    week = client.get(step(start(client, appointment), "time")).context["week"]

    assert week["title"] == "18 – 24 May"  # noqa: RUF001


def test_a_week_without_times_gives_way_to_the_first_one_with_some(bank, client):
    AvailabilityRuleFactory(channel="phone", notice_hours=24 * 20)

    flow = switch(client, booked(bank), channel="phone")

    week = client.get(step(flow, "time")).context["week"]
    assert week["title"] == "18 – 24 May"  # noqa: RUF001
    asked = client.get(f"{step(flow, 'time')}?date=2026-05-04").context["week"]
    assert "The first free time is" in asked["empty_text"]


def test_nobody_else_gets_the_old_time_before_the_change_is_confirmed(bank, client):
    flow = start(client, booked(bank))
    client.post(step(flow, "time"), {"slot": text(TEN)})
    other = flow_at_time(bank)

    for taken in (NINE, TEN):
        refused = client.post(step(other, "time"), {"slot": text(taken)})
        assert refused.status_code == 422
    client.post(step(flow, "confirm"))

    assert client.post(step(other, "time"), {"slot": text(NINE)}).status_code == 303


def test_the_same_advisor_keeps_the_meeting_when_others_are_free_too(bank, client):
    appointment = booked(bank)
    working_advisor(bank.office, bank.subject, code="ada", first_name="Ada")
    flow = start(client, appointment)

    client.post(step(flow, "time"), {"slot": text(TEN)})
    client.post(step(flow, "confirm"))

    assert Appointment.objects.get().advisor == bank.advisor


def test_another_advisor_can_be_asked_for_and_the_first_one_again(bank, client):
    appointment = booked(bank)
    ada = working_advisor(bank.office, bank.subject, code="ada", first_name="Ada")
    flow = start(client, appointment)

    client.post(step(flow, "time"), {"slot": text(TEN), "advisor": "ada"})
    shown = page(client, flow, "confirm")
    assert "<strong>Ada Peeters</strong>" in shown
    assert BusyInterval.objects.get(flow=flow).advisor == ada
    client.post(step(flow, "time"), {"slot": text(TEN + HOUR), "advisor": ""})

    assert BusyInterval.objects.get(flow=flow).advisor == bank.advisor
