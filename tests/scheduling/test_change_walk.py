"""Changing a booked meeting: three steps, the old time kept until the last one."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from directory.queries import catalogue
from scheduling.models import Appointment, AppointmentEvent, BusyInterval, Flow
from scheduling.services.cancelling import cancel_appointment
from scheduling.services.changes import start_change
from scheduling.services.editing import renew_link
from scheduling.services.holds import hold_slot
from scheduling.tokens import manage_token
from segments.models import Segment
from tests.factories import (
    NINE,
    NOW,
    AppointmentFactory,
    AvailabilityRuleFactory,
    CustomerFactory,
    QuestionFactory,
    SegmentFactory,
    SegmentOfferFactory,
    UserFactory,
    flow_at_time,
    make_bank,
    open_office,
    working_advisor,
)
from tests.scheduling.meetings import booked, everything

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TEN = NINE + HOUR
MOST = 12


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def bank(db):
    return make_bank()


def text(start):
    return f"{start:%Y-%m-%dT%H:%M:%SZ}"


def link(appointment):
    return f"/m/{manage_token(appointment.reference, appointment.link_version)}/"


def start(client, appointment, **fields) -> Flow:
    """Post the button of the manage page; return the walk that it starts."""
    response = client.post(f"{link(appointment)}change/", fields)
    assert response.status_code == 303
    return Flow.objects.get(pk=response["Location"].split("/")[2])


def step(flow, name):
    return f"/schedule/{flow.pk}/{name}/"


def page(client, flow, name) -> str:
    response = client.get(step(flow, name))
    assert response.status_code == 200, response
    return response.content.decode()


def body(response) -> str:
    return " ".join(response.content.decode().split())


# The walk


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


# What the last step says


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


# Switching the channel


def labels(client, flow):
    """Return the quick choices: when and why."""
    found = client.get(step(flow, "time")).context["suggestions"]
    return [(one.value, one.advisor, one.why) for one in found]


def switch(client, appointment, **place):
    flow = start(client, appointment, step="place")
    client.post(step(flow, "place"), place)
    return flow


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


# What ends a walk


def test_a_lost_time_is_replaced_by_the_nearest_three(bank, client):
    appointment = booked(bank)
    flow = start(client, appointment)
    client.post(step(flow, "time"), {"slot": text(TEN)})
    with time_machine.travel(NOW + timedelta(minutes=30), tick=False):
        other = flow_at_time(bank, last_used_at=NOW + timedelta(minutes=30))
        hold_slot(other, start=TEN, now=NOW + timedelta(minutes=30))
        looked = client.get(step(flow, "confirm"))
        before = everything()
        refused = client.post(step(flow, "confirm"))
        assert everything() == before
        alternatives = [value for value, _text in refused.context["alternatives"]]
        again = client.post(step(flow, "time"), {"slot": alternatives[0]})
        client.post(step(flow, "confirm"))

    assert looked.status_code == 200
    assert "Move the meeting" not in looked.content.decode()
    assert refused.status_code == 422
    assert "Your meeting stays at Monday 4 May, 11:00." in body(refused)
    assert len(alternatives) == 3
    assert again["Location"] == step(flow, "confirm")
    assert text(Appointment.objects.get(pk=appointment.pk).starts_at) == alternatives[0]


@pytest.mark.parametrize("name", ["place", "time", "confirm"])
def test_a_walk_ends_when_the_meeting_is_cancelled_meanwhile(bank, client, name):
    appointment = booked(bank)
    flow = start(client, appointment)
    client.post(step(flow, "time"), {"slot": text(TEN)})
    cancel_appointment(appointment, actor="staff", reason="Ill", now=NOW)
    before = everything()

    looked = client.get(step(flow, name))
    posted = client.post(step(flow, name), {"channel": "video", "slot": text(TEN)})

    assert (looked.status_code, posted.status_code) == (410, 422)
    for response in (looked, posted):
        assert "Your meeting was not changed" in body(response)
        assert f'href="{link(appointment)}"' in body(response)
    assert everything() == before


def test_a_walk_ends_when_the_meeting_was_moved_by_another_one(bank, client):
    appointment = booked(bank)
    first, second = start(client, appointment), start(client, appointment)
    for flow, slot in ((first, TEN), (second, TEN + HOUR)):
        client.post(step(flow, "time"), {"slot": text(slot)})
    client.post(step(first, "confirm"))
    before = everything()

    refused = client.post(step(second, "confirm"))

    assert refused.status_code == 422
    assert "This meeting was changed in the meantime." in body(refused)
    assert everything() == before
    assert Appointment.objects.get().starts_at == TEN


def test_a_walk_ends_with_the_deadline(bank, client):
    AvailabilityRuleFactory(deadline_hours=24)
    appointment = booked(bank)
    flow = start(client, appointment)
    client.post(step(flow, "time"), {"slot": text(NINE + DAY)})
    late = NINE - DAY + timedelta(seconds=1)
    Flow.objects.update(last_used_at=late)
    before = everything()

    with time_machine.travel(late, tick=False):
        refused = client.post(step(flow, "confirm"))

    assert refused.status_code == 422
    assert "It is too late to change this meeting online." in body(refused)
    assert everything() == before


def test_a_walk_does_not_tell_the_link_that_replaced_its_own(bank, client):
    appointment = booked(bank)
    flow = start(client, appointment)
    renewed = renew_link(appointment, actor="staff", now=NOW + timedelta(seconds=1))

    for response in (client.get(step(flow, "time")), client.post(step(flow, "time"))):
        assert "Open the link in the last mail that we sent you" in body(response)
        assert link(renewed) not in body(response)


def test_a_finished_walk_does_not_tell_a_later_link(bank, client):
    appointment = booked(bank)
    flow = start(client, appointment)
    client.post(step(flow, "time"), {"slot": text(TEN)})
    client.post(step(flow, "confirm"))
    booking = appointment.flow_key
    renewed = renew_link(appointment, actor="staff", now=NOW + timedelta(seconds=1))
    token = manage_token(renewed.reference, renewed.link_version)

    for pk in (flow.pk, booking):
        last = client.get(f"/schedule/{pk}/done/")
        assert last.status_code == 200
        assert token not in last.content.decode()


def test_a_walk_goes_on_when_its_segment_has_expired(bank, client):
    segment = SegmentFactory(code="SPRING")
    SegmentOfferFactory(segment=segment, subject=bank.subject)
    appointment = booked(bank, segment_codes=["SPRING"])
    Segment.objects.update(valid_until=NOW - DAY, is_signed_only=True)

    flow = start(client, appointment)
    client.post(step(flow, "time"), {"slot": text(TEN)})
    client.post(step(flow, "confirm"))

    assert Appointment.objects.get().starts_at == TEN


def test_a_walk_ends_when_its_segment_is_deleted(bank, client):
    segment = SegmentFactory(code="SPRING")
    SegmentOfferFactory(segment=segment, subject=bank.subject)
    flow = start(client, booked(bank, segment_codes=["SPRING"]))
    segment.delete()

    looked = client.get(step(flow, "time"))

    assert looked.status_code == 410
    assert "cannot be changed online any more, only cancelled" in body(looked)


# The portal's walks


@pytest.fixture
def of_the_portal(bank):
    """A walk that the customer's portal started, and its user."""
    user = UserFactory()
    appointment = booked(
        bank, verified_customer=CustomerFactory(user=user), segment_codes=[]
    )
    return start_change(appointment, now=NOW, needs_sign_in=True), user


