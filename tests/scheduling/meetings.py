"""Booked meetings in tests, and what may never differ before and after a refusal."""

from datetime import datetime

from django.apps import apps

from scheduling.models import Appointment
from scheduling.services.booking import book
from scheduling.services.confirmation import Details
from scheduling.services.holds import hold_slot
from tests.factories import NINE, NOW, Bank, flow_at_time

MAX = Details(
    first_name="Max",
    last_name="Murdoch",
    email="max@example.com",
    phone="+32470123456",
    consent=True,
)
WATCHED = ("Appointment", "AppointmentEvent", "BusyInterval", "Message", "Flow")


def booked(bank: Bank, *, start: datetime = NINE, **flow: object) -> Appointment:
    """Return a half-hour video meeting that a visitor booked at NOW."""
    walk = flow_at_time(bank, **flow)
    hold_slot(walk, start=start, now=NOW)
    return book(walk, details=MAX, now=NOW)


def everything() -> dict[str, list[tuple]]:
    """Return all rows that a change may touch: equal before and after a refusal."""
    models = [apps.get_model("scheduling", name) for name in WATCHED]
    return {
        model.__name__: sorted(model.objects.values_list(), key=str) for model in models
    }
