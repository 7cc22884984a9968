"""Another channel: which times are suggested."""

from datetime import timedelta

from scheduling.models import Appointment
from tests.factories import (
    NINE,
    AvailabilityRuleFactory,
    working_advisor,
)
from tests.scheduling.change_walk.walking import (
    DAY,
    start,
    step,
    switch,
    text,
)
from tests.scheduling.meetings import booked


def labels(client, flow):
    """Return the quick choices: when and why."""
    found = client.get(step(flow, "time")).context["suggestions"]
    return [(one.value, one.advisor, one.why) for one in found]


def test_another_channel_suggests_the_same_advisor_and_time_first(bank, client):
    appointment = booked(bank)
    working_advisor(bank.office, bank.subject, code="ada", first_name="Ada")

    flow = switch(client, appointment, channel="phone")

    quarter = timedelta(minutes=15)
    assert labels(client, flow) == [
        (text(NINE), "eva-peeters", "Same time, with Eva Peeters"),
        (text(NINE - quarter), "eva-peeters", "With Eva Peeters"),
        (text(NINE + quarter), "eva-peeters", "With Eva Peeters"),
        (text(NINE), "ada", "Same time, with Ada Peeters"),
    ]


def test_where_the_advisor_does_not_take_it_others_are_suggested(bank, client):
    bank.expertise.channels = ["video"]
    bank.expertise.save()
    appointment = booked(bank)
    working_advisor(bank.office, bank.subject, code="ada", first_name="Ada")

    flow = switch(client, appointment, channel="phone")

    found = labels(client, flow)
    assert found[0] == (text(NINE), "ada", "Same time, with Ada Peeters")
    assert [why for _value, _advisor, why in found[1:]] == [
        "Close to your present time"
    ] * 3


def test_a_suggestion_is_taken_by_one_press(bank, client):
    appointment = booked(bank)
    flow = switch(client, appointment, channel="phone")
    first = client.get(step(flow, "time")).context["suggestions"][0]

    taken = client.post(
        step(flow, "time"), {"slot": first.value, "advisor": first.advisor}
    )
    client.post(step(flow, "confirm"))

    assert taken["Location"] == step(flow, "confirm")
    moved = Appointment.objects.get()
    assert (moved.channel, moved.starts_at) == ("phone", NINE)
    assert moved.advisor == bank.advisor


def test_the_same_channel_suggests_nothing(bank, client):
    assert labels(client, start(client, booked(bank))) == []


def test_suggestions_look_as_far_as_the_horizon(bank, client):
    appointment = booked(bank)
    late = NINE + 28 * DAY
    AvailabilityRuleFactory(channel="phone", notice_hours=24 * 30)

    flow = switch(client, appointment, channel="phone")

    found = client.get(step(flow, "time")).context["suggestions"]
    assert found
    assert all(one.value > text(late - 7 * DAY) for one in found)
