"""Booking a flow's meeting, once."""

from datetime import timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from directory.models import Advisor, Customer, Question
from scheduling.errors import (
    FlowGone,
    LimitReached,
    NotOffered,
    NotReady,
    SlotTaken,
)
from scheduling.models import (
    Appointment,
    AppointmentEvent,
    BusyInterval,
    Flow,
    Message,
    StepCount,
)
from scheduling.services import booking
from scheduling.services.booking import book
from scheduling.services.confirmation import Details
from scheduling.services.holds import hold_slot
from scheduling.tokens import hash_token, manage_token
from segments.models import Segment
from tests.factories import (
    NINE,
    NOW,
    AbsenceFactory,
    AppointmentFactory,
    AvailabilityRuleFactory,
    ClosureFactory,
    CustomerFactory,
    DocumentFactory,
    ImportedEventFactory,
    QuestionChoiceFactory,
    QuestionFactory,
    SegmentFactory,
    SegmentOfferFactory,
    flow_at_time,
    working_advisor,
)

pytestmark = pytest.mark.django_db
HALF = timedelta(minutes=30)
LATER = NOW + timedelta(minutes=5)
EXPIRED = NOW + timedelta(minutes=10)
MAX = Details(
    first_name="Max",
    last_name="Murdoch",
    email="max@example.com",
    phone="+32470123456",
    remarks="By the side door.",
    consent=True,
)


@pytest.fixture
def a_held_flow(a_flow):
    """A flow that holds NINE with the bank's only advisor."""
    hold_slot(a_flow, start=NINE, now=NOW)
    return a_flow


def nothing_was_booked() -> bool:
    return not (
        Appointment.objects.exists()
        or Customer.objects.exists()
        or AppointmentEvent.objects.exists()
        or Message.objects.exists()
        or ProcrastinateJob.objects.exists()
        or BusyInterval.objects.filter(kind="appointment").exists()
        or Flow.objects.filter(is_booked=True).exists()
        or StepCount.objects.filter(step="booked").exists()
    )


def test_a_booking_keeps_everything_that_was_chosen_and_typed(a_bank):
    flow = flow_at_time(
        a_bank,
        metadata={"repayment": "2500"},
        attribution={"utm_source": "mail"},
        language="nl",
        link_zone="Europe/London",
    )
    hold_slot(flow, start=NINE, now=NOW)

    appointment = book(flow, details=MAX, now=LATER)

    appointment.refresh_from_db()
    assert appointment.status == "confirmed"
    assert (appointment.starts_at, appointment.ends_at) == (NINE, NINE + HALF)
    assert appointment.advisor == a_bank.advisor
    assert appointment.office == a_bank.office
    assert (appointment.subject, appointment.channel) == (a_bank.subject, "video")
    assert appointment.metadata == {"repayment": "2500"}
    assert appointment.attribution == {"utm_source": "mail"}
    assert appointment.language == "nl"
    assert appointment.office_zone == "Europe/Brussels"
    assert appointment.visitor_zone == "Europe/London"
    assert appointment.change_until == NINE
    assert appointment.contact_name == "Max Murdoch"
    assert appointment.remarks == "By the side door."
    assert (appointment.consent_version, appointment.consent_at) == ("1", LATER)
    assert appointment.assignment_reason["code"] == "only_one"
    assert (
        appointment.assignment_reason["sentence"]
        == "Nobody else could take the meeting."
    )
    assert appointment.flow_key == flow.pk
    assert appointment.link_hash == hash_token(manage_token(appointment.reference, 1))
    assert appointment.revision == 0


def test_a_booking_writes_its_history_its_messages_and_their_jobs(a_bank, a_held_flow):
    appointment = book(a_held_flow, details=MAX, now=LATER)

    event = AppointmentEvent.objects.get()
    assert (event.kind, event.actor, event.at) == ("booked", "customer", LATER)
    assert event.new["status"] == "confirmed"
    sent = Message.objects.values_list("kind", "recipient", "address")
    assert set(sent) == {
        ("confirmed", "customer", "max@example.com"),
        ("confirmed", "advisor", a_bank.advisor.email),
    }
    ids = {job.args["message_id"] for job in ProcrastinateJob.objects.all()}
    assert ids == set(Message.objects.values_list("pk", flat=True))
    assert StepCount.objects.get(step="booked").count == 1
    assert Flow.objects.get().is_booked
    assert appointment.events.get() == event


