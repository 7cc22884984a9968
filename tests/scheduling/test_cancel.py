"""Cancelling a meeting."""

from datetime import timedelta

import pytest

from scheduling.errors import TooLate, WrongStatus
from scheduling.models import Appointment, AppointmentEvent, BusyInterval, Message
from scheduling.services.cancelling import cancel_appointment
from scheduling.services.holds import hold_slot
from tests.factories import NINE, NOW, AppointmentFactory, StaffFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def cancel(appointment, *, now=NOW, actor="customer", user=None, reason="A cold."):
    return cancel_appointment(
        appointment, actor=actor, reason=reason, now=now, user=user
    )


def test_a_cancelled_meeting_gives_its_time_back_and_tells_everybody():
    appointment = AppointmentFactory()

    cancelled = cancel(appointment)

    cancelled.refresh_from_db()
    assert cancelled.status == "cancelled"
    assert cancelled.cancel_reason == "A cold."
    assert cancelled.revision == 1
    assert cancelled.changed_at == NOW
    assert not BusyInterval.objects.exists()
    event = AppointmentEvent.objects.get()
    assert (event.kind, event.actor, event.note) == ("cancelled", "customer", "A cold.")
    assert event.old == {"status": "confirmed", "cancel_reason": "", "revision": 0}
    assert event.new == {
        "status": "cancelled",
        "cancel_reason": "A cold.",
        "revision": 1,
    }
    sent = Message.objects.values_list("kind", "revision", "recipient")
    assert set(sent) == {("cancelled", 1, "customer"), ("cancelled", 1, "advisor")}


def test_the_time_of_a_cancelled_meeting_can_be_booked(a_bank, a_flow):
    appointment = AppointmentFactory(advisor=a_bank.advisor)
    cancel(appointment)

    assert hold_slot(a_flow, start=NINE, now=NOW).advisor == a_bank.advisor


def test_cancelling_twice_changes_nothing():
    appointment = AppointmentFactory()
    cancel(appointment)

    again = cancel(appointment, now=NOW + DAY, reason="Another reason")

    assert again.cancel_reason == "A cold."
    assert again.revision == 1
    assert AppointmentEvent.objects.count() == 1
    assert Message.objects.count() == 2


def test_a_request_can_be_cancelled():
    appointment = AppointmentFactory(status="requested")

    assert cancel(appointment).status == "cancelled"
    assert not BusyInterval.objects.exists()


def test_a_customer_cannot_cancel_after_the_deadline():
    appointment = AppointmentFactory(change_until=NINE - DAY)

    with pytest.raises(TooLate):
        cancel(appointment, now=NINE - DAY + timedelta(seconds=1))

    assert Appointment.objects.get().status == "confirmed"
    assert BusyInterval.objects.count() == 1
    assert not AppointmentEvent.objects.exists()
    assert not Message.objects.exists()


def test_the_deadline_itself_is_in_time():
    appointment = AppointmentFactory(change_until=NINE - DAY)

    assert cancel(appointment, now=NINE - DAY).status == "cancelled"


def test_staff_may_cancel_after_the_deadline():
    appointment = AppointmentFactory(change_until=NINE - DAY)
    planner = StaffFactory()

    cancel(appointment, now=NINE, actor="staff", user=planner)

    event = AppointmentEvent.objects.get()
    assert (event.actor, event.user) == ("staff", planner)


@pytest.mark.parametrize("status", ["completed", "no_show"])
def test_a_meeting_that_has_taken_place_cannot_be_cancelled(status):
    appointment = AppointmentFactory(status=status)

    with pytest.raises(WrongStatus):
        cancel(appointment, actor="staff")

    assert Appointment.objects.get().status == status
    assert not AppointmentEvent.objects.exists()
    assert not Message.objects.exists()


def test_a_long_reason_is_cut():
    appointment = AppointmentFactory()

    assert cancel(appointment, reason="x" * 900).cancel_reason == "x" * 500
