"""What the appointment list shows for each of its filters."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from scheduling.attention import needs_outcome, waits_for_answer
from scheduling.models import Appointment
from tests.factories import (
    NOW,
    AppointmentFactory,
    SegmentFactory,
    SubjectFactory,
    open_office,
    working_advisor,
)

LIST = reverse("admin:scheduling_appointment_changelist")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# NOW is Wednesday 29 April 2026, 10:00 in Brussels. References may not hold I, O, 0, 1.
STARTS = {
    "LASTMARCHH": datetime(2026, 3, 30, 9, tzinfo=UTC),
    "YESTERDAYY": NOW - DAY,
    "EARLYTDAYY": datetime(2026, 4, 28, 22, 30, tzinfo=UTC),  # 00:30 in Brussels
    "THSMNUTEEE": NOW - HOUR / 2,
    "LATERTDAYY": NOW + 3 * HOUR,
    "TMRRWWWWWW": NOW + DAY,
    "SUNDAYYYYY": datetime(2026, 5, 3, 21, 30, tzinfo=UTC),  # 23:30 in Brussels
    "MNDAYYYYYY": datetime(2026, 5, 3, 22, 30, tzinfo=UTC),  # 00:30 in Brussels
    "TUESDAYYYY": datetime(2026, 5, 5, 21, 59, tzinfo=UTC),
    "WEDNESDAYY": datetime(2026, 5, 6, 8, tzinfo=UTC),
}


@pytest.fixture
def diary(bank):
    for reference, starts_at in STARTS.items():
        AppointmentFactory(
            reference=reference,
            starts_at=starts_at,
            subject=bank.subject,
            office=bank.office,
            advisor=bank.advisor,
        )


def shown(client, **query):
    answer = client.get(LIST, query)
    assert answer.status_code == 200
    return [row.reference for row in answer.context["cl"].result_list]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("today", ["EARLYTDAYY", "THSMNUTEEE", "LATERTDAYY"]),
        ("tomorrow", ["TMRRWWWWWW"]),
        (
            "week",
            [
                "YESTERDAYY",
                *("EARLYTDAYY", "THSMNUTEEE", "LATERTDAYY"),
                *("TMRRWWWWWW", "SUNDAYYYYY"),
            ],
        ),
        ("next_week", ["MNDAYYYYYY", "TUESDAYYYY", "WEDNESDAYY"]),
        (
            "next_7",
            [
                *("EARLYTDAYY", "THSMNUTEEE", "LATERTDAYY", "TMRRWWWWWW"),
                *("SUNDAYYYYY", "MNDAYYYYYY", "TUESDAYYYY"),
            ],
        ),
        (
            "coming",
            [
                *("THSMNUTEEE", "LATERTDAYY", "TMRRWWWWWW"),
                *("SUNDAYYYYY", "MNDAYYYYYY", "TUESDAYYYY", "WEDNESDAYY"),
            ],
        ),
        ("past", ["EARLYTDAYY", "YESTERDAYY", "LASTMARCHH"]),
        (
            "last_30",
            ["LATERTDAYY", "THSMNUTEEE", "EARLYTDAYY", "YESTERDAYY"],
        ),
    ],
)
def test_spans_are_days_of_the_organisation_and_look_ahead_soonest_first(
    staff, diary, when, expected
):
    if when == "last_30":  # 31 March to 29 April
        assert STARTS["LASTMARCHH"].date().isoformat() == "2026-03-30"

    assert shown(staff, when=when) == expected


def test_without_a_filter_the_latest_start_is_on_top(staff, diary):
    assert shown(staff) == [*reversed(STARTS)]


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ({"from": "2026-05-04", "to": "2026-05-05"}, ["TUESDAYYYY", "MNDAYYYYYY"]),
        ({"from": "2026-05-05"}, ["WEDNESDAYY", "TUESDAYYYY"]),
        ({"to": "2026-03-30"}, ["LASTMARCHH"]),
        ({"from": "2026-05-05", "to": "2026-05-04"}, []),
        ({"from": "", "to": "", "when": "tomorrow"}, ["TMRRWWWWWW"]),
    ],
)
def test_dates_are_included_at_both_ends(staff, diary, dates, expected):
    assert shown(staff, **dates) == expected


@pytest.mark.parametrize(
    "query",
    [
        {"from": "yesterday"},
        {"when": "someday"},
        {"needs": "love"},
        {"nonsense": "1"},
    ],
)
def test_a_filter_that_is_not_understood_leads_back_to_the_list(staff, diary, query):
    answer = staff.get(LIST, query)

    assert answer.status_code == 302
    assert answer["Location"] == f"{LIST}?e=1"


def test_what_needs_somebody_is_what_figures_count(staff, bank):
    people = {"office": bank.office, "advisor": bank.advisor, "subject": bank.subject}
    states = {
        "VERDUE2222": ("confirmed", NOW - 3 * DAY),
        "VERDUE3333": ("confirmed", NOW - HOUR),  # it ends now
        "STLLRUNSSS": ("confirmed", NOW - HOUR / 2),
        "CLSEDDDDDD": ("completed", NOW - DAY),
        "WATSSSSSSS": ("requested", NOW + DAY),
        "LAPSEDDDDD": ("requested", NOW - HOUR),
        "CMNGGGGGGG": ("confirmed", NOW + 2 * DAY),
    }
    for reference, (status, starts_at) in states.items():
        AppointmentFactory(
            reference=reference,
            status=status,
            starts_at=starts_at,
            busy=False,
            **people,
        )

    assert shown(staff, needs="outcome") == ["VERDUE2222", "VERDUE3333"]
    assert shown(staff, needs="answer") == ["WATSSSSSSS"]
    rows = Appointment.objects.all()
    assert needs_outcome(rows, now=NOW).count() == 2
    assert waits_for_answer(rows, now=NOW).count() == 1


def test_segments_statuses_and_what_was_booked_narrow_the_list(staff, bank):
    for code in ("HIGH", "LOW"):
        SegmentFactory(code=code)
    ghent = open_office(code="ghent", name="Ghent Korenmarkt")
    other = SubjectFactory(category=bank.category)
    hanne = working_advisor(ghent, other, first_name="Hanne")
    mine = {"office": bank.office, "advisor": bank.advisor, "subject": bank.subject}
    theirs = {"office": ghent, "advisor": hanne, "subject": other}
    AppointmentFactory(reference="HGHHHHHHHH", segment_codes=["HIGH", "B2B"], **mine)
    AppointmentFactory(reference="LWWWWWWWWW", segment_codes=["LOW"], **theirs)
    AppointmentFactory(
        reference="GENERALLLL",
        status="cancelled",
        channel="phone",
        starts_at=NOW + DAY,
        **mine,
    )

    assert shown(staff, segment="HIGH") == ["HGHHHHHHHH"]
    assert shown(staff, segment="NO_SUCH") == []
    assert shown(staff, segment="-") == ["GENERALLLL"]
    assert shown(staff, channel__exact="phone") == ["GENERALLLL"]
    assert shown(staff, office__id__exact=ghent.pk) == ["LWWWWWWWWW"]
    assert shown(staff, advisor__id__exact=hanne.pk) == ["LWWWWWWWWW"]
    assert shown(staff, subject__id__exact=other.pk) == ["LWWWWWWWWW"]
    assert shown(staff, status__exact="cancelled") == ["GENERALLLL"]
    both = shown(staff, status__exact=["confirmed", "cancelled"], segment="-")
    assert both == ["GENERALLLL"]
    assert shown(staff, q="HGHH") == ["HGHHHHHHHH"]


def test_a_line_says_when_who_what_with_whom(staff, bank):
    AppointmentFactory(
        reference="HGHHHHHHHH",
        segment_codes=["HIGH", "B2B"],
        office=bank.office,
        advisor=bank.advisor,
        subject=bank.subject,
    )

    page = staff.get(LIST).content.decode()

    for text in (
        *("Mon 4 May 2026", "11:00-12:00", "Confirmed", "Max Murdoch", "HGHHHHHHHH"),
        *("Mortgage", "Video call", "Eva Peeters", "Antwerp Meir", "HIGH, B2B"),
    ):
        assert text in page, text


def test_the_list_costs_the_same_for_few_and_for_many(staff, bank):
    def queries():
        with CaptureQueriesContext(connection) as found:
            staff.get(LIST, {"when": "coming"})
        return len(found)

    def more(count, since):
        for number in range(count):
            AppointmentFactory(
                subject=SubjectFactory(category=bank.category),
                office=bank.office,
                advisor=bank.advisor,
                starts_at=NOW + (since + number) * DAY,
            )

    more(2, 1)
    queries()
    few = queries()
    more(20, 10)
    queries()  # new subjects: the standing data is read anew

    assert queries() == few <= 22
