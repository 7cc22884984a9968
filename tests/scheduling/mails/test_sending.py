"""What the worker sends: once, and only if it is still true."""

import smtplib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connections, transaction

from scheduling.messages import StillSendingError, send
from scheduling.models import Appointment, Message
from tests.factories import (
    NOW,
    AdvisorFactory,
    AppointmentFactory,
    MessageFactory,
)
from tests.scheduling.mails.sent import mail_to

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"revision": 1}, "Outdated: the meeting is at revision 1."),
        ({"status": "cancelled"}, "Outdated: the meeting is cancelled."),
        ({"status": "requested"}, "Outdated: the meeting is requested."),
    ],
)
def test_a_message_that_is_no_longer_true_is_skipped_with_the_reason(change, reason):
    message = MessageFactory()
    Appointment.objects.update(**change)

    send(message.pk, now=NOW)

    message.refresh_from_db()
    assert message.skipped == reason
    assert message.sent_at is None
    assert mail.outbox == []


def test_an_advisor_who_no_longer_takes_the_meeting_gets_no_confirmation():
    appointment = AppointmentFactory()
    message = MessageFactory(
        appointment=appointment,
        recipient="advisor",
        advisor=appointment.advisor,
        address=appointment.advisor.email,
    )
    Appointment.objects.update(advisor=AdvisorFactory())

    send(message.pk, now=NOW)

    message.refresh_from_db()
    assert message.skipped == "Outdated: another advisor takes the meeting."


def test_a_sent_message_is_not_sent_again():
    message = mail_to(AppointmentFactory())

    send(message.pk, now=NOW + timedelta(hours=1))

    message.refresh_from_db()
    assert message.sent_at == NOW
    assert len(mail.outbox) == 1


def test_a_message_that_was_erased_sends_nothing_and_does_not_fail():
    message = MessageFactory()
    Message.objects.all().delete()

    send(message.pk, now=NOW)

    assert mail.outbox == []


class Refusing(EmailBackend):
    code = 550

    def send_messages(self, messages):
        refused = {messages[0].to[0]: (self.code, b"no")}
        raise smtplib.SMTPRecipientsRefused(refused)


class Away(Refusing):
    code = 451


def test_an_address_that_the_mail_server_refuses_for_good_is_skipped(settings):
    settings.EMAIL_BACKEND = "tests.scheduling.mails.test_sending.Refusing"
    message = MessageFactory()

    send(message.pk, now=NOW)

    message.refresh_from_db()
    assert message.skipped == "The mail server refuses this address."


def test_a_mail_server_that_is_away_leaves_the_message_to_the_next_attempt(settings):
    settings.EMAIL_BACKEND = "tests.scheduling.mails.test_sending.Away"
    message = MessageFactory()

    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(message.pk, now=NOW)

    message.refresh_from_db()
    assert (message.sent_at, message.skipped) == (None, "")


@pytest.mark.django_db(transaction=True)
def test_two_workers_with_the_same_message_send_one_mail():
    message = MessageFactory()

    def work(_number):
        try:
            send(message.pk, now=NOW)
        except StillSendingError:
            return "busy"
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(work, range(24)))

    assert len(mail.outbox) == 1
    assert "done" in answers
    message.refresh_from_db()
    assert message.sent_at == NOW


@pytest.mark.django_db(transaction=True)
def test_a_message_in_another_workers_hands_comes_back_later():
    message = MessageFactory()

    def send_elsewhere():
        try:
            send(message.pk, now=NOW)
        finally:
            connections.close_all()

    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        Message.objects.select_for_update().get(pk=message.pk)
        with pytest.raises(StillSendingError):
            pool.submit(send_elsewhere).result()

    assert mail.outbox == []
    send(message.pk, now=NOW)
    assert len(mail.outbox) == 1
