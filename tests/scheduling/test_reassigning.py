"""Another advisor for a meeting: competent and free, or nobody."""

from datetime import timedelta

import pytest

from scheduling.availability.types import Reason
from scheduling.errors import NotOffered, Outdated, SlotTaken, WrongStatus
from scheduling.models import AppointmentEvent, BusyInterval, Message
from scheduling.services.reassigning import possible_advisors, reassign_appointment
from tests.factories import (
    NINE,
    NOW,
    AbsenceFactory,
    AdvisorFactory,
    AppointmentFactory,
    AvailabilityRuleFactory,
    HoldFactory,
    SegmentFactory,
    SegmentOfferFactory,
    StaffFactory,
    working_advisor,
)
from tests.scheduling.meetings import booked, everything

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def a_colleague(a_bank):
    return working_advisor(
        a_bank.office, a_bank.subject, code="tom", first_name="Tom", rank=2
    )


def reassign(appointment, advisor, **fields):
    return reassign_appointment(
        appointment,
        advisor_id=advisor.pk,
        now=NOW,
        user=fields.pop("user", None),
        **fields,
    )


def test_everybody_hears_of_a_new_advisor(a_bank, a_colleague):
    appointment = booked(a_bank, advisor=a_bank.advisor)
    Message.objects.all().delete()
    manager = StaffFactory()

    given = reassign(appointment, a_colleague, user=manager, reason="Eva is ill.")

    assert given.advisor == a_colleague
    assert (given.revision, given.starts_at) == (1, NINE)
    assert given.assignment_reason["code"] == "staff"
    assert BusyInterval.objects.get().advisor == a_colleague
    event = AppointmentEvent.objects.get(kind="reassigned")
    assert (event.old["advisor"], event.new["advisor"]) == (
        a_bank.advisor.pk,
        a_colleague.pk,
    )
    assert (event.user, event.note) == (manager, "Eva is ill.")
    told = Message.objects.values_list("kind", "recipient", "advisor")
    assert set(told) == {
        ("reassigned", "customer", None),
        ("reassigned", "advisor", a_colleague.pk),
        ("reassigned", "former_advisor", a_bank.advisor.pk),
    }


def test_the_list_says_who_is_free_and_what_is_against_the_others(a_bank, a_colleague):
    appointment = booked(a_bank, advisor=a_bank.advisor)
    ill = working_advisor(a_bank.office, a_bank.subject, code="ill", first_name="Ann")
    AbsenceFactory(advisor=ill, starts_at=NINE - HOUR, ends_at=NINE + HOUR)
    part = working_advisor(
        a_bank.office,
        a_bank.subject,
        code="part",
        first_name="Bob",
        weekdays=range(1, 5),
    )
    HoldFactory(advisor=a_colleague, expires_at=NOW)  # expired: does not count

    found = possible_advisors(appointment, now=NOW)

    assert [(one.advisor.id, one.reasons) for one in found] == [
        (a_colleague.pk, ()),
        (ill.pk, (Reason.ABSENT,)),
        (part.pk, (Reason.NOT_WORKING,)),
    ]


def test_ranks_that_the_segment_does_not_allow_stay_out(a_bank, a_colleague):
    segment = SegmentFactory(code="HIGH")
    SegmentOfferFactory(segment=segment, category=None, subject=a_bank.subject)
    AvailabilityRuleFactory(segment=segment, ranks=[1])
    appointment = booked(a_bank, segment_codes=["HIGH"])
    before = everything()

    with pytest.raises(NotOffered):
        reassign(appointment, a_colleague)

    assert everything() == before


def test_extra_hours_count_for_a_new_advisor_too(
    a_bank, a_colleague, django_assert_num_queries
):
    appointment = booked(a_bank, advisor=a_bank.advisor)
    possible_advisors(appointment, now=NOW)  # the configuration is kept from now on

    with django_assert_num_queries(3):
        possible_advisors(appointment, now=NOW)


def test_a_busy_or_incompetent_advisor_is_refused(a_bank, a_colleague):
    appointment = booked(a_bank, advisor=a_bank.advisor)
    AppointmentFactory(
        advisor=a_colleague, office=a_bank.office, subject=a_bank.subject
    )
    stranger = AdvisorFactory(code="stranger")
    before = everything()

    with pytest.raises(SlotTaken):
        reassign(appointment, a_colleague)
    with pytest.raises(NotOffered):
        reassign(appointment, stranger)

    assert everything() == before


def test_the_present_advisor_keeps_it_without_a_trace(a_bank):
    appointment = booked(a_bank)
    before = everything()

    assert reassign(appointment, a_bank.advisor).revision == 0

    assert everything() == before


def test_an_old_page_and_a_past_status_change_nothing(a_bank, a_colleague):
    appointment = booked(a_bank, advisor=a_bank.advisor)
    before = everything()

    with pytest.raises(Outdated):
        reassign(appointment, a_colleague, revision=4)
    assert everything() == before

    past = AppointmentFactory(status="completed", starts_at=NINE - 9 * HOUR)
    before = everything()
    with pytest.raises(WrongStatus):
        reassign(past, a_colleague)
    assert everything() == before


def test_a_segment_that_is_gone_does_not_stop_staff(a_bank, a_colleague):
    segment = SegmentFactory(code="HIGH")
    SegmentOfferFactory(segment=segment, category=None, subject=a_bank.subject)
    appointment = booked(a_bank, segment_codes=["HIGH"], advisor=a_bank.advisor)
    segment.delete()

    assert reassign(appointment, a_colleague).advisor == a_colleague
