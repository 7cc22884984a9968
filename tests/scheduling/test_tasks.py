"""The worker: it sends, takes over from a killed one, and cleans up."""

import email
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email import policy
from pathlib import Path

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, connections, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from directory.models import Closure
from scheduling import housekeeping, tasks
from scheduling.messages import queue_messages
from scheduling.models import (
    Appointment,
    BusyInterval,
    Document,
    Flow,
    Message,
    PostCount,
)
from segments.models import LinkContext, LinkProblem
from tests.demo import empty_queue
from tests.factories import (
    NINE,
    NOW,
    AppointmentFactory,
    FlowFactory,
    HoldFactory,
    LinkContextFactory,
    LinkProblemFactory,
    MessageFactory,
    OfficeFactory,
    PostCountFactory,
)
from tests.worker import run_worker

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty_queue(db):
    empty_queue()


@pytest.fixture
def mail_dir(settings, tmp_path) -> Path:
    settings.EMAIL_BACKEND = "scheduling.outbox.MailFiles"
    settings.MAIL_DIR = tmp_path / "mail"
    return settings.MAIL_DIR


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_sends_each_message_once_and_keeps_it_as_a_file(mail_dir):
    appointment = AppointmentFactory(reference="ABCDEFGH23")
    queue_messages(appointment, "confirmed", now=NOW)

    run_worker()
    run_worker()

    files = sorted(mail_dir.glob("*"))
    assert [file.name for file in files] == [
        "ABCDEFGH23-confirmed-0-advisor.eml",
        "ABCDEFGH23-confirmed-0-customer.eml",
    ]
    kept = email.message_from_bytes(files[1].read_bytes(), policy=policy.default)
    assert kept["X-Parlour-Reference"] == "ABCDEFGH23"
    assert kept["X-Parlour-Kind"] == "confirmed"
    assert kept["X-Parlour-Revision"] == "0"
    assert kept["To"] == "max@example.com"
    assert not Message.objects.filter(sent_at=None).exists()
    assert not ProcrastinateJob.objects.filter(status="failed").exists()


@pytest.mark.django_db(transaction=True)
def test_a_crash_between_sending_and_committing_leaves_one_file(mail_dir):
    message = MessageFactory()
    tasks.send_message(message_id=message.pk)
    Message.objects.update(sent_at=None)  # as if the commit had been lost

    tasks.send_message(message_id=message.pk)

    assert len(list(mail_dir.glob("*.eml"))) == 1


def give_jobs_to_a_worker(*, silent_for: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) "
            "VALUES (now() - %s::interval) RETURNING id",
            [silent_for],
        )
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s",
            cursor.fetchone(),
        )


def take_over():
    tasks.retry_stalled_jobs.configure().defer(timestamp=0)
    run_worker()


@pytest.mark.django_db(transaction=True)
def test_the_job_of_a_killed_worker_runs_again(mail_dir):
    queue_messages(AppointmentFactory(advisor__email=""), "confirmed", now=NOW)
    give_jobs_to_a_worker(silent_for="20 seconds")

    take_over()
    run_worker()

    assert len(list(mail_dir.glob("*.eml"))) == 1
    assert Message.objects.get().sent_at is not None


@pytest.mark.django_db(transaction=True)
def test_the_job_of_a_living_worker_stays_with_it(mail_dir):
    queue_messages(AppointmentFactory(advisor__email=""), "confirmed", now=NOW)
    give_jobs_to_a_worker(silent_for="2 seconds")

    take_over()
    run_worker()

    assert not mail_dir.exists()
    job = ProcrastinateJob.objects.get(task_name="scheduling.send_message")
    assert job.status == "doing"


class AwayError(OSError):
    pass


class Away(BaseEmailBackend):
    def send_messages(self, _messages):
        raise AwayError


@pytest.mark.django_db(transaction=True)
def test_a_failed_attempt_is_planned_again(settings):
    settings.EMAIL_BACKEND = "tests.scheduling.test_tasks.Away"
    queue_messages(AppointmentFactory(advisor__email=""), "confirmed", now=NOW)

    run_worker()

    job = ProcrastinateJob.objects.get(task_name="scheduling.send_message")
    assert (job.status, job.attempts) == ("todo", 1)
    assert job.scheduled_at is not None
    assert Message.objects.get().sent_at is None


def test_the_worker_knows_its_jobs_and_their_times():
    planned = {
        name: task.cron
        for (name, _id), task in app.periodic_registry.periodic_tasks.items()
    }

    assert planned["scheduling.retry_stalled_jobs"] == "* * * * * */15"
    assert {
        "scheduling.delete_expired_holds",
        "scheduling.purge",
        "scheduling.cancel_unanswered",
        "scheduling.queue_due_reminders",
        "scheduling.add_holidays",
    } <= set(planned)


# Requests.


