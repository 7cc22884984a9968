"""The first page of the back office: every figure equals the list behind it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from directory.grants import Role
from directory.models import Advisor
from scheduling.messages import NOT_AN_ADDRESS, REFUSED_ADDRESS
from tests.factories import (
    NOW,
    AppointmentFactory,
    LinkProblemFactory,
    MessageFactory,
    SegmentFactory,
    SubjectFactory,
    make_bank,
    open_office,
    staff_with,
    working_advisor,
)
from tests.scheduling.insights.asking import administrator, client_of

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NEEDS_OF_ALL = {
    "Requests to answer",
    "Meetings without an outcome",
    "Mails that could not be sent",
    "Mails still on their way",
}
NEEDS_OF_ADMINISTRATORS = {
    *NEEDS_OF_ALL,
    "Broken links",
    "Failing jobs",
    "Segments that offer nothing",
}


@pytest.fixture
def bank(db):
    return make_bank()


def at_home(client):
    answer = client.get(reverse("admin:index"))
    assert answer.status_code == 200
    return answer


def needs(client):
    context = at_home(client).context
    return {one.label: one for one in (*context["needs"], *context["quiet"])}


def numbers(client):
    return {one.label: one for one in at_home(client).context["numbers"]}


def listed(client, url):
    """Return how many rows a list shows, after it took the address as it is."""
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.context["cl"].queryset.count()


def job(status, attempts):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, attempts)"
            " VALUES ('mail', 'scheduling.send_message', %s, %s)",
            [status, attempts],
        )


def full_day(office, advisor, subject):
    """Make at least one row of everything that is counted of meetings, and one not."""
    common = {"office": office, "advisor": advisor, "subject": subject, "busy": False}
    rows = {
        "today": AppointmentFactory(starts_at=NOW + 2 * HOUR, **common),
        "over": AppointmentFactory(starts_at=NOW - 2 * DAY, **common),
        "asked": AppointmentFactory(starts_at=NOW + DAY, status="requested", **common),
        "missed": AppointmentFactory(
            starts_at=NOW - 3 * DAY, status="no_show", **common
        ),
        "held": AppointmentFactory(
            starts_at=NOW - 4 * DAY, status="completed", **common
        ),
        "long ago": AppointmentFactory(
            starts_at=NOW - 40 * DAY, status="no_show", **common
        ),
        "cancelled": AppointmentFactory(
            starts_at=NOW + HOUR, status="cancelled", **common
        ),
    }
    MessageFactory(
        appointment=rows["today"], skipped=NOT_AN_ADDRESS, created_at=NOW - DAY
    )
    MessageFactory(
        appointment=rows["over"], skipped=REFUSED_ADDRESS, created_at=NOW - DAY
    )
    MessageFactory(
        appointment=rows["asked"], skipped=NOT_AN_ADDRESS, created_at=NOW - 40 * DAY
    )
    MessageFactory(appointment=rows["held"], skipped="Outdated: moved.")
    MessageFactory(appointment=rows["missed"], created_at=NOW - 2 * HOUR)
    MessageFactory(appointment=rows["asked"], revision=1, created_at=NOW - HOUR / 2)
    return rows


@pytest.fixture
def busy_bank(bank):
    """Return a bank where everything waits, in Antwerp and in Ghent."""
    full_day(bank.office, bank.advisor, bank.subject)
    ghent = open_office(code="ghent", name="Ghent Korenmarkt")
    hanne = working_advisor(ghent, bank.subject, code="hanne")
    full_day(ghent, hanne, bank.subject)
    LinkProblemFactory(day=NOW.date() - 6 * DAY)
    LinkProblemFactory(day=NOW.date() - 7 * DAY, origin="https://old.example")
    for status, attempts in (
        ("todo", 0),
        ("todo", 3),
        ("failed", 16),
        ("succeeded", 1),
        ("doing", 0),
    ):
        job(status, attempts)
    SegmentFactory(code="EMPTY")
    SegmentFactory(code="NOBODY").offers.create(subject=SubjectFactory(code="odd"))
    SegmentFactory(code="GOOD").offers.create(subject=bank.subject)
    SegmentFactory(code="OFF", is_active=False)
    SegmentFactory(code="OVER", valid_until=NOW - DAY)
    return bank


def people_of(bank):
    eva = staff_with(Role.ADVISOR, username="eva")
    Advisor.objects.filter(pk=bank.advisor.pk).update(user=eva)
    return {
        "administrator": staff_with(Role.ADMINISTRATOR, username="admin"),
        "manager": staff_with(
            Role.OFFICE_MANAGER, offices=[bank.office], username="manager"
        ),
        "advisor": eva,
        "planner": staff_with(Role.PLANNER, username="planner"),
    }


EXPECTED = {
    "administrator": 2,
    "manager": 1,
    "advisor": 1,
    "planner": 2,
}


@pytest.mark.parametrize("who", EXPECTED)
def test_each_figure_equals_the_list_that_it_leads_to(busy_bank, who):
    client, times = client_of(people_of(busy_bank)[who]), EXPECTED[who]
    found = needs(client)

    labels = NEEDS_OF_ADMINISTRATORS if who == "administrator" else NEEDS_OF_ALL
    assert set(found) == labels
    figures = {label: int(one.text) for label, one in found.items()}
    expected = {
        "Requests to answer": times,
        "Meetings without an outcome": times,
        "Mails that could not be sent": 2 * times,
        "Mails still on their way": times,
        "Broken links": 1,
        "Failing jobs": 2,
        "Segments that offer nothing": 2,
    }
    assert figures == {label: expected[label] for label in labels}
    for label, one in found.items():
        assert listed(client, one.url) == figures[label], label


@pytest.mark.parametrize("who", EXPECTED)
def test_numbers_and_meetings_equal_their_lists(busy_bank, who):
    client, times = client_of(people_of(busy_bank)[who]), EXPECTED[who]
    context = at_home(client).context
    found = numbers(client)

    assert context["meeting_count"] == times
    assert listed(client, context["meetings_url"]) == times
    missed = found["No-shows of the last 30 days"]
    assert (missed.text, listed(client, missed.url)) == (str(times), times)
    assert missed.note == f"50.0%: {times} of {2 * times} with an outcome."
    fill = found["Fill rate of the coming 7 days"]
    assert fill.note.startswith(f"{2 * times} meetings; ")
    assert listed(client, fill.url) == 2 * times


def test_what_waits_is_above_what_does_not(bank):
    AppointmentFactory(starts_at=NOW + DAY, status="requested")
    context = at_home(administrator()).context

    assert [one.label for one in context["needs"]] == ["Requests to answer"]
    assert len(context["quiet"]) == len(NEEDS_OF_ADMINISTRATORS) - 1


def test_where_nothing_waits_the_lists_are_empty_too(bank):
    client = administrator()

    found = needs(client)
    assert {one.text for one in found.values()} == {"0"}
    assert {listed(client, one.url) for one in found.values()} == {0}
    assert "Nothing waits for you" in at_home(client).content.decode()


def test_todays_meetings_come_in_order_in_the_offices_time(bank):
    common = {"office": bank.office, "advisor": bank.advisor, "subject": bank.subject}
    now = AppointmentFactory(starts_at=NOW - HOUR / 2, **common)
    AppointmentFactory(starts_at=NOW - 2 * HOUR, **common)
    later = AppointmentFactory(starts_at=NOW + 3 * HOUR, **common)
    AppointmentFactory(starts_at=datetime(2026, 4, 29, 22, 0, tzinfo=UTC), **common)
    answer = at_home(administrator())

    assert answer.context["day"] == "Wednesday 29 April 2026"
    assert answer.context["meeting_count"] == 3
    assert [(one.time, one.state) for one in answer.context["meetings"]] == [
        ("09:30\u201310:30", "now"),
        ("13:00\u201314:00", "next"),
    ]
    assert [one.url for one in answer.context["meetings"]] == [
        reverse("admin:scheduling_appointment_change", args=[row.pk])
        for row in (now, later)
    ]


def test_the_fill_rate_is_booked_among_working_hours(bank):
    AppointmentFactory(office=bank.office, advisor=bank.advisor, subject=bank.subject)
    client = administrator()

    table = at_home(client).context["table"]
    booked = [row[1] for row in table.rows]
    assert booked == ["0", "0", "0", "0", "0", "1", "0"]
    assert table.rows[5][0] == "Mon 4 May"
    working = sum(float(row[2]) for row in table.rows)
    fill = numbers(client)["Fill rate of the coming 7 days"]
    assert fill.text == f"{1 / working:.1%}"
    assert fill.note == f"1 meeting; 1 of {working:g} hours booked."


def test_staff_without_a_role_are_told_so(bank):
    answer = at_home(client_of(staff_with(username="idle")))

    assert "You have no role yet" in answer.content.decode()
    assert "needs" not in answer.context


def test_the_sidebar_leads_to_today_and_to_insights(bank):
    for who, leads in ((Role.PLANNER, True), (None, False)):
        user = staff_with(*([who] if who else []), username=str(who))
        groups = at_home(client_of(user)).context["sidebar_navigation"]
        links = {
            str(item["link"]): item["active"]
            for item in groups[0]["items"]
            if item["has_permission"]
        }
        assert links["/admin/"] is True
        assert ("/admin/insights/" in links) == leads


def test_queries_are_constant(busy_bank):
    client = administrator()
    at_home(client)
    with CaptureQueriesContext(connection) as few:
        at_home(client)
    for number in range(6):
        office = open_office(code=f"o{number}")
        advisor = working_advisor(office, busy_bank.subject, code=f"a{number}")
        full_day(office, advisor, busy_bank.subject)
        SegmentFactory(code=f"S{number}")
    at_home(client)
    with CaptureQueriesContext(connection) as many:
        at_home(client)

    assert len(few) == len(many) == 23
