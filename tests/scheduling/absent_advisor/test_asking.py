"""The customer is asked to choose another time, and can."""

import pytest
from django.core import mail
from django.urls import reverse

from scheduling.errors import (
    NobodyToAsk,
    OnlyCancel,
    Outdated,
    TooLate,
    WrongStatus,
)
from scheduling.management.commands.verify import count_everything
from scheduling.messages import judge, send
from scheduling.models import AppointmentEvent, Message
from scheduling.services.asking import ask_for_another_time
from scheduling.services.changes import confirm_change, start_change
from scheduling.services.holds import hold_slot
from scheduling.tokens import manage_token
from tests.factories import NINE, NOW, MessageFactory, ReminderFactory
from tests.scheduling.absent_advisor.planning import DAY, HOUR, meeting
from tests.scheduling.meetings import booked, everything

pytestmark = pytest.mark.django_db


def ask(appointment, *, now=NOW, **fields):
    return ask_for_another_time(
        appointment, now=now, user=fields.pop("user", None), **fields
    )


def test_the_customer_gets_a_mail_with_the_link(bank, planner):
    made = booked(bank)

    asked = ask(made, user=planner, reason="Eva is ill", revision=0)

    event = AppointmentEvent.objects.get(kind="asked")
    assert (event.note, event.user, event.actor) == ("Eva is ill", planner, "staff")
    assert (asked.status, asked.starts_at, asked.revision) == ("confirmed", NINE, 1)
    message = Message.objects.get(kind="asked", recipient="customer")
    send(message.pk, now=NOW)
    [sent] = mail.outbox
    assert sent.subject.startswith("Please choose another time: Mortgage")
    assert f"/m/{manage_token(made.reference, 1)}/" in sent.body
    assert "Eva is ill" not in sent.body
    assert count_everything(now=NOW)["faults"] == 0


def test_the_deadline_does_not_shut_the_customer_out(bank):
    made = booked(bank)
    made.change_until = NOW - HOUR
    made.save()

    asked = ask(made)
    walk = start_change(asked, now=NOW)
    hold_slot(walk, start=NINE + DAY, now=NOW)
    moved = confirm_change(walk, now=NOW)

    assert asked.change_until == NINE
    assert moved.starts_at == NINE + DAY
    assert count_everything(now=NOW)["faults"] == 0


def test_a_later_deadline_stays(bank):
    made = meeting(bank, change_until=NINE + HOUR)

    assert ask(made).change_until == NINE + HOUR


def test_the_customers_page_says_it_until_they_have_chosen(bank, client, time_machine):
    time_machine.move_to(NOW, tick=False)
    made = booked(bank)
    page = f"/m/{manage_token(made.reference, 1)}/"
    words = b"your advisor cannot meet you at this time"

    assert words not in client.get(page).content
    asked = ask(made)
    assert words in client.get(page).content
    walk = start_change(asked, now=NOW)
    hold_slot(walk, start=NINE + DAY, now=NOW)
    confirm_change(walk, now=NOW)
    assert words not in client.get(page).content


def test_nobody_is_reminded_of_a_meeting_that_waits_for_another_time(bank):
    ReminderFactory()
    made = booked(bank)
    reminder = MessageFactory(
        appointment=made, kind="reminder-two-hours", for_start=NINE
    )
    due = NINE - 2 * HOUR

    assert judge(reminder, made, now=due).reason == ""
    asked = ask(made)
    assert judge(reminder, asked, now=due).reason == (
        "Outdated: the customer was asked to choose another time."
    )


def test_asking_again_is_another_mail(bank):
    made = booked(bank)

    ask(ask(made))

    assert Message.objects.filter(kind="asked", recipient="customer").count() == 2
    assert count_everything(now=NOW)["faults"] == 0


@pytest.mark.parametrize(
    ("fields", "now", "revision", "error"),
    [
        ({"email": " "}, NOW, 0, NobodyToAsk),
        ({"segment_codes": ["GONE"]}, NOW, 0, OnlyCancel),
        ({}, NINE, 0, TooLate),
        ({}, NOW, 7, Outdated),
        ({"status": "cancelled", "busy": False}, NOW, 0, WrongStatus),
        ({"status": "completed"}, NOW, 0, WrongStatus),
    ],
)
def test_it_is_refused_and_nothing_is_written(bank, fields, now, revision, error):
    made = meeting(bank, **fields)
    before = everything()

    with pytest.raises(error):
        ask(made, now=now, revision=revision)

    assert everything() == before


def test_the_history_says_it_in_words(staff, bank):
    made = meeting(bank)
    ask(made, reason="Eva is ill")

    page = staff.get(reverse("admin:scheduling_appointment_change", args=[made.pk]))

    assert b"Customer asked to choose another time" in page.content
