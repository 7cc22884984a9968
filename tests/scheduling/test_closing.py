"""How a meeting went, and a week to correct it."""

from datetime import timedelta

import pytest

from scheduling.errors import Outdated, TooEarly, TooLate, WrongStatus
from scheduling.models import AppointmentEvent, Message
from scheduling.services.closing import (
    complete_appointment,
    mark_no_show,
    reopen_appointment,
)
from tests.factories import NINE, NOW, AppointmentFactory
from tests.scheduling.meetings import everything

pytestmark = pytest.mark.django_db
AFTER = NINE + timedelta(hours=1)
WEEK = timedelta(days=7)
MINUTE = timedelta(minutes=1)


def complete(appointment, *, now=AFTER, outcome="Offer sent.", **seen):
    return complete_appointment(
        appointment, outcome=outcome, now=now, user=None, **seen
    )


def miss(appointment, *, now=AFTER):
    return mark_no_show(appointment, now=now, user=None)


def reopen(appointment, *, now=AFTER):
    return reopen_appointment(appointment, now=now, user=None)


def test_a_completed_meeting_keeps_its_outcome_and_tells_nobody():
    appointment = AppointmentFactory()

    completed = complete(appointment)

    assert (completed.status, completed.outcome) == ("completed", "Offer sent.")
    assert completed.closed_at == AFTER
    assert completed.revision == 0
    event = AppointmentEvent.objects.get()
    assert (event.kind, event.actor) == ("completed", "staff")
    assert event.new["status"] == "completed"
    assert not Message.objects.exists()


def test_completed_and_no_show_are_swapped_and_undone_for_a_week():
    appointment = AppointmentFactory()
    miss(appointment)

    assert complete(appointment, now=AFTER + WEEK).status == "completed"
    assert complete(appointment, now=AFTER + WEEK, outcome="New").outcome == "New"
    assert miss(appointment, now=AFTER + WEEK).outcome == ""
    reopened = reopen(appointment, now=AFTER + WEEK)

    assert (reopened.status, reopened.closed_at) == ("confirmed", None)
    kinds = AppointmentEvent.objects.values_list("kind", flat=True)
    assert list(kinds) == ["no_show", "completed", "completed", "no_show", "reopened"]


def test_after_the_week_it_stays_as_it_is():
    appointment = AppointmentFactory()
    miss(appointment)
    before = everything()

    for correct in (complete, miss, reopen):
        with pytest.raises(TooLate):
            correct(appointment, now=AFTER + WEEK + MINUTE)

    assert everything() == before


def test_nobody_knows_how_a_meeting_went_before_it_starts():
    appointment = AppointmentFactory()
    before = everything()

    for close in (complete, miss):
        with pytest.raises(TooEarly):
            close(appointment, now=NINE - MINUTE)

    assert everything() == before
    assert complete(appointment, now=NINE).status == "completed"


@pytest.mark.parametrize("status", ["requested", "cancelled"])
def test_requests_and_cancelled_meetings_are_not_closed(status):
    appointment = AppointmentFactory(status=status)
    before = everything()

    for close in (complete, miss, reopen):
        with pytest.raises(WrongStatus):
            close(appointment)

    assert everything() == before


def test_what_is_confirmed_is_not_reopened_and_an_old_page_closes_nothing():
    appointment = AppointmentFactory(revision=3)
    before = everything()

    with pytest.raises(WrongStatus):
        reopen(appointment)
    with pytest.raises(Outdated):
        complete(appointment, revision=2)

    assert everything() == before
    assert NOW < NINE
