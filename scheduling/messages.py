"""What is sent about appointments: rows in the booking's transaction, mails by the worker."""

import hashlib
import smtplib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.mime.text import MIMEText
from email.utils import format_datetime
from math import ceil

from django.core import mail
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.utils import translation
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.manager import JobManager
from procrastinate.tasks import configure_task
from procrastinate.types import JSONDict, TimeDeltaParams

from directory.models import Advisor
from scheduling.asked import is_asked_to_move
from scheduling.before import Before, what_was
from scheduling.due import due_at, is_timely, next_opening
from scheduling.ical import calendar_file, host
from scheduling.kinds import REMINDER, Method, kind_named, template_kind
from scheduling.letters import language_for, write_letter, zone_for
from scheduling.models import Appointment, Message, MessageTemplate, Reminder
from scheduling.wordings import own_words

SEND_MESSAGE = "scheduling.send_message"
MAIL_QUEUE = "mail"
SMTP_SECONDS = 20
NO_TIME = timedelta(0)
# Why a message goes to nobody, for good.
NOT_AN_ADDRESS = "This is no e-mail address."
REFUSED_ADDRESS = "The mail server refuses this address."
Recipient = Message.Recipient


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a message: sent, unless there is a reason or a time to wait."""

    reason: str = ""
    wait: timedelta = NO_TIME


class StillSendingError(Exception):
    """Another worker sends it, or somebody changes the appointment; look again later."""


@transaction.atomic
def queue_messages(
    appointment: Appointment,
    kind: str,
    *,
    now: datetime,
    former_advisor: Advisor | None = None,
) -> None:
    """Write the messages of this kind and queue their sending, in one transaction.

    Customer and advisor get one each, if they have an address; so does the advisor who
    had the meeting until now. Queueing the same kind for the same revision again changes
    nothing.
    """
    advisor = appointment.advisor
    revision = appointment.revision
    queued = set(
        Message.objects.filter(
            appointment=appointment, kind=kind, revision=revision
        ).values_list("recipient", "address")
    )
    wanted: list[tuple[str, str, Advisor | None]] = [
        (Recipient.CUSTOMER, appointment.email.strip(), None),
        (Recipient.ADVISOR, advisor.email.strip(), advisor),
    ]
    if former_advisor is not None and former_advisor.pk != advisor.pk:
        address = former_advisor.email.strip()
        wanted.append((Recipient.FORMER_ADVISOR, address, former_advisor))
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
    defer_sending(new)


def defer_sending(messages: Iterable[Message], *, wait: timedelta = NO_TIME) -> None:
    """Queue the sending of rows in the transaction that wrote them.

    A worker's own queue has a connection of its own: there a job could be done, or stay,
    without the row. So the jobs are written by the connection that writes the rows.
    """
    jobs: list[JSONDict] = [{"message_id": message.pk} for message in messages]
    later: TimeDeltaParams = {"seconds": ceil(wait.total_seconds())}
    if jobs:
        # By name: the job's module stands above this one.
        configure_task(
            name=SEND_MESSAGE,
            queue=MAIL_QUEUE,
            job_manager=JobManager(DjangoConnector()),
            schedule_in=later if wait else None,
        ).batch_defer(*jobs)


def send(message_id: int, *, now: datetime) -> None:
    """Send a message unless it went out already or is no longer true.

    The row stays locked until `sent_at` is committed, so two workers never send it
    twice; a worker killed in between is the one case that can. The appointment stays as
    it was read until the mail server has the mail: nobody is told what is just changing.

    Raises:
        StillSendingError: another worker has it in hand, or somebody changes the
            appointment; the job comes back.
        smtplib.SMTPException, OSError: the mail server is away; the job comes back.
    """
    # Open before anything is locked: a mail server may take its time to answer.
    with mail.get_connection(timeout=SMTP_SECONDS) as server, transaction.atomic():
        allow_for_a_slow_mail_server()
        message = lock_message(message_id)
        if message is None or message.sent_at or message.skipped:
            return
        appointment = read_appointment(message.appointment_id)
        verdict = judge(message, appointment, now=now)
        if verdict.wait:
            defer_sending([message], wait=verdict.wait)
            return
        message.skipped = verdict.reason
        if not verdict.reason:
            composed = mail_of(message, appointment)
            composed.connection = server
            message.skipped = deliver(composed)
        if not message.skipped:
            message.sent_at = now
        message.save(update_fields=["address", "sent_at", "skipped"])


def lock_message(message_id: int) -> Message | None:
    """Return the row for this worker alone; None: erased together with its appointment.

    Raises:
        StillSendingError: another worker has it.
    """
    message = (
        Message.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("advisor")
        .filter(pk=message_id)
        .first()
    )
    if message is None and Message.objects.filter(pk=message_id).exists():
        raise StillSendingError
    return message


def read_appointment(appointment_id: int) -> Appointment:
    """Return the appointment, which stays like this until the transaction ends.

    Others may read it and send about it, too.

    Raises:
        StillSendingError: somebody changes it at this moment.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM scheduling_appointment WHERE id = %s FOR SHARE SKIP LOCKED",
            [appointment_id],
        )
        if cursor.fetchone() is None:
            raise StillSendingError
    return Appointment.objects.select_related("subject", "office", "advisor").get(
        pk=appointment_id
    )


