"""A small calendar program reads the mails: one event at the right time, or none.

It does what RFC 5546 asks of an invitee's program: a REQUEST or CANCEL with a lower
SEQUENCE than the event it knows is out of date, with an equal one the later DTSTAMP wins.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import icalendar
import pytest
from django.core import mail
from hypothesis import given, strategies as st

from scheduling.ical import calendar_file
from scheduling.messages import send
from scheduling.models import Appointment, Message, Reminder
from scheduling.reminders import queue_due_reminders
from scheduling.services.answering import accept_appointment, decline_appointment
from scheduling.services.booking import book
from scheduling.services.cancelling import cancel_appointment
from scheduling.services.changes import confirm_change, start_change
from scheduling.services.confirmation import Details
from scheduling.services.editing import Edits, edit_appointment, renew_link
from scheduling.services.holds import hold_slot
from scheduling.services.moves import Wanted, move_appointment
from scheduling.services.reassigning import reassign_appointment
from tests.factories import (
    NINE,
    NOW,
    AppointmentFactory,
    AvailabilityRuleFactory,
    ReminderFactory,
    flow_at_time,
    working_advisor,
)

HOUR = timedelta(hours=1)
MAX = Details(
    first_name="Max",
    last_name="Murdoch",
    email="max@example.com",
    phone="+32470123456",
    consent=True,
)


@dataclass
class CalendarProgram:
    """One person's calendar, filled by nothing but what comes by mail."""

    address: str
    known: dict[str, icalendar.Event] = field(default_factory=dict)

    def read(self, file: bytes) -> None:
        calendar = icalendar.Calendar.from_ical(file)
        assert str(calendar["METHOD"]) in {"REQUEST", "CANCEL"}
        [event] = calendar.walk("VEVENT")
        assert event["ATTENDEE"] == f"mailto:{self.address}"
        is_cancelled = str(event["STATUS"]) == "CANCELLED"
        assert is_cancelled == (str(calendar["METHOD"]) == "CANCEL")
        uid = str(event["UID"])
        if uid not in self.known or age(event) >= age(self.known[uid]):
            self.known[uid] = event

    @property
    def events(self) -> list[icalendar.Event]:
        return [
            event for event in self.known.values() if event["STATUS"] != "CANCELLED"
        ]

    @property
    def shown(self) -> list[tuple[datetime, str, str]]:
        """Start, status and place of what the person sees."""
        return [
            (event.decoded("DTSTART"), str(event["STATUS"]), str(event["LOCATION"]))
            for event in self.events
        ]

    @property
    def times(self) -> list[datetime]:
        return [event.decoded("DTSTART") for event in self.events]


def age(event: icalendar.Event) -> tuple[int, datetime]:
    return int(event["SEQUENCE"]), event.decoded("DTSTAMP")


class Post:
    """Sends what is queued and brings each mail to its reader's calendar, in order."""

    def __init__(self) -> None:
        self.calendars: dict[str, CalendarProgram] = {}

    def __getitem__(self, address: str) -> CalendarProgram:
        return self.calendars.setdefault(address, CalendarProgram(address))

    def bring(self, *, now: datetime = NOW) -> list[str]:
        mail.outbox.clear()
        for message in Message.objects.filter(sent_at=None, skipped="").order_by("pk"):
            send(message.pk, now=now)
        for sent in mail.outbox:
            [address] = sent.to
            for part in sent.message().walk():
                if part.get_content_type() == "text/calendar":
                    self[address].read(part.get_payload(decode=True))
        return [sent.subject for sent in mail.outbox]


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def other(a_bank):
    """A colleague who takes the same meetings."""
    return working_advisor(a_bank.office, a_bank.subject, first_name="Tom")


@pytest.fixture
def meeting(a_bank, a_flow):
    hold_slot(a_flow, start=NINE, now=NOW)
    return book(a_flow, details=MAX, now=NOW)


def at(minutes):
    return NOW + minutes * timedelta(minutes=1)


def change(appointment, *, start, now, channel="video", advisor=None):
    """The customer's own walk to another time."""
    appointment.refresh_from_db()
    walk = start_change(appointment, now=now)
    walk.channel, walk.is_place_answered = channel, True
    walk.advisor = advisor
    walk.save()
    hold_slot(walk, start=start, now=now)
    return confirm_change(walk, now=now)


