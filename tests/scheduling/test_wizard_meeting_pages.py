"""The confirmation, the manage link and the way into a call."""

from datetime import timedelta

import pytest
import time_machine

from scheduling.models import Appointment, AppointmentEvent, BusyInterval
from scheduling.tokens import hash_token, join_token, manage_token
from tests.factories import (
    NINE,
    NOW,
    AppointmentFactory,
    DocumentFactory,
    FlowFactory,
    make_bank,
)

OPENS = NINE - timedelta(minutes=15)
CLOSES = NINE + timedelta(hours=1, minutes=60)
TICK = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def bank(db):
    return make_bank(instructions="Bring your identity card.")


def booked(bank, **fields):
    fields = {"channel": "office", "reference": "ABCDEFGHJK", **fields}
    token = manage_token(fields["reference"], 1)
    return AppointmentFactory(
        subject=bank.subject,
        office=bank.office,
        advisor=bank.advisor,
        link_hash=hash_token(token),
        **fields,
    )


def manage_url(appointment):
    return f"/m/{manage_token(appointment.reference, 1)}/"


# Done


def test_the_confirmation_says_what_when_where_and_what_to_bring(bank, client):
    flow = FlowFactory(
        subject=bank.subject, is_booked=True, return_url="https://bank.example/back"
    )
    appointment = booked(bank, flow_key=flow.pk)

    text = client.get(f"/schedule/{flow.pk}/done/").content.decode()

    assert "Your appointment is booked" in text
    assert "Monday 4 May 2026, 11:00 to 12:00" in text
    assert "Brussels time (CEST)" in text
    assert "Meir 48, 2000 Antwerpen" in text
    assert "Eva Peeters" in text
    assert appointment.reference in text
    assert "Bring your identity card." in text
    assert f'href="{manage_url(appointment)}"' in text
    assert f'href="{manage_url(appointment)}calendar.ics"' in text
    assert "https://calendar.google.com/" in text
    assert "https://outlook.live.com/" in text
    assert 'href="https://bank.example/back"' in text


def test_a_request_says_that_it_is_not_confirmed_yet(bank, client):
    flow = FlowFactory(subject=bank.subject, is_booked=True)
    booked(bank, flow_key=flow.pk, status="requested")

    text = client.get(f"/schedule/{flow.pk}/done/").content.decode()

    assert "We have your request" in text
    assert "Your appointment is booked" not in text


def test_reloading_the_confirmation_changes_nothing(bank, client):
    flow = FlowFactory(subject=bank.subject, is_booked=True)
    appointment = booked(bank, flow_key=flow.pk)

    with time_machine.travel(NOW + timedelta(hours=5), tick=False):
        for _ in range(3):
            assert client.get(f"/schedule/{flow.pk}/done/").status_code == 200

    appointment.refresh_from_db()
    assert (appointment.status, appointment.changed_at) == ("confirmed", NOW)


# Manage


@pytest.mark.parametrize(
    ("status", "starts_at", "heading", "can_cancel"),
    [
        ("confirmed", NINE, "Your appointment", True),
        ("requested", NINE, "Your request for an appointment", True),
        ("cancelled", NINE, "Your appointment is cancelled", False),
        ("confirmed", NOW - timedelta(days=1), "Your past appointment", False),
        ("completed", NOW - timedelta(days=1), "Your past appointment", False),
        ("no_show", NOW - timedelta(days=1), "Your past appointment", False),
    ],
)
def test_the_manage_link_opens_in_every_state(
    bank, client, status, starts_at, heading, can_cancel
):
    appointment = booked(bank, status=status, starts_at=starts_at)

    response = client.get(manage_url(appointment))

    text = response.content.decode()
    assert response.status_code == 200
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert f"<h1>{heading}</h1>" in text
    assert ("Cancel the appointment" in text) == can_cancel
    assert ("Book again" in text) != can_cancel


def test_the_manage_page_shows_no_documents_and_no_metadata(bank, client):
    appointment = booked(
        bank,
        metadata={"repayment": "2503.12"},
        answers=[{"code": "payslip", "label": "Payslip", "text": "secret.pdf"}],
        segment_codes=["HIGH_VALUE"],
    )
    DocumentFactory(appointment=appointment, name="secret.pdf")

    text = client.get(manage_url(appointment)).content.decode()

    for hidden in ("2503.12", "secret.pdf", "HIGH_VALUE", "max@example.com"):
        assert hidden not in text


def test_looking_changes_nothing(bank, client):
    appointment = booked(bank)

    for method in (client.get, client.head, client.options):
        method(manage_url(appointment))
        method(manage_url(appointment) + "calendar.ics")

    appointment.refresh_from_db()
    assert (appointment.status, appointment.revision) == ("confirmed", 0)
    assert not AppointmentEvent.objects.exists()


