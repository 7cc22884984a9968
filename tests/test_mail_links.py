"""Mail scanners press links: a look at every link of every mail changes no row."""

import email
import re
from datetime import timedelta
from email import policy
from pathlib import Path
from urllib.parse import urlsplit

import icalendar
import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client

from scheduling.models import Appointment, Message
from scheduling.services.answering import accept_appointment, decline_appointment
from scheduling.services.asking import ask_for_another_time
from scheduling.services.cancelling import cancel_appointment
from scheduling.services.changes import confirm_change, start_change
from scheduling.services.closing import complete_appointment
from scheduling.services.codes import request_code
from scheduling.services.editing import Edits, edit_appointment, renew_link
from scheduling.services.flows import answer_place, offer_resume
from scheduling.services.holds import hold_slot
from scheduling.services.reassigning import reassign_appointment
from scheduling.tasks import queue_due_reminders
from tests.demo import empty_queue
from tests.factories import (
    NINE,
    NOW,
    AvailabilityRuleFactory,
    ReminderFactory,
    StaffFactory,
    flow_at_time,
    make_bank,
    working_advisor,
)
from tests.scheduling.meetings import booked
from tests.worker import run_worker

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

LINK = re.compile(r"""https?://[^\s"'<>\\]+""")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = NOW + HOUR
KINDS = {
    *("confirmed", "requested", "accepted", "declined", "changed", "reassigned"),
    *("cancelled", "reminder", "code", "resume", "asked"),
}


@pytest.fixture
def mails(settings, tmp_path):
    settings.EMAIL_BACKEND = "scheduling.outbox.MailFiles"
    settings.MAIL_DIR = tmp_path
    empty_queue()
    yield tmp_path
    empty_queue()


def move(appointment: Appointment, start, *, channel: str = "video") -> None:
    flow = start_change(appointment, now=LATER)
    if channel != flow.channel:
        answer_place(flow, channel=channel, office_id=None, address={}, now=LATER)
    hold_slot(flow, start=start, now=LATER)
    confirm_change(flow, now=LATER)


def live(bank) -> None:
    """Let meetings live all that mails are written about."""
    staff = StaffFactory()
    ada = working_advisor(bank.office, bank.subject, code="ada", first_name="Ada")
    ReminderFactory(code="day", minutes_before=24 * 60)

    moved = booked(bank)
    move(moved, NINE + HOUR)
    switched = booked(bank, start=NINE + DAY)
    move(switched, NINE + DAY, channel="phone")
    cancelled = booked(bank, start=NINE + 2 * DAY)
    cancel_appointment(cancelled, actor="customer", reason="Ill", now=LATER)
    reassigned = booked(bank, start=NINE + 3 * DAY)
    reassign_appointment(reassigned, advisor_id=ada.pk, now=LATER, user=staff)
    edited = booked(bank, start=NINE + 3 * DAY + HOUR)
    edit_appointment(
        edited, edits=Edits(email="new@example.com"), actor="customer", now=LATER
    )
    renewed = booked(bank, start=NINE + 4 * DAY)
    renew_link(renewed, actor="staff", now=LATER, user=staff)
    request_code(renewed, now=LATER)
    booked(bank, start=NINE + 4 * DAY + HOUR)
    asked = booked(bank, start=NINE + 4 * DAY + 2 * HOUR)
    ask_for_another_time(asked, now=LATER, user=staff, reason="Ill")

    AvailabilityRuleFactory(is_confirmed_automatically=False)
    accepted = booked(bank, start=NINE + 2 * HOUR)
    accept_appointment(accepted, now=LATER, user=staff)
    declined = booked(bank, start=NINE + 3 * HOUR)
    decline_appointment(declined, reason="Full", now=LATER, user=staff)
    booked(bank, start=NINE + 4 * HOUR)

    offer_resume(flow_at_time(bank), email="max@example.com", now=NOW)


def close_one() -> None:
    """Note how one of the meetings went: its links then lead to the past."""
    took_place = Appointment.objects.filter(status="confirmed").latest("starts_at")
    complete_appointment(
        took_place, outcome="Agreed", now=NINE + 5 * DAY, user=StaffFactory()
    )


def links_of(folder: Path) -> dict[str, set[str]]:
    """Return every address of ours in each mail: its text, its page, its calendar file."""
    found: dict[str, set[str]] = {}
    for file in sorted(folder.glob("*.eml")):
        mail = email.message_from_bytes(file.read_bytes(), policy=policy.default)
        texts = []
        for part in mail.walk():
            if part.get_content_type() == "text/calendar":
                calendar = icalendar.Calendar.from_ical(part.get_content())
                for event in calendar.walk("VEVENT"):
                    texts += [str(value) for _name, value in event.property_items()]
            elif part.get_content_maintype() == "text":
                texts.append(part.get_content().replace("&amp;", "&"))
        addresses = {
            link.rstrip(".,)") for text in texts for link in LINK.findall(text)
        }
        ours = {one for one in addresses if one.startswith(settings.BASE_URL)}
        kind = mail["X-Parlour-Kind"].split("-")[0]  # a reminder of whatever code
        found.setdefault(kind, set()).update(ours)
    return found


def dump() -> dict[str, list[str]]:
    """Return every row of every table, the queue's too."""
    with connection.cursor() as cursor:
        tables = [
            table.name
            for table in connection.introspection.get_table_list(cursor)
            if table.type == "t"
        ]
        rows = {}
        for table in tables:
            name = connection.ops.quote_name(table)
            cursor.execute(f"SELECT t::text FROM {name} t ORDER BY 1")  # noqa: S608
            rows[table] = [text for (text,) in cursor.fetchall()]
    return rows


def test_looking_at_every_link_of_every_mail_changes_no_row(mails):
    with time_machine.travel(LATER, tick=False):
        live(make_bank())
        run_worker()
    with time_machine.travel(NINE - DAY + 2 * HOUR, tick=False):
        queue_due_reminders(timestamp=0)
        run_worker()
    with time_machine.travel(NINE + 5 * DAY, tick=False):
        close_one()
    links = links_of(mails)

    assert set(links) == KINDS
    assert all(links[kind] for kind in KINDS - {"code"})
    paths = {urlsplit(link).path for found in links.values() for link in found}
    assert {path.split("/")[1] for path in paths} == {"m", "j", "admin", "schedule"}
    manage_links = {path for path in paths if path.startswith("/m/")}
    assert len(manage_links) >= Appointment.objects.count()
    assert not Message.objects.filter(sent_at=None, skipped="").exists()

    for moment in (LATER, NINE - 5 * timedelta(minutes=1), NINE + 7 * DAY):
        with time_machine.travel(moment, tick=False):
            before = dump()
            for path in sorted(paths):
                for below in ("", "change/", "edit/", "documents/", "calendar.ics"):
                    if below and path not in manage_links:
                        continue
                    client = Client()
                    for look in (client.get, client.head):
                        assert look(path + below).status_code < 500
            after = dump()
        assert {name for name in before if before[name] != after[name]} == set()
