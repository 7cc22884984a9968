"""Which reminders are queued, to whom they go, and what they say."""

from datetime import UTC, timedelta

import pytest
from django.core import mail
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from scheduling.models import Message, Reminder
from scheduling.reminders import queue_due_reminders
from tests.factories import (
    NINE,
    AdvisorFactory,
    AppointmentFactory,
    ReminderFactory,
)
from tests.scheduling.reminding.due import DUE, MINUTE, event_of, local, send_all


@pytest.mark.django_db
def test_a_reminder_is_queued_when_it_is_due_and_once(empty_queue):
    ReminderFactory(code="two-hours", minutes_before=120)
    appointment = AppointmentFactory(revision=3)

    assert queue_due_reminders(now=DUE - MINUTE) == 0
    assert queue_due_reminders(now=DUE) == 1
    assert queue_due_reminders(now=DUE + MINUTE) == 0

    row = Message.objects.get()
    assert (row.kind, row.recipient, row.address) == (
        "reminder-two-hours",
        "customer",
        "max@example.com",
    )
    assert (row.for_start, row.revision, row.created_at) == (NINE, 3, DUE)
    assert row.appointment == appointment
    assert row.advisor is None
    job = ProcrastinateJob.objects.get()
    assert (job.task_name, job.queue_name) == ("scheduling.send_message", "mail")
    assert job.args == {"message_id": row.pk}


@pytest.mark.django_db
def test_each_reminder_goes_to_its_reader_and_has_a_row_of_its_own(empty_queue):
    ReminderFactory(code="two-hours", minutes_before=120)
    ReminderFactory(code="day", minutes_before=1440)
    ReminderFactory(code="staff", minutes_before=120, recipient="advisor")
    appointment = AppointmentFactory()

    queue_due_reminders(now=DUE)

    assert set(Message.objects.values_list("kind", "recipient", "address")) == {
        ("reminder-two-hours", "customer", "max@example.com"),
        ("reminder-day", "customer", "max@example.com"),
        ("reminder-staff", "advisor", appointment.advisor.email),
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [
        {"status": "requested"},
        {"status": "cancelled"},
        {"status": "completed"},
        {"status": "no_show"},
        {"email": ""},
        {"channel": "phone"},
        {"announced_at": DUE},
        {"announced_at": DUE + MINUTE},
    ],
)
def test_nobody_is_reminded_of_what_needs_no_reminder(fields, empty_queue):
    ReminderFactory(channels=["video", "office"])
    AppointmentFactory(**fields)

    assert queue_due_reminders(now=DUE + 2 * MINUTE) == 0

    assert not Message.objects.exists()
    assert not ProcrastinateJob.objects.exists()


@pytest.mark.django_db
def test_who_was_told_the_time_a_moment_before_it_was_due_is_reminded(empty_queue):
    ReminderFactory()
    AppointmentFactory(announced_at=DUE - MINUTE)

    assert queue_due_reminders(now=DUE) == 1


@pytest.mark.django_db
def test_a_reminder_that_was_switched_off_is_neither_queued_nor_sent(empty_queue):
    ReminderFactory()
    AppointmentFactory()
    queue_due_reminders(now=DUE)
    Reminder.objects.update(is_active=False)
    AppointmentFactory(advisor=AdvisorFactory())

    assert queue_due_reminders(now=DUE + MINUTE) == 0
    send_all(DUE + MINUTE)

    assert Message.objects.get().skipped == "This reminder was switched off."
    assert mail.outbox == []


@pytest.mark.django_db
def test_after_a_pause_it_catches_up_inside_the_window_and_before_the_start(
    empty_queue,
):
    ReminderFactory(minutes_before=1440)
    start = local("2026-05-05T09:30")
    AppointmentFactory(starts_at=start.astimezone(UTC))
    due = start - timedelta(days=1)

    for pause in ("2026-05-04T20:06", "2026-05-05T07:59", "2026-05-05T09:30"):
        assert queue_due_reminders(now=local(pause).astimezone(UTC)) == 0
    assert queue_due_reminders(now=(due - MINUTE).astimezone(UTC)) == 0
    assert queue_due_reminders(now=local("2026-05-05T08:00").astimezone(UTC)) == 1


@pytest.mark.django_db
def test_what_is_due_at_the_very_end_of_the_window_may_be_minutes_late(empty_queue):
    ReminderFactory(minutes_before=60)
    AppointmentFactory(starts_at=local("2026-05-04T21:00").astimezone(UTC))

    assert queue_due_reminders(now=local("2026-05-04T20:05").astimezone(UTC)) == 1


@pytest.mark.django_db
def test_a_mail_that_comes_too_late_for_today_waits_for_the_morning(empty_queue):
    ReminderFactory(minutes_before=1440)
    AppointmentFactory(starts_at=local("2026-05-05T19:00").astimezone(UTC))
    queue_due_reminders(now=local("2026-05-04T19:00").astimezone(UTC))
    ProcrastinateJob.objects.all().delete()

    send_all(local("2026-05-04T23:00").astimezone(UTC))

    row = Message.objects.get()
    assert (row.sent_at, row.skipped, mail.outbox) == (None, "", [])
    job = ProcrastinateJob.objects.get()
    wait = job.scheduled_at - timezone.now()
    assert timedelta(hours=8, minutes=59) < wait < timedelta(hours=9, minutes=1)
    send_all(local("2026-05-05T08:00").astimezone(UTC))
    assert len(mail.outbox) == 1


@pytest.mark.django_db
def test_a_mail_that_has_no_hours_left_before_the_start_is_skipped(empty_queue):
    ReminderFactory(minutes_before=600)
    AppointmentFactory(starts_at=local("2026-05-05T06:00").astimezone(UTC))
    queue_due_reminders(now=local("2026-05-04T20:00").astimezone(UTC))

    send_all(local("2026-05-04T23:00").astimezone(UTC))

    assert Message.objects.get().skipped == (
        "Too late: the meeting starts before the next sending time."
    )


@pytest.mark.django_db
def test_the_reminder_updates_the_calendar_entry_in_place(empty_queue):
    ReminderFactory()
    ReminderFactory(code="staff", recipient="advisor")
    AppointmentFactory(revision=4, reference="ABCDEFGH23")
    queue_due_reminders(now=DUE)

    send_all(DUE)

    customer, advisor = sorted(
        mail.outbox, key=lambda sent: sent.to != ["max@example.com"]
    )
    assert customer.subject == "Reminder: Mortgage, Monday 4 May 2026, 11:00"
    assert advisor.subject == (
        "Reminder: Mortgage with Max Murdoch, Monday 4 May 2026, 11:00"
    )
    assert "/m/" in customer.body
    assert "/m/" not in advisor.body
    for sent in mail.outbox:
        event = event_of(sent)
        assert event["SEQUENCE"] == 4
        assert event["UID"].startswith("ABCDEFGH23@")
        assert event["STATUS"] == "CONFIRMED"
    assert {sent.extra_headers["X-Parlour-Kind"] for sent in mail.outbox} == {
        "reminder-two-hours",
        "reminder-staff",
    }
