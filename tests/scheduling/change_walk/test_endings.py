"""What ends a walk, whose it is, and what it costs."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from directory.queries import catalogue
from scheduling.models import Appointment, AppointmentEvent, Flow
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
    SegmentFactory,
    SegmentOfferFactory,
    UserFactory,
    flow_at_time,
    open_office,
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

MOST = 12


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
