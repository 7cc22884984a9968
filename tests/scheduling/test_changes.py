"""A customer moves a booked meeting: the new time is there before the old one goes."""

from datetime import timedelta

import pytest
from django.db import IntegrityError

from directory.models import Subject
from scheduling.errors import (
    NotOffered,
    NotReady,
    OnlyCancel,
    Outdated,
    PhoneNeeded,
    SlotTaken,
    TooLate,
    WrongStatus,
)
from scheduling.models import Appointment, AppointmentEvent, BusyInterval, Flow, Message
from scheduling.services import changes
from scheduling.services.booking import book
from scheduling.services.cancelling import cancel_appointment
from scheduling.services.changes import change_effect, confirm_change, start_change
from scheduling.services.flows import answer_place
from scheduling.services.holds import hold_slot
from scheduling.tokens import hash_token, manage_token
from tests.factories import (
    NINE,
    NOW,
    AvailabilityRuleFactory,
    DocumentFactory,
    SegmentFactory,
    SegmentOfferFactory,
    flow_at_time,
    working_advisor,
)
from tests.scheduling.meetings import MAX, booked, everything

pytestmark = pytest.mark.django_db
QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)


def move(appointment, start, *, now=NOW, **answers):
    walk = start_change(appointment, now=now)
    hold_slot(walk, start=start, now=now)
    return confirm_change(walk, now=now, **answers)


def test_a_move_keeps_what_makes_it_the_same_meeting(a_bank):
    appointment = booked(
        a_bank, segment_codes=[], metadata={"price": "600000"}, answers={}
    )
    document = DocumentFactory(appointment=appointment)

    moved = move(appointment, NINE + 2 * HOUR)

    assert moved.pk == appointment.pk
    assert moved.reference == appointment.reference
    assert moved.metadata == {"price": "600000"}
    assert moved.link_hash == appointment.link_hash
    assert list(moved.documents.all()) == [document]
    assert (moved.starts_at, moved.ends_at) == (
        NINE + 2 * HOUR,
        NINE + 2 * HOUR + 2 * QUARTER,
    )
    assert moved.change_until == NINE + 2 * HOUR
    assert (moved.revision, moved.status) == (1, "confirmed")
    assert moved.announced_at == NOW


def test_a_move_takes_the_new_time_and_frees_the_old_one(a_bank):
    appointment = booked(a_bank)

    move(appointment, NINE + HOUR)

    row = BusyInterval.objects.get()
    assert row.kind == "appointment"
    assert row.appointment == appointment
    assert (row.starts_at, row.ends_at) == (NINE + HOUR, NINE + HOUR + 2 * QUARTER)
    assert hold_slot(flow_at_time(a_bank), start=NINE, now=NOW).starts_at == NINE


def test_a_move_may_overlap_the_time_that_it_leaves(a_bank):
    appointment = booked(a_bank)

    moved = move(appointment, NINE + QUARTER)

    assert moved.starts_at == NINE + QUARTER
    assert BusyInterval.objects.get().starts_at == NINE + QUARTER


def test_a_move_is_written_into_the_history_and_told(a_bank):
    appointment = booked(a_bank)
    Message.objects.all().delete()

    move(appointment, NINE + HOUR)

    event = AppointmentEvent.objects.get(kind="moved")
    assert event.actor == "customer"
    assert event.old["starts_at"] == NINE.isoformat()
    assert event.new["starts_at"] == (NINE + HOUR).isoformat()
    assert (event.old["revision"], event.new["revision"]) == (0, 1)
    assert "advisor" not in event.new
    told = Message.objects.values_list("kind", "revision", "recipient")
    assert set(told) == {("changed", 1, "customer"), ("changed", 1, "advisor")}


def test_the_present_advisor_comes_first_and_a_former_one_is_told(a_bank):
    appointment = booked(a_bank)
    other = working_advisor(a_bank.office, a_bank.subject, code="other")
    stayed = move(appointment, NINE + HOUR)
    booked(a_bank, start=NINE + 2 * HOUR, advisor=a_bank.advisor)

    moved = move(stayed, NINE + 2 * HOUR)

    assert stayed.advisor == a_bank.advisor

    assert moved.advisor == other
    former = Message.objects.get(recipient="former_advisor")
    assert (former.kind, former.revision) == ("changed", 2)
    assert former.advisor == a_bank.advisor


def test_until_it_is_confirmed_the_old_time_stays(a_bank):
    appointment = booked(a_bank)
    walk = start_change(appointment, now=NOW)

    hold_slot(walk, start=NINE + HOUR, now=NOW)

    appointment.refresh_from_db()
    assert appointment.starts_at == NINE
    assert BusyInterval.objects.count() == 2
    with pytest.raises(SlotTaken):
        hold_slot(flow_at_time(a_bank), start=NINE, now=NOW)
    with pytest.raises(SlotTaken):
        hold_slot(flow_at_time(a_bank), start=NINE + HOUR, now=NOW)


