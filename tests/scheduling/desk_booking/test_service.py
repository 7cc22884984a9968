"""Booking for a customer: what is written, what is refused, and what is written down."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from scheduling.availability.types import Reason
from scheduling.errors import NotOffered, PhoneNeeded, ReasonNeeded, SlotTaken
from scheduling.management.commands.verify import count_everything
from scheduling.models import Appointment, AppointmentEvent, BusyInterval, Message
from scheduling.overruling import HARD, SOFT
from scheduling.services.desk import book_for_customer
from tests.factories import (
    NINE,
    NOW,
    AbsenceFactory,
    AppointmentFactory,
    AvailabilityRuleFactory,
    ClosureFactory,
    CustomerFactory,
    HoldFactory,
    SegmentFactory,
    SegmentOfferFactory,
    SubjectFactory,
    working_advisor,
)
from tests.scheduling.desk_booking.ordering import KEY, MAX, order
from tests.scheduling.meetings import everything

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WHY = "The customer called, and Eva agrees"


def against(bank, *reasons, **fields):
    """Return an order of Eva's start against rules."""
    return order(
        bank,
        taker=(bank.advisor.pk, bank.office.pk),
        overruled=frozenset(reasons),
        **fields,
    )


def make(wanted, reason="", user=None, now=NOW):
    return book_for_customer(wanted, now=now, user=user, reason=reason)


def test_every_reason_is_either_soft_or_hard():
    assert SOFT.keys() | HARD.keys() == set(Reason)
    assert not SOFT.keys() & HARD.keys()


def test_an_offered_start_is_booked_like_a_visitors(bank, planner):
    AvailabilityRuleFactory(buffer_before=5, buffer_after=10, deadline_hours=24)

    made = make(order(bank, answers={}, language="nl"), user=planner)

    time_taken = BusyInterval.objects.get()
    assert (made.starts_at, made.ends_at) == (NINE, NINE + HOUR / 2)
    assert time_taken.appointment == made
    assert time_taken.starts_at == NINE - timedelta(minutes=5)
    assert time_taken.ends_at == NINE + timedelta(minutes=40)
    assert made.change_until == NINE - DAY
    assert (made.language, made.visitor_zone) == ("nl", "Europe/Brussels")
    assert made.assignment_reason["code"] == "only_one"
    assert "overruled" not in made.offer_reason
    event = AppointmentEvent.objects.get()
    assert (event.kind, event.actor, event.user) == ("booked", "staff", planner)
    assert {(one.kind, one.recipient) for one in Message.objects.all()} == {
        ("confirmed", "customer"),
        ("confirmed", "advisor"),
    }
    assert made.customer.is_provisional
    assert count_everything(now=NOW)["faults"] == 0


def test_staff_confirm_what_they_book_themselves(bank):
    AvailabilityRuleFactory(is_confirmed_automatically=False)

    assert make(order(bank)).status == Appointment.Status.CONFIRMED


def test_a_customer_whom_staff_know_gets_the_meeting(bank):
    nate = CustomerFactory(email="nate@example.com")

    made = make(order(bank, customer_id=nate.pk))

    nate.refresh_from_db()
    assert made.customer == nate
    assert (made.email, nate.email) == ("max@example.com", "nate@example.com")


def test_the_usual_order_decides_who_takes_it(bank):
    junior = working_advisor(bank.office, bank.subject, code="tom", rank=3)
    AvailabilityRuleFactory(who_first="junior")

    made = make(order(bank))

    assert made.advisor == junior
    assert made.assignment_reason["code"] == "rank"


def test_an_advisor_whom_staff_chose_takes_it(bank):
    tom = working_advisor(bank.office, bank.subject, code="tom", rank=3)

    made = make(order(bank, advisor_id=tom.pk))

    assert made.advisor == tom
    assert made.assignment_reason == {
        "code": "staff",
        "sentence": "Staff chose this advisor.",
    }


def test_the_same_form_books_once(bank):
    first = make(order(bank))

    again = make(order(bank, start=NINE + HOUR))

    assert again == first
    assert Appointment.objects.count() == BusyInterval.objects.count() == 1
    assert AppointmentEvent.objects.count() == 1


# Soft rules


def too_soon(bank):
    AvailabilityRuleFactory(notice_hours=24 * 30)
    return {}


def too_far(bank):
    AvailabilityRuleFactory(horizon=2)
    return {}


def outside_hours(bank):
    rule = AvailabilityRuleFactory()
    rule.windows.create(kind="limit", weekday=1, starts=time(9), ends=time(17))
    return {}


def day_full(bank):
    AvailabilityRuleFactory(daily_maximum=1)
    AppointmentFactory(
        advisor=bank.advisor, office=bank.office, starts_at=NINE + 3 * HOUR
    )
    return {}


def off_the_grid(bank):
    return {"start": NINE + timedelta(minutes=7)}


def wrong_rank(bank):
    AvailabilityRuleFactory(ranks=[2, 3])
    return {}


def other_subject(bank):
    segment = SegmentFactory(code="LOW")
    SegmentOfferFactory(
        segment=segment, category=None, subject=SubjectFactory(code="pets")
    )
    return {"segment_codes": ("LOW",)}


def other_channel(bank):
    segment = SegmentFactory(code="LOW")
    SegmentOfferFactory(
        segment=segment, category=None, subject=bank.subject, channels=["phone"]
    )
    return {"segment_codes": ("LOW",)}


def not_planned_online(bank):
    bank.advisor.is_online_planning = False
    bank.advisor.save()
    return {}


def not_at_work(bank):
    bank.advisor.week_templates.get().blocks.filter(weekday=0).delete()
    return {}


