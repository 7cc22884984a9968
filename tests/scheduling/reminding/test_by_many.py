"""Many meetings, and many workers at once."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import ClassVar

import pytest
from django.db import IntegrityError, connection, connections
from django.db.models import Count
from procrastinate.contrib.django.models import ProcrastinateJob

from scheduling import reminders, tasks
from scheduling.messages import StillSendingError, send
from scheduling.models import Appointment, Message
from scheduling.outbox import MailFiles
from scheduling.reminders import queue_due_reminders
from scheduling.services.cancelling import cancel_appointment
from scheduling.services.editing import Edits, edit_appointment
from scheduling.services.moves import Wanted, move_appointment
from tests.factories import (
    NINE,
    NOW,
    AppointmentFactory,
    ReminderFactory,
    make_bank,
    working_advisor,
)
from tests.scheduling.reminding.due import (
    DUE,
    MINUTE,
    event_of,
)
from tests.worker import run_worker


def many_meetings(count, *, starts_at=NINE, step=MINUTE):
    """Write copies of one meeting, four at a time; their time is nobody's."""
    first = AppointmentFactory(starts_at=starts_at, busy=False)
    own = {
        "reference": "translate(upper(substr(md5(n || '-' || id), 1, 10)), '01', 'XY')",
        "starts_at": "starts_at + n / 4 * %(step)s",
        "ends_at": "ends_at + n / 4 * %(step)s",
    }
    columns = [
        field.column
        for field in Appointment._meta.concrete_fields
        if not field.primary_key
    ]
    values = [own.get(column, f'"{column}"') for column in columns]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO scheduling_appointment ({', '.join(columns)}) "  # noqa: S608
            f"SELECT {', '.join(values)} FROM scheduling_appointment, "
            "generate_series(1, %(count)s - 1) n WHERE id = %(first)s",
            {"step": step, "count": count, "first": first.pk},
        )


@pytest.mark.django_db
def test_ten_thousand_coming_meetings_cost_one_query_a_reminder(
    empty_queue, django_assert_num_queries
):
    ReminderFactory(minutes_before=1440)
    ReminderFactory(code="staff", minutes_before=120, recipient="advisor")
    many_meetings(10_000, starts_at=NINE + timedelta(days=2), step=MINUTE)

    with django_assert_num_queries(3):
        assert queue_due_reminders(now=DUE) == 0


@pytest.mark.django_db
def test_a_batch_costs_the_same_for_three_and_for_three_hundred(
    empty_queue, django_assert_num_queries
):
    ReminderFactory()
    many_meetings(3, step=timedelta(0))
    # Reminders, what is due, the batch: two savepoints each with its end, rows, insert,
    # jobs.
    with django_assert_num_queries(9):
        assert queue_due_reminders(now=DUE) == 3
    many_meetings(300, step=timedelta(0))
    with django_assert_num_queries(9):
        assert queue_due_reminders(now=DUE) == 300


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_workers_that_queue_at_once_write_one_row_each(empty_queue):
    ReminderFactory()
    many_meetings(1200, step=timedelta(0))

    def queue(_number):
        try:
            return queue_due_reminders(now=DUE)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(queue, range(4)))
    counts.append(queue_due_reminders(now=DUE))  # what one had in hand for another

    assert sum(counts) == 1200
    assert Message.objects.count() == 1200
    assert Message.objects.values("appointment").distinct().count() == 1200
    assert ProcrastinateJob.objects.count() == 1200


@pytest.mark.django_db
def test_a_reminder_that_somebody_else_wrote_is_left_to_them(empty_queue):
    asked = ReminderFactory()
    meetings = [AppointmentFactory() for _number in range(3)]
    theirs = reminders.message_for(meetings[1], asked, now=NOW)
    theirs.save()

    written = reminders.write(
        [reminders.message_for(meeting, asked, now=DUE) for meeting in meetings]
    )

    assert [row.appointment for row in written] == [meetings[0], meetings[2]]
    assert list(
        Message.objects.order_by("appointment").values_list("appointment", "created_at")
    ) == [(meetings[0].pk, DUE), (meetings[1].pk, NOW), (meetings[2].pk, DUE)]


@pytest.mark.django_db
def test_another_broken_constraint_is_no_reminder_of_somebody_else(empty_queue):
    wrong = reminders.message_for(AppointmentFactory(), ReminderFactory(), now=NOW)
    wrong.revision = -1

    with pytest.raises(IntegrityError):
        reminders.write([wrong])