def test_confirming_twice_moves_once(a_bank):
    appointment = booked(a_bank)
    walk = start_change(appointment, now=NOW)
    hold_slot(walk, start=NINE + HOUR, now=NOW)

    first = confirm_change(walk, now=NOW)
    again = confirm_change(Flow.objects.get(pk=walk.pk), now=NOW + HOUR)

    assert first == again
    assert again.revision == 1
    assert AppointmentEvent.objects.filter(kind="moved").count() == 1


def test_a_move_to_where_it_is_changes_nothing(a_bank):
    appointment = booked(a_bank)
    before = everything()

    same = move(appointment, NINE)

    assert same.revision == 0
    after = everything()
    for name in ("Appointment", "AppointmentEvent", "BusyInterval", "Message"):
        assert after[name] == before[name]


def test_another_channel_is_the_same_operation(a_bank):
    appointment = booked(a_bank)
    walk = start_change(appointment, now=NOW)
    answer_place(
        walk, channel="office", office_id=a_bank.office.pk, address={}, now=NOW
    )
    hold_slot(walk, start=NINE, now=NOW)

    moved = confirm_change(walk, now=NOW)

    assert (moved.channel, moved.starts_at, moved.revision) == ("office", NINE, 1)
    event = AppointmentEvent.objects.get(kind="moved")
    assert (event.old["channel"], event.new["channel"]) == ("video", "office")
    assert "starts_at" not in event.new


def test_the_history_holds_new_buffers_in_minutes(a_bank):
    appointment = booked(a_bank)
    AvailabilityRuleFactory(subject=a_bank.subject, buffer_after=20)

    moved = move(appointment, NINE + HOUR)

    assert moved.buffer_after == timedelta(minutes=20)
    event = AppointmentEvent.objects.get(kind="moved")
    assert (event.old["buffer_after"], event.new["buffer_after"]) == (0, 20)


def test_a_call_needs_a_number(a_bank):
    appointment = booked(a_bank)
    Appointment.objects.update(phone="")
    appointment.refresh_from_db()
    walk = start_change(appointment, now=NOW)
    answer_place(walk, channel="phone", office_id=None, address={}, now=NOW)
    hold_slot(walk, start=NINE, now=NOW)
    before = everything()

    with pytest.raises(PhoneNeeded):
        confirm_change(walk, now=NOW)
    assert everything() == before

    assert confirm_change(walk, now=NOW, phone="+32 3 123").phone == "+32 3 123"


def test_a_move_to_a_pair_that_staff_must_accept_becomes_a_request(a_bank):
    appointment = booked(a_bank)
    AvailabilityRuleFactory(
        subject=a_bank.subject, channel="phone", is_confirmed_automatically=False
    )
    walk = start_change(appointment, now=NOW)
    answer_place(walk, channel="phone", office_id=None, address={}, now=NOW)
    hold_slot(walk, start=NINE + HOUR, now=NOW)

    assert change_effect(walk, now=NOW).becomes_requested
    assert confirm_change(walk, now=NOW).status == "requested"


def test_the_effect_says_what_confirming_would_do(a_bank):
    AvailabilityRuleFactory(subject=a_bank.subject, deadline_hours=5)
    appointment = booked(a_bank)
    walk = start_change(appointment, now=NOW)
    hold_slot(walk, start=NINE + HOUR, now=NOW)

    effect = change_effect(walk, now=NOW)

    assert effect.old.starts_at == NINE
    assert effect.new.starts_at == NINE + HOUR
    assert effect.new.advisor_id == a_bank.advisor.pk
    assert not effect.becomes_requested
    assert effect.change_until == NINE - 4 * HOUR
    assert change_effect(walk, now=NOW + HOUR).new == effect.new  # nobody else is there


def test_a_lost_hold_is_taken_again_and_a_lost_time_offers_the_nearest(a_bank):
    appointment = booked(a_bank)
    walk = start_change(appointment, now=NOW)
    hold_slot(walk, start=NINE + HOUR, now=NOW)
    booked(a_bank, start=NINE + 2 * HOUR)
    late = NOW + HOUR

    assert confirm_change(walk, now=late).starts_at == NINE + HOUR

    second = start_change(Appointment.objects.get(pk=appointment.pk), now=late)
    hold_slot(second, start=NINE + 4 * HOUR, now=late)
    thief = flow_at_time(a_bank)
    hold_slot(thief, start=NINE + 4 * HOUR, now=late + HOUR)
    book(thief, details=MAX, now=late + HOUR)
    before = everything()

    with pytest.raises(SlotTaken) as refusal:
        confirm_change(second, now=late + HOUR)

    assert len(refusal.value.alternatives) == 3
    after = everything()
    assert after["Appointment"] == before["Appointment"]
    assert after["BusyInterval"] == before["BusyInterval"]
    assert after["Message"] == before["Message"]