def test_the_hold_becomes_the_appointments_time(a_held_flow):
    hold = BusyInterval.objects.get()

    appointment = book(a_held_flow, details=MAX, now=LATER)

    busy = BusyInterval.objects.get()
    assert (busy.pk, busy.claim) == (hold.pk, hold.claim)
    assert (busy.kind, busy.appointment, busy.flow) == (
        "appointment",
        appointment,
        None,
    )
    assert busy.expires_at is None
    assert busy.client == ""


def test_a_flow_books_once(a_held_flow):
    first = book(a_held_flow, details=MAX, now=LATER)

    again = book(
        Flow.objects.get(), details=Details(email="other@example.com"), now=EXPIRED
    )

    assert again == first
    assert Appointment.objects.get().email == "max@example.com"
    assert Message.objects.count() == 2
    assert Customer.objects.count() == 1
    assert StepCount.objects.get(step="booked").count == 1


def test_an_unverified_visitor_becomes_a_provisional_customer(a_held_flow):
    known = CustomerFactory(email="MAX@example.com", first_name="Maximilian")

    appointment = book(a_held_flow, details=MAX, now=LATER)

    made = appointment.customer
    assert made != known
    assert made.is_provisional
    assert made.may_be == known
    known.refresh_from_db()
    assert known.first_name == "Maximilian"


def test_a_typed_customer_number_is_a_claim_too(a_held_flow):
    known = CustomerFactory(customer_number="C-1", email="other@example.com")
    CustomerFactory(email="max@example.com")
    details = Details(email="max@example.com", customer_number="C-1")

    appointment = book(a_held_flow, details=details, now=LATER)

    assert appointment.customer.may_be == known
    assert appointment.customer_number == "C-1"


def test_provisional_customers_are_nobodys_lookalike(a_held_flow):
    CustomerFactory(is_provisional=True, email="max@example.com")

    appointment = book(a_held_flow, details=MAX, now=LATER)

    assert appointment.customer.may_be is None


def test_a_verified_customer_is_joined_and_not_changed(a_bank):
    known = CustomerFactory(email="old@example.com")
    flow = flow_at_time(a_bank, verified_customer=known)
    hold_slot(flow, start=NINE, now=NOW)

    appointment = book(flow, details=MAX, now=LATER)

    assert appointment.customer == known
    assert Customer.objects.get().email == "old@example.com"
    assert appointment.email == "max@example.com"


def test_answers_are_kept_in_the_order_of_the_questionnaire(a_bank):
    house = QuestionFactory(
        subject=a_bank.subject, code="type", label="Type", kind=Question.Kind.CHOICE
    )
    QuestionChoiceFactory(question=house, code="house", label="A house")
    QuestionFactory(
        subject=a_bank.subject, code="first", label="First?", kind=Question.Kind.YES_NO
    )
    QuestionFactory(
        subject=a_bank.subject, code="slip", label="Slip", kind=Question.Kind.FILE
    )
    QuestionFactory(subject=a_bank.subject, code="left-out")
    flow = flow_at_time(a_bank, answers={"first": True, "type": "house"})
    document = DocumentFactory(appointment=None, flow=flow, question_code="slip")
    hold_slot(flow, start=NINE, now=NOW)

    appointment = book(flow, details=MAX, now=LATER)

    assert appointment.answers == [
        {
            "code": "type",
            "label": "Type",
            "kind": "choice",
            "value": "house",
            "text": "A house",
        },
        {
            "code": "first",
            "label": "First?",
            "kind": "yes_no",
            "value": True,
            "text": "Yes",
        },
        {
            "code": "slip",
            "label": "Slip",
            "kind": "file",
            "value": "payslip.pdf",
            "text": "payslip.pdf",
        },
    ]
    document.refresh_from_db()
    assert (document.flow, document.appointment) == (None, appointment)


