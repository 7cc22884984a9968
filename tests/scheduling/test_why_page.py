"""The why-not page: what it is asked, what it says, where it leads, and to whom."""

import re
from datetime import time, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from directory.grants import Role
from scheduling.admin.why_links import why_booked
from segments.models import Segment
from tests.factories import (
    NINE,
    NOW,
    AbsenceFactory,
    AdministratorFactory,
    AppointmentFactory,
    AvailabilityRuleFactory,
    HoldFactory,
    LinkProblemFactory,
    SegmentFactory,
    SegmentOfferFactory,
    StaffFactory,
    open_office,
    staff_with,
    working_advisor,
)

pytestmark = pytest.mark.django_db

SUM = 'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{}" t'
QUESTION = {"subject": "mortgage", "channel": "video", "date": "2026-05-04"}


@pytest.fixture
def staff(client):
    client.force_login(AdministratorFactory())
    with time_machine.travel(NOW, tick=False):
        yield client


def ask(client, **question):
    return client.get(reverse("why:page"), question)


def links_in(page):
    """Return the addresses of all causes that the page shows."""
    return [
        link.url
        for _row, _advisor, stretches in page.context["reasons"]
        for _stretch, told in stretches
        for _told, links in told
        for link in links
    ]


def change_page(row):
    meta = row._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])


# What is asked


def test_without_a_question_the_page_asks_one(staff, a_bank):
    page = ask(staff)

    assert page.status_code == 200
    assert not page.context["is_asked"]
    assert page.context["form"].errors == {}
    assert page.context["form"]["date"].value() == "2026-04-29"


def test_a_link_that_only_names_a_segment_leaves_the_rest_to_be_asked(staff, a_bank):
    SegmentFactory(code="HIGH")

    page = ask(staff, segment="HIGH")

    assert page.context["form"].errors == {}
    assert page.context["form"]["segment"].value() == ["HIGH"]


def test_bad_answers_get_sentences_beside_them_and_lose_nothing(staff, a_bank):
    page = ask(
        staff,
        segment="HIHG",
        subject="",
        channel="on_location",
        office="atlantis",
        advisor="nobody",
        date="tomorrow",
    )

    assert page.status_code == 200
    assert page.context["form"].errors == {
        "segment": ["There is no segment “HIHG”. Links compare codes exactly."],
        "subject": ["Choose a subject."],
        "office": ["There is no office “atlantis”."],
        "advisor": ["There is no advisor “nobody”."],
        "date": ["Enter a date, like 2026-11-23."],
        "postal_code": ["A visit needs a postal code."],
    }
    assert page.context["form"]["channel"].value() == "on_location"
    assert page.context["form"]["date"].value() == "tomorrow"
    assert re.search(r"<title>\s*Error: Why", page.content.decode())


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("date", "0001-01-01", "Choose a date from 2000 to 2199."),
        ("date", "9999-12-31", "Choose a date from 2000 to 2199."),
        ("segment", list("ABCDEF"), "At most five segments can be combined."),
        ("channel", "pigeon", "There is no channel “pigeon”."),
        ("advisor_mode", "never", "Choose one of the two."),
    ],
)
def test_what_cannot_be_explained_is_said_so(staff, a_bank, field, value, sentence):
    for code in "ABCDEF":
        SegmentFactory(code=code)

    page = ask(staff, **{**QUESTION, field: value})

    assert page.context["form"].errors == {field: [sentence]}


@pytest.mark.parametrize("at", ["25:99", "x", "'", "09:07"])
def test_a_time_that_is_no_start_is_left_out(staff, a_bank, at):
    page = ask(staff, **QUESTION, at=at, row=at, appointment=at)

    assert page.status_code == 200
    assert page.context["at"] == ""


def test_only_looking_is_possible(staff, a_bank):
    assert staff.post(reverse("why:page"), QUESTION).status_code == 405


# What it says


def test_every_start_has_its_advisors_or_its_reasons(staff, a_bank):
    absence = AbsenceFactory(advisor=a_bank.advisor)  # 11:00 to 12:00

    page = ask(staff, **QUESTION)

    strip = page.context["strip"]
    (row,) = strip.rows
    assert [(one.times, one.words) for one in row.stretches] == [
        ("00:00 to 08:45", "Closed, Not working"),
        ("09:00 to 10:30", "Offered"),
        ("10:45 to 11:45", "Absent"),
        ("12:00 to 16:30", "Offered"),
        ("16:45 to 23:30", "Closed, Not working"),
        ("23:45", "Closed, Not working"),  # Tuesday's hours matter too
    ]
    assert strip.count == 96
    assert len(strip.offered) == 26
    assert change_page(absence) in links_in(page)
    text = page.content.decode()
    assert "The advisor is absent." in text
    assert "Customers read: “This time is taken.”" in text