@pytest.mark.django_db
def test_every_change_leaves_one_event_at_the_new_time_and_none_after_cancelling(
    meeting, other, post
):
    eva = meeting.advisor
    customer, first, second = (
        post["max@example.com"],
        post[eva.email],
        post[other.email],
    )

    post.bring()
    assert customer.times == first.times == [NINE]
    assert second.times == []

    # To another time.
    change(meeting, start=NINE + HOUR, now=at(1), advisor=eva)
    post.bring(now=at(1))
    assert customer.times == first.times == [NINE + HOUR]

    # To another time with another advisor.
    move_appointment(
        meeting,
        wanted=Wanted(
            start=NINE + 2 * HOUR, channel="video", office_id=None, advisor_id=other.pk
        ),
        actor="staff",
        now=at(2),
    )
    post.bring(now=at(2))
    assert customer.times == second.times == [NINE + 2 * HOUR]
    assert first.times == []

    # To another channel, at the same time.
    change(meeting, start=NINE + 2 * HOUR, channel="phone", advisor=other, now=at(3))
    post.bring(now=at(3))
    phone = [(NINE + 2 * HOUR, "CONFIRMED", "Phone call: +32470123456")]
    assert customer.shown == second.shown == phone
    assert first.times == []

    # Back to the first advisor.
    reassign_appointment(meeting, advisor_id=eva.pk, user=None, now=at(4))
    post.bring(now=at(4))
    assert customer.times == first.times == [NINE + 2 * HOUR]
    assert second.times == []

    cancel_appointment(meeting, actor="customer", reason="", now=at(5))
    post.bring(now=at(5))
    assert customer.times == first.times == second.times == []
    uids = {*customer.known, *first.known, *second.known}
    assert len(uids) == 1


@pytest.mark.django_db
def test_changes_faster_than_the_mail_end_at_the_same_event(meeting, other, post):
    eva = meeting.advisor
    for minute, advisor in enumerate([other, eva, other], start=1):
        reassign_appointment(meeting, advisor_id=advisor.pk, user=None, now=at(minute))
    change(meeting, start=NINE + HOUR, now=at(4), advisor=other)

    subjects = post.bring(now=at(5))

    assert post["max@example.com"].times == [NINE + HOUR]
    assert post[other.email].times == [NINE + HOUR]
    assert post[eva.email].times == []
    for start in ("Your meeting has changed", "Meeting handed over"):
        assert len([one for one in subjects if one.startswith(start)]) == 1


@pytest.mark.django_db
def test_a_request_is_tentative_until_it_is_accepted_and_gone_when_declined(
    a_bank, post
):
    AvailabilityRuleFactory(subject=a_bank.subject, is_confirmed_automatically=False)
    requests = []
    for start in (NINE, NINE + HOUR):
        flow = flow_at_time(a_bank)
        hold_slot(flow, start=start, now=NOW)
        requests.append(book(flow, details=MAX, now=NOW))
    customer, advisor = post["max@example.com"], post[a_bank.advisor.email]
    post.bring()
    assert [status for _at, status, _place in customer.shown] == ["TENTATIVE"] * 2

    accept_appointment(requests[0], user=None, now=at(1))
    decline_appointment(requests[1], reason="full", user=None, now=at(1))
    post.bring(now=at(1))

    for calendar in (customer, advisor):
        assert [(at, status) for at, status, _place in calendar.shown] == [
            (NINE, "CONFIRMED")
        ]

    # A change has to be accepted again: one tentative event at the new time.
    change(requests[0], start=NINE + 2 * HOUR, now=at(2), advisor=a_bank.advisor)
    post.bring(now=at(2))
    for calendar in (customer, advisor):
        assert [(at, status) for at, status, _place in calendar.shown] == [
            (NINE + 2 * HOUR, "TENTATIVE")
        ]


@pytest.mark.django_db
def test_a_new_address_a_new_link_and_a_reminder_add_no_second_event(meeting, post):
    Reminder.objects.all().delete()
    ReminderFactory()
    post.bring()
    renew_link(meeting, actor="staff", now=at(1))
    post.bring(now=at(1))
    edit_appointment(
        meeting, edits=Edits(email="new@example.com"), actor="staff", now=at(2)
    )
    post.bring(now=at(2))
    assert queue_due_reminders(now=NINE - 2 * HOUR) == 1
    assert post.bring(now=NINE - 2 * HOUR) == [
        "Reminder: Mortgage, Monday 4 May 2026, 11:00"
    ]

    new = post["new@example.com"]
    assert new.times == [NINE]
    assert post[meeting.advisor.email].times == [NINE]
    [event] = new.events
    assert "/m/" in str(event["URL"])


# In any order.


@pytest.mark.django_db
def test_in_any_order_and_however_often_the_highest_sequence_wins(data_of_a_life):
    @given(st.data())
    def any_order(data):
        files = data.draw(
            st.lists(st.sampled_from(data_of_a_life), min_size=1, max_size=20)
        )
        calendar = CalendarProgram("max@example.com")
        for _sequence, _start, file in files:
            calendar.read(file)
        sequence, start, _file = max(files)
        expected = [] if start is None else [start]
        assert calendar.times == expected, sequence

    any_order()


@pytest.fixture
def data_of_a_life(db):
    """Each revision's file: an hour later each time, in the end cancelled."""
    appointment = AppointmentFactory()
    files = []
    for revision in range(6):
        appointment.revision = revision
        appointment.starts_at = NINE + revision * HOUR
        appointment.ends_at = appointment.starts_at + HOUR
        appointment.changed_at = at(revision)
        file = calendar_file(appointment, method="REQUEST")
        files.append((revision, appointment.starts_at.astimezone(UTC), file))
    appointment.revision, appointment.status = 6, Appointment.Status.CANCELLED
    files.append((6, None, calendar_file(appointment, method="CANCEL")))
    return files
