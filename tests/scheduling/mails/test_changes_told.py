"""How a change is told: to the customer, the advisor and the former advisor."""

from datetime import timedelta

import icalendar
import pytest
from django.core import mail
from procrastinate.contrib.django.models import ProcrastinateJob

from scheduling.kinds import KINDS
from scheduling.messages import queue_messages, send
from scheduling.models import Message
from tests.factories import (
    NINE,
    NOW,
    AdvisorFactory,
    AppointmentEventFactory,
    AppointmentFactory,
    MessageFactory,
    OfficeFactory,
)
from tests.scheduling.mails.sent import mail_to, parts_of, text_of

pytestmark = pytest.mark.django_db


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

    assert len(mail.outbox) == 18
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