def test_each_reason_leads_to_the_very_thing_behind_it(staff, a_bank):
    week = a_bank.advisor.week_templates.get()
    monday, tuesday = a_bank.office.opening_hours.filter(weekday__lte=1)
    meeting = AppointmentFactory(advisor=a_bank.advisor)
    hold = HoldFactory(
        advisor=a_bank.advisor, meeting_starts_at=NINE + timedelta(hours=2)
    )
    rule = AvailabilityRuleFactory(daily_maximum=2, name="Two a day")

    page = ask(staff, **QUESTION)

    assert {*links_in(page)} == {
        change_page(week),
        change_page(monday),
        change_page(tuesday),  # the last start of the day ends on it
        change_page(meeting),
        change_page(hold),
        change_page(rule),
    }
    assert "Rule Two a day. Meetings per advisor and day: at most 2" in (
        page.content.decode()
    )


def test_a_threshold_leads_to_its_rule_and_to_the_earlier_slot(staff, a_bank):
    rule = AvailabilityRuleFactory(threshold_regular=5, threshold_junior=10)
    working_advisor(a_bank.office, a_bank.subject, code="tom", rank=3)

    page = ask(staff, **QUESTION, row="tom.antwerp", at="11:00")

    first, second = links_in(page)
    assert first == change_page(rule)
    assert parse_qs(urlsplit(second).query)["date"] == ["2026-04-29"]
    assert parse_qs(urlsplit(second).query)["at"] == ["12:00"]
    assert (
        staff.get(reverse("why:page") + second).context["strip"].offered[0] == "12:00"
    )


def test_asking_for_one_advisor_leads_to_asking_without(staff, a_bank):
    working_advisor(a_bank.office, a_bank.subject, code="tom")

    page = ask(
        staff,
        **QUESTION,
        advisor="tom",
        advisor_mode="only",
        row="eva-peeters.antwerp",
        at="11:00",
    )

    (address,) = links_in(page)
    assert "advisor" not in parse_qs(urlsplit(address).query)


def test_several_advisors_are_shown_at_one_time(staff, a_bank):
    for number in range(3):
        working_advisor(a_bank.office, a_bank.subject, code=f"advisor-{number}")

    first = ask(staff, **QUESTION)
    chosen = ask(staff, **QUESTION, at="16:45")
    alone = ask(staff, **QUESTION, row="advisor-1.antwerp")

    assert first.context["at"] == "09:00"
    assert chosen.context["at"] == "16:45"
    assert "Why (not) at 16:45" in chosen.content.decode()
    assert [row.code for row, *_ in alone.context["reasons"]] == ["advisor-1.antwerp"]
    assert alone.context["at"] == ""


@pytest.mark.parametrize(
    ("fields", "note"),
    [
        ({"is_active": False}, "HIGH: inactive."),
        ({"is_signed_only": True}, "HIGH: signed links only."),
        ({"valid_until": NOW}, "HIGH: its validity has ended."),
        ({"valid_from": NINE}, "HIGH: its validity has not begun."),
        ({}, None),
    ],
)
def test_a_segment_whose_links_are_refused_is_explained_all_the_same(
    staff, a_bank, fields, note
):
    segment = SegmentFactory(code="HIGH", **fields)
    SegmentOfferFactory(segment=segment, subject=a_bank.subject)

    page = ask(staff, **QUESTION, segment="HIGH")

    notes = [f"A link would be refused. {note}"] if note else []
    assert page.context["notes"] == notes
    assert len(page.context["strip"].offered) == 31


def test_general_scheduling_says_when_its_default_segment_is_closed(staff, a_bank):
    SegmentFactory(code="HIGH", is_default=True, is_signed_only=True)

    page = ask(staff, **QUESTION)

    assert page.context["notes"] == [
        "A link would be refused. HIGH: signed links only."
    ]
    assert change_page(Segment.objects.get()) in links_in(page)


def test_nobody_with_the_expertise_is_said_in_words(staff, a_bank):
    a_bank.expertise.delete()

    page = ask(staff, **QUESTION)

    assert "Nobody has this subject in their expertise there" in page.content.decode()


# From where one click leads here


def test_an_appointment_leads_here_and_its_own_time_counts_as_free(staff, a_bank):
    meeting = AppointmentFactory(
        advisor=a_bank.advisor,
        office=a_bank.office,
        subject=a_bank.subject,
        assignment_reason={"code": "rank", "sentence": "The most senior advisor."},
        offer_reason={
            "horizon": [{"rule": None, "label": "built-in default"}],
            "notices": [{"rule": 10**6, "label": "Gone rule"}],
        },
    )
    shown = staff.get(change_page(meeting))

    address = shown.context["why"]
    page = staff.get(address)

    assert address == why_booked(meeting)
    assert page.context["at"] == "11:00"
    assert "11:00" in page.context["strip"].offered
    assert "11:00" not in ask(staff, **QUESTION).context["strip"].offered
    text = page.content.decode()
    assert "The most senior advisor." in text
    assert "Gone rule (deleted since)" in text


