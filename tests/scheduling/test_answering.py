"""Requests are accepted or declined."""

from datetime import timedelta

import pytest

from scheduling.errors import Outdated, TooLate, WrongStatus
from scheduling.models import AppointmentEvent, BusyInterval, Message
from scheduling.services.answering import accept_appointment, decline_appointment
from tests.factories import NINE, NOW, AppointmentFactory, StaffFactory
from tests.scheduling.meetings import everything

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def test_an_accepted_request_is_confirmed_and_told():
    request = AppointmentFactory(status="requested")
    staff = StaffFactory()

    accepted = accept_appointment(request, now=LATER, user=staff)

    assert (accepted.status, accepted.revision) == ("confirmed", 1)
    assert accepted.announced_at == LATER
    assert BusyInterval.objects.get().appointment == request
    event = AppointmentEvent.objects.get()
    assert (event.kind, event.actor, event.user) == ("accepted", "staff", staff)
    told = Message.objects.values_list("kind", "revision", "recipient")
    assert set(told) == {("accepted", 1, "customer"), ("accepted", 1, "advisor")}


def test_a_declined_request_is_cancelled_and_frees_its_time():
    request = AppointmentFactory(status="requested")

    declined = decline_appointment(request, reason="On leave.", now=LATER, user=None)

    assert (declined.status, declined.cancel_reason) == ("cancelled", "declined")
    assert declined.revision == 1
    assert not BusyInterval.objects.exists()
    event = AppointmentEvent.objects.get()
    assert (event.kind, event.note) == ("declined", "On leave.")
    assert set(Message.objects.values_list("kind", flat=True)) == {"declined"}


@pytest.mark.parametrize("status", ["confirmed", "completed", "no_show", "cancelled"])
@pytest.mark.parametrize("answer", ["accept", "decline"])
def test_only_requests_can_be_answered(status, answer):
    appointment = AppointmentFactory(status=status)
    before = everything()

    with pytest.raises(WrongStatus):
        answer_it(answer, appointment)

    assert everything() == before


@pytest.mark.parametrize("answer", ["accept", "decline"])
def test_nobody_answers_after_the_start_or_twice(answer):
    request = AppointmentFactory(status="requested")
    before = everything()

    with pytest.raises(TooLate):
        answer_it(answer, request, now=NINE)
    assert everything() == before

    answer_it(answer, request)
    before = everything()
    with pytest.raises(Outdated):
        answer_it(answer, request, revision=0)
    assert everything() == before


def answer_it(answer, appointment, *, now=LATER, revision=None):
    if answer == "accept":
        return accept_appointment(appointment, now=now, user=None, revision=revision)
    return decline_appointment(
        appointment, reason="", now=now, user=None, revision=revision
    )
