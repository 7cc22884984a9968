"""Keeping a slot for one visitor."""

from datetime import timedelta

import psycopg
import pytest
from django.db import IntegrityError

from directory.models import Advisor
from scheduling.errors import (
    AlreadyBooked,
    AlreadyExtended,
    FlowGone,
    HoldGone,
    LimitReached,
    NotOffered,
    NotReady,
    SlotTaken,
)
from scheduling.models import BusyInterval, Flow, StepCount
from scheduling.services import holds
from scheduling.services.holds import extend_hold, hold_slot, is_overlap, release_hold
from tests.factories import (
    NINE,
    NOW,
    AbsenceFactory,
    AdvisorFactory,
    AppointmentFactory,
    AvailabilityRuleFactory,
    ExpertiseFactory,
    HoldFactory,
    ImportedEventFactory,
    SegmentFactory,
    SegmentOfferFactory,
    flow_at_time,
    working_advisor,
)

pytestmark = pytest.mark.django_db
QUARTER = timedelta(minutes=15)
HALF = timedelta(minutes=30)


def test_a_hold_takes_an_advisors_time_for_ten_minutes(a_bank, a_flow):
    hold = hold_slot(a_flow, start=NINE, client="c" * 64, now=NOW)

    hold.refresh_from_db()
    assert hold.kind == "hold"
    assert hold.is_active
    assert (hold.advisor, hold.office_id_held) == (a_bank.advisor, a_bank.office.pk)
    assert (hold.meeting_starts_at, hold.meeting_ends_at) == (NINE, NINE + HALF)
    assert (hold.starts_at, hold.ends_at) == (NINE, NINE + HALF)
    assert hold.expires_at == NOW + timedelta(minutes=10)
    assert hold.client == "c" * 64
    assert hold.assignment["code"] == "only_one"
    assert Flow.objects.get().slot == NINE
    assert a_flow.slot == NINE
    assert StepCount.objects.get(step="time").count == 1


def test_length_and_buffers_are_those_of_the_rules_when_it_is_made(a_bank, a_flow):
    AvailabilityRuleFactory(
        subject=a_bank.subject, duration=45, buffer_before=10, buffer_after=20
    )

    hold = hold_slot(a_flow, start=NINE, now=NOW)

    assert hold.meeting_ends_at == NINE + timedelta(minutes=45)
    assert hold.starts_at == NINE - timedelta(minutes=10)
    assert hold.ends_at == NINE + timedelta(minutes=65)


def test_a_slot_held_by_another_is_refused_with_the_nearest_three(a_bank, a_flow):
    hold_slot(flow_at_time(a_bank), start=NINE, now=NOW)

    with pytest.raises(SlotTaken) as refusal:
        hold_slot(a_flow, start=NINE, now=NOW)

    near = [NINE - 3 * QUARTER, NINE - HALF, NINE + HALF]
    assert refusal.value.alternatives == near
    assert BusyInterval.objects.count() == 1
    assert Flow.objects.get(pk=a_flow.pk).slot is None


@pytest.mark.parametrize(
    "start",
    [
        NINE - timedelta(hours=24 * 5),
        NINE + timedelta(minutes=1),
        NINE + timedelta(hours=12),
        NINE + timedelta(days=200),
        NINE.replace(year=9999, month=12, day=31),
        NINE.replace(year=1),
    ],
    ids=["past", "off the grid", "at night", "too far", "at the end", "long ago"],
)
def test_a_start_that_is_not_offered_is_refused(a_flow, start):
    with pytest.raises(SlotTaken) as refusal:
        hold_slot(a_flow, start=start, now=NOW)

    assert len(refusal.value.alternatives) == 3
    assert not BusyInterval.objects.exists()
    assert not StepCount.objects.exists()


def test_a_flow_without_a_place_cannot_hold(a_bank):
    flow = flow_at_time(a_bank, is_place_answered=False)

    with pytest.raises(NotReady):
        hold_slot(flow, start=NINE, now=NOW)

    assert not BusyInterval.objects.exists()


def test_a_pair_outside_the_segment_is_refused(a_bank):
    segment = SegmentFactory(code="PHONE_ONLY")
    SegmentOfferFactory(segment=segment, subject=a_bank.subject, channels=["phone"])
    flow = flow_at_time(a_bank, segment_codes=["PHONE_ONLY"])

    with pytest.raises(NotOffered):
        hold_slot(flow, start=NINE, now=NOW)

    assert not BusyInterval.objects.exists()


def test_a_segment_that_has_ended_is_refused(a_bank):
    segment = SegmentFactory(code="SPRING", valid_until=NOW)
    SegmentOfferFactory(segment=segment, subject=a_bank.subject)
    flow = flow_at_time(a_bank, segment_codes=["SPRING"])

    with pytest.raises(NotOffered, match="no longer valid"):
        hold_slot(flow, start=NINE, now=NOW + timedelta(seconds=1))

    assert not BusyInterval.objects.exists()