def test_a_home_visits_link_carries_the_postal_code(a_bank):
    meeting = AppointmentFactory(
        advisor=a_bank.advisor,
        office=a_bank.office,
        subject=a_bank.subject,
        channel="on_location",
        address={"postal_code": "2018", "country": "BE"},
        segment_codes=["AVERAGE", "HIGH"],
        assignment_reason={"code": "preferred"},
    )

    assert parse_qs(urlsplit(why_booked(meeting)).query) == {
        "segment": ["AVERAGE", "HIGH"],
        "subject": ["mortgage"],
        "channel": ["on_location"],
        "office": ["antwerp"],
        "advisor": ["eva-peeters"],
        "postal_code": ["BE-2018"],
        "date": ["2026-05-04"],
        "at": ["11:00"],
        "appointment": [meeting.reference],
    }


def test_a_segment_leads_here(staff, a_bank):
    segment = SegmentFactory(code="HIGH")

    page = staff.get(change_page(segment)).content.decode()

    assert f'href="{reverse("why:page")}?segment=HIGH"' in page


def test_a_broken_link_that_names_something_leads_here(staff, a_bank):
    LinkProblemFactory()
    LinkProblemFactory(problem="bad_signature", parameter="sig", value="")

    page = staff.get(reverse("admin:segments_linkproblem_changelist")).content.decode()

    assert page.count(f'href="{reverse("why:page")}?') == 1
    assert f'href="{reverse("why:page")}?segment=HIHG"' in page


# To whom


@pytest.mark.parametrize("role", [None, Role.ADVISOR])
def test_staff_who_may_not_read_rules_may_not_ask(client, a_bank, role):
    client.force_login(staff_with(role) if role else StaffFactory())

    assert ask(client, **QUESTION).status_code == 403


def test_nobody_asks_without_signing_in(client, a_bank):
    page = ask(client, **QUESTION)

    assert page.status_code == 302
    assert page["Location"].startswith("/admin/login/")


def test_an_office_manager_reads_of_their_own_office_alone(client, a_bank):
    ghent = open_office(code="ghent", name="Ghent Korenmarkt")
    hanne = working_advisor(
        ghent,
        a_bank.subject,
        code="hanne",
        first_name="Hanne",
        last_name="Desmet",
        starts=time(8),
    )
    junior = working_advisor(a_bank.office, a_bank.subject, code="tom", rank=3)
    AvailabilityRuleFactory(threshold_regular=20, threshold_junior=20)
    AppointmentFactory(advisor=hanne, office=ghent, subject=a_bank.subject)
    hold = HoldFactory(advisor=junior)
    client.force_login(staff_with(Role.OFFICE_MANAGER, offices=[a_bank.office]))

    with time_machine.travel(NOW, tick=False):
        page = ask(client, **QUESTION)
        other = ask(client, **QUESTION, office="ghent", advisor="hanne")

    assert page.status_code == 200
    text = page.content.decode()
    assert not any(word in text for word in ("Hanne", "Desmet", "Korenmarkt"))
    assert page.context["is_partial"]
    assert {row.office.code for row in page.context["strip"].rows} == {"antwerp"}
    assert change_page(hold) not in links_in(page)  # taken time is for administrators
    assert other.context["form"].errors == {
        "office": ["There is no office “ghent”."],
        "advisor": ["There is no advisor “hanne”."],
    }


# What it costs


def contents():
    """Return what every table holds, as a sum; not the sign-in, which any page renews."""
    found = {}
    with connection.cursor() as cursor:
        for table in {*connection.introspection.table_names()} - {"django_session"}:
            cursor.execute(SUM.format(table))
            found[table] = cursor.fetchone()[0]
    return found


def test_asking_writes_nothing(staff, a_bank):
    meeting = AppointmentFactory(
        advisor=a_bank.advisor, office=a_bank.office, subject=a_bank.subject
    )
    before = contents()

    ask(staff)
    ask(staff, **QUESTION)
    staff.get(why_booked(meeting))
    ask(staff, subject="nothing")

    assert contents() == before
    assert before["scheduling_appointment"]


def queries_of(client, **question):
    ask(client, **question)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert ask(client, **question).context["strip"].rows
    return len(queries)


@pytest.mark.slow
def test_the_page_costs_the_same_with_one_advisor_and_with_two_hundred(staff, a_bank):
    AvailabilityRuleFactory(daily_maximum=1, buffer_after=10)
    meeting = AppointmentFactory(
        advisor=a_bank.advisor, office=a_bank.office, subject=a_bank.subject
    )
    AppointmentFactory(advisor=a_bank.advisor, starts_at=NINE + timedelta(hours=2))
    AbsenceFactory(advisor=a_bank.advisor)
    asked = {**QUESTION, "appointment": meeting.reference}
    alone = queries_of(staff, **asked)

    for number in range(199):
        one = working_advisor(a_bank.office, a_bank.subject, code=f"a-{number}")
        AppointmentFactory(advisor=one, office=a_bank.office, subject=a_bank.subject)
        AbsenceFactory(advisor=one)

    assert queries_of(staff, **asked) == alone
    assert alone <= 20
