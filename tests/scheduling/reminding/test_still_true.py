"""A reminder is judged when it is sent: none is wrong, none goes out twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connections, transaction

from scheduling.messages import StillSendingError, send
from scheduling.models import Appointment, Message, Reminder
from scheduling.reminders import queue_due_reminders
from tests.factories import (
    NINE,
    AdvisorFactory,
    AppointmentFactory,
    ReminderFactory,
)
from tests.scheduling.reminding.due import (
    DUE,
    HOUR,
    MINUTE,
    send_all,
)


@pytest.fixture
def a_reminder(empty_queue):
    """A queued reminder of an appointment that may still change."""
    ReminderFactory()
    appointment = AppointmentFactory()
    queue_due_reminders(now=DUE)
    return appointment


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": "cancelled"}, "Outdated: the meeting is cancelled."),
        ({"status": "requested"}, "Outdated: the meeting is requested."),
        ({"starts_at": NINE - HOUR}, "Outdated: the meeting starts at another time."),
        ({"channel": "phone"}, "Outdated: the meeting takes place another way."),
        ({"announced_at": DUE}, "Outdated: everybody was told the time since."),
        ({"email": "nobody"}, "This is no e-mail address."),
    ],
)
def test_a_reminder_that_is_no_longer_true_is_skipped(a_reminder, change, reason):
    Reminder.objects.update(channels=["video"])
    Appointment.objects.update(**change)

    send_all(DUE)

    row = Message.objects.get()
    assert (row.skipped, row.sent_at) == (reason, None)
    assert mail.outbox == []


@pytest.mark.django_db
def test_nobody_is_reminded_of_a_meeting_that_has_started(a_reminder):
    send_all(NINE)

    assert Message.objects.get().skipped == "Too late: the meeting has started."


@pytest.mark.django_db
def test_it_goes_to_the_present_address_in_the_present_language(a_reminder):
    Appointment.objects.update(email="new@example.com", language="nl", revision=1)

    send_all(DUE)

    [sent] = mail.outbox
    assert sent.to == ["new@example.com"]
    assert sent.subject.startswith("Herinnering: Mortgage")
    assert Message.objects.get().address == "new@example.com"


@pytest.mark.django_db
def test_an_advisor_who_gave_the_meeting_away_is_not_reminded_but_the_new_one_is(
    empty_queue,
):
    ReminderFactory(code="staff", recipient="advisor")
    AppointmentFactory()
    queue_due_reminders(now=DUE)
    present = AdvisorFactory()
    Appointment.objects.update(advisor=present, revision=1)

    send_all(DUE)

    assert Message.objects.get().skipped == (
        "Outdated: another advisor takes the meeting."
    )
    assert queue_due_reminders(now=DUE + MINUTE) == 1
    send_all(DUE + MINUTE)
    assert [sent.to for sent in mail.outbox] == [[present.email]]


@pytest.mark.django_db
def test_a_meeting_that_moved_away_and_back_is_reminded_once(a_reminder):
    send_all(DUE)
    Appointment.objects.update(revision=2)

    assert queue_due_reminders(now=DUE + MINUTE) == 0
    assert len(mail.outbox) == 1


@pytest.mark.django_db
def test_a_moved_meeting_is_reminded_of_its_new_start(a_reminder):
    send_all(DUE)
    later = NINE + timedelta(days=1)
    Appointment.objects.update(
        starts_at=later, ends_at=later + HOUR, revision=1, announced_at=DUE + HOUR
    )

    assert queue_due_reminders(now=DUE + 2 * HOUR) == 0
    assert queue_due_reminders(now=DUE + timedelta(days=1)) == 1
    send_all(DUE + timedelta(days=1))

    assert [sent.subject for sent in mail.outbox] == [
        "Reminder: Mortgage, Monday 4 May 2026, 11:00",
        "Reminder: Mortgage, Tuesday 5 May 2026, 11:00",
    ]


@pytest.mark.django_db(transaction=True)
def test_a_meeting_that_somebody_changes_now_is_neither_queued_nor_sent(empty_queue):
    ReminderFactory()
    appointment = AppointmentFactory()

    def elsewhere(work):
        def run():
            try:
                return work()
            finally:
                connections.close_all()

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(run).result()

    with transaction.atomic():
        Appointment.objects.select_for_update(no_key=True).get(pk=appointment.pk)
        assert elsewhere(lambda: queue_due_reminders(now=DUE)) == 0
    assert queue_due_reminders(now=DUE) == 1
    message = Message.objects.get()
    with transaction.atomic():
        Appointment.objects.select_for_update(no_key=True).get(pk=appointment.pk)
        with pytest.raises(StillSendingError):
            elsewhere(lambda: send(message.pk, now=DUE))

    assert mail.outbox == []