def test_a_new_choice_moves_the_hold(a_flow):
    first = hold_slot(a_flow, start=NINE, now=NOW)

    second = hold_slot(a_flow, start=NINE + QUARTER, now=NOW + timedelta(minutes=4))

    assert second.pk == first.pk
    assert BusyInterval.objects.get().meeting_starts_at == NINE + QUARTER
    assert second.expires_at == NOW + timedelta(minutes=14)
    assert Flow.objects.get().slot == NINE + QUARTER


def test_a_failed_new_choice_keeps_the_old_hold(a_bank, a_flow):
    hold_slot(a_flow, start=NINE, now=NOW)
    hold_slot(flow_at_time(a_bank), start=NINE + HALF, now=NOW)

    with pytest.raises(SlotTaken):
        hold_slot(a_flow, start=NINE + HALF, now=NOW)

    kept = BusyInterval.objects.get(flow=a_flow)
    assert kept.meeting_starts_at == NINE
    assert kept.expires_at == NOW + timedelta(minutes=10)
    assert Flow.objects.get(pk=a_flow.pk).slot == NINE


def test_the_same_choice_again_does_not_keep_the_slot_longer(a_flow):
    first = hold_slot(a_flow, start=NINE, now=NOW)

    again = hold_slot(a_flow, start=NINE, now=NOW + timedelta(minutes=5))

    assert again.pk == first.pk
    assert again.expires_at == NOW + timedelta(minutes=10)


def test_an_expired_hold_of_another_makes_room(a_bank, a_flow):
    hold_slot(flow_at_time(a_bank), start=NINE, now=NOW)

    hold = hold_slot(a_flow, start=NINE, now=NOW + timedelta(minutes=10))

    assert BusyInterval.objects.get() == hold
    assert hold.flow == a_flow


def test_the_own_expired_hold_starts_anew(a_flow):
    first = hold_slot(a_flow, start=NINE, now=NOW)
    extend_hold(a_flow, now=NOW)

    again = hold_slot(a_flow, start=NINE, now=NOW + timedelta(minutes=30))

    assert again.pk == first.pk
    assert again.expires_at == NOW + timedelta(minutes=40)
    assert not again.is_extended


def test_a_hold_is_extended_once(a_flow):
    hold_slot(a_flow, start=NINE, now=NOW)

    longer = extend_hold(a_flow, now=NOW + timedelta(minutes=9))

    assert longer.expires_at == NOW + timedelta(minutes=20)
    with pytest.raises(AlreadyExtended):
        extend_hold(a_flow, now=NOW + timedelta(minutes=9))
    assert BusyInterval.objects.get().expires_at == NOW + timedelta(minutes=20)


def test_an_expired_hold_cannot_be_extended(a_flow):
    hold_slot(a_flow, start=NINE, now=NOW)

    with pytest.raises(HoldGone):
        extend_hold(a_flow, now=NOW + timedelta(minutes=10))

    assert BusyInterval.objects.get().expires_at == NOW + timedelta(minutes=10)


def test_a_released_slot_is_free_again(a_bank, a_flow):
    hold_slot(a_flow, start=NINE, now=NOW)

    release_hold(a_flow)

    assert not BusyInterval.objects.exists()
    assert Flow.objects.get().slot is None
    assert (
        hold_slot(flow_at_time(a_bank), start=NINE, now=NOW).meeting_starts_at == NINE
    )


def test_any_advisor_means_the_next_one_when_the_first_is_taken(a_bank, a_flow):
    other = working_advisor(a_bank.office, a_bank.subject, rank=2, first_name="Lotte")
    first = hold_slot(flow_at_time(a_bank), start=NINE, now=NOW)

    second = hold_slot(a_flow, start=NINE, now=NOW)

    assert first.advisor == a_bank.advisor
    assert first.assignment["code"] == "rank"
    assert second.advisor == other
    assert second.assignment["code"] == "only_one"


def test_a_candidate_who_became_taken_is_passed_over(a_bank, a_flow, monkeypatch):
    other = working_advisor(a_bank.office, a_bank.subject, rank=2)
    plain = holds.lock_advisors

    def taken_meanwhile(flow: Flow, advisor_id: int) -> None:
        plain(flow, advisor_id)
        if advisor_id == a_bank.advisor.pk:
            AbsenceFactory(advisor=a_bank.advisor)

    monkeypatch.setattr(holds, "lock_advisors", taken_meanwhile)

    assert hold_slot(a_flow, start=NINE, now=NOW).advisor == other


