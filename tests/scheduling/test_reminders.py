"""Reminders: when they are due, who gets one, and that none is wrong or sent twice."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

import icalendar
import pytest
from django.core import mail
from django.db import IntegrityError, connection, connections, transaction
from django.db.models import Count
from django.utils import timezone
from hypothesis import given, strategies as st
from procrastinate.contrib.django.models import ProcrastinateJob

from scheduling import reminders, tasks
from scheduling.messages import StillSendingError, send
from scheduling.models import Appointment, Message, Reminder
from scheduling.outbox import MailFiles
from scheduling.reminders import due_at, queue_due_reminders
from scheduling.services.cancelling import cancel_appointment
from scheduling.services.editing import Edits, edit_appointment
from scheduling.services.moves import Wanted, move_appointment
from tests.factories import (
    NINE,
    NOW,
    AdvisorFactory,
    AppointmentFactory,
    ReminderFactory,
    make_bank,
    working_advisor,
)
from tests.worker import run_worker

BRUSSELS = ZoneInfo("Europe/Brussels")
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
# Two hours before a meeting at NINE: 09:00 in Brussels.
DUE = NINE - 2 * HOUR


# When.


def reminder(minutes, sends_from="08:00", sends_until="20:00"):
    return Reminder(
        minutes_before=minutes,
        sends_from=time.fromisoformat(sends_from),
        sends_until=time.fromisoformat(sends_until),
    )


def local(text, *, fold=0):
    return datetime.fromisoformat(text).replace(tzinfo=BRUSSELS, fold=fold)


@pytest.mark.parametrize(
    ("start", "minutes", "due"),
    [
        # Inside the window, both ends included.
        ("2026-05-04T11:00", 120, "2026-05-04T09:00"),
        ("2026-05-04T11:00", 1440, "2026-05-03T11:00"),
        ("2026-05-04T10:00", 120, "2026-05-04T08:00"),
        ("2026-05-04T22:00", 120, "2026-05-04T20:00"),
        # Too early in the day: the window's start, an hour or more before the meeting.
        ("2026-05-04T09:30", 120, "2026-05-04T08:00"),
        ("2026-05-04T09:00", 120, "2026-05-04T08:00"),
        # Less than an hour: the end of the window before.
        ("2026-05-04T08:59", 120, "2026-05-03T20:00"),
        ("2026-05-04T08:00", 60, "2026-05-03T20:00"),
        ("2026-05-04T05:00", 60, "2026-05-03T20:00"),
        # Too late in the day: tomorrow, or tonight if that would be too late.
        ("2026-05-04T21:00", 1440, "2026-05-04T08:00"),
        ("2026-05-04T23:30", 60, "2026-05-04T20:00"),
        ("2026-05-05T08:30", 720, "2026-05-04T20:00"),
        ("2026-05-05T09:00", 720, "2026-05-05T08:00"),
    ],
)
def test_a_reminder_is_due_inside_its_window(start, minutes, due):
    found = due_at(local(start).astimezone(UTC), reminder(minutes), BRUSSELS)

    assert found == local(due)
    assert found.tzinfo is UTC


def test_the_window_is_on_the_readers_wall_clock():
    start = local("2026-05-04T11:00")

    found = due_at(start, reminder(120), ZoneInfo("America/New_York"))

    # 03:00 in New York: too early; 08:00 there is after the meeting.
    assert found == datetime(2026, 5, 3, 20, tzinfo=ZoneInfo("America/New_York"))


def test_minutes_before_pass_as_they_pass_when_the_clock_changes():
    monday = local("2026-03-30T11:00")  # the day after the clock went forward

    assert due_at(monday, reminder(2880), BRUSSELS) == local("2026-03-28T10:00")


@pytest.mark.parametrize(
    ("start", "window", "due"),
    [
        # The clock skips 02:00 to 03:00: the window opens as far after the gap.
        ("2026-03-29T06:00", ("02:30", "20:00"), "2026-03-29T03:30"),
        # It ends in the gap: as far before it.
        ("2026-03-29T06:30", ("00:30", "02:30"), "2026-03-29T01:30"),
    ],
)
def test_a_window_that_begins_or_ends_in_a_skipped_hour(start, window, due):
    asked = reminder(300 if window[0] == "02:30" else 120, *window)

    assert due_at(local(start), asked, BRUSSELS) == local(due)


def test_a_window_that_lies_in_the_skipped_hour_waits_for_another_day():
    asked = reminder(60, "02:10", "02:50")

    found = due_at(local("2026-03-29T03:30"), asked, BRUSSELS)

    assert found == local("2026-03-28T02:50")


def test_a_window_that_opens_in_the_repeated_hour_opens_once_it_is_due():
    # Due at 02:10 for the second time: the first 02:30 has passed.
    start = local("2026-10-25T02:10", fold=1).astimezone(UTC) + 5 * HOUR

    found = due_at(start, reminder(300, "02:30"), BRUSSELS)

    assert found == local("2026-10-25T02:30", fold=1).astimezone(UTC)


def test_a_window_that_ends_in_the_repeated_hour_ends_before_it_is_due():
    # Due at 02:45 for the first time, half an hour before the meeting.
    due = local("2026-10-25T02:45").astimezone(UTC)

    found = due_at(due + HOUR / 2, reminder(30, "00:10", "02:30"), BRUSSELS)

    assert found == local("2026-10-25T02:30").astimezone(UTC)


ZONES = ["Europe/Brussels", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]
MINUTES_OF_A_YEAR = 365 * 24 * 60


@given(
    start=st.integers(0, 3 * MINUTES_OF_A_YEAR),
    minutes=st.integers(5, 60 * 24 * 30),
    window=st.tuples(st.integers(0, 1439), st.integers(0, 1439)).filter(
        lambda pair: pair[0] < pair[1]
    ),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
)
def test_it_is_always_due_inside_the_window_and_before_the_start(
    start, minutes, window, zone
):
    begins = datetime(2026, 1, 1, tzinfo=UTC) + start * MINUTE
    opens, closes = (time(*divmod(minute, 60)) for minute in window)
    asked = Reminder(minutes_before=minutes, sends_from=opens, sends_until=closes)

    due = due_at(begins, asked, zone)

    assert opens <= due.astimezone(zone).time() <= closes
    assert due <= begins - min(minutes * MINUTE, HOUR)
    assert abs(begins - minutes * MINUTE - due) < timedelta(days=2, hours=1)


# Who.


@pytest.fixture
def empty_queue(db):
    """No job is waiting, and no reminder is there from the start.

    The queue's tables are not Django's: emptying the test database skips them.
    """
    Reminder.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")


def event_of(sent):
    """Return the event of a mail that invites."""
    [part] = [
        part
        for part in sent.message().walk()
        if part.get_content_type() == "text/calendar"
    ]
    calendar = icalendar.Calendar.from_ical(part.get_payload(decode=True))
    [event] = calendar.walk("VEVENT")
    assert part.get_param("method") == calendar["METHOD"]
    return event


def send_all(now):
    for message in Message.objects.filter(sent_at=None, skipped="").order_by("pk"):
        send(message.pk, now=now)


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


# What it says.


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


# Only if still true.


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


# Many, and by many.


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
    settings.EMAIL_BACKEND = "tests.scheduling.test_reminders.Witness"
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
