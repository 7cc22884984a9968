"""A visitor's walk: answers, what of them stays, and how long."""

from datetime import timedelta

import pytest
from django.core import mail
from procrastinate.contrib.django.models import ProcrastinateJob

from directory.models import Question
from scheduling.errors import (
    AlreadyBooked,
    FlowGone,
    LimitReached,
    NotCovered,
    NotOffered,
    NotReady,
)
from scheduling.models import BusyInterval, Document, Flow, StepCount
from scheduling.resuming import send_resume_link
from scheduling.services.flows import (
    answer_place,
    answer_questions,
    answer_subject,
    choose_advisor,
    choose_zone,
    keep_details,
    load_flow,
    offer_resume,
    open_resume,
    start_flow,
    touch,
)
from scheduling.services.holds import hold_slot
from scheduling.services.steps import count_step
from scheduling.wizard.entry import Entry
from segments.services import LinkFailed
from tests.factories import (
    NINE,
    NOW,
    AdvisorFactory,
    DocumentFactory,
    ExpertiseFactory,
    FlowFactory,
    LinkContextFactory,
    QuestionFactory,
    SegmentFactory,
    SegmentOfferFactory,
    SubjectFactory,
    flow_at_time,
    open_office,
    working_advisor,
)

pytestmark = pytest.mark.django_db
HOME = {"street": "Meir 1", "postal_code": "2000", "city": "Antwerpen", "country": ""}
NOWHERE = {"street": "", "postal_code": "", "city": "", "country": ""}


def other_subject(bank, *, channels=("office", "phone", "video"), **fields):
    """Return a second subject that the bank's advisor takes too."""
    subject = SubjectFactory(
        category=bank.category, channels=list(channels), name="Loan", **fields
    )
    ExpertiseFactory(
        advisor=bank.advisor,
        office=bank.office,
        subject=subject,
        channels=list(channels),
    )
    return subject


def fresh(flow) -> Flow:
    return Flow.objects.get(pk=flow.pk)


# Starting and loading


def test_a_flow_starts_with_what_the_link_says(a_bank):
    SegmentFactory(code="HIGH")
    entry = Entry(
        segment_codes=("HIGH",),
        is_signed=True,
        locked=("subject",),
        prefill={"email": "max@example.com"},
        metadata={"repayment": "2500"},
        preset=("subject",),
        subject_id=a_bank.subject.pk,
        language="nl",
    )

    flow = fresh(start_flow(entry, now=NOW))

    assert len(flow.pk) == 22
    assert (flow.segment_codes, flow.is_signed) == (["HIGH"], True)
    assert (flow.subject, flow.locked, flow.preset) == (
        a_bank.subject,
        ["subject"],
        ["subject"],
    )
    assert flow.prefill == {"email": "max@example.com"}
    assert flow.metadata == {"repayment": "2500"}
    assert flow.address == {}
    assert (flow.created_at, flow.last_used_at) == (NOW, NOW)
    assert StepCount.objects.get(step="start").segment_codes == "HIGH"


def test_a_context_that_works_once_starts_one_flow(a_bank):
    context = LinkContextFactory(is_single_use=True)
    start_flow(Entry(context_id=context.pk), now=NOW)

    with pytest.raises(LinkFailed):
        start_flow(Entry(context_id=context.pk), now=NOW)

    assert Flow.objects.count() == 1
    context.refresh_from_db()
    assert context.used_at == NOW


def test_a_flow_works_for_two_hours_without_use():
    flow = FlowFactory()

    assert load_flow(flow.pk, now=NOW + timedelta(hours=2)) == flow
    with pytest.raises(FlowGone):
        load_flow(flow.pk, now=NOW + timedelta(hours=2, seconds=1))
    with pytest.raises(FlowGone):
        load_flow("nobody-knows-this-flow", now=NOW)


def test_a_booked_flow_leads_to_its_confirmation_later_too():
    flow = FlowFactory(is_booked=True)

    assert load_flow(flow.pk, now=NOW + timedelta(days=2)) == flow


def test_use_keeps_a_flow_going_with_one_write_a_minute(django_assert_num_queries):
    flow = FlowFactory()

    with django_assert_num_queries(0):
        touch(flow, now=NOW + timedelta(seconds=59))
    touch(flow, now=NOW + timedelta(minutes=1))

    assert fresh(flow).last_used_at == NOW + timedelta(minutes=1)