def test_an_advisor_who_was_asked_for_gets_it_and_is_remembered(a_bank, a_flow):
    other = working_advisor(a_bank.office, a_bank.subject, rank=3)

    hold = hold_slot(a_flow, start=NINE, advisor_id=other.pk, now=NOW)

    assert hold.advisor == other
    assert hold.assignment["code"] == "preferred"
    assert Flow.objects.get().advisor == other


def test_an_advisor_who_was_asked_for_and_is_busy_refuses(a_bank, a_flow):
    working_advisor(a_bank.office, a_bank.subject)
    ImportedEventFactory(advisor=a_bank.advisor)

    with pytest.raises(SlotTaken):
        hold_slot(a_flow, start=NINE, advisor_id=a_bank.advisor.pk, now=NOW)

    assert not BusyInterval.objects.filter(kind="hold").exists()
    assert Flow.objects.get().advisor is None


def test_an_advisor_without_the_expertise_cannot_be_asked_for(a_flow):
    stranger = AdvisorFactory()

    with pytest.raises(NotOffered):
        hold_slot(a_flow, start=NINE, advisor_id=stranger.pk, now=NOW)

    assert not BusyInterval.objects.exists()


def test_the_links_only_advisor_cannot_be_replaced(a_bank):
    other = working_advisor(a_bank.office, a_bank.subject)
    flow = flow_at_time(a_bank, advisor=a_bank.advisor, advisor_mode="only")

    with pytest.raises(NotOffered):
        hold_slot(flow, start=NINE, advisor_id=other.pk, now=NOW)

    assert not BusyInterval.objects.exists()


def test_a_preferred_advisor_comes_first_and_may_be_another(a_bank):
    preferred = working_advisor(a_bank.office, a_bank.subject, rank=3)
    flow = flow_at_time(a_bank, advisor=preferred)
    late = flow_at_time(a_bank, advisor=preferred)

    first = hold_slot(flow, start=NINE, now=NOW)
    second = hold_slot(late, start=NINE, now=NOW)

    assert first.advisor == preferred
    assert second.advisor == a_bank.advisor


def test_meetings_absences_and_imported_events_are_in_the_way(a_bank, a_flow):
    AppointmentFactory(advisor=a_bank.advisor, starts_at=NINE)
    AbsenceFactory(advisor=a_bank.advisor, starts_at=NINE + timedelta(hours=1))
    ImportedEventFactory(
        advisor=a_bank.advisor, meeting_starts_at=NINE + timedelta(hours=2)
    )

    for hours in (0, 1, 2):
        with pytest.raises(SlotTaken):
            hold_slot(a_flow, start=NINE + timedelta(hours=hours), now=NOW)

    assert not BusyInterval.objects.filter(kind="hold").exists()


def test_an_address_keeps_only_so_many_slots(a_bank, a_flow, settings):
    settings.LIVE_HOLDS_PER_CLIENT = 2
    for number in range(2):
        HoldFactory(client="c" * 64, meeting_starts_at=NINE + number * HALF)

    with pytest.raises(LimitReached):
        hold_slot(a_flow, start=NINE, client="c" * 64, now=NOW)

    assert not BusyInterval.objects.filter(flow=a_flow).exists()
    assert hold_slot(a_flow, start=NINE, client="d" * 64, now=NOW)


def test_a_flow_that_has_gone_or_booked_holds_nothing(a_bank):
    booked = flow_at_time(a_bank, is_booked=True)
    gone = flow_at_time(a_bank)
    Flow.objects.filter(pk=gone.pk).delete()

    with pytest.raises(AlreadyBooked):
        hold_slot(booked, start=NINE, now=NOW)
    with pytest.raises(FlowGone):
        hold_slot(gone, start=NINE, now=NOW)

    assert not BusyInterval.objects.exists()


def test_only_the_overlap_constraint_is_translated(a_bank):
    AppointmentFactory(advisor=a_bank.advisor)

    with pytest.raises(IntegrityError) as overlap:
        HoldFactory(advisor=a_bank.advisor)

    assert isinstance(overlap.value.__cause__, psycopg.errors.ExclusionViolation)
    assert is_overlap(overlap.value)
    assert not is_overlap(IntegrityError())


def test_another_integrity_error_is_not_hidden(a_flow, monkeypatch):
    def broken(*_args: object, **_options: object) -> None:
        Advisor.objects.create(code="no spaces allowed")

    monkeypatch.setattr(holds, "place_hold", broken)

    with pytest.raises(IntegrityError, match="code_pattern"):
        hold_slot(a_flow, start=NINE, now=NOW)


def test_two_offices_of_one_advisor_are_one_calendar(a_bank, a_flow):
    ExpertiseFactory(advisor=a_bank.advisor, subject=a_bank.subject)

    hold = hold_slot(a_flow, start=NINE, now=NOW)

    assert hold.office_id_held == a_bank.office.pk