def test_cancelling_twice_is_the_same_as_once(bank, client):
    appointment = booked(bank)

    for _ in range(2):
        response = client.post(manage_url(appointment), {"reason": "Ill"})
        assert response["Location"] == manage_url(appointment)

    appointment.refresh_from_db()
    assert (appointment.status, appointment.revision) == ("cancelled", 1)
    assert appointment.cancel_reason == "Ill"
    assert AppointmentEvent.objects.get().actor == "customer"
    assert not BusyInterval.objects.exists()


def test_it_can_be_too_late_to_cancel(bank, client):
    appointment = booked(bank, change_until=NOW - TICK)

    page = client.get(manage_url(appointment)).content.decode()
    refused = client.post(manage_url(appointment), {})

    assert "It is too late to change this meeting online." in page
    assert "Cancel the appointment" not in page
    assert refused.status_code == 422
    assert "<title>Error: " in refused.content.decode()
    assert Appointment.objects.get().status == "confirmed"


def test_another_site_cannot_cancel(bank, client):
    appointment = booked(bank)

    response = client.post(
        manage_url(appointment), {}, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert response.status_code == 403
    assert Appointment.objects.get().status == "confirmed"


@pytest.mark.parametrize("token", ["unknown", "A" * 22, "x" * 500])
def test_an_unknown_manage_link_is_404(bank, client, token):
    booked(bank)

    for path in (f"/m/{token}/", f"/m/{token}/calendar.ics"):
        assert client.get(path).status_code == 404
    assert client.post(f"/m/{token}/").status_code == 404
    assert Appointment.objects.get().status == "confirmed"


def test_a_replaced_manage_link_says_so(bank, client):
    appointment = booked(bank)
    old = manage_url(appointment)
    appointment.link_version = 2
    appointment.link_hash = hash_token(manage_token(appointment.reference, 2))
    appointment.save()
    AppointmentEvent.objects.create(
        appointment=appointment,
        at=NOW,
        kind="link_replaced",
        actor="staff",
        old={"link_hash": hash_token(manage_token(appointment.reference, 1))},
    )

    response = client.get(old)

    assert response.status_code == 404
    assert "This link was replaced by a newer one." in response.content.decode()


def test_the_calendar_file_is_a_download(bank, client):
    response = client.get(manage_url(booked(bank)) + "calendar.ics")

    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="meeting.ics"'
    assert b"DTSTART:20260504T090000Z" in response.content


# Join


@pytest.mark.parametrize("party", ["customer", "advisor"])
@pytest.mark.parametrize(
    ("at", "is_open"),
    [(OPENS - TICK, False), (OPENS, True), (CLOSES, True), (CLOSES + TICK, False)],
)
def test_the_room_is_open_around_the_meeting(bank, client, party, at, is_open):
    appointment = booked(bank, channel="video")
    token = join_token(appointment.reference, 0, party)

    with time_machine.travel(at, tick=False):
        response = client.get(f"/j/{token}/")

    if is_open:
        assert response.status_code == 302
        assert response["Location"].startswith("https://meet.jit.si/parlour-")
    else:
        assert response.status_code == 200
        assert "meet.jit.si" not in response.content.decode()


def test_both_sides_meet_in_the_same_room_and_a_moved_meeting_in_another(bank, client):
    appointment = booked(bank, channel="video")
    rooms = []
    with time_machine.travel(NINE, tick=False):
        for revision, party in [(0, "customer"), (0, "advisor"), (1, "customer")]:
            Appointment.objects.update(revision=revision)
            token = join_token(appointment.reference, revision, party)
            rooms.append(client.get(f"/j/{token}/")["Location"])
        stale = client.get(f"/j/{join_token(appointment.reference, 0, 'customer')}/")

    assert rooms[0] == rooms[1] != rooms[2]
    assert stale.status_code == 404


def test_a_cancelled_meeting_has_no_room(bank, client):
    appointment = booked(bank, channel="video", status="cancelled")

    with time_machine.travel(NINE, tick=False):
        page = client.get(f"/j/{join_token(appointment.reference, 0, 'customer')}/")

    assert page.status_code == 200
    assert "This meeting was cancelled" in page.content.decode()


@pytest.mark.parametrize("token", ["unknown", "A" * 32, "ABCDEFGHJK" + "x" * 22])
def test_an_unknown_join_link_is_404(bank, client, token):
    booked(bank, channel="video")

    assert client.get(f"/j/{token}/").status_code == 404
