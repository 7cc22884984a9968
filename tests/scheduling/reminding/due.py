"""A meeting that is reminded of, and when."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar

from scheduling.messages import send
from scheduling.models import Message
from tests.factories import NINE

BRUSSELS = ZoneInfo("Europe/Brussels")
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)

# Two hours before a meeting at NINE: 09:00 in Brussels.
DUE = NINE - 2 * HOUR


def local(text, *, fold=0):
    return datetime.fromisoformat(text).replace(tzinfo=BRUSSELS, fold=fold)


def event_of(sent):
    """Return the event of a mail that invites."""
    [part] = [
        part
        for part in sent.message().walk()
        if part.get_content_type() == "text/calendar"
    ]
    calendar = icalendar.Calendar.from_ical(part.get_payload(decode=True))
    [event] = calendar.walk("VEVENT")
    assert part.get_param("method") == calendar["METHOD"]
    return event


def send_all(now):
    for message in Message.objects.filter(sent_at=None, skipped="").order_by("pk"):
        send(message.pk, now=now)
