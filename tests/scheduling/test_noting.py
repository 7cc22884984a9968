"""Notes of staff: kept with the meeting, read by colleagues alone."""

from datetime import timedelta

import pytest
import time_machine

from portal.services.privacy import erase_customer, export_customer
from portal.views.history import WORDS
from scheduling.models import Appointment, AppointmentEvent, Message
from scheduling.services.noting import add_note
from scheduling.services.privacy import export_meetings
from tests.factories import (
    NOW,
    AdministratorFactory,
    AppointmentEventFactory,
    AppointmentFactory,
    make_bank,
)
from tests.scheduling.admin_actions.desk import address, errors_of, page, post

TEXT = "Brings her lawyer; prefers French."
pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting():
    bank = make_bank()
    return AppointmentFactory(
        subject=bank.subject, office=bank.office, advisor=bank.advisor, revision=3
    )


@pytest.fixture
def boss():
    return AdministratorFactory(first_name="Ada", last_name="Verhoeven")


@pytest.fixture
def staff(client, boss):
    with time_machine.travel(NOW, tick=False):
        client.force_login(boss)
        yield client


def columns(appointment):
    return Appointment.objects.values().get(pk=appointment.pk)


@pytest.mark.parametrize("status", Appointment.Status.values)
def test_a_note_is_an_event_and_changes_nothing_else(meeting, boss, status):
    Appointment.objects.update(status=status)
    before = columns(meeting)

    event = add_note(meeting, text=f"  {TEXT}\n", user=boss, now=NOW)

    assert AppointmentEvent.objects.get() == event
    assert (event.kind, event.actor, event.user) == ("noted", "staff", boss)
    assert (event.note, event.at, event.old, event.new) == (TEXT, NOW, {}, {})
    assert columns(meeting) == before
    assert not Message.objects.exists()


def test_the_same_note_twice_in_a_row_is_one(meeting, boss):
    first = add_note(meeting, text=TEXT, user=boss, now=NOW)
    again = add_note(meeting, text=TEXT, user=boss, now=NOW + timedelta(seconds=2))
    assert first == again
    AppointmentEventFactory(appointment=meeting, kind="moved", at=NOW + timedelta(1))

    add_note(meeting, text=TEXT, user=boss, now=NOW + timedelta(2))

    kinds = AppointmentEvent.objects.values_list("kind", flat=True)
    assert list(kinds) == ["noted", "moved", "noted"]


def test_staff_add_a_note_on_the_meetings_page(staff, meeting, boss):
    shown = staff.get(page(meeting))
    assert shown.context["note_form"]["revision"].value() == 3

    answer = post(staff, meeting, "note", note=TEXT)

    assert answer.status_code == 303
    assert answer["Location"] == page(meeting)
    notes = staff.get(page(meeting)).context["notes"]
    assert [(one.text, one.who, one.at) for one in notes] == [
        (TEXT, "Ada Verhoeven", NOW)
    ]


def test_a_note_of_an_older_page_is_added_all_the_same(staff, meeting):
    answer = post(staff, meeting, "note", note=TEXT, revision=1)

    assert answer.status_code == 303
    assert AppointmentEvent.objects.get().note == TEXT


@pytest.mark.parametrize(
    ("note", "sentence"),
    [
        ("   ", "Write the note."),
        (
            "x" * 501,
            "Ensure this value has at most 500 characters (it has 501).",
        ),
    ],
)
def test_an_empty_or_endless_note_is_refused_with_what_was_typed(
    staff, meeting, note, sentence
):
    answer = post(staff, meeting, "note", note=note)

    assert answer.status_code == 422
    assert errors_of(answer) == {"note": [sentence]}
    assert answer.context["form"]["note"].value() == note
    assert not AppointmentEvent.objects.exists()


def test_the_page_to_note_opens_for_those_without_the_form(staff, meeting):
    answer = staff.get(address(meeting, "note"))

    assert answer.status_code == 200
    assert answer.context["title"] == "Add a note"


def test_no_page_and_no_file_of_the_customer_has_a_note(meeting, boss):
    AppointmentEventFactory(appointment=meeting)
    add_note(meeting, text=TEXT, user=boss, now=NOW)

    assert "noted" not in WORDS
    [data] = export_meetings(meeting.customer)
    assert [event["kind"] for event in data["history"]] == ["booked"]
    assert TEXT not in str(export_customer(meeting.customer, now=NOW))


def test_an_erased_customers_notes_are_emptied(meeting, boss):
    add_note(meeting, text=TEXT, user=boss, now=NOW)

    erase_customer(meeting.customer, now=NOW + timedelta(days=30))

    notes = AppointmentEvent.objects.filter(kind="noted")
    assert [note.note for note in notes] == [""]