# Subject


def test_the_subject_is_answered_and_counted_once(a_bank):
    flow = FlowFactory()

    answer_subject(flow, subject_id=a_bank.subject.pk, now=NOW)
    answer_subject(flow, subject_id=a_bank.subject.pk, now=NOW)

    assert fresh(flow).subject == a_bank.subject
    assert StepCount.objects.get(step="subject").count == 1


def test_a_subject_outside_the_segment_is_refused(a_bank):
    segment = SegmentFactory(code="HIGH")
    SegmentOfferFactory(segment=segment, subject=a_bank.subject)
    outside = other_subject(a_bank)
    flow = FlowFactory(segment_codes=["HIGH"])

    with pytest.raises(NotOffered):
        answer_subject(flow, subject_id=outside.pk, now=NOW)

    assert fresh(flow).subject is None
    assert not StepCount.objects.exists()


def test_a_locked_subject_cannot_be_changed(a_bank):
    flow = FlowFactory(subject=a_bank.subject, locked=["subject"])
    other = other_subject(a_bank)

    with pytest.raises(NotOffered):
        answer_subject(flow, subject_id=other.pk, now=NOW)

    assert fresh(flow).subject == a_bank.subject


def test_a_new_subject_keeps_place_and_time_that_still_fit(a_bank, a_flow):
    other = other_subject(a_bank)
    hold_slot(a_flow, start=NINE, now=NOW)

    answer_subject(a_flow, subject_id=other.pk, now=NOW)

    flow = fresh(a_flow)
    assert (flow.subject, flow.channel, flow.is_place_answered) == (
        other,
        "video",
        True,
    )
    assert flow.slot == NINE
    assert BusyInterval.objects.get().meeting_starts_at == NINE


def test_a_new_subject_without_the_channel_asks_for_the_place_again(a_bank, a_flow):
    other = other_subject(a_bank, channels=("phone",))
    hold_slot(a_flow, start=NINE, now=NOW)

    answer_subject(a_flow, subject_id=other.pk, now=NOW)

    flow = fresh(a_flow)
    assert (flow.channel, flow.is_place_answered, flow.slot) == ("", False, None)
    assert not BusyInterval.objects.exists()


def test_a_new_subject_that_a_locked_channel_does_not_suit_is_refused(a_bank):
    other = other_subject(a_bank, channels=("phone",))
    flow = flow_at_time(a_bank, locked=["channel"])
    hold_slot(flow, start=NINE, now=NOW)

    with pytest.raises(NotOffered):
        answer_subject(flow, subject_id=other.pk, now=NOW)

    for kept in (flow, fresh(flow)):
        assert kept.subject == a_bank.subject
        assert (kept.channel, kept.slot) == ("video", NINE)
    assert BusyInterval.objects.count() == 1


def test_a_new_subject_moves_the_hold_to_whoever_takes_it(a_bank, a_flow):
    other = SubjectFactory(category=a_bank.category)
    tom = working_advisor(a_bank.office, other, first_name="Tom")
    hold_slot(a_flow, start=NINE, now=NOW)

    answer_subject(a_flow, subject_id=other.pk, now=NOW)

    assert BusyInterval.objects.get().advisor == tom


def test_a_new_subject_keeps_the_answers_that_it_asks_for_too(a_bank):
    other = other_subject(a_bank)
    for subject in (a_bank.subject, other):
        QuestionFactory(subject=subject, code="amount")
    QuestionFactory(subject=a_bank.subject, code="slip", kind=Question.Kind.FILE)
    flow = flow_at_time(
        a_bank,
        answers={"amount": "5", "colour": "red"},
        are_questions_answered=True,
    )
    DocumentFactory(flow=flow, appointment=None, question_code="slip")

    answer_subject(flow, subject_id=other.pk, now=NOW)

    kept = fresh(flow)
    assert kept.answers == {"amount": "5"}
    assert not kept.are_questions_answered
    assert not Document.objects.exists()


# Place


def test_the_place_is_answered(a_bank):
    flow = FlowFactory(subject=a_bank.subject)

    answer_place(
        flow, channel="office", office_id=a_bank.office.pk, address=NOWHERE, now=NOW
    )

    kept = fresh(flow)
    assert (kept.channel, kept.office) == ("office", a_bank.office)
    assert kept.is_place_answered


