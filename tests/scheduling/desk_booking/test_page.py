"""The page on which staff book for a customer."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from directory.grants import Role
from directory.models import Customer
from scheduling.admin.starts import read_value
from scheduling.availability.types import Reason
from scheduling.models import Appointment, AppointmentEvent
from scheduling.overruling import HARD
from tests.factories import (
    NINE,
    NOW,
    AppointmentFactory,
    AvailabilityRuleFactory,
    CustomerFactory,
    QuestionChoiceFactory,
    QuestionFactory,
    SegmentFactory,
    SegmentOfferFactory,
    SubjectFactory,
    open_office,
    staff_with,
    working_advisor,
)
from tests.scheduling.desk_booking.ordering import (
    KEY,
    PAGE,
    book,
    dump,
    errors_of,
    look,
)
from tests.scheduling.meetings import everything

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
QUESTION = {"subject": "mortgage", "channel": "video", "date": "2026-05-04"}


def soft_value(page, wall):
    """Return the value of a start against a rule, at a time of day."""
    [found] = [
        start.value
        for one in page.context["times"].refused
        for refused in one.stretches
        for start in refused.starts
        if start.wall == wall
    ]
    return found


# What the page shows


def test_the_page_opens_with_what_its_address_says(staff, bank):
    page = staff.get(
        PAGE, {**QUESTION, "office": "antwerp", "advisor": "eva-peeters", "at": "11:00"}
    )

    assert page.status_code == 200
    assert len(page.context["times"].offered) == 31
    assert page.context["times"].offered[0].takers == "Eva Peeters"
    assert page.context["chosen"] == "2026-05-04T09:00:00Z"
    assert page.context["form"].errors == {}


def test_nonsense_in_an_address_is_asked_again(staff, bank):
    page = staff.get(
        PAGE, {"subject": "nope", "channel": "pigeon", "date": "x", "customer": "x"}
    )

    assert page.status_code == 200
    assert page.context["times"] is None


def test_the_starts_are_those_of_the_wizard(staff, bank):
    tom = working_advisor(bank.office, bank.subject, code="tom", first_name="Tom")
    AppointmentFactory(advisor=bank.advisor, office=bank.office, starts_at=NINE)

    why = staff.get(reverse("why:page"), QUESTION).context["strip"]
    times = staff.get(PAGE, QUESTION).context["times"]

    assert [one.wall for one in times.offered] == why.offered
    at_eleven = next(one for one in times.offered if one.wall == "11:00")
    assert at_eleven.takers == tom.name


def test_only_soft_reasons_can_be_overruled_on_the_page(staff, bank):
    AvailabilityRuleFactory(notice_hours=24 * 30)
    AppointmentFactory(advisor=bank.advisor, office=bank.office, starts_at=NINE)

    times = staff.get(PAGE, QUESTION).context["times"]

    assert times.offered == ()
    chosen = [read_value(value) for value in times.values]
    assert chosen
    assert {frozenset(one.overruled) for one in chosen} == {
        frozenset([Reason.TOO_SOON])
    }
    assert NINE not in {one.start for one in chosen}
    assert all(not one.overruled & HARD.keys() for one in chosen)


def test_a_day_without_starts_says_where_the_first_is(staff, bank):
    page = staff.get(PAGE, {**QUESTION, "date": "2026-05-09"})

    assert page.context["nothing"] == (
        "Nothing is offered on Saturday 9 May. "
        "The first start is on Wednesday 29 April 2026, 12:00."
    )


def test_looking_writes_nothing_and_keeps_what_was_typed(staff, bank):
    nate = CustomerFactory(first_name="Nate", last_name="Nosocks")
    before = dump()

    assert staff.get(PAGE, {"customer": nate.pk}).status_code == 200
    for changes in ({"search": "1", "find": "nate"}, {"pick": nate.pk}):
        assert look(staff, **changes).status_code == 200
    page = look(staff, day="2026-05-05", remarks="By the river", email="not an address")

    form = page.context["form"]
    assert form.errors == {}
    assert form["remarks"].value() == "By the river"
    assert form["email"].value() == "not an address"
    assert form["date"].value() == "2026-05-05"
    assert form["key"].value() == KEY
    assert dump() == before


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "soon"])
def test_a_date_beyond_all_calendars_is_asked_again(staff, bank, day):
    assert staff.get(PAGE, {**QUESTION, "date": day}).context["times"] is None
    assert "date" in errors_of(book(staff, date=day))


@pytest.mark.parametrize("count", [1, 9])
def test_the_page_costs_the_same_at_every_size(staff, bank, count):
    for number in range(count):
        working_advisor(bank.office, bank.subject, code=f"advisor-{number}")
        AppointmentFactory(
            advisor=bank.advisor,
            office=bank.office,
            starts_at=NINE + number * HOUR / 2,
            ends_at=NINE + (number + 1) * HOUR / 2,
        )
        CustomerFactory(first_name=f"Max {number}")
    look(staff, find="max")

    with CaptureQueriesContext(connection) as queries:
        look(staff, find="max")

    assert len(queries) == 16, [one["sql"][:120] for one in queries]


# The customer


@pytest.mark.parametrize(
    "text", ["nosocks", "nate NOSOCKS", "nate@example", "HB-77", "+3247999"]
)
def test_a_customer_is_found_by_what_staff_know(staff, bank, text):
    nate = CustomerFactory(
        first_name="Nate",
        last_name="Nosocks",
        email="nate@example.com",
        phone="+32479990000",
        customer_number="HB-77",
    )
    CustomerFactory(first_name="Nate", last_name="Other", email="o@example.com")

    page = look(staff, find=text)

    assert page.context["found"] == [nate]


def test_a_chosen_customer_fills_the_page_and_gets_the_meeting(staff, bank):
    SegmentFactory(code="HIGH")
    nate = CustomerFactory(
        first_name="Nate",
        last_name="Nosocks",
        email="nate@example.com",
        language="fr",
        segment_codes=["HIGH"],
    )

    page = look(staff, pick=nate.pk, find="nate")
    form = page.context["form"]
    answer = book(staff, customer=nate.pk)

    assert page.context["customer"] == nate
    assert form["first_name"].value() == "Nate"
    assert form["language"].value() == "fr"
    assert form["segment"].value() == "HIGH"
    assert form["find"].value() == ""
    assert answer.status_code == 303
    assert Appointment.objects.get().customer == nate


def test_somebody_else_empties_what_was_filled_in(staff, bank):
    nate = CustomerFactory()

    form = look(staff, customer=nate.pk, forget="1").context["form"]

    assert (form["customer"].value(), form["first_name"].value()) == ("", "")
    assert form["subject"].value() == "mortgage"


def test_a_new_customer_is_made(staff, bank):
    assert book(staff).status_code == 303

    made = Customer.objects.get()
    assert (made.name, made.is_provisional) == ("Max Murdoch", True)


def test_a_customers_page_leads_to_a_booking_for_them(staff, bank):
    nate = CustomerFactory()
    page = staff.get(reverse("admin:directory_customer_change", args=[nate.pk]))

    assert f'href="{PAGE}?customer={nate.pk}"' in page.content.decode()


# Booking


def test_a_meeting_is_booked(staff, bank, planner):
    answer = book(staff, remarks="By the river", consent="on")

    made = Appointment.objects.get()
    assert answer.status_code == 303
    assert answer["Location"] == reverse(
        "admin:scheduling_appointment_change", args=[made.pk]
    )
    assert (made.starts_at, made.flow_key, made.status) == (NINE, KEY, "confirmed")
    assert (made.remarks, made.phone) == ("By the river", "+32470123456")
    assert made.consent_at == NOW
    event = AppointmentEvent.objects.get()
    assert (event.kind, event.actor, event.user) == ("booked", "staff", planner)


def test_pressing_twice_books_once_and_leads_to_the_same_meeting(staff, bank):
    first = book(staff)
    before = dump()

    again = book(staff)

    assert (again.status_code, again["Location"]) == (303, first["Location"])
    assert dump() == before


def test_a_start_against_a_rule_needs_a_reason(staff, bank, planner):
    AvailabilityRuleFactory(notice_hours=24 * 30)
    slot = soft_value(look(staff), "11:00")
    before = everything()

    refused = book(staff, slot=slot)
    assert refused.status_code == 422
    assert errors_of(refused) == {
        "reason": ["This start is against a rule. Say why it is booked all the same."]
    }
    assert refused.context["chosen"] == slot
    assert everything() == before

    assert book(staff, slot=slot, reason="The customer called").status_code == 303
    made = Appointment.objects.get()
    assert made.events.get().note == "The customer called"
    assert [one.get("code") for one in made.offer_reason["overruled"]] == [
        "TOO_SOON",
        None,
    ]
    shown = staff.get(reverse("admin:scheduling_appointment_change", args=[made.pk]))
    assert b"Reason given: The customer called" in shown.content


def test_what_is_overruled_is_what_the_page_showed(staff, bank):
    rule = AvailabilityRuleFactory(notice_hours=24 * 30)
    slot = soft_value(look(staff), "11:00")
    rule.ranks = [3]
    rule.save()
    before = everything()

    refused = book(staff, slot=slot, reason="The customer called")

    assert refused.status_code == 422
    assert list(errors_of(refused)) == ["slot"]
    assert everything() == before


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"slot": ""}, {"slot": ["Choose a time."]}),
        (
            {"slot": "2026-05-04T03:00:00Z"},
            {
                "slot": [
                    "This time cannot be had like this (any more). Choose another one."
                ]
            },
        ),
        (
            {"email": "", "phone": ""},
            {"email": ["Enter an e-mail address or a phone number."]},
        ),
        (
            {"channel": "phone", "phone": ""},
            {"phone": ["Enter the phone number to call."]},
        ),
        ({"key": "x"}, {"key": ["Please open this page again."]}),
        ({"first_name": ""}, {"first_name": ["This field is required."]}),
        (
            {"channel": "on_location"},
            {
                name: ["A visit needs an address."]
                for name in ("street", "postal_code", "city")
            }
            | {
                "slot": [
                    "This time cannot be had like this (any more). Choose another one."
                ]
            },
        ),
    ],
)
def test_a_page_that_is_not_right_books_nothing(staff, bank, changes, errors):
    before = dump()

    page = book(staff, **{"remarks": "Kept", **changes})

    assert page.status_code == 422
    assert errors_of(page) == errors
    assert page.context["form"]["remarks"].value() == "Kept"
    assert re.search(r"<title>\s*Error: ", page.content.decode())
    assert dump() == before


def test_a_start_that_has_just_gone_is_refused_with_the_rest_kept(staff, bank):
    AppointmentFactory(advisor=bank.advisor, office=bank.office, starts_at=NINE)
    before = dump()

    page = book(staff, remarks="Kept")

    assert page.status_code == 422
    assert list(errors_of(page)) == ["slot"]
    assert page.context["form"]["remarks"].value() == "Kept"
    assert dump() == before


def test_the_subjects_questions_are_asked_as_in_the_wizard(staff, bank):
    QuestionFactory(subject=bank.subject, code="amount", kind="number", minimum=1)
    QuestionFactory(
        subject=bank.subject, code="payslip", kind="file", label="Your payslip"
    )
    kind = QuestionFactory(subject=bank.subject, code="kind", kind="choice")
    QuestionChoiceFactory(question=kind, code="house", label="A house")

    page = look(staff)
    refused = book(staff, q_amount="0")
    answer = book(staff, q_amount="2 500", q_kind="house")

    assert [one.name for one in page.context["form"].asked_fields] == [
        *("q_amount", "q_kind")
    ]
    assert page.context["files"] == ["Your payslip"]
    assert refused.status_code == 422
    assert {"q_amount"} <= errors_of(refused).keys()
    assert answer.status_code == 303, errors_of(answer)
    stored = Appointment.objects.get().answers
    assert [(one["code"], one["value"], one["text"]) for one in stored] == [
        ("amount", "2500", "2500"),
        ("kind", "house", "A house"),
    ]


def test_a_segment_and_its_signature_are_no_obstacle(staff, bank):
    segment = SegmentFactory(code="HIGH_SIGNED", is_signed_only=True)
    SegmentOfferFactory(segment=segment, category=None, subject=bank.subject)
    SegmentFactory(code="OLD", is_active=False)

    page = look(staff)
    answer = book(staff, segment="HIGH_SIGNED")

    codes = [code for code, _name in page.context["form"].fields["segment"].choices]
    assert codes == ["", "HIGH_SIGNED"]
    assert answer.status_code == 303, errors_of(answer)
    assert Appointment.objects.get().segment_codes == ["HIGH_SIGNED"]


def test_a_subject_outside_the_segment_is_overruled(staff, bank):
    segment = SegmentFactory(code="PETS")
    SegmentOfferFactory(
        segment=segment, category=None, subject=SubjectFactory(code="pets")
    )
    slot = soft_value(look(staff, segment="PETS"), "11:00")

    answer = book(staff, segment="PETS", slot=slot, reason="Asked at the counter")

    assert read_value(slot).overruled == {Reason.SEGMENT_SUBJECT}
    assert answer.status_code == 303, errors_of(answer)


# Who may


def test_a_manager_books_for_the_own_offices_alone(client, bank, time_machine):
    time_machine.move_to(NOW, tick=False)
    ghent = open_office(code="ghent", name="Ghent Korenmarkt")
    working_advisor(ghent, bank.subject, code="hanne", first_name="Hanne")
    known = CustomerFactory(first_name="Greet", preferred_office=ghent)
    client.force_login(
        staff_with(Role.OFFICE_MANAGER, offices=[bank.office], username="m")
    )
    before = dump()

    page = client.get(PAGE, {**QUESTION, "customer": known.pk})
    abroad = book(client, office="ghent")
    nowhere = book(client, office="")
    theirs = look(client, office="antwerp", advisor="hanne", find="Greet")

    assert page.context["form"]["office"].value() == "antwerp"
    assert page.context["customer"] is None
    assert b"Hanne" not in page.content
    assert errors_of(abroad)["office"] == ["Choose from the list."]
    assert errors_of(nowhere)["office"] == ["Choose an office."]
    assert theirs.context["found"] == []
    assert dump() == before
    assert book(client, office="antwerp").status_code == 303


def test_a_customer_whom_they_do_not_see_is_not_taken(client, bank, time_machine):
    time_machine.move_to(NOW, tick=False)
    greet = CustomerFactory(first_name="Greet")
    client.force_login(
        staff_with(Role.OFFICE_MANAGER, offices=[bank.office], username="m")
    )

    assert book(client, office="antwerp", customer=greet.pk).status_code == 303
    assert Appointment.objects.get().customer != greet


@pytest.mark.parametrize("roles", [[Role.ADVISOR], []])
def test_others_book_nothing(client, bank, roles):
    client.force_login(staff_with(*roles, username="e"))
    before = dump()

    assert client.get(PAGE).status_code == 403
    assert book(client).status_code == 403
    assert dump() == before
