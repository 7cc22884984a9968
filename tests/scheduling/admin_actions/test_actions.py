"""What staff do with a meeting on its page, and what each does."""

from datetime import timedelta

import pytest
import time_machine

from scheduling.admin.actions import ACTIONS
from scheduling.models import Appointment, AppointmentEvent
from tests.factories import (
    NINE,
    NOW,
    working_advisor,
)
from tests.scheduling.admin_actions.desk import (
    DAY,
    HOUR,
    address,
    booked,
    errors_of,
    nothing_written,
    page,
    post,
)

ALWAYS = {"renew-link", "note"}


@pytest.fixture
def after_the_meeting(client, boss):
    with time_machine.travel(NINE + HOUR, tick=False):
        client.force_login(boss)
        yield client


def labels(client, appointment):
    response = client.get(page(appointment))
    return [action.slug for action in response.context.get("actions", [])]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (
            "requested",
            ["accept", "decline", "move", "reassign", "renew-link", "cancel", "note"],
        ),
        ("confirmed", ["move", "reassign", "renew-link", "cancel", "note"]),
        ("completed", ["complete", "no-show", "undo", "renew-link", "note"]),
        ("no_show", ["complete", "undo", "renew-link", "note"]),
        ("cancelled", ["renew-link", "note"]),
    ],
)
def test_only_what_the_status_allows_has_a_button(staff, bank, status, expected):
    closed = NOW - DAY if status in {"completed", "no_show"} else None

    assert labels(staff, booked(bank, status=status, closed_at=closed)) == expected


def test_after_its_start_a_meeting_is_closed(after_the_meeting, bank):
    meeting = booked(bank)

    assert labels(after_the_meeting, meeting) == [
        "complete",
        "no-show",
        "move",
        "renew-link",
        "cancel",
        "note",
    ]


def test_after_a_week_the_outcome_stands(staff, bank):
    meeting = booked(bank, status="completed", closed_at=NOW - timedelta(days=8))

    assert labels(staff, meeting) == ["renew-link", "note"]


@pytest.mark.parametrize("slug", [slug for slug in ACTIONS if slug not in ALWAYS])
def test_a_page_that_the_status_does_not_allow_leads_back(staff, bank, slug):
    meeting = booked(bank, status="cancelled")

    response = staff.get(address(meeting, slug))

    assert response.status_code == 303
    assert response["Location"] == page(meeting)


@pytest.mark.parametrize("slug", ACTIONS)
def test_looking_at_an_action_changes_nothing(client, boss, bank, slug):
    status = "requested" if slug in {"accept", "decline"} else "confirmed"
    meeting = booked(bank, status=status)
    if slug == "undo":
        Appointment.objects.update(status="completed", closed_at=NINE)
        meeting.refresh_from_db()

    for moment in (NOW, NINE + HOUR):
        with time_machine.travel(moment, tick=False):
            client.force_login(boss)
            assert client.get(address(meeting, slug)).status_code in {200, 303}
            assert client.head(address(meeting, slug)).status_code in {200, 303}

    assert nothing_written(meeting)


@pytest.mark.parametrize(
    ("slug", "data", "status", "kind"),
    [
        ("accept", {}, "confirmed", "accepted"),
        ("decline", {"reason": "No room"}, "cancelled", "declined"),
    ],
)
def test_a_request_is_answered(staff, bank, boss, slug, data, status, kind):
    meeting = booked(bank, status="requested")

    response = post(staff, meeting, slug, **data)

    assert response.status_code == 303
    assert response["Location"] == page(meeting)
    meeting.refresh_from_db()
    assert (meeting.status, meeting.revision) == (status, 4)
    event = AppointmentEvent.objects.get()
    assert (event.kind, event.actor, event.user) == (kind, "staff", boss)
    assert event.note == data.get("reason", "")


def test_a_meeting_is_cancelled_with_a_reason(staff, bank, boss):
    meeting = booked(bank)

    response = post(staff, meeting, "cancel", reason="The advisor is ill")

    assert response.status_code == 303
    meeting.refresh_from_db()
    assert (meeting.status, meeting.cancel_reason) == (
        "cancelled",
        "The advisor is ill",
    )
    assert AppointmentEvent.objects.get().user == boss


def test_a_meeting_is_completed_corrected_and_reopened(after_the_meeting, bank):
    meeting = booked(bank)
    client = after_the_meeting

    post(client, meeting, "complete", outcome="An offer follows")
    meeting.refresh_from_db()
    assert (meeting.status, meeting.outcome) == ("completed", "An offer follows")

    post(client, meeting, "no-show")
    meeting.refresh_from_db()
    assert (meeting.status, meeting.outcome) == ("no_show", "")

    post(client, meeting, "undo")
    meeting.refresh_from_db()
    assert (meeting.status, meeting.closed_at) == ("confirmed", None)
    kinds = AppointmentEvent.objects.values_list("kind", flat=True)
    assert list(kinds) == ["completed", "no_show", "reopened"]


def test_the_outcome_is_shown_again_when_it_is_corrected(staff, bank):
    meeting = booked(bank, status="completed", outcome="Good", closed_at=NOW)

    response = staff.get(address(meeting, "complete"))

    assert response.context["form"]["outcome"].value() == "Good"


def test_the_manage_link_is_renewed(staff, bank):
    meeting = booked(bank)

    assert post(staff, meeting, "renew-link").status_code == 303

    meeting.refresh_from_db()
    assert meeting.link_version == 2


def test_a_meeting_goes_to_a_competent_and_free_advisor(staff, bank):
    meeting = booked(bank)
    free = working_advisor(bank.office, bank.subject, first_name="Jan")
    busy = working_advisor(bank.office, bank.subject, first_name="Lea")
    booked(bank, advisor=busy)

    shown = staff.get(address(meeting, "reassign"))
    response = post(staff, meeting, "reassign", advisor=free.pk, reason="Eva is ill")

    assert shown.context["form"].fields["advisor"].choices == [(free.pk, "Jan Peeters")]
    assert shown.context["others"] == [
        ("Lea Peeters", ["The advisor has something else."])
    ]
    assert response.status_code == 303
    meeting.refresh_from_db()
    assert meeting.advisor == free
    assert AppointmentEvent.objects.get().note == "Eva is ill"


def test_a_meeting_does_not_go_to_somebody_who_is_busy(staff, bank):
    meeting = booked(bank)
    busy = working_advisor(bank.office, bank.subject)
    booked(bank, advisor=busy)

    response = post(staff, meeting, "reassign", advisor=busy.pk)

    assert response.status_code == 422
    assert errors_of(response) == {
        "advisor": ["This advisor is not free. Choose another one."]
    }
    assert nothing_written(meeting)
