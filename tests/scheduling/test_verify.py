"""The command that counts what must never be."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection

from scheduling.models import Appointment, BusyInterval, Flow, Message, Reminder
from scheduling.models.busy import NO_OVERLAP
from scheduling.services.booking import book
from scheduling.services.cancelling import cancel_appointment
from scheduling.services.confirmation import Details
from scheduling.services.editing import Edits, edit_appointment, renew_link
from scheduling.services.holds import hold_slot
from scheduling.services.moves import Wanted, move_appointment
from scheduling.services.reassigning import reassign_appointment
from tests.factories import (
    NINE,
    NOW,
    AppointmentFactory,
    HoldFactory,
    ImportedEventFactory,
    MessageFactory,
    ReminderFactory,
    flow_at_time,
    working_advisor,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
MAX = Details(first_name="Max", email="max@example.com", consent=True)


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    monkeypatch.setattr("config.clock.now", lambda: NOW + timedelta(minutes=10))


@pytest.fixture
def a_booking(a_flow):
    hold_slot(a_flow, start=NINE, now=NOW)
    return book(a_flow, details=MAX, now=NOW)


def verify(capsys) -> dict[str, int]:
    """Return the counts and check that the exit status agrees with them."""
    status = 0
    try:
        call_command("verify", "--json")
    except SystemExit as stop:
        status = stop.code
    counts = json.loads(capsys.readouterr().out)
    assert status == (1 if counts["faults"] else 0)
    return counts


def test_bookings_cancellations_and_holds_are_no_fault(a_bank, a_booking, capsys):
    flow = flow_at_time(a_bank)
    hold_slot(flow, start=NINE + timedelta(hours=1), now=NOW)
    cancelled = book(flow, details=MAX, now=NOW)
    cancel_appointment(cancelled, actor="customer", reason="", now=NOW)
    hold_slot(flow_at_time(a_bank), start=NINE + timedelta(hours=2), now=NOW)
    ImportedEventFactory(advisor=a_bank.advisor)
    HoldFactory(
        expires_at=NOW - timedelta(hours=1), meeting_starts_at=NINE - timedelta(hours=1)
    )
    AppointmentFactory()

    counts = verify(capsys)

    assert counts["appointments"] == 3
    assert counts["cancelled"] == 1
    assert counts["expired_holds"] == 1
    assert counts["faults"] == 0


def test_a_meeting_without_its_time_is_a_fault(a_booking, capsys):
    BusyInterval.objects.all().delete()

    assert verify(capsys)["meetings_without_time"] == 1


def test_time_of_another_advisor_is_a_fault(a_booking, capsys):
    BusyInterval.objects.update(advisor=AppointmentFactory(busy=False).advisor)

    assert verify(capsys)["meetings_without_time"] == 2


def test_time_of_a_cancelled_meeting_is_a_fault(a_booking, capsys):
    Appointment.objects.update(status="cancelled")

    counts = verify(capsys)
    assert counts["time_without_meeting"] == 1
    assert counts["missing_messages"] == 1


def test_a_hold_of_a_booked_flow_is_an_orphan(capsys):
    hold = HoldFactory()
    Flow.objects.filter(pk=hold.flow_id).update(is_booked=True)

    counts = verify(capsys)
    assert counts["orphan_holds"] == 1
    assert counts["flows_without_appointment"] == 1


def test_missing_messages_are_a_fault(a_booking, capsys):
    Message.objects.all().delete()

    assert verify(capsys)["missing_messages"] == 1


def test_a_message_that_no_job_will_send_is_a_fault(a_booking, capsys):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")

    assert verify(capsys)["lost_messages"] == 2


def test_a_booking_without_history_is_a_fault(a_booking, capsys):
    a_booking.events.all().delete()

    assert verify(capsys)["missing_history"] == 1


def test_overlaps_are_a_fault(a_bank, a_booking, capsys):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            f"ALTER TABLE scheduling_busyinterval DROP CONSTRAINT {NO_OVERLAP}"
        )
    AppointmentFactory(advisor=a_bank.advisor)

    counts = verify(capsys)
    assert counts["overlaps"] == 1
    assert counts["overlapping_meetings"] == 1


def test_a_message_written_twice_is_a_fault(a_booking, capsys):
    message = Message.objects.filter(recipient="customer").get()
    message.pk, message.address = None, message.address.upper()
    message.save()

    assert verify(capsys)["double_messages"] == 1


def test_it_reads_well_without_json(a_booking, capsys):
    call_command("verify")

    assert "appointments: 1\n" in capsys.readouterr().out


# The life of an appointment.


@pytest.fixture
def a_life(a_bank, a_booking):
    """A booking that moved, changed hands and was cancelled."""
    other = working_advisor(a_bank.office, a_bank.subject)
    wanted = Wanted(start=NINE + HOUR, channel="phone", office_id=None)
    Appointment.objects.update(phone="+32470123456")
    move_appointment(a_booking, wanted=wanted, actor="staff", now=NOW)
    reassign_appointment(a_booking, advisor_id=other.pk, user=None, now=NOW)
    return a_booking


def test_moved_reassigned_edited_and_cancelled_meetings_are_no_fault(a_life, capsys):
    assert verify(capsys)["faults"] == 0
    edit_appointment(
        a_life, edits=Edits(email="new@example.com"), actor="staff", now=NOW
    )
    assert verify(capsys)["faults"] == 0
    renew_link(a_life, actor="staff", now=NOW)
    assert verify(capsys)["faults"] == 0
    cancel_appointment(a_life, actor="staff", reason="ill", now=NOW)
    assert verify(capsys)["faults"] == 0


def test_a_change_that_nobody_was_told_is_a_fault(a_life, capsys):
    Message.objects.filter(kind="reassigned", recipient="customer").delete()

    counts = verify(capsys)
    assert counts["untold_changes"] == 1
    assert counts["faults"] == 1


def test_what_a_later_change_told_is_no_fault(a_life, capsys):
    Message.objects.filter(kind="changed", recipient="customer").delete()

    assert verify(capsys)["faults"] == 0


def test_a_former_advisor_who_was_not_told_is_a_fault(a_life, capsys):
    Message.objects.filter(recipient="former_advisor").delete()

    counts = verify(capsys)
    assert counts["untold_former_advisors"] == 1
    assert counts["faults"] == 1


def test_reminders_sent_twice_or_after_the_start_are_faults(a_booking, capsys):
    reminder = {
        "appointment": a_booking,
        "kind": "reminder-day",
        "for_start": NINE,
        "sent_at": NINE - HOUR,
    }
    MessageFactory(**reminder)
    assert verify(capsys)["faults"] == 0

    MessageFactory(**{**reminder, "sent_at": NINE}, revision=1, skipped="not at all")

    counts = verify(capsys)
    assert counts["double_reminders"] == 1
    assert counts["reminders_after_the_start"] == 1


def test_reminders_that_no_worker_queued_are_counted_and_no_fault(
    a_booking, capsys, monkeypatch
):
    Reminder.objects.all().delete()  # a migration's row that other tests may have flushed
    ReminderFactory(code="a-day", minutes_before=1440)
    monkeypatch.setattr("config.clock.now", lambda: NINE - timedelta(hours=20))
    Message.objects.update(sent_at=NOW)

    counts = verify(capsys)

    assert counts["overdue_reminders"] == 1
    assert counts["faults"] == 0