def test_a_change_from_the_portal_asks_for_that_sign_in(of_the_portal, client):
    flow, user = of_the_portal

    anonymous = client.get(step(flow, "time"))
    client.force_login(UserFactory(), backend="config.auth.Backend")
    stranger = client.get(step(flow, "time"))
    client.force_login(user, backend="config.auth.Backend")
    owner = client.get(step(flow, "time"))

    assert [one.status_code for one in (anonymous, stranger, owner)] == [302, 404, 200]


def test_a_change_from_the_portal_leads_back_there(of_the_portal, client):
    flow, user = of_the_portal
    client.force_login(user, backend="config.auth.Backend")
    reference = Appointment.objects.get().reference
    client.post(step(flow, "time"), {"slot": text(TEN)})

    shown = page(client, flow, "confirm")
    client.post(step(flow, "confirm"))
    last = page(client, flow, "done")

    home = f'href="/portal/meetings/{reference}/"'
    assert f"{home}>Keep it as it is</a>" in shown
    assert home in last


# Doing it twice, and looking


def test_confirming_twice_moves_once(bank, client):
    flow = start(client, booked(bank))
    client.post(step(flow, "time"), {"slot": text(TEN)})

    answers = [client.post(step(flow, "confirm"))["Location"] for _ in range(3)]

    assert answers == [step(flow, "done")] * 3
    assert Appointment.objects.get().revision == 1
    assert AppointmentEvent.objects.filter(kind="moved").count() == 1


def test_looking_at_a_walk_changes_nothing(bank, client):
    flow = start(client, booked(bank))
    client.post(step(flow, "time"), {"slot": text(TEN)})
    before = everything()

    for name in ("place", "time", "confirm", "done"):
        for method in (client.get, client.head):
            method(step(flow, name))

    assert everything() == before


# Cost


@pytest.mark.parametrize("advisors", [1, 20])
@pytest.mark.parametrize(
    ("name", "cost"), [("place", 7), ("time", 7), ("confirm", 8), ("done", 4)]
)
def test_a_page_of_a_change_costs_the_same_at_every_size(
    bank, client, advisors, name, cost
):
    for number in range(1, advisors):
        office = open_office(code=f"office-{number}")
        advisor = working_advisor(office, bank.subject, code=f"advisor-{number}")
        AppointmentFactory(advisor=advisor, office=office, subject=bank.subject)
    appointment = booked(bank)
    flow = switch(client, appointment, channel="phone")
    if name != "time":
        client.post(step(flow, "time"), {"slot": text(TEN)})
    if name == "done":
        client.post(step(flow, "confirm"))
    catalogue()

    with CaptureQueriesContext(connection) as queries:
        response = client.get(step(flow, name))

    assert response.status_code == 200
    assert len(queries) == cost, [query["sql"][:200] for query in queries]
    assert cost <= MOST
