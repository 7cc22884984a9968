"""Staff move a meeting to a time that the engine offers."""

import pytest

from scheduling.models import AppointmentEvent
from tests.factories import (
    NINE,
    NOW,
)
from tests.scheduling.admin_actions.desk import (
    DAY,
    HOUR,
    address,
    booked,
    errors_of,
    nothing_written,
    post,
    where,
)


def starts(response):
    return [label for _, label in response.context["form"].fields["start"].choices]


def test_the_page_shows_the_engines_times_of_the_meetings_day(staff, bank):
    response = staff.get(address(booked(bank), "move"))

    shown = starts(response)
    assert shown[0] == "09:00, Eva Peeters"
    assert "11:00, Eva Peeters" in shown  # its own time is free to it
    assert shown[-1] == "16:30, Eva Peeters"
    assert response.context["zone"] == "Europe/Brussels"


def test_another_look_keeps_what_was_typed_and_writes_nothing(staff, bank):
    meeting = booked(bank)

    response = post(
        staff,
        meeting,
        "move",
        show="1",
        **where(bank, date="2026-05-09", reason="Ill", channel="phone"),
    )

    assert response.status_code == 200
    form = response.context["form"]
    assert form["reason"].value() == "Ill"
    assert form["channel"].value() == "phone"
    assert starts(response) == []
    assert response.context["sentence"] == (
        "There is no free time on this date. "
        "The first one is on Wednesday 29 April 2026, 12:00."
    )
    assert nothing_written(meeting)


def test_a_meeting_moves_to_another_time_and_channel(staff, bank, boss):
    meeting = booked(bank)

    response = post(
        staff,
        meeting,
        "move",
        start="2026-05-05T12:00:00Z",
        **where(bank, date="2026-05-05", channel="phone"),
    )

    assert response.status_code == 303
    meeting.refresh_from_db()
    assert meeting.starts_at == NINE + DAY + 3 * HOUR
    assert (meeting.channel, meeting.revision) == ("phone", 4)
    event = AppointmentEvent.objects.get()
    assert (event.kind, event.user) == ("moved", boss)


def test_a_visit_needs_an_address(staff, bank):
    meeting = booked(bank)
    moved = where(bank, channel="on_location", start="2026-05-04T09:00:00Z")

    refused = post(staff, meeting, "move", **moved)
    assert refused.status_code == 422
    assert errors_of(refused)["street"] == ["A visit needs an address."]
    assert nothing_written(meeting)

    home = {"street": "Meir 1", "postal_code": "2000", "city": "Antwerpen"}
    assert post(staff, meeting, "move", **moved, **home).status_code == 303
    meeting.refresh_from_db()
    assert meeting.channel == "on_location"
    assert meeting.address["street"] == "Meir 1"


def test_nobody_is_called_without_a_number(staff, bank):
    meeting = booked(bank, phone="")

    response = post(
        staff,
        meeting,
        "move",
        start="2026-05-04T10:00:00Z",
        **where(bank, channel="phone"),
    )

    assert response.status_code == 422
    assert "phone number" in errors_of(response)["__all__"][0]
    assert nothing_written(meeting)


@pytest.mark.parametrize(
    ("changes", "name", "sentence"),
    [
        ({}, "start", "Choose a time."),
        (
            {"start": "2026-05-04T03:00:00Z"},
            "start",
            "This time is not free (any more). Choose another one.",
        ),
        ({"date": "soon"}, "date", "Enter a date, like 2026-11-23."),
        ({"channel": "office", "office": ""}, "office", "Choose an office."),
    ],
)
def test_a_move_without_a_free_time_is_refused(staff, bank, changes, name, sentence):
    meeting = booked(bank)

    response = post(staff, meeting, "move", **where(bank, **changes))

    assert response.status_code == 422
    assert errors_of(response)[name] == [sentence]
    assert nothing_written(meeting)


@pytest.mark.parametrize("slug", ["move", "cancel"])
def test_after_the_customers_deadline_a_reason_is_needed(staff, bank, slug):
    meeting = booked(bank, change_until=NOW - HOUR)
    moved = where(bank, start="2026-05-04T10:00:00Z")

    refused = post(staff, meeting, slug, **moved)
    assert refused.status_code == 422
    assert errors_of(refused) == {
        "reason": ["The deadline for changes has passed. Please give a reason."]
    }
    assert nothing_written(meeting)

    allowed = post(staff, meeting, slug, **{**moved, "reason": "The customer called"})
    assert allowed.status_code == 303
    assert AppointmentEvent.objects.get().note == "The customer called"