def better_rank_is_free(bank):
    bank.expertise.rank = 3
    bank.expertise.save()
    working_advisor(bank.office, bank.subject, code="tom", rank=1)
    AvailabilityRuleFactory(threshold_regular=5, threshold_junior=10)
    return {}


def far_away(bank):
    address = {"street": "Veldstraat 1", "postal_code": "9000", "city": "Gent"}
    return {"channel": "on_location", "address": address}


SOFT_CASES = {
    Reason.TOO_SOON: too_soon,
    Reason.TOO_FAR: too_far,
    Reason.OUTSIDE_HOURS: outside_hours,
    Reason.DAY_FULL: day_full,
    Reason.OFF_GRID: off_the_grid,
    Reason.RANK: wrong_rank,
    Reason.SEGMENT_SUBJECT: other_subject,
    Reason.SEGMENT_CHANNEL: other_channel,
    Reason.ADVISOR_OFF: not_planned_online,
    Reason.NOT_WORKING: not_at_work,
    Reason.RANK_THRESHOLD: better_rank_is_free,
    Reason.NOT_COVERED: far_away,
}


def test_every_soft_reason_has_a_case():
    assert SOFT_CASES.keys() == SOFT.keys()


@pytest.mark.parametrize("reason", SOFT_CASES)
def test_a_soft_reason_is_overruled_with_a_written_reason(bank, planner, reason):
    wanted = against(bank, reason, **SOFT_CASES[reason](bank))
    before = everything()

    with pytest.raises(ReasonNeeded):
        make(wanted, "  ")
    with pytest.raises(NotOffered):  # what was not agreed to stays refused
        make(replace(wanted, overruled=frozenset()), WHY)
    assert everything() == before

    made = make(wanted, WHY, user=planner)

    assert made.advisor == bank.advisor
    first, said = made.offer_reason["overruled"]
    assert (first["code"], first["rule"]) == (reason.value, None)
    assert said == {"rule": None, "label": f"Reason given: {WHY}"}
    event = made.events.get()
    assert (event.note, event.user) == (WHY, planner)
    assert count_everything(now=NOW)["faults"] == 0


def test_what_is_not_against_it_any_more_was_not_overruled(bank):
    made = make(against(bank, Reason.TOO_SOON), WHY)

    assert "overruled" not in made.offer_reason
    assert made.events.get().note == WHY


# Hard reasons


def busy(bank):
    AppointmentFactory(advisor=bank.advisor, office=bank.office, starts_at=NINE)
    return {}


def touching(bank):
    AvailabilityRuleFactory(buffer_after=30)
    AppointmentFactory(
        advisor=bank.advisor,
        office=bank.office,
        starts_at=NINE + HOUR / 2,
        ends_at=NINE + HOUR,
    )
    return {}


def held(bank):
    HoldFactory(advisor=bank.advisor)
    return {}


def absent(bank):
    AbsenceFactory(advisor=bank.advisor, starts_at=NINE, ends_at=NINE + HOUR)
    return {}


def closed(bank):
    bank.office.opening_hours.all().delete()
    return {}


def closure(bank):
    ClosureFactory(office=bank.office, first_day=NINE.date(), last_day=NINE.date())
    return {}


def inactive_advisor(bank):
    bank.advisor.is_active = False
    bank.advisor.save()
    return {}


def inactive_subject(bank):
    bank.subject.is_active = False
    bank.subject.save()
    return {}


def inactive_office(bank):
    bank.office.is_active = False
    bank.office.save()
    return {}


def no_expertise(bank):
    bank.expertise.delete()
    return {}


def past(bank):
    return {"start": NOW - DAY}


def somebody_else(bank):
    tom = working_advisor(bank.office, bank.subject, code="tom")
    return {"advisor_id": tom.pk}


def no_such_channel(bank):
    bank.subject.channels = ["phone"]
    bank.subject.save()
    return {}


@pytest.mark.parametrize(
    "case",
    [
        *(busy, touching, held, absent, closed, closure, inactive_advisor, past),
        *(inactive_subject, inactive_office, no_expertise, somebody_else),
        no_such_channel,
    ],
)
def test_a_hard_reason_is_never_overruled(bank, case):
    wanted = against(bank, *SOFT, **case(bank))
    before = everything()

    with pytest.raises(NotOffered):
        make(wanted, WHY)

    assert everything() == before


@pytest.mark.parametrize("reason", HARD)
def test_nobody_may_even_ask_to_overrule_a_hard_reason(bank, reason):
    before = everything()

    with pytest.raises(NotOffered):
        make(against(bank, reason), WHY)

    assert everything() == before


def test_a_start_that_nobody_has_comes_back_with_near_ones(bank):
    busy(bank)
    before = everything()

    with pytest.raises(SlotTaken) as refused:
        make(order(bank))

    assert len(refused.value.alternatives) == 3
    assert everything() == before


def test_nobody_is_called_without_a_number(bank):
    before = everything()

    with pytest.raises(PhoneNeeded):
        make(order(bank, channel="phone", details=replace(MAX, phone=" ")))

    assert everything() == before


def test_a_segment_that_has_ended_books_nothing(bank):
    SegmentFactory(code="OLD", valid_until=NOW - DAY)
    before = everything()

    with pytest.raises(NotOffered):
        make(order(bank, segment_codes=("OLD",)))

    assert everything() == before


def test_an_expired_hold_does_not_stand_in_the_way(bank):
    HoldFactory(advisor=bank.advisor, expires_at=NOW - HOUR)

    assert make(order(bank)).flow_key == KEY
    assert BusyInterval.objects.count() == 1
