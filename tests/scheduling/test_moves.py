"""Staff move a meeting at once, by the same evaluation."""

from datetime import timedelta

import pytest

from scheduling.availability.types import Reason
from scheduling.errors import (
    NotOffered,
    Outdated,
    PhoneNeeded,
    ReasonNeeded,
    SlotTaken,
    WrongStatus,
)
from scheduling.models import (
    Appointment,
    AppointmentEvent,
    BusyInterval,
    Message,
)
from scheduling.services.cancelling import cancel_appointment
from scheduling.services.moves import Wanted, move_appointment
from tests.factories import (
    NINE,
    NOW,
    AbsenceFactory,
    AvailabilityRuleFactory,
    StaffFactory,
    working_advisor,
)
from tests.scheduling.meetings import booked, everything

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
HALF = timedelta(minutes=30)


def move(appointment, start=NINE + HOUR, *, channel="video", **fields):
    wanted = {"office_id": None, "advisor_id": fields.pop("advisor_id", None)}
    return move_appointment(
        appointment,
        wanted=Wanted(start=start, channel=channel, **wanted),
        actor="staff",
        now=fields.pop("now", NOW),
        **fields,
    )


def test_staff_move_a_meeting_and_everybody_is_told(a_bank):
    appointment = booked(a_bank)
    planner = StaffFactory()

    moved = move(appointment, user=planner, reason="The customer called.")

    assert (moved.starts_at, moved.ends_at) == (NINE + HOUR, NINE + HOUR + HALF)
    assert (moved.revision, moved.status) == (1, "confirmed")
    event = AppointmentEvent.objects.get(kind="moved")
    assert (event.actor, event.user) == ("staff", planner)
    assert event.note == "The customer called."
    assert BusyInterval.objects.get().starts_at == NINE + HOUR
    told = Message.objects.filter(kind="changed").values_list("recipient", flat=True)
    assert set(told) == {"customer", "advisor"}


def test_a_request_that_staff_move_stays_a_request(a_bank):
    AvailabilityRuleFactory(subject=a_bank.subject, is_confirmed_automatically=False)
    appointment = booked(a_bank)

    assert move(appointment).status == "requested"


def test_another_advisor_takes_it_when_the_present_one_is_away(a_bank):
    appointment = booked(a_bank)
    other = working_advisor(a_bank.office, a_bank.subject, code="other")
    AbsenceFactory(
        advisor=a_bank.advisor, starts_at=NINE + HOUR, ends_at=NINE + 2 * HOUR
    )

    moved = move(appointment)

    assert moved.advisor == other
    assert BusyInterval.objects.get().advisor == other
    assert Message.objects.get(recipient="former_advisor").advisor == a_bank.advisor


def test_a_named_advisor_or_nobody(a_bank):
    appointment = booked(a_bank)
    working_advisor(a_bank.office, a_bank.subject, code="other")
    AbsenceFactory(
        advisor=a_bank.advisor, starts_at=NINE + HOUR, ends_at=NINE + 2 * HOUR
    )
    before = everything()

    with pytest.raises(SlotTaken) as refusal:
        move(appointment, advisor_id=a_bank.advisor.pk)

    assert len(refusal.value.alternatives) == 3
    assert everything() == before


def test_a_time_that_somebody_has_is_refused(a_bank):
    appointment = booked(a_bank)
    booked(a_bank, start=NINE + HOUR)
    before = everything()

    with pytest.raises(SlotTaken):
        move(appointment)

    assert everything() == before


def test_a_pair_outside_the_offer_is_refused(a_bank):
    appointment = booked(a_bank)
    a_bank.subject.channels = ["video"]
    a_bank.subject.save()
    before = everything()

    with pytest.raises(NotOffered):
        move(appointment, channel="phone")

    assert everything() == before


def test_after_the_deadline_staff_say_why(a_bank):
    AvailabilityRuleFactory(subject=a_bank.subject, deadline_hours=24)
    appointment = booked(a_bank)
    late = NINE - 2 * HOUR
    before = everything()

    with pytest.raises(ReasonNeeded):
        move(appointment, NINE + 2 * HOUR, now=late)
    assert everything() == before

    moved = move(appointment, NINE + 2 * HOUR, now=late, reason="Train strike.")
    assert moved.starts_at == NINE + 2 * HOUR


def test_soft_rules_give_way_to_a_reason(a_bank):
    AvailabilityRuleFactory(subject=a_bank.subject, notice_hours=48)
    appointment = booked(a_bank)
    tomorrow = NINE - timedelta(days=4)
    before = everything()

    with pytest.raises(SlotTaken):
        move(appointment, tomorrow)
    with pytest.raises(ReasonNeeded):
        move(appointment, tomorrow, ignored=frozenset({Reason.TOO_SOON}))
    assert everything() == before

    moved = move(
        appointment,
        tomorrow,
        ignored=frozenset({Reason.TOO_SOON}),
        reason="The customer is in a hurry.",
    )
    assert moved.starts_at == tomorrow


def test_a_page_that_is_out_of_date_moves_nothing(a_bank):
    appointment = booked(a_bank)
    move(appointment, revision=0)
    before = everything()

    with pytest.raises(Outdated):
        move(appointment, NINE + 3 * HOUR, revision=0)

    assert everything() == before


def test_a_cancelled_meeting_is_not_moved(a_bank):
    appointment = booked(a_bank)
    cancel_appointment(appointment, actor="customer", reason="", now=NOW)
    before = everything()

    with pytest.raises(WrongStatus):
        move(appointment)

    assert everything() == before


def test_nobody_is_called_without_a_number(a_bank):
    appointment = booked(a_bank)
    Appointment.objects.update(phone="")
    appointment.refresh_from_db()
    before = everything()

    with pytest.raises(PhoneNeeded):
        move(appointment, channel="phone")

    assert everything() == before
