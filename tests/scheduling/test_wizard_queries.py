"""Pages of the wizard cost the same whatever the bank's size, and twelve queries at most."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from directory.models import Organisation
from directory.queries import catalogue
from scheduling.services.holds import hold_slot
from tests.factories import (
    NINE,
    NOW,
    AppointmentFactory,
    FlowFactory,
    PostalPlaceFactory,
    QuestionFactory,
    make_bank,
    open_office,
    working_advisor,
)

MOST = 12


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        yield


@pytest.fixture(params=[1, 20], ids=["one advisor", "twenty advisors"])
def bank(request, db):
    bank = make_bank()
    QuestionFactory(subject=bank.subject, kind="file")
    PostalPlaceFactory()
    for number in range(1, request.param):
        office = open_office(code=f"office-{number}")
        advisor = working_advisor(office, bank.subject, code=f"advisor-{number}")
        AppointmentFactory(
            advisor=advisor, office=office, subject=bank.subject, starts_at=NINE
        )
    return bank


@pytest.fixture
def flow(bank):
    flow = FlowFactory(
        subject=bank.subject,
        channel="video",
        is_place_answered=True,
        advisor=bank.advisor,
        preset=["advisor"],
    )
    hold_slot(flow, start=NINE, now=NOW)
    flow.are_questions_answered = True
    flow.save()
    return flow


PAGES = {
    "subject/": 3,
    "place/": 6,
    "place/?near=2000": 7,
    "time/": 5,
    "time/?date=": 6,
    "time/?date=2026-05-04": 5,
    "time/?date=2026-05-16&advisor=eva-peeters": 5,
    "questions/": 4,
    "details/": 4,
}


@pytest.mark.parametrize(("page", "cost"), PAGES.items())
def test_a_page_costs_the_same_at_every_size(flow, client, page, cost):
    catalogue()

    with CaptureQueriesContext(connection) as queries:
        response = client.get(f"/schedule/{flow.pk}/{page}")

    assert response.status_code == 200
    assert len(queries) == cost, [query["sql"][:200] for query in queries]


def test_a_page_costs_twelve_queries_at_most_after_a_change_of_rules(flow, client):
    Organisation.objects.update(name="Another Bank")

    with CaptureQueriesContext(connection) as queries:
        client.get(f"/schedule/{flow.pk}/time/")

    assert len(queries) <= MOST
