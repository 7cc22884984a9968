"""What is queued with a booking, and what the worker sends: once, and only if true."""

import smtplib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import icalendar
import pytest
from babel.messages.extract import extract_from_file
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection, connections, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from scheduling import messages
from scheduling.kinds import KINDS
from scheduling.messages import StillSendingError, queue_messages, send
from scheduling.models import Appointment, Message
from tests.factories import (
    NINE,
    NOW,
    AdvisorFactory,
    AppointmentEventFactory,
    AppointmentFactory,
    MessageFactory,
    OfficeFactory,
    OrganisationFactory,
    SubjectFactory,
)

pytestmark = pytest.mark.django_db
LOCALE = Path(messages.__file__).parent / "locale"


@pytest.fixture(autouse=True)
def empty_queue(db):
    """The queue's tables are not Django's: emptying the test database skips them."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")


def mail_to(appointment, *, kind="confirmed", recipient="customer"):
    advisor = appointment.advisor if recipient == "advisor" else None
    message = MessageFactory(
        appointment=appointment,
        kind=kind,
        revision=appointment.revision,
        recipient=recipient,
        advisor=advisor,
        address=appointment.email if advisor is None else advisor.email,
    )
    send(message.pk, now=NOW)
    message.refresh_from_db()
    return message


def parts_of(sent):
    return {part.get_content_type(): part for part in sent.message().walk()}


def text_of(sent):
    return sent.body


# Queueing.


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


# What is in a mail.


def test_the_customers_mail_says_what_when_where_with_whom_and_how_to_change_it(
    settings,
):
    settings.BASE_URL = "https://meet.bank.example"
    OrganisationFactory()
    appointment = AppointmentFactory(
        channel="office",
        subject=SubjectFactory(instructions="Your identity card\nA pay slip"),
        office=OfficeFactory(directions="Tram 7, stop Meir", phone="+32470000000"),
        reference="ABCDEFGH23",
        metadata={"repayment": "2500"},
        segment_codes=["HIGH"],
        remarks="I come by bike",
    )

    mail_to(appointment)

    sent = mail.outbox[0]
    assert sent.subject == (
        "Your meeting is booked: Mortgage, Monday 4 May 2026, 11:00"
    )
    assert sent.to == ["max@example.com"]
    text = text_of(sent)
    for words in (
        "Hello Max,",
        "When: Monday 4 May 2026, 11:00-12:00 (Europe/Brussels, UTC+2)",
        "At an office: Antwerp Meir, Meir 48, 2000 Antwerpen",
        "How to get there: Tram 7, stop Meir",
        "With: Eva Peeters, Mortgage advisor",
        "What to bring\nYour identity card\nA pay slip",
        "Reference: ABCDEFGH23",
        "https://meet.bank.example/m/",
        "Halyard Bank",
    ):
        assert words in text
    for secret in ("2500", "HIGH", "repayment", "/admin/", "bike"):
        assert secret not in str(sent.message())
        assert secret not in text


def test_the_mail_has_a_text_a_page_and_a_calendar_file(settings):
    appointment = AppointmentFactory()

    mail_to(appointment)

    parts = parts_of(mail.outbox[0])
    assert {"text/plain", "text/html", "text/calendar"} <= set(parts)
    calendar = parts["text/calendar"]
    assert calendar.get_param("method") == "REQUEST"
    assert calendar.get_filename() == "meeting.ics"
    assert b"METHOD:REQUEST\r\n" in calendar.get_payload(decode=True)
    html = parts["text/html"].get_payload(decode=True).decode()
    assert "<h1>Your meeting is booked" in html
    assert "src=" not in html
    assert "url(" not in html


def test_the_advisors_mail_carries_what_the_customer_told_and_the_link(settings):
    settings.BASE_URL = "https://meet.bank.example"
    appointment = AppointmentFactory(
        office_zone="Europe/Brussels",
        visitor_zone="America/New_York",
        segment_codes=["HIGH"],
        metadata={"repayment": "2500"},
        answers=[
            {"code": "p", "label": "Property", "kind": "choice", "text": "A house"}
        ],
        remarks="First home\nNo car",
    )

    mail_to(appointment, recipient="advisor")

    sent = mail.outbox[0]
    assert sent.subject == (
        "New meeting: Mortgage with Max Murdoch, Monday 4 May 2026, 11:00"
    )
    text = text_of(sent)
    for words in (
        "Customer: Max Murdoch",
        "E-mail: max@example.com",
        "Phone: +32470123456",
        "Segments: HIGH",
        "repayment: 2500",
        "Property: A house",
        "Remarks\nFirst home\nNo car",
        "(Europe/Brussels, UTC+2)",
        f"https://meet.bank.example/admin/scheduling/appointment/{appointment.pk}/",
        "https://meet.bank.example/j/",
    ):
        assert words in text
    assert "/m/" not in text


@pytest.mark.parametrize(
    ("channel", "when"),
    [
        ("office", "11:00-12:00 (Europe/Brussels, UTC+2)"),
        ("on_location", "11:00-12:00 (Europe/Brussels, UTC+2)"),
        ("phone", "05:00-06:00 (America/New_York, UTC-4)"),
        ("video", "05:00-06:00 (America/New_York, UTC-4)"),
    ],
)
def test_who_travels_reads_the_offices_clock_and_who_is_called_their_own(channel, when):
    appointment = AppointmentFactory(
        channel=channel,
        visitor_zone="America/New_York",
        address={"street": "Lei 1", "postal_code": "2018", "city": "Antwerpen"},
    )

    mail_to(appointment)

    assert when in text_of(mail.outbox[0])


def test_each_channel_says_where_or_how():
    address = {"street": "Lei 1", "postal_code": "2018", "city": "Antwerpen"}

    for channel in ("phone", "on_location", "video"):
        mail_to(AppointmentFactory(channel=channel, address=address))

    phone, visit, video = (text_of(sent) for sent in mail.outbox)
    assert "Phone call: We call you: +32470123456" in phone
    assert "At your place: Lei 1, 2018 Antwerpen" in visit
    assert "/j/" in video
    assert "/j/" not in phone + visit


def test_a_cancelled_meeting_takes_the_calendar_entry_away_and_has_no_join_link():
    appointment = AppointmentFactory(status="cancelled", revision=1)

    mail_to(appointment, kind="cancelled")

    sent = mail.outbox[0]
    assert sent.subject.startswith("Your meeting is cancelled: Mortgage")
    assert parts_of(sent)["text/calendar"].get_param("method") == "CANCEL"
    assert "/j/" not in text_of(sent)
    assert "Book again" in text_of(sent)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("", "does not take place"),
        ("declined", "does not take place"),
        ("unanswered", "nobody could confirm"),
    ],
)
def test_a_cancellation_gives_the_reason_that_the_customer_may_know(reason, words):
    appointment = AppointmentFactory(status="cancelled", cancel_reason=reason)

    mail_to(appointment, kind="cancelled")

    assert words in text_of(mail.outbox[0])


def test_a_request_asks_the_advisor_to_answer():
    appointment = AppointmentFactory(status="requested")

    mail_to(appointment, kind="requested")
    mail_to(appointment, kind="requested", recipient="advisor")

    customer, advisor = mail.outbox
    assert customer.subject.startswith("We have your request: Mortgage")
    assert advisor.subject.startswith("New request: Mortgage with Max Murdoch")
    assert "accept or decline" in text_of(advisor)
    assert b"STATUS:TENTATIVE" in parts_of(customer)["text/calendar"].get_payload(
        decode=True
    )


@pytest.mark.parametrize(
    ("language", "title", "day"),
    [
        ("nl", "Uw afspraak is vastgelegd", "maandag 4 mei 2026"),
        ("fr", "Votre rendez-vous est confirmé ", "lundi 4 mai 2026"),
        ("de", "Ihr Termin ist gebucht", "Montag, 4. Mai 2026"),
    ],
)
def test_each_reader_gets_their_own_language(language, title, day):
    appointment = AppointmentFactory(
        language=language, advisor=AdvisorFactory(languages=["en", "nl"])
    )

    mail_to(appointment)
    mail_to(appointment, recipient="advisor")

    customer, advisor = mail.outbox
    assert customer.subject == f"{title}: Mortgage, {day}, 11:00"
    assert customer.extra_headers["Content-Language"] == language
    assert advisor.subject.startswith("New meeting")


def test_headers_name_the_appointment_and_stay_the_same_for_a_second_attempt():
    appointment = AppointmentFactory(reference="ABCDEFGH23", revision=2)
    message = mail_to(appointment)
    Message.objects.update(sent_at=None)

    send(message.pk, now=NOW)

    first, second = (sent.extra_headers for sent in mail.outbox)
    assert first == second
    assert first["X-Parlour-Reference"] == "ABCDEFGH23"
    assert first["X-Parlour-Kind"] == "confirmed"
    assert first["X-Parlour-Revision"] == "2"


EVIL = "Max\r\nBcc: all@example.com\r\n\r\n<script>alert(1)</script>\u2028\x07"


def test_line_breaks_in_names_never_reach_a_header():
    appointment = AppointmentFactory(
        first_name=EVIL,
        last_name=EVIL,
        company=EVIL,
        subject=SubjectFactory(name="Loans\nBcc: all@example.com"),
        advisor=AdvisorFactory(last_name="Peeters\nX-Evil: 1"),
        metadata={EVIL: EVIL},
    )

    mail_to(appointment)
    mail_to(appointment, recipient="advisor")

    for sent in mail.outbox:
        written = sent.message()
        assert written["Bcc"] is None
        assert written["X-Evil"] is None
        assert "\n" not in sent.subject
        assert len(sent.recipients()) == 1
        html = parts_of(sent)["text/html"].get_payload(decode=True).decode()
        assert "<script>" not in html


@pytest.mark.parametrize(
    "address", ["max@example.com\nBcc: all@example.com", "nobody", "a@b.c, d@e.fr"]
)
def test_an_address_that_is_none_is_skipped_and_nothing_is_sent(address):
    message = MessageFactory(address=address)

    send(message.pk, now=NOW)

    message.refresh_from_db()
    assert message.skipped == "This is no e-mail address."
    assert message.sent_at is None
    assert mail.outbox == []


# Changes.


def changed_by(appointment, kind="moved", **old):
    """Write the history of a change that made the present revision."""
    new = {name: str(getattr(appointment, name)) for name in old}
    AppointmentEventFactory(
        appointment=appointment,
        kind=kind,
        old={**old, "revision": appointment.revision - 1},
        new={**new, "revision": appointment.revision},
    )


def mail_to_former(appointment, advisor, *, kind, revision=None):
    message = MessageFactory(
        appointment=appointment,
        kind=kind,
        revision=appointment.revision if revision is None else revision,
        recipient="former_advisor",
        advisor=advisor,
        address=advisor.email,
    )
    send(message.pk, now=NOW)
    message.refresh_from_db()
    return message


def event_of(sent):
    part = parts_of(sent)["text/calendar"]
    calendar = icalendar.Calendar.from_ical(part.get_payload(decode=True))
    [event] = calendar.walk("VEVENT")
    assert part.get_param("method") == calendar["METHOD"]
    return str(calendar["METHOD"]), event


def test_a_former_advisor_gets_one_message_too():
    former, present = AdvisorFactory(), AdvisorFactory()
    appointment = AppointmentFactory(advisor=present, revision=1)

    queue_messages(appointment, "reassigned", now=NOW, former_advisor=former)
    queue_messages(appointment, "reassigned", now=NOW, former_advisor=former)

    rows = Message.objects.order_by("recipient")
    assert [(m.recipient, m.address, m.advisor, m.revision) for m in rows] == [
        ("advisor", present.email, present, 1),
        ("customer", "max@example.com", None, 1),
        ("former_advisor", former.email, former, 1),
    ]
    assert ProcrastinateJob.objects.count() == 3


def test_who_keeps_the_meeting_or_has_no_address_is_no_former_advisor():
    appointment = AppointmentFactory()

    queue_messages(appointment, "changed", now=NOW, former_advisor=appointment.advisor)
    queue_messages(
        appointment, "reassigned", now=NOW, former_advisor=AdvisorFactory(email="")
    )

    assert not Message.objects.filter(recipient="former_advisor").exists()


def test_a_moved_meeting_tells_the_new_time_and_the_old_one():
    appointment = AppointmentFactory(
        revision=1, starts_at=NINE + timedelta(days=1), channel="video"
    )
    changed_by(
        appointment,
        starts_at=NINE.isoformat(),
        ends_at=(NINE + timedelta(hours=1)).isoformat(),
        channel="phone",
    )

    mail_to(appointment, kind="changed")
    mail_to(appointment, kind="changed", recipient="advisor")

    customer, advisor = mail.outbox
    assert customer.subject == (
        "Your meeting has changed: Mortgage, Tuesday 5 May 2026, 11:00"
    )
    assert advisor.subject == (
        "Meeting changed: Mortgage with Max Murdoch, Tuesday 5 May 2026, 11:00"
    )
    for sent in mail.outbox:
        text = text_of(sent)
        assert "When: Tuesday 5 May 2026, 11:00-12:00 (Europe/Brussels, UTC+2)" in text
        assert (
            "Instead of: Monday 4 May 2026, 11:00-12:00 (Europe/Brussels, UTC+2); "
            "Phone call\n" in text
        )
        method, event = event_of(sent)
        assert (method, event["SEQUENCE"], event["STATUS"]) == (
            "REQUEST",
            1,
            "CONFIRMED",
        )
    assert "With: Eva Peeters" in text_of(customer)


def test_a_change_that_must_be_confirmed_says_so_and_is_tentative():
    appointment = AppointmentFactory(revision=1, status="requested")
    changed_by(appointment, starts_at=(NINE - timedelta(days=1)).isoformat())

    mail_to(appointment, kind="changed")
    mail_to(appointment, kind="changed", recipient="advisor")

    customer, advisor = mail.outbox
    assert customer.subject.startswith("We have your change: Mortgage")
    assert "we confirm the new time in another mail" in text_of(customer)
    assert "accept or decline it before it starts" in text_of(advisor)
    for sent in mail.outbox:
        method, event = event_of(sent)
        assert (method, event["STATUS"]) == ("REQUEST", "TENTATIVE")


def test_changed_contact_details_do_not_pretend_that_the_meeting_moved():
    appointment = AppointmentFactory(revision=1)
    changed_by(appointment, kind="edited", email="old@example.com")

    mail_to(appointment, kind="changed")
    mail_to(appointment, kind="changed", recipient="advisor")

    for sent in mail.outbox:
        assert "contact details" in text_of(sent)
        assert "The meeting itself stays the same." in text_of(sent)
        assert "Instead of" not in text_of(sent)


def test_a_renewed_link_says_that_earlier_ones_no_longer_work():
    appointment = AppointmentFactory(revision=1)
    changed_by(appointment, kind="link_renewed", link_version=1)

    mail_to(appointment, kind="changed")
    mail_to(appointment, kind="changed", recipient="advisor")

    customer, advisor = mail.outbox
    assert customer.subject.startswith("Your new link: Mortgage")
    assert "Earlier links no longer work." in text_of(customer)
    assert "The customer has a new link" in text_of(advisor)


def test_another_office_is_named_beside_the_one_before():
    former = OfficeFactory(name="Ghent Korenmarkt")
    appointment = AppointmentFactory(revision=1, channel="office")
    changed_by(appointment, office=former.pk)

    mail_to(appointment, kind="changed")

    assert "Instead of: Ghent Korenmarkt\n" in text_of(mail.outbox[0])
    assert "At an office: Antwerp Meir, Meir 48" in text_of(mail.outbox[0])


@pytest.mark.parametrize("kind", ["changed", "reassigned"])
def test_a_new_advisor_takes_over_and_the_customer_reads_whom_they_meet(kind):
    former = AdvisorFactory(first_name="Tom", last_name="Wouters")
    appointment = AppointmentFactory(revision=1)
    changed_by(
        appointment,
        kind="moved" if kind == "changed" else "reassigned",
        advisor=former.pk,
    )

    mail_to(appointment, kind=kind)
    mail_to(appointment, kind=kind, recipient="advisor")

    customer, advisor = mail.outbox
    assert "With: Eva Peeters, Mortgage advisor" in text_of(customer)
    assert "Instead of: with Tom Wouters\n" in text_of(customer)
    assert advisor.subject.startswith("You take over a meeting: Mortgage with Max")
    if kind == "reassigned":
        assert customer.subject == (
            "You meet Eva Peeters: Mortgage, Monday 4 May 2026, 11:00"
        )
        assert "Day, time and place stay the same." in text_of(customer)


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        ("changed", "Meeting moved to a colleague: Mortgage with Max Murdoch"),
        ("reassigned", "Meeting handed over: Mortgage with Max Murdoch"),
    ],
)
def test_a_former_advisors_mail_empties_the_calendar_and_tells_next_to_nothing(
    kind, title, settings
):
    settings.BASE_URL = "https://meet.bank.example"
    former = AdvisorFactory(first_name="Tom", languages=["en"])
    appointment = AppointmentFactory(
        revision=2,
        starts_at=NINE + timedelta(days=1),
        advisor__languages=["fr"],
        metadata={"repayment": "2500"},
        remarks="First home",
    )
    changed_by(appointment, starts_at=NINE.isoformat(), advisor=former.pk)

    message = mail_to_former(appointment, former, kind=kind)

    [sent] = mail.outbox
    assert message.sent_at == NOW
    assert sent.to == [former.email]
    # The time that was theirs, not the new one.
    assert sent.subject == f"{title}, Monday 4 May 2026, 11:00"
    assert "Hello Tom," in text_of(sent)
    method, event = event_of(sent)
    assert (method, event["STATUS"], event["SEQUENCE"]) == ("CANCEL", "CANCELLED", 2)
    assert event["ATTENDEE"] == f"mailto:{former.email}"
    everything = str(sent.message()) + text_of(sent) + event.to_ical().decode()
    for secret in ("/m/", "/j/", "/appointment/", "2500", "First home", "+324", "max@"):
        assert secret not in everything


def test_a_former_advisors_mail_goes_out_whatever_became_of_the_meeting():
    former = AdvisorFactory()
    appointment = AppointmentFactory(revision=3, status="cancelled")

    mail_to_former(appointment, former, kind="reassigned", revision=1)

    assert event_of(mail.outbox[0])[1]["SEQUENCE"] == 3


def test_an_earlier_former_advisor_reads_the_time_that_was_theirs():
    former = AdvisorFactory()
    appointment = AppointmentFactory(revision=1)
    changed_by(appointment, kind="reassigned", advisor=former.pk)
    appointment.revision = 2
    appointment.starts_at += timedelta(days=1)
    appointment.ends_at += timedelta(days=1)
    appointment.save()
    changed_by(appointment, starts_at=NINE.isoformat())

    mail_to_former(appointment, former, kind="reassigned", revision=1)

    assert mail.outbox[0].subject.endswith("Monday 4 May 2026, 11:00")


def test_who_has_the_meeting_again_is_no_former_advisor():
    appointment = AppointmentFactory(revision=2)

    message = mail_to_former(
        appointment, appointment.advisor, kind="reassigned", revision=1
    )

    assert message.skipped == "Outdated: the meeting is this advisor's again."
    assert mail.outbox == []


def test_who_lost_the_meeting_twice_before_the_mail_went_out_reads_it_once():
    former = AdvisorFactory()
    appointment = AppointmentFactory(revision=3)
    later = MessageFactory(
        appointment=appointment,
        kind="reassigned",
        revision=3,
        recipient="former_advisor",
        advisor=former,
        address=former.email,
    )

    earlier = mail_to_former(appointment, former, kind="reassigned", revision=1)
    send(later.pk, now=NOW)

    assert earlier.skipped == "Outdated: a later message says the same."
    assert len(mail.outbox) == 1


def test_accepted_and_declined_requests_tell_both_and_their_calendars():
    accepted = AppointmentFactory(revision=1)
    declined = AppointmentFactory(
        revision=1, status="cancelled", cancel_reason="declined"
    )

    for recipient in ("customer", "advisor"):
        mail_to(accepted, kind="accepted", recipient=recipient)
        mail_to(declined, kind="declined", recipient=recipient)

    yes, no, yes_advisor, no_advisor = mail.outbox
    assert yes.subject.startswith("Your meeting is confirmed: Mortgage")
    assert yes_advisor.subject.startswith("Meeting confirmed: Mortgage with Max")
    assert no.subject.startswith("We cannot meet you at this time: Mortgage")
    assert "we cannot meet you at this time" in text_of(no)
    assert "Book again" in text_of(no)
    assert no_advisor.subject.startswith("Request declined: Mortgage with Max")
    for sent in (yes, yes_advisor):
        method, event = event_of(sent)
        assert (method, event["STATUS"]) == ("REQUEST", "CONFIRMED")
    for sent in (no, no_advisor):
        method, event = event_of(sent)
        assert (method, event["STATUS"]) == ("CANCEL", "CANCELLED")


@pytest.mark.parametrize("language", ["nl", "fr", "de"])
def test_every_kind_is_written_in_every_language(language):
    former = AdvisorFactory(languages=[language])
    english = set()
    for name, kind in KINDS.items():
        status = next(iter(sorted(kind.statuses)))
        appointment = AppointmentFactory(
            status=status,
            busy=False,
            advisor__languages=[language],
            language=language,
        )
        for recipient, words in kind.words.items():
            english |= {str(words.title).split(":")[0], str(words.opening)}
            if name == "reminder":
                continue
            if recipient == "former_advisor":
                mail_to_former(appointment, former, kind=name)
            else:
                mail_to(appointment, kind=name, recipient=recipient)

    assert len(mail.outbox) == 16
    for sent in mail.outbox:
        assert not [words for words in english if words in text_of(sent)]
        assert not [words for words in english if sent.subject.startswith(words)]


def test_a_mail_about_another_time_and_another_advisor_costs_twelve_queries(
    django_assert_num_queries,
):
    appointment = AppointmentFactory(revision=1)
    message = MessageFactory(appointment=appointment, kind="changed", revision=1)
    changed_by(appointment, starts_at=NINE.isoformat(), advisor=AdvisorFactory().pk)

    # Transaction's two, its wait, message, appointment's lock and row, history, former
    # advisor, own words, organisation twice, and the row's new state.
    with django_assert_num_queries(12):
        send(message.pk, now=NOW)


# Only if still true.


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


# Once.


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
    settings.EMAIL_BACKEND = "tests.scheduling.test_messages.Refusing"
    message = MessageFactory()

    send(message.pk, now=NOW)

    message.refresh_from_db()
    assert message.skipped == "The mail server refuses this address."


def test_a_mail_server_that_is_away_leaves_the_message_to_the_next_attempt(settings):
    settings.EMAIL_BACKEND = "tests.scheduling.test_messages.Away"
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


def test_every_kind_has_words_for_everybody_who_gets_it():
    both = {Message.Recipient.CUSTOMER, Message.Recipient.ADVISOR}
    readers = {name: set(kind.words) for name, kind in KINDS.items()}

    assert {name for name, found in readers.items() if found == both} == {
        "confirmed",
        "requested",
        "accepted",
        "declined",
        "cancelled",
        "reminder",
    }
    assert {name for name, found in readers.items() if found != both} == {
        "changed",
        "reassigned",
    }
    assert readers["changed"] == readers["reassigned"] == set(Message.Recipient)


@pytest.mark.parametrize("language", ["nl", "fr", "de"])
def test_every_sentence_of_mails_and_calendar_files_is_translated(language):
    folder = LOCALE / language / "LC_MESSAGES"
    with (folder / "django.po").open("rb") as file:
        written = {row.id: row.string for row in read_po(file) if row.id}
    with (folder / "django.mo").open("rb") as file:
        compiled = {row.id: row.string for row in read_mo(file) if row.id}
    asked = {
        found[1]
        for module in ("kinds.py", "letters.py", "ical.py")
        for found in extract_from_file(
            "python", LOCALE.parent / module, keywords={"_": None, "gettext_lazy": None}
        )
    }

    assert asked - written.keys() == set()
    assert all(written.values())
    assert compiled == written, (
        "compile it: pybabel compile -d scheduling/locale -D django"
    )