def allow_for_a_slow_mail_server() -> None:
    """Let this transaction wait for the mail server longer than a page may."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '5min'")


def why_not(message: Message, appointment: Appointment) -> str:
    """Return why the message is no longer true, or nothing."""
    kind = kind_named(message.kind)
    if kind is None:
        return f"No message is called {message.kind}."
    is_theirs = message.advisor_id == appointment.advisor_id
    if message.recipient == Recipient.FORMER_ADVISOR:
        # Whatever became of the meeting: it has to leave that advisor's calendar.
        if is_theirs:
            return "Outdated: the meeting is this advisor's again."
        if is_told_again(message):
            return "Outdated: a later message says the same."
    elif message.for_start is None and message.revision != appointment.revision:
        return f"Outdated: the meeting is at revision {appointment.revision}."
    elif appointment.status not in kind.statuses:
        return f"Outdated: the meeting is {appointment.status}."
    elif message.recipient == Recipient.ADVISOR and not is_theirs:
        return "Outdated: another advisor takes the meeting."
    try:
        validate_email(message.address)
    except ValidationError:
        return NOT_AN_ADDRESS
    return ""


def is_told_again(message: Message) -> bool:
    """Tell whether the same former advisor has a later message: lost it twice. One query."""
    if message.advisor_id is None:
        return False
    return Message.objects.filter(
        appointment_id=message.appointment_id,
        recipient=message.recipient,
        advisor_id=message.advisor_id,
        revision__gt=message.revision,
    ).exists()


def reminder_kind(reminder: Reminder) -> str:
    """Return the kind of this reminder's messages."""
    return f"{REMINDER}-{reminder.code}"


def judge(message: Message, appointment: Appointment, *, now: datetime) -> Verdict:
    """Tell whether the message is true now. Two queries for a reminder.

    A reminder goes to the reader's present address, which its row then names.
    """
    if message.for_start is not None:
        is_for_customer = message.recipient == Recipient.CUSTOMER
        reader = appointment if is_for_customer else appointment.advisor
        message.address = reader.email.strip()
    reason = why_not(message, appointment)
    if reason or message.for_start is None:
        return Verdict(reason)
    return judge_reminder(message, appointment, now=now)


def judge_reminder(
    message: Message, appointment: Appointment, *, now: datetime
) -> Verdict:
    """Compare a reminder with the meeting, and with what staff want now. Two queries."""
    code = message.kind.removeprefix(f"{REMINDER}-")
    reminder = Reminder.objects.filter(code=code, is_active=True).first()
    if reminder is None:
        return Verdict("This reminder was switched off.")
    if appointment.starts_at != message.for_start:
        return Verdict("Outdated: the meeting starts at another time.")
    if appointment.starts_at <= now:
        return Verdict("Too late: the meeting has started.")
    if reminder.channels and appointment.channel not in reminder.channels:
        return Verdict("Outdated: the meeting takes place another way.")
    if is_asked_to_move(appointment):
        return Verdict("Outdated: the customer was asked to choose another time.")
    zone = zone_for(appointment, message.recipient)
    due = due_at(appointment.starts_at, reminder, zone)
    if due <= appointment.announced_at:
        return Verdict("Outdated: everybody was told the time since.")
    if is_timely(now, due, reminder, zone):
        return Verdict()
    opens = next_opening(max(now, due), reminder, zone)
    if opens < appointment.starts_at:
        return Verdict(wait=opens - now)
    return Verdict("Too late: the meeting starts before the next sending time.")


def mail_of(message: Message, appointment: Appointment) -> mail.EmailMultiAlternatives:
    """Return the message as a mail, with what its words need. Three queries at most."""
    advisor = message.advisor
    language = language_for(appointment, message.recipient, advisor=advisor)
    return compose(
        message,
        appointment,
        before=what_was(appointment, revision=message.revision),
        own=own_words(template_kind(message.kind), message.recipient, language),
    )


def compose(
    message: Message,
    appointment: Appointment,
    *,
    before: Before | None,
    own: MessageTemplate | None,
) -> mail.EmailMultiAlternatives:
    """Return the mail in the reader's language, with the calendar file.

    `before` is what held before the change that the mail tells; `own` staff's words.
    """
    kind = kind_named(message.kind)
    if kind is None:
        raise LookupError(message.kind)
    method = kind.method_for(message.recipient)
    advisor = message.advisor
    language = language_for(appointment, message.recipient, advisor=advisor)
    with translation.override(language):
        letter = write_letter(
            appointment,
            kind=message.kind,
            recipient=message.recipient,
            advisor=advisor,
            before=before,
            own=own,
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
        advisor=advisor,
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
    try:
        composed.send()
    except smtplib.SMTPRecipientsRefused as error:
        if all(code >= 500 for code, _reason in error.recipients.values()):
            return REFUSED_ADDRESS
        raise
    return ""
