"""The page on which staff book for a customer."""

import pytest
from django.urls import reverse

from scheduling.models import Appointment, AppointmentEvent
from tests.factories import NINE
from tests.scheduling.desk_booking.ordering import (
    KEY,
    PAGE,
    book,
    dump,
    errors_of,
    look,
)

pytestmark = pytest.mark.django_db


def test_the_page_opens_with_what_its_address_says(staff, bank):
    page = staff.get(
        PAGE,
        {
            "subject": "mortgage",
            "channel": "video",
            "office": "antwerp",
            "advisor": "eva-peeters",
            "date": "2026-05-04",
            "at": "11:00",
        },
    )

    assert page.status_code == 200
    assert len(page.context["times"].offered) == 31
    assert page.context["chosen"] == "2026-05-04T09:00:00Z"
    assert page.context["form"].errors == {}


def test_a_meeting_is_booked(staff, bank, planner):
    answer = book(staff)

    assert answer.status_code == 303, errors_of(answer)
    made = Appointment.objects.get()
    assert answer["Location"] == reverse(
        "admin:scheduling_appointment_change", args=[made.pk]
    )
    assert made.starts_at == NINE
    assert made.flow_key == KEY
    assert made.status == "confirmed"
    event = AppointmentEvent.objects.get()
    assert (event.kind, event.actor, event.user) == ("booked", "staff", planner)


def test_looking_writes_nothing(staff, bank):
    before = dump()

    assert staff.get(PAGE).status_code == 200
    for changes in ({}, {"search": "1", "find": "max"}, {"day": "2026-05-05"}):
        assert look(staff, **changes).status_code == 200

    assert dump() == before