def test_rules_give_status_deadline_and_reason(a_bank, a_flow):
    rule = AvailabilityRuleFactory(
        name="Ask us first", is_confirmed_automatically=False, deadline_hours=24
    )
    hold_slot(a_flow, start=NINE, now=NOW)

    appointment = book(a_flow, details=MAX, now=LATER)

    assert appointment.status == "requested"
    assert appointment.change_until == NINE - timedelta(hours=24)
    assert appointment.offer_reason["is_confirmed_automatically"] == [
        {"rule": rule.pk, "label": "Ask us first"}
    ]
    assert set(Message.objects.values_list("kind", flat=True)) == {"requested"}


def test_later_rules_do_not_touch_a_live_hold(a_bank, a_held_flow):
    AvailabilityRuleFactory(
        duration=60,
        interval=120,
        notice_working_days=30,
        horizon=1,
        buffer_before=60,
        ranks=[3],
        daily_maximum=0,
    )
    AppointmentFactory(advisor=a_bank.advisor, starts_at=NINE + HALF)

    appointment = book(a_held_flow, details=MAX, now=LATER)

    assert appointment.ends_at == NINE + HALF
    assert appointment.buffer_before == timedelta(0)


def break_by_absence(bank):
    AbsenceFactory(advisor=bank.advisor)


def break_by_closure(bank):
    ClosureFactory(office=bank.office)


def break_by_imported_event(bank):
    ImportedEventFactory(advisor=bank.advisor)


def break_by_expertise(bank):
    bank.expertise.delete()


def break_by_leaving(bank):
    Advisor.objects.update(is_active=False)


def break_by_closing_the_subject(bank):
    type(bank.subject).objects.update(is_active=False)


@pytest.mark.parametrize(
    "happens",
    [
        break_by_absence,
        break_by_closure,
        break_by_imported_event,
        break_by_expertise,
        break_by_leaving,
        break_by_closing_the_subject,
    ],
)
def test_what_happens_meanwhile_refuses_a_live_hold(a_bank, a_held_flow, happens):
    happens(a_bank)

    with pytest.raises(NotOffered):
        book(a_held_flow, details=MAX, now=LATER)

    assert nothing_was_booked()
    assert BusyInterval.objects.filter(kind="hold").get().meeting_starts_at == NINE


def test_a_held_start_that_has_passed_is_refused(a_bank, a_flow):
    AvailabilityRuleFactory(notice_hours=0)
    just_before = NINE - timedelta(minutes=1)
    hold_slot(a_flow, start=NINE, now=just_before)

    with pytest.raises(SlotTaken):
        book(a_flow, details=MAX, now=NINE + timedelta(minutes=1))

    assert nothing_was_booked()


def test_a_segment_that_ended_meanwhile_refuses(a_bank):
    segment = SegmentFactory(code="SPRING")
    SegmentOfferFactory(segment=segment, subject=a_bank.subject)
    flow = flow_at_time(a_bank, segment_codes=["SPRING"])
    hold_slot(flow, start=NINE, now=NOW)
    Segment.objects.update(valid_until=NOW + timedelta(minutes=1))

    with pytest.raises(NotOffered, match="no longer valid"):
        book(flow, details=MAX, now=LATER)

    assert nothing_was_booked()


def test_a_pair_that_left_the_segment_meanwhile_refuses(a_bank):
    segment = SegmentFactory(code="SPRING")
    offer = SegmentOfferFactory(segment=segment, subject=a_bank.subject)
    flow = flow_at_time(a_bank, segment_codes=["SPRING"])
    hold_slot(flow, start=NINE, now=NOW)
    offer.channels = ["phone"]
    offer.save()

    with pytest.raises(NotOffered):
        book(flow, details=MAX, now=LATER)

    assert nothing_was_booked()


def test_another_advisor_takes_over_when_only_the_held_one_drops_out(a_bank, a_flow):
    other = working_advisor(a_bank.office, a_bank.subject, rank=3)
    hold_slot(a_flow, start=NINE, now=NOW)
    AbsenceFactory(advisor=a_bank.advisor)

    appointment = book(a_flow, details=MAX, now=LATER)

    assert appointment.advisor == other
    assert BusyInterval.objects.get().advisor == other


