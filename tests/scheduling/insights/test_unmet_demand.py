"""What visitors did not find is counted: once a flow, and without personal data."""

from datetime import date, timedelta
from threading import Thread

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from directory.queries import catalogue
from scheduling.errors import NotCovered
from scheduling.housekeeping import delete_old_flows
from scheduling.models import Appointment, Flow, StepCount, UnmetDemand
from scheduling.services.flows import answer_place
from scheduling.services.steps import count_unmet
from tests.factories import (
    NOW,
    AppointmentFactory,
    ExpertiseFactory,
    FlowFactory,
    OfficeFactory,
    PostalAreaFactory,
    SegmentFactory,
    SubjectFactory,
    make_bank,
)

TODAY = date(2026, 4, 29)
NO_TIME = UnmetDemand.Reason.NO_TIME


@pytest.fixture
def full_bank(db):
    """Return a bank whose advisor never works."""
    bank = make_bank()
    bank.advisor.week_templates.all().delete()
    return bank


def flow_of(bank, **fields):
    fields = {"channel": "office", "office": bank.office, **fields}
    return FlowFactory(subject=bank.subject, is_place_answered=True, **fields)


def url(flow, step="time"):
    return f"/schedule/{flow.pk}/{step}/"


def rows():
    return list(
        UnmetDemand.objects.order_by("pk").values_list(
            *("day", "reason", "segment_codes"),
            *("subject__code", "channel", "office__code", "count"),
        )
    )


def test_a_time_page_without_any_slot_counts_once(full_bank, client):
    flow = flow_of(full_bank)

    for _ in range(3):
        client.get(url(flow))
    client.post(url(flow), {"slot": ""})

    assert rows() == [
        (TODAY, "no_time", "", full_bank.subject.code, "office", "antwerp", 1)
    ]


def test_flows_that_want_the_same_are_one_row(full_bank, client):
    SegmentFactory(code="HIGH").offers.create(subject=full_bank.subject)
    wanted = {"channel": "video", "office": None, "segment_codes": ["HIGH"]}
    for _ in range(2):
        client.get(url(flow_of(full_bank, **wanted)))
    client.get(url(flow_of(full_bank)))

    code = full_bank.subject.code
    assert rows() == [
        (TODAY, "no_time", "HIGH", code, "video", None, 2),
        (TODAY, "no_time", "", code, "office", "antwerp", 1),
    ]


def test_a_page_with_times_counts_nothing(db, client):
    client.get(url(flow_of(make_bank())))

    assert rows() == []


def test_a_look_at_the_head_counts_nothing(full_bank, client):
    client.head(url(flow_of(full_bank)))

    assert rows() == []


def test_an_advisor_without_times_is_no_unmet_demand_while_others_have_some(db, client):
    bank = make_bank()
    idle = ExpertiseFactory(
        office=bank.office, subject=bank.subject, advisor__code="idle", rank=1
    ).advisor

    page = client.get(url(flow_of(bank)) + f"?advisor={idle.code}")

    assert page.context["week"] == {}
    assert rows() == []


def test_a_link_for_one_advisor_alone_counts(full_bank, client):
    flow = flow_of(
        full_bank, advisor=full_bank.advisor, advisor_mode="only", preset=["advisor"]
    )

    client.get(url(flow))

    assert [row[-1] for row in rows()] == [1]


def test_an_address_that_nobody_visits_counts_as_a_home_visit(db):
    bank = make_bank(channels=["office", "on_location"])
    bank.advisor.expertise.update(channels=["office", "on_location"])
    PostalAreaFactory(office=bank.office, first_code="2000", last_code="2999")
    flow = FlowFactory(subject=bank.subject)

    for code in ("1000", "9000"):
        with pytest.raises(NotCovered):
            answer_place(
                flow,
                channel="on_location",
                office_id=None,
                address={"street": "Rue 1", "postal_code": code, "city": "X"},
                now=NOW,
            )

    assert rows() == [
        (TODAY, "not_covered", "", bank.subject.code, "on_location", None, 1)
    ]
    flow.refresh_from_db()
    assert (flow.channel, flow.is_place_answered) == ("", False)


def test_a_segment_that_offers_nothing_counts_at_the_first_step(db, client):
    make_bank()
    SegmentFactory(code="EMPTY").offers.create(subject=SubjectFactory(code="unstaffed"))

    client.get(url(FlowFactory(segment_codes=["EMPTY"]), "subject"))

    assert rows() == [(TODAY, "nothing", "EMPTY", None, "", None, 1)]


def test_a_subject_that_nobody_takes_counts_at_the_second_step(db, client):
    make_bank()
    flow = FlowFactory(subject=SubjectFactory(code="unstaffed"))

    client.get(url(flow, "place"))

    assert rows() == [(TODAY, "nothing", "", "unstaffed", "", None, 1)]


def test_a_change_of_a_meeting_is_no_demand(full_bank):
    meeting = AppointmentFactory()
    flow = flow_of(full_bank, changes=meeting, changes_revision=0)

    count_unmet(flow, NO_TIME, now=NOW)

    assert rows() == []


def test_the_day_is_the_organisations(full_bank):
    count_unmet(flow_of(full_bank), NO_TIME, now=NOW.replace(hour=22))

    assert rows()[0][0] == date(2026, 4, 30)


def test_it_stays_when_flows_go_and_knows_nothing_about_people(full_bank, client):
    flow = flow_of(full_bank, prefill={"email": "max@example.com"})
    client.get(url(flow))

    delete_old_flows(now=NOW + timedelta(days=30))

    assert not Flow.objects.exists()
    assert len(rows()) == 1
    names = {field.name for field in UnmetDemand._meta.get_fields()}
    assert names == {
        *("id", "day", "reason", "segment_codes", "subject", "channel", "office"),
        "count",
    }


def test_counting_costs_a_query_to_mark_the_flow_and_one_to_count(full_bank):
    flow = flow_of(full_bank)
    catalogue()
    with CaptureQueriesContext(connection) as first:
        count_unmet(flow, NO_TIME, now=NOW)
    with CaptureQueriesContext(connection) as second:
        count_unmet(flow, NO_TIME, now=NOW)

    assert len(first) == 3  # and one for the organisation's zone
    assert len(second) == 0


def test_the_funnel_does_not_count_it(full_bank, client):
    client.get(url(flow_of(full_bank)))

    assert not StepCount.objects.exists()
    assert not Appointment.objects.exists()


def test_a_subject_takes_its_counts_along(admin_client, full_bank):
    other = SubjectFactory(code="other")
    UnmetDemand.objects.create(day=TODAY, reason="no_time", subject=other, count=4)
    kept = UnmetDemand.objects.create(
        day=TODAY, reason="no_time", office=OfficeFactory(code="kept"), count=1
    )

    answer = admin_client.post(
        f"/admin/directory/subject/{other.pk}/delete/", {"post": "yes"}
    )

    assert answer.status_code == 302
    assert list(UnmetDemand.objects.all()) == [kept]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_requests_of_one_flow_at_once_count_once():
    bank = make_bank()
    flow = flow_of(bank)

    def look():
        try:
            count_unmet(Flow.objects.get(pk=flow.pk), NO_TIME, now=NOW)
        finally:
            connection.close()

    threads = [Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [row[-1] for row in rows()] == [1]
