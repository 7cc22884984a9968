"""What is sent about appointments: rows in the booking's transaction, mails by the worker."""

import hashlib
import smtplib
from datetime import datetime
from email.mime.text import MIMEText
from email.utils import format_datetime
from typing import cast

from django.core import mail
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.utils import translation
from procrastinate.contrib.django import app

from directory.models import Advisor
from scheduling.ical import Method, calendar_file, host
from scheduling.letters import KINDS, language_for, write_letter
from scheduling.models import Appointment, Message

SEND_MESSAGE = "scheduling.send_message"
MAIL_QUEUE = "mail"
SMTP_SECONDS = 20


class StillSendingError(Exception):
    """Another worker has this message in hand; look again later."""


@transaction.atomic
def queue_messages(
    appointment: Appointment,
    kind: str,
    *,
    now: datetime,
    former_advisor: Advisor | None = None,
) -> None:
    """Write the messages of this kind and queue their sending, in one transaction.

    Customer and advisor get one each, if they have an address, and so does the advisor
    whose calendar loses the meeting. Queueing the same kind for the same revision again
    changes nothing.
    """
    advisor = appointment.advisor
    revision = appointment.revision
    queued = set(
        Message.objects.filter(
            appointment=appointment, kind=kind, revision=revision
        ).values_list("recipient", "address")
    )
    wanted = [
        (Message.Recipient.CUSTOMER, appointment.email.strip(), None),
        (Message.Recipient.ADVISOR, advisor.email.strip(), advisor),
    ]
    if former_advisor is not None:
        address = former_advisor.email.strip()
        wanted.append((Message.Recipient.FORMER_ADVISOR, address, former_advisor))
    new = Message.objects.bulk_create(
        Message(
            appointment=appointment,
            kind=kind,
            revision=revision,
            recipient=recipient,
            address=address,
            advisor=told,
            created_at=now,
        )
        for recipient, address, told in wanted
        if address and (recipient, address) not in queued
    )
    for message in new:
        # By name: the job's module stands above this one.
        app.configure_task(SEND_MESSAGE, queue=MAIL_QUEUE).defer(message_id=message.pk)


def send(message_id: int, *, now: datetime) -> None:
    """Send a message unless it went out already or is no longer true.

    The row stays locked until `sent_at` is committed, so two workers never send it
    twice. A crash in between sends it again under the same Message-ID and file name.

    Raises:
        StillSendingError: somebody else holds the row; the job comes back.
        smtplib.SMTPException, OSError: the mail server is away; the job comes back.
    """
    with transaction.atomic():
        allow_for_a_slow_mail_server()
        message = (
            Message.objects.select_for_update(skip_locked=True)
            .filter(pk=message_id)
            .first()
        )
        if message is None:
            if Message.objects.filter(pk=message_id).exists():
                raise StillSendingError
            return  # erased together with its appointment
        if message.sent_at or message.skipped:
            return
        appointment = Appointment.objects.select_related(
            "subject", "office", "advisor"
        ).get(pk=message.appointment_id)
        message.skipped = why_not(message, appointment)
        if not message.skipped:
            message.skipped = deliver(compose(message, appointment))
        if not message.skipped:
            message.sent_at = now
        message.save(update_fields=["sent_at", "skipped"])


def allow_for_a_slow_mail_server() -> None:
    """Let this transaction wait for the mail server longer than a page may."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '5min'")


def why_not(message: Message, appointment: Appointment) -> str:
    """Return why the message is no longer true, or nothing."""
    kind = KINDS.get(message.kind)
    if kind is None:
        return f"No message is called {message.kind}."
    if message.revision != appointment.revision:
        return f"Outdated: the meeting is at revision {appointment.revision}."
    if appointment.status not in kind.statuses:
        return f"Outdated: the meeting is {appointment.status}."
    is_for_advisor = message.recipient == Message.Recipient.ADVISOR
    if is_for_advisor and message.advisor_id != appointment.advisor_id:
        return "Outdated: another advisor takes the meeting."
    try:
        validate_email(message.address)
    except ValidationError:
        return "This is no e-mail address."
    return ""


def compose(message: Message, appointment: Appointment) -> mail.EmailMessage:
    """Return the mail in the reader's language, with the calendar file."""
    language = language_for(appointment, message.recipient)
    method = cast("Method", KINDS[message.kind].method)
    with translation.override(language):
        letter = write_letter(
            appointment, kind=message.kind, recipient=message.recipient
        )
        text = render_to_string("emails/letter.txt", {"letter": letter})
        html = render_to_string("emails/letter.html", {"letter": letter})
    composed = mail.EmailMultiAlternatives(
        subject=letter.title,
        body=text,
        to=[message.address],
        headers={
            "Message-ID": message_id_header(message, appointment),
            "Date": format_datetime(message.created_at),
            "Auto-Submitted": "auto-generated",
            "Content-Language": language,
            "X-Parlour-Reference": appointment.reference,
            "X-Parlour-Kind": message.kind,
            "X-Parlour-Revision": str(message.revision),
            "X-Parlour-Recipient": message.recipient,
        },
    )
    composed.attach_alternative(html, "text/html")
    file = calendar_file(
        appointment,
        method=method,
        recipient=message.recipient,
        address=message.address,
    )
    composed.attach(calendar_part(file, method))
    return composed


def message_id_header(message: Message, appointment: Appointment) -> str:
    """Return the same Message-ID for every attempt to send this message."""
    address = hashlib.sha256(message.address.encode()).hexdigest()[:12]
    name = f"{appointment.reference}.{message.kind}.{message.revision}"
    return f"<{name}.{message.recipient}.{address}@{host()}>"


def calendar_part(file: bytes, method: Method) -> MIMEText:
    """Return the attachment that mail programs turn into a calendar entry."""
    part = MIMEText(file.decode(), "calendar", "utf-8")
    part.set_param("method", method)
    part.add_header("Content-Disposition", "attachment", filename="meeting.ics")
    return part


def deliver(composed: mail.EmailMessage) -> str:
    """Hand the mail over; return why it was refused for good, or nothing."""
    composed.connection = mail.get_connection(timeout=SMTP_SECONDS)
    try:
        composed.send()
    except smtplib.SMTPRecipientsRefused as error:
        if all(code >= 500 for code, _reason in error.recipients.values()):
            return "The mail server refuses this address."
        raise
    return ""
