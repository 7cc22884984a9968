"""What is in a mail: the words, the language, the calendar file."""

from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.core import mail

from scheduling import messages
from scheduling.kinds import KINDS
from scheduling.messages import send
from scheduling.models import Message
from tests.factories import (
    NOW,
    AdvisorFactory,
    AppointmentFactory,
    MessageFactory,
    OfficeFactory,
    OrganisationFactory,
    SubjectFactory,
)
from tests.scheduling.mails.sent import mail_to, parts_of, text_of

pytestmark = pytest.mark.django_db


LOCALE = Path(messages.__file__).parent / "locale"


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


def test_every_kind_has_words_for_everybody_who_gets_it():
    both = {Message.Recipient.CUSTOMER, Message.Recipient.ADVISOR}
    readers = {name: set(kind.words) for name, kind in KINDS.items()}

    assert {name for name, found in readers.items() if found == both} == {
        "confirmed",
        "requested",
        "accepted",
        "asked",
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
