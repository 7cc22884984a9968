"""Who sees which insights; the files equal the screen; the cost is constant."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from directory.grants import Role
from directory.models import Advisor
from scheduling.insights.all_tables import TABLES
from segments.models import Segment
from tests.factories import (
    NINE,
    AppointmentFactory,
    SegmentFactory,
    StepCountFactory,
    SubjectFactory,
    UnmetDemandFactory,
    make_bank,
    open_office,
    staff_with,
    working_advisor,
)
from tests.scheduling.insights.asking import (
    APRIL_TO_MAY,
    administrator,
    cells_on,
    client_of,
    file_rows,
    page,
    rows,
    table,
)

MEETINGS = {"time", "segment", "subject", "channel", "office", "advisor", "lead-time"}


@pytest.fixture
def world(db):
    """Return a meeting of Eva's in Antwerp, two in Ghent, visits, and unmet demand."""
    bank = make_bank()
    ghent = open_office(code="ghent", name="Ghent Korenmarkt")
    hanne = working_advisor(ghent, bank.subject, code="hanne", first_name="Hanne")
    tom = working_advisor(bank.office, bank.subject, code="tom", first_name="Tom")
    common = {"subject": bank.subject, "busy": False, "segment_codes": ["HIGH"]}
    AppointmentFactory(office=bank.office, advisor=bank.advisor, **common)
    AppointmentFactory(office=bank.office, advisor=tom, **common)
    AppointmentFactory(office=ghent, advisor=hanne, **common)
    AppointmentFactory(office=ghent, advisor=hanne, **common)
    SegmentFactory(code="HIGH", name="High value")
    StepCountFactory(step="start", count=3)
    UnmetDemandFactory(count=1)
    UnmetDemandFactory(count=2, office=bank.office, subject=bank.subject)
    UnmetDemandFactory(count=4, office=ghent, subject=bank.subject)
    return bank


def count(client):
    return sum(int(row[1]) for row in rows(client, "time"))


def shown(client):
    return {one.slug for one, _ in page(client).context["tables"]}


def test_administrators_and_planners_see_everything(world):
    for role in (Role.ADMINISTRATOR, Role.PLANNER):
        client = client_of(staff_with(role, username=role.value))

        assert shown(client) == set(TABLES)
        assert count(client) == 4
        assert [row[-1] for row in rows(client, "unmet-demand")] == ["4", "2", "1"]


def test_an_office_manager_sees_the_office(world):
    manager = staff_with(Role.OFFICE_MANAGER, offices=[world.office], username="m")
    client = client_of(manager)

    assert shown(client) == {*MEETINGS, "unmet-demand"}
    assert count(client) == 2
    assert [row[0] for row in rows(client, "office")] == ["Antwerp Meir"]
    assert [row[-1] for row in rows(client, "unmet-demand")] == ["2"]
    text = page(client).content.decode()
    assert "Ghent" not in text
    assert "Hanne" not in text
    assert client.get("/admin/insights/funnel.csv").status_code == 403


def test_an_advisor_sees_their_own_meetings(world):
    user = staff_with(Role.ADVISOR, username="eva")
    Advisor.objects.filter(pk=world.advisor.pk).update(user=user)
    client = client_of(user)

    assert shown(client) == MEETINGS
    assert count(client) == 1
    assert [row[0] for row in rows(client, "advisor")] == ["Eva Peeters"]
    text = page(client).content.decode()
    assert "Ghent" not in text
    assert "High value" not in text  # segments are not theirs to read
    for slug in ("funnel", "unmet-demand"):
        assert client.get(f"/admin/insights/{slug}.csv").status_code == 403


def test_an_advisor_who_runs_an_office_sees_both(world):
    user = staff_with(
        Role.ADVISOR, Role.OFFICE_MANAGER, offices=[world.office], username="both"
    )
    Advisor.objects.filter(code="hanne").update(user=user)
    client = client_of(user)

    assert count(client) == 4
    assert [row[-1] for row in rows(client, "unmet-demand")] == ["2"]


def test_staff_without_a_role_see_nothing(world):
    client = client_of(staff_with(username="idle"))

    assert page(client).status_code == 403
    assert client.get("/admin/insights/time.csv").status_code == 403


def test_another_offices_filter_is_refused(world):
    manager = staff_with(Role.OFFICE_MANAGER, offices=[world.office], username="m")

    for query in ({"office": "ghent"}, {"advisor": "hanne"}):
        answer = page(client_of(manager), **query)
        assert answer.status_code == 422
        assert "tables" not in answer.context


# Files.


@pytest.mark.parametrize("query", [{}, {"office": "ghent"}, {"segment": "HIGH"}])
def test_every_file_equals_the_screen(world, query):
    client = administrator()
    answer = page(client, **query)
    screen = cells_on(answer)

    for one, url in answer.context["tables"]:
        file = file_rows(client, one.slug, **query)
        drawn = screen.get(one.slug, [list(one.headers)])
        width = len(one.headers)  # beside them stand links
        assert file == [row[:width] for row in drawn], one.slug
        same = client.get(url).content.decode("utf-8-sig").splitlines()
        assert len(same) == len(file)


def test_a_file_is_named_after_its_dates_and_not_stored(world):
    answer = administrator().get("/admin/insights/subject.csv", APRIL_TO_MAY)

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == (
        'attachment; filename="insights-subject-2026-04-01-2026-05-31.csv"'
    )
    assert "no-store" in answer["Cache-Control"]


def test_no_cell_is_a_formula(world):
    subject = SubjectFactory(code="evil", name="=1+1")
    AppointmentFactory(subject=subject, busy=False)

    assert "'=1+1" in [row[0] for row in file_rows(administrator(), "subject")]


def test_an_unknown_file_is_not_there(world):
    assert administrator().get("/admin/insights/nothing.csv").status_code == 404


# Cost.


def queries_of(client):
    page(client)  # what is kept in memory is loaded
    with CaptureQueriesContext(connection) as queries:
        assert page(client).status_code == 200
    return len(queries)


def test_queries_are_constant_and_few(world):
    client = administrator()
    few = queries_of(client)
    for number in range(8):
        office = open_office(code=f"office-{number}")
        subject = SubjectFactory(code=f"subject-{number}")
        for advisor in range(3):
            AppointmentFactory(
                office=office,
                subject=subject,
                advisor=working_advisor(office, subject, code=f"a-{number}-{advisor}"),
                segment_codes=[f"S{number}", "HIGH"],
                starts_at=NINE + timedelta(days=number),
                busy=False,
            )
        UnmetDemandFactory(office=office, subject=subject, segment_codes=f"S{number}")
        SegmentFactory(code=f"S{number}")
    many = queries_of(client)

    assert Segment.objects.count() == 9
    assert table(page(client), "advisor").rows[-1]
    assert few == many == 20  # one for each table, the rest for who asks
