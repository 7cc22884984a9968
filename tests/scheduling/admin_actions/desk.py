"""A meeting at the desk of staff: its pages, its posts, and what was written."""

from datetime import timedelta

from django.urls import reverse

from scheduling.models import Appointment, AppointmentEvent, Message
from tests.factories import (
    NINE,
    AppointmentFactory,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def booked(bank, **fields):
    """Half an hour at the bank, from NINE on: 11:00 in Brussels."""
    defaults = {
        "subject": bank.subject,
        "office": bank.office,
        "advisor": bank.advisor,
        "ends_at": NINE + HOUR / 2,
        "revision": 3,
    }
    return AppointmentFactory(**{**defaults, **fields})


def address(appointment, slug):
    return reverse(f"admin:scheduling_appointment_{slug}", args=[appointment.pk])


def page(appointment):
    return address(appointment, "change")


def post(client, appointment, slug, **data):
    data = {"revision": appointment.revision, **data}
    return client.post(address(appointment, slug), data)


def nothing_written(appointment):
    before = {**vars(appointment), "_state": None}
    after = {**vars(Appointment.objects.get(pk=appointment.pk)), "_state": None}
    changed = {name for name in after if before.get(name) != after[name]}
    return not (
        changed or AppointmentEvent.objects.exists() or Message.objects.exists()
    )


def errors_of(response):
    return {
        name: list(texts) for name, texts in response.context["form"].errors.items()
    }


def where(bank, **changes):
    return {
        "channel": "video",
        "office": bank.office.pk,
        "advisor": "",
        "date": "2026-05-04",
        "reason": "",
        **changes,
    }


def file_of(document, name):
    args = [document.appointment_id, document.pk]
    return reverse(f"admin:scheduling_appointment_{name}", args=args)