@time_machine.travel(NINE, tick=False)
def test_a_request_that_nobody_answered_is_cancelled_at_its_start():
    late = AppointmentFactory(status="requested")
    coming = AppointmentFactory(
        status="requested",
        starts_at=NINE + timedelta(hours=2),
        ends_at=NINE + timedelta(hours=3),
    )

    tasks.cancel_unanswered(0)

    late.refresh_from_db()
    coming.refresh_from_db()
    assert (late.status, late.cancel_reason) == ("cancelled", "unanswered")
    assert coming.status == "requested"
    assert set(Message.objects.values_list("appointment", "kind")) == {
        (late.pk, "cancelled")
    }


@time_machine.travel(NINE, tick=False)
def test_confirmed_meetings_are_left_alone_at_their_start():
    AppointmentFactory(status="confirmed")

    tasks.cancel_unanswered(0)

    assert Appointment.objects.get().status == "confirmed"
    assert not Message.objects.exists()


@pytest.mark.django_db(transaction=True)
@time_machine.travel(NINE, tick=False)
def test_a_request_that_staff_answer_at_this_moment_is_not_cancelled():
    request = AppointmentFactory(status="requested")

    def cancel():
        try:
            tasks.cancel_unanswered(0)
        finally:
            connections.close_all()

    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        Appointment.objects.select_for_update().get(pk=request.pk)
        Appointment.objects.update(status="confirmed")
        pool.submit(cancel).result()

    request.refresh_from_db()
    assert request.status == "confirmed"
    assert not Message.objects.exists()


# Holidays.


@time_machine.travel(NOW, tick=False)
def test_public_holidays_of_three_years_are_added_once():
    OfficeFactory(country="BE")
    OfficeFactory(country="ZZ")  # nobody knows its holidays; the others get theirs

    tasks.add_holidays(0)
    added = Closure.objects.count()
    tasks.add_holidays(0)

    years = {day.year for day in Closure.objects.values_list("first_day", flat=True)}
    assert years == {2026, 2027, 2028}
    assert Closure.objects.count() == added
    assert Closure.objects.filter(is_public_holiday=True).count() == added


# What is deleted.


def test_expired_holds_are_deleted_and_live_ones_stay():
    HoldFactory(expires_at=NOW)
    live = HoldFactory(expires_at=NOW + timedelta(seconds=1))
    AppointmentFactory()

    assert housekeeping.delete_expired_holds(now=NOW) == 1

    assert BusyInterval.objects.get(kind="hold") == live
    assert BusyInterval.objects.filter(kind="appointment").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_hold_that_a_booking_has_in_hand_is_left_out():
    hold = HoldFactory(expires_at=NOW)

    def clean():
        try:
            return housekeeping.delete_expired_holds(now=NOW)
        finally:
            connections.close_all()

    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        BusyInterval.objects.select_for_update().get(pk=hold.pk)
        assert pool.submit(clean).result() == 0

    assert BusyInterval.objects.filter(pk=hold.pk).exists()


def test_flows_go_after_seven_days_with_holds_and_uploads():
    old = FlowFactory(last_used_at=NOW - timedelta(days=7, seconds=1))
    recent = FlowFactory(last_used_at=NOW - timedelta(days=7))
    HoldFactory(flow=old)
    uploads = [
        Document.objects.create(
            flow=flow,
            side="customer",
            name="payslip.pdf",
            content_type="application/pdf",
            size=4,
            created_at=NOW,
            file=ContentFile(b"%PDF", name="payslip.pdf"),
        )
        for flow in (old, recent)
    ]

    assert housekeeping.delete_old_flows(now=NOW) == 1

    assert Flow.objects.get() == recent
    assert Document.objects.get() == uploads[1]
    assert not uploads[0].file.storage.exists(uploads[0].file.name)
    assert uploads[1].file.storage.exists(uploads[1].file.name)
    assert not BusyInterval.objects.exists()


def test_expired_contexts_forget_what_they_carried_and_go_a_month_later():
    expired = LinkContextFactory(expires_at=NOW - timedelta(days=1))
    LinkContextFactory(expires_at=NOW - timedelta(days=31))
    live = LinkContextFactory(expires_at=NOW + timedelta(days=1))

    housekeeping.purge(now=NOW)

    kept = {row.pk: row.parameters for row in LinkContext.objects.all()}
    assert kept == {expired.pk: [], live.pk: [["segment", "HIGH"]]}


def test_link_problems_are_kept_for_ninety_days_and_post_counts_for_one():
    day = NOW.date()
    LinkProblemFactory(day=day, last_at=NOW - timedelta(days=91))
    kept = LinkProblemFactory(parameter="subject", last_at=NOW - timedelta(days=89))
    PostCountFactory(window_start=NOW - timedelta(days=2))
    counted = PostCountFactory(window_start=NOW)

    report = housekeeping.purge(now=NOW)

    assert LinkProblem.objects.get() == kept
    assert PostCount.objects.get() == counted
    assert (report["link_problems"], report["post_counts"]) == (1, 1)