def test_the_one_who_takes_over_may_be_off_the_grid_by_now(a_bank, a_flow):
    other = working_advisor(a_bank.office, a_bank.subject, rank=3)
    hold_slot(a_flow, start=NINE, now=NOW)
    AbsenceFactory(advisor=a_bank.advisor)
    AvailabilityRuleFactory(notice_working_days=20)

    assert book(a_flow, details=MAX, now=LATER).advisor == other


def test_an_expired_hold_takes_the_same_start_again(a_held_flow):
    appointment = book(a_held_flow, details=MAX, now=EXPIRED)

    assert appointment.starts_at == NINE
    assert BusyInterval.objects.get().appointment == appointment


def test_an_expired_hold_that_others_took_is_refused_with_alternatives(
    a_bank, a_held_flow
):
    hold_slot(flow_at_time(a_bank), start=NINE, now=EXPIRED)

    with pytest.raises(SlotTaken) as refusal:
        book(a_held_flow, details=MAX, now=EXPIRED)

    assert len(refusal.value.alternatives) == 3
    assert NINE not in refusal.value.alternatives
    assert nothing_was_booked()


def test_an_expired_hold_is_judged_by_the_rules_of_now(a_held_flow):
    AvailabilityRuleFactory(notice_working_days=20)

    with pytest.raises(SlotTaken):
        book(a_held_flow, details=MAX, now=EXPIRED)

    assert nothing_was_booked()


def test_a_flow_without_a_time_cannot_book(a_flow):
    with pytest.raises(NotReady):
        book(a_flow, details=MAX, now=NOW)

    assert nothing_was_booked()


def test_a_flow_that_has_gone_cannot_book(a_held_flow):
    Flow.objects.all().delete()

    with pytest.raises(FlowGone):
        book(a_held_flow, details=MAX, now=LATER)

    assert nothing_was_booked()


def test_a_locked_detail_cannot_be_changed(a_bank):
    flow = flow_at_time(a_bank, locked=["email"], prefill={"email": "max@bank.example"})
    hold_slot(flow, start=NINE, now=NOW)

    with pytest.raises(NotOffered):
        book(flow, details=MAX, now=LATER)

    assert nothing_was_booked()
    same = Details(email="max@bank.example")
    assert book(flow, details=same, now=LATER).email == "max@bank.example"


def test_an_address_books_only_so_often_in_an_hour(a_bank, settings):
    settings.BOOKINGS_PER_HOUR_AND_EMAIL = 2
    for hours in range(2):
        flow = flow_at_time(a_bank)
        hold_slot(flow, start=NINE + timedelta(hours=hours), now=NOW)
        book(flow, details=MAX, now=LATER)
    flow = flow_at_time(a_bank)
    hold_slot(flow, start=NINE + timedelta(hours=2), now=NOW)

    with pytest.raises(LimitReached) as refusal:
        book(flow, details=Details(email="MAX@example.com"), now=LATER)

    assert timedelta(0) < refusal.value.retry_after <= timedelta(hours=1)
    assert Appointment.objects.count() == 2
    assert book(flow, details=Details(email="other@example.com"), now=LATER)


def test_a_failure_in_the_middle_leaves_nothing(a_held_flow, monkeypatch):
    def broken(*_args: object, **_options: object) -> None:
        raise OSError

    monkeypatch.setattr("scheduling.services.confirmation.queue_messages", broken)

    with pytest.raises(OSError):  # noqa: PT011
        book(a_held_flow, details=MAX, now=LATER)

    assert nothing_was_booked()


def test_the_constraint_alone_also_keeps_a_flow_to_one_booking(
    a_held_flow, monkeypatch
):
    first = book(a_held_flow, details=MAX, now=LATER)
    Flow.objects.update(is_booked=False)
    hold_slot(a_held_flow, start=NINE + HALF, now=LATER)
    monkeypatch.setattr(booking, "booked_by", lambda _flow: None)

    assert book(a_held_flow, details=MAX, now=LATER) == first
    assert Appointment.objects.count() == 1
    assert Message.objects.count() == 2