class Witness(MailFiles):
    """Keeps mails, and compares each with what is true when it is handed over."""

    wrong: ClassVar[list[str]] = []
    sent: ClassVar[list[tuple[str, ...]]] = []

    def send_messages(self, email_messages):
        with ThreadPoolExecutor(1) as pool:  # a connection that sees what is committed
            for message in email_messages:
                pool.submit(self.compare, message).result()
        return super().send_messages(email_messages)

    def compare(self, message):
        try:
            headers = message.extra_headers
            now = Appointment.objects.select_related("advisor").get(
                reference=headers["X-Parlour-Reference"]
            )
        finally:
            connections.close_all()
        kind, party = headers["X-Parlour-Kind"], headers["X-Parlour-Recipient"]
        event = event_of(message)
        key = (now.reference, kind, party, event["DTSTART"].to_ical().decode())
        Witness.sent.append(key)
        reader = now if party == "customer" else now.advisor
        is_true = (
            event["SEQUENCE"] == now.revision
            and event.decoded("DTSTART") == now.starts_at
            and (now.status == "confirmed") == (event["STATUS"] == "CONFIRMED")
            and message.to == [reader.email]
        )
        if not is_true:
            Witness.wrong.append(f"{key} at revision {now.revision}, {now.status}")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_workers_around_moved_and_cancelled_meetings_send_none_wrong_and_none_twice(
    empty_queue, settings, tmp_path
):
    settings.EMAIL_BACKEND = "tests.scheduling.reminding.test_by_many.Witness"
    settings.MAIL_DIR = tmp_path / "mail"
    Witness.wrong, Witness.sent = [], []
    bank = make_bank()
    ReminderFactory()
    ReminderFactory(code="staff", recipient="advisor")
    meetings = [
        AppointmentFactory(
            subject=bank.subject,
            office=bank.office,
            advisor=working_advisor(bank.office, bank.subject),
            customer__email=f"max-{number}@example.com",
        )
        for number in range(24)
    ]

    def move(meeting):
        wanted = Wanted(start=NINE + timedelta(days=1), channel="video", office_id=None)
        move_appointment(meeting, wanted=wanted, actor="staff", now=DUE)

    def cancel(meeting):
        cancel_appointment(meeting, actor="staff", reason="ill", now=DUE)

    def new_address(meeting):
        edits = Edits(email=f"new-{meeting.pk}@example.com")
        edit_appointment(meeting, edits=edits, actor="staff", now=DUE)

    def keep(_meeting):
        return

    changes = [move, cancel, new_address, keep]

    def change(number):
        try:
            changes[number % 4](meetings[number])
        finally:
            connections.close_all()

    def work(_number):
        try:
            for _round in range(12):
                queue_due_reminders(now=DUE)
                unsent = Message.objects.filter(sent_at=None, skipped="")
                for message_id in unsent.order_by("pk").values_list("pk", flat=True):
                    with suppress(StillSendingError):
                        send(message_id, now=DUE)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(5) as pool:
        working = pool.map(work, range(3))
        changing = pool.map(change, range(24))
        list(changing), list(working)
    work(3)

    assert Witness.wrong == []
    assert len(set(Witness.sent)) == len(Witness.sent)
    reminded = {
        (reference, party)
        for reference, kind, party, _start in Witness.sent
        if kind.startswith("reminder-")
    }
    for number, meeting in enumerate(meetings):
        if changes[number % 4] in {new_address, keep}:
            assert {
                (meeting.reference, "customer"),
                (meeting.reference, "advisor"),
            } <= (reminded)
    assert not Message.objects.filter(sent_at=None, skipped="").exists()
    twice = (
        Message.objects.exclude(sent_at=None)
        .values("appointment", "kind", "recipient", "for_start", "revision")
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
    )
    assert not twice.exists()


@pytest.mark.django_db(transaction=True)
def test_the_job_of_each_minute_queues_and_a_real_worker_sends(
    empty_queue, settings, tmp_path, monkeypatch
):
    settings.EMAIL_BACKEND = "scheduling.outbox.MailFiles"
    settings.MAIL_DIR = tmp_path / "mail"
    monkeypatch.setattr("config.clock.now", lambda: DUE)
    ReminderFactory()
    AppointmentFactory(reference="ABCDEFGH23")
    tasks.queue_due_reminders.defer(timestamp=0)

    run_worker()
    run_worker()  # what the first job has queued

    assert [file.name for file in settings.MAIL_DIR.glob("*")] == [
        "ABCDEFGH23-reminder-two-hours-0-customer.eml"
    ]
