"""A day of the demo bank with its worker: what is left behind, and what is not."""

import email
import logging
from email import policy
from pathlib import Path
from urllib.parse import urlencode

import icalendar
import pytest
import time_machine
from django.conf import settings as django_settings
from django.test import Client

from scheduling.management.commands.verify import count_everything
from scheduling.models import Appointment, BusyInterval, Message
from tests.demo import (
    DEMO_NOW,
    PERSON,
    answer,
    empty_queue,
    enter,
    flow_id,
    seed_bank,
    slot_text,
    step,
    times,
)
from tests.worker import run_worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

LINK = {
    "segment": "HIGH",
    "subject": "mortgage",
    "first_name": "Zoe",
    "email": PERSON["email"],
    "metadata[repayment]": "2503.12",
    "remarks": "Xylophone",
}


@pytest.fixture
def demo_day(settings, tmp_path):
    """The bank, kept; its mails and logs in a folder of their own."""
    settings.EMAIL_BACKEND = "scheduling.outbox.MailFiles"
    settings.MAIL_DIR = tmp_path / "mail"
    empty_queue()
    seed_bank()
    with time_machine.travel(DEMO_NOW, tick=False):
        yield settings.MAIL_DIR
    empty_queue()


def book(client: Client) -> tuple[str, Appointment]:
    """Book a video call in Antwerp; return the flow and its appointment."""
    place = enter(client, urlencode(LINK))
    time = answer(client, place, channel="video", office="antwerp")
    slot = slot_text(times(client, time, "2026-05-02")[0])
    questions = answer(client, time, slot=slot)
    details = answer(client, questions, q_property_type="house")
    assert client.post(details, {"first_name": "Zoe"}).status_code == 422
    done = answer(client, details, **PERSON)
    assert answer(client, details, **PERSON) == done
    flow = flow_id(done)
    return flow, Appointment.objects.get(flow_key=flow)


def test_a_booking_leaves_two_mails_and_no_trace_in_the_logs(demo_day, client, caplog):
    caplog.set_level(logging.DEBUG)
    access = Path(django_settings.LOG_DIR) / "access.log"
    seen = access.stat().st_size if access.exists() else 0

    flow, meeting = book(client)
    token = client.get(step(f"/schedule/{flow}/x/", "done")).context["meeting"].token
    client.get(f"/m/{token}/")
    client.get(f"/m/{token}x/?email={PERSON['email']}")
    client.get(f"/schedule/{flow}x/time/?name=Quistwater")
    client.get(f"/schedule/?{urlencode({**LINK, 'segment': 'NOPE'})}")
    client.post(f"/schedule/{flow}/time/", PERSON, headers={"Origin": "http://evil"})
    run_worker()
    run_worker()

    mails = [
        email.message_from_bytes(path.read_bytes(), policy=policy.default)
        for path in sorted(demo_day.glob("*.eml"))
    ]
    assert [mail["X-Parlour-Recipient"] for mail in mails] == ["advisor", "customer"]
    assert [mail["To"] for mail in mails] == [meeting.advisor.email, PERSON["email"]]
    for mail in mails:
        assert mail["X-Parlour-Reference"] == meeting.reference
        assert mail["X-Parlour-Kind"] == "confirmed"
        (part,) = [
            part for part in mail.walk() if part.get_content_type() == "text/calendar"
        ]
        calendar = icalendar.Calendar.from_ical(part.get_payload(decode=True))
        (event,) = calendar.walk("VEVENT")
        assert event["DTSTART"].dt == meeting.starts_at
        assert event["DTEND"].dt == meeting.ends_at
    assert Message.objects.filter(sent_at__isnull=False).count() == 2
    assert BusyInterval.objects.filter(kind="hold").count() == 0
    counts = count_everything(now=DEMO_NOW)
    assert counts["faults"] == 0, counts

    lines = access.read_bytes()[seen:].decode()
    captured = "\n".join(record.getMessage() for record in caplog.records)
    assert '"route": "/schedule/<slug:flow_id>/details/"' in lines
    secrets = [flow, token, *PERSON.values(), "+32470123456", "Xylophone", "2503.12"]
    secrets += [meeting.reference, "quistwater", "metadata", "segment=", "date="]
    secrets.remove("on")
    for text in (lines, captured):
        assert [word for word in secrets if word.lower() in text.lower()] == []