def test_any_office_will_do_for_video(a_bank):
    flow = FlowFactory(subject=a_bank.subject)

    answer_place(flow, channel="video", office_id=None, address=NOWHERE, now=NOW)

    assert fresh(flow).is_place_answered


@pytest.mark.parametrize(
    ("channel", "office"), [("office", None), ("fax", None), ("video", 10**9)]
)
def test_a_place_outside_the_offer_is_refused(a_bank, channel, office):
    flow = FlowFactory(subject=a_bank.subject)

    with pytest.raises(NotOffered):
        answer_place(flow, channel=channel, office_id=office, address=NOWHERE, now=NOW)

    assert not fresh(flow).is_place_answered


def test_a_home_visit_goes_where_an_office_visits(a_bank):
    flow = FlowFactory(subject=a_bank.subject)

    answer_place(
        flow,
        channel="on_location",
        office_id=a_bank.office.pk,
        address={**HOME, "door": "left"},
        now=NOW,
    )

    kept = fresh(flow)
    assert (kept.channel, kept.office) == ("on_location", None)
    assert kept.address == HOME


@pytest.mark.parametrize("code", ["9000", "", "NL-2000"])
def test_a_home_visit_elsewhere_is_refused(a_bank, code):
    flow = FlowFactory(subject=a_bank.subject)

    with pytest.raises(NotCovered):
        answer_place(
            flow,
            channel="on_location",
            office_id=None,
            address={**HOME, "postal_code": code},
            now=NOW,
        )

    assert not fresh(flow).is_place_answered


@pytest.mark.parametrize("locked", ["channel", "office", "postal_code"])
def test_a_locked_part_of_the_place_cannot_be_changed(a_bank, locked):
    flow = flow_at_time(
        a_bank, channel="office", office=a_bank.office, locked=[locked], address=NOWHERE
    )
    office = open_office()
    working_advisor(office, a_bank.subject)

    with pytest.raises(NotOffered):
        answer_place(
            flow,
            channel="video" if locked == "channel" else "office",
            office_id=office.pk if locked == "office" else a_bank.office.pk,
            address=HOME if locked == "postal_code" else NOWHERE,
            now=NOW,
        )

    kept = fresh(flow)
    assert (kept.channel, kept.office) == ("office", a_bank.office)


def test_the_place_comes_after_the_subject(a_bank):
    flow = FlowFactory()

    with pytest.raises(NotReady):
        answer_place(flow, channel="video", office_id=None, address=NOWHERE, now=NOW)

    assert not fresh(flow).is_place_answered


def test_another_channel_keeps_the_time(a_flow):
    hold_slot(a_flow, start=NINE, now=NOW)

    answer_place(a_flow, channel="phone", office_id=None, address=NOWHERE, now=NOW)

    assert fresh(a_flow).slot == NINE
    assert BusyInterval.objects.count() == 1


def test_another_office_that_has_the_time_taken_gives_it_back(a_bank, a_flow):
    office = open_office()
    lotte = working_advisor(office, a_bank.subject)
    hold_slot(a_flow, start=NINE, now=NOW)
    hold_slot(flow_at_time(a_bank), start=NINE, advisor_id=lotte.pk, now=NOW)

    answer_place(a_flow, channel="video", office_id=office.pk, address=NOWHERE, now=NOW)

    assert fresh(a_flow).slot is None
    assert not BusyInterval.objects.filter(flow=a_flow).exists()


def test_an_advisor_of_another_office_is_dropped_with_the_place(a_bank):
    office = open_office()
    working_advisor(office, a_bank.subject)
    flow = flow_at_time(a_bank, advisor=a_bank.advisor, advisor_mode="only")

    answer_place(flow, channel="video", office_id=office.pk, address=NOWHERE, now=NOW)

    kept = fresh(flow)
    assert (kept.advisor, kept.advisor_mode) == (None, "prefer")


# Questions, details, zone, advisor


def test_answers_of_questions_that_nobody_asked_are_dropped(a_bank, a_flow):
    QuestionFactory(subject=a_bank.subject, code="amount")

    answer_questions(a_flow, answers={"amount": 5, "colour": "red"}, now=NOW)

    kept = fresh(a_flow)
    assert kept.answers == {"amount": 5}
    assert kept.are_questions_answered


