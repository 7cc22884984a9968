"""What is queued with a change: once for each reader, and only if it is committed."""

from datetime import timedelta

import pytest
from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from scheduling.messages import queue_messages
from scheduling.models import Message
from tests.factories import (
    NOW,
    AdvisorFactory,
    AppointmentFactory,
)

pytestmark = pytest.mark.django_db


def test_a_booking_queues_one_message_for_the_customer_and_one_for_the_advisor():
    appointment = AppointmentFactory(revision=3)

    queue_messages(appointment, "confirmed", now=NOW)

    rows = Message.objects.order_by("recipient")
    assert [(m.recipient, m.address, m.revision, m.created_at) for m in rows] == [
        ("advisor", appointment.advisor.email, 3, NOW),
        ("customer", "max@example.com", 3, NOW),
    ]
    jobs = ProcrastinateJob.objects.order_by("pk")
    assert {job.task_name for job in jobs} == {"scheduling.send_message"}
    assert {job.args["message_id"] for job in jobs} == {m.pk for m in rows}
    assert {job.queue_name for job in jobs} == {"mail"}


def test_queueing_the_same_kind_and_revision_again_changes_nothing():
    appointment = AppointmentFactory()

    queue_messages(appointment, "confirmed", now=NOW)
    queue_messages(appointment, "confirmed", now=NOW + timedelta(minutes=1))

    assert Message.objects.count() == 2
    assert ProcrastinateJob.objects.count() == 2


def test_nobody_without_an_address_gets_a_message():
    appointment = AppointmentFactory(email="", advisor=AdvisorFactory(email=""))

    queue_messages(appointment, "confirmed", now=NOW)

    assert not Message.objects.exists()
    assert not ProcrastinateJob.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_rollback_drops_messages_and_jobs():
    appointment = AppointmentFactory()

    with transaction.atomic():
        queue_messages(appointment, "confirmed", now=NOW)
        transaction.set_rollback(True)

    assert not Message.objects.exists()
    assert not ProcrastinateJob.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_rolls_back_drops_messages_and_jobs_too():
    appointment = AppointmentFactory()

    with app.replace_connector(app.connector.get_worker_connector()) as running:
        with transaction.atomic():
            queue_messages(appointment, "cancelled", now=NOW)
            assert ProcrastinateJob.objects.count() == 2
            transaction.set_rollback(True)
        running.close()

    assert not Message.objects.exists()
    assert not ProcrastinateJob.objects.exists()