def test_a_meeting_changed_meanwhile_ends_the_walk(a_bank):
    appointment = booked(a_bank)
    walk = start_change(appointment, now=NOW)
    hold_slot(walk, start=NINE + HOUR, now=NOW)
    move(appointment, NINE + 3 * HOUR)
    before = everything()

    with pytest.raises((Outdated, SlotTaken)):
        confirm_change(walk, now=NOW)

    after = everything()
    assert after["Appointment"] == before["Appointment"]
    assert after["AppointmentEvent"] == before["AppointmentEvent"]
    assert after["Message"] == before["Message"]


def test_a_cancelled_meeting_cannot_be_moved_and_gives_its_holds_back(a_bank):
    appointment = booked(a_bank)
    walk = start_change(appointment, now=NOW)
    hold_slot(walk, start=NINE + HOUR, now=NOW)

    cancel_appointment(appointment, actor="customer", reason="", now=NOW)

    assert not BusyInterval.objects.exists()
    before = everything()
    with pytest.raises(WrongStatus):
        confirm_change(walk, now=NOW)
    assert everything() == before


def test_after_the_deadline_customers_neither_start_nor_confirm(a_bank):
    AvailabilityRuleFactory(subject=a_bank.subject, deadline_hours=24)
    appointment = booked(a_bank)
    walk = start_change(appointment, now=NOW)
    too_late = NINE - 23 * HOUR
    hold_slot(walk, start=NINE + HOUR, now=too_late)
    before = everything()

    with pytest.raises(TooLate):
        confirm_change(walk, now=too_late)
    with pytest.raises(TooLate):
        start_change(appointment, now=too_late)

    assert everything() == before


def test_an_expired_code_still_allows_a_change_and_a_code_that_is_gone_does_not(a_bank):
    segment = SegmentFactory(code="HIGH")
    SegmentOfferFactory(segment=segment, category=None, subject=a_bank.subject)
    appointment = booked(a_bank, segment_codes=["HIGH"])
    segment.valid_until = NOW
    segment.save()

    assert move(appointment, NINE + HOUR, now=NOW).starts_at == NINE + HOUR

    segment.delete()
    appointment.refresh_from_db()
    before = everything()
    with pytest.raises(OnlyCancel):
        start_change(appointment, now=NOW)
    assert everything() == before


def test_a_subject_that_is_gone_leaves_only_cancelling(a_bank):
    appointment = booked(a_bank)
    Subject.objects.update(is_active=False)
    before = everything()

    with pytest.raises(OnlyCancel):
        start_change(appointment, now=NOW)

    assert everything() == before


def test_the_segment_binds_the_change_as_it_bound_the_booking(a_bank):
    segment = SegmentFactory(code="LOW")
    SegmentOfferFactory(
        segment=segment, category=None, subject=a_bank.subject, channels=["video"]
    )
    appointment = booked(a_bank, segment_codes=["LOW"])
    walk = start_change(appointment, now=NOW)
    before = everything()

    with pytest.raises(NotOffered):
        answer_place(walk, channel="phone", office_id=None, address={}, now=NOW)

    assert everything() == before


def test_a_walk_that_changes_a_meeting_books_nothing_and_a_booking_changes_nothing(
    a_bank, a_flow
):
    appointment = booked(a_bank)
    walk = start_change(appointment, now=NOW)
    hold_slot(walk, start=NINE + HOUR, now=NOW)
    hold_slot(a_flow, start=NINE + 2 * HOUR, now=NOW)
    before = everything()

    with pytest.raises(NotOffered):
        book(walk, details=MAX, now=NOW)
    with pytest.raises(NotReady):
        confirm_change(a_flow, now=NOW)

    assert everything() == before


def test_the_database_refuses_a_move_onto_somebody_elses_time(a_bank):
    appointment = booked(a_bank)
    booked(a_bank, start=NINE + HOUR)

    with pytest.raises(IntegrityError):
        BusyInterval.objects.filter(appointment=appointment).update(
            starts_at=NINE + HOUR,
            meeting_starts_at=NINE + HOUR,
            meeting_ends_at=NINE + HOUR + 2 * QUARTER,
            ends_at=NINE + HOUR + 2 * QUARTER,
        )


def test_the_manage_link_stays_through_a_move(a_bank):
    appointment = booked(a_bank)

    moved = move(appointment, NINE + HOUR)

    assert moved.link_hash == hash_token(manage_token(moved.reference, 1))


def test_a_walk_for_a_change_is_no_part_of_the_funnel(a_bank):
    appointment = booked(a_bank)
    counted = changes.Flow.objects.get().reached_steps

    move(appointment, NINE + HOUR)

    assert Flow.objects.get(changes=appointment).reached_steps == []
    assert Flow.objects.get(changes=None).reached_steps == counted