def test_details_are_kept_as_typed(a_flow):
    keep_details(a_flow, details={"email": " not an address", "x": "y" * 900}, now=NOW)

    assert fresh(a_flow).details == {"email": " not an address", "x": "y" * 500}


def test_the_visitors_zone_is_kept(a_flow):
    choose_zone(a_flow, zone_name="Asia/Tokyo", now=NOW)

    with pytest.raises(NotOffered):
        choose_zone(a_flow, zone_name="Europe/Atlantis", now=NOW)

    assert fresh(a_flow).chosen_zone == "Asia/Tokyo"


def test_an_advisor_is_preferred_and_let_go(a_bank, a_flow):
    choose_advisor(a_flow, advisor_id=a_bank.advisor.pk, now=NOW)
    assert fresh(a_flow).advisor == a_bank.advisor

    choose_advisor(a_flow, advisor_id=None, now=NOW)
    assert fresh(a_flow).advisor is None

    with pytest.raises(NotOffered):
        choose_advisor(a_flow, advisor_id=AdvisorFactory().pk, now=NOW)
    assert fresh(a_flow).advisor is None


def test_a_booked_flow_takes_no_answers(a_bank):
    flow = flow_at_time(a_bank, is_booked=True)

    with pytest.raises(AlreadyBooked):
        keep_details(flow, details={"email": "new@example.com"}, now=NOW)
    with pytest.raises(AlreadyBooked):
        answer_subject(flow, subject_id=a_bank.subject.pk, now=NOW)
    with pytest.raises(AlreadyBooked):
        offer_resume(flow, email="max@example.com", now=NOW)

    kept = fresh(flow)
    assert (kept.details, kept.resume_count) == ({}, 0)


# Resume


def test_a_resume_link_opens_the_flow_for_24_hours(a_flow):
    token = offer_resume(a_flow, email="max@example.com", now=NOW)

    late = NOW + timedelta(hours=24) - timedelta(seconds=1)
    assert open_resume(token, now=late) == a_flow
    assert load_flow(a_flow.pk, now=late + timedelta(hours=2)) == a_flow
    with pytest.raises(FlowGone):
        open_resume(token, now=NOW + timedelta(hours=24))
    with pytest.raises(FlowGone):
        open_resume("x" * 22, now=NOW)
    assert fresh(a_flow).resume_hash != token


def test_a_new_resume_link_ends_the_earlier_one_and_there_are_three(a_flow):
    first = offer_resume(a_flow, email="max@example.com", now=NOW)
    second = offer_resume(a_flow, email="max@example.com", now=NOW)
    with pytest.raises(FlowGone):
        open_resume(first, now=NOW)
    assert open_resume(second, now=NOW) == a_flow
    offer_resume(a_flow, email="max@example.com", now=NOW)

    with pytest.raises(LimitReached):
        offer_resume(a_flow, email="max@example.com", now=NOW)

    assert fresh(a_flow).resume_count == 3
    assert ProcrastinateJob.objects.count() == 3


def test_the_resume_mail_holds_the_link_and_no_word_of_the_visitor(a_flow):
    keep_details(a_flow, details={"first_name": "BUY GOLD"}, now=NOW)
    token = offer_resume(a_flow, email="max@example.com", now=NOW)
    job = ProcrastinateJob.objects.get()

    send_resume_link(**job.args)

    sent = mail.outbox[0]
    assert sent.to == ["max@example.com"]
    assert f"/schedule/resume/{token}/\n" in sent.body
    assert "GOLD" not in sent.body + sent.subject
    assert token not in str(job.args)


def test_an_outdated_resume_mail_is_not_sent(a_flow):
    offer_resume(a_flow, email="max@example.com", now=NOW)
    job = ProcrastinateJob.objects.get()
    offer_resume(a_flow, email="max@example.com", now=NOW)

    send_resume_link(**job.args)

    assert mail.outbox == []


# The funnel


def test_a_step_counts_once_for_each_flow(a_bank):
    flow, other = FlowFactory(), FlowFactory()

    for each in (flow, fresh(flow), Flow.objects.get(pk=flow.pk), other):
        count_step(each, "no_slot", now=NOW)

    count = StepCount.objects.get()
    assert (count.step, count.count, count.day) == ("no_slot", 2, NOW.date())
