"""Two segments side by side."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from directory.grants import Role
from directory.models import Office
from scheduling.comparing import Difference, differences, rows
from scheduling.queries import Wish, board
from segments.models import AvailabilityRule
from segments.queries import segments_data
from tests.demo import DEMO_NOW
from tests.factories import AdministratorFactory, staff_with
from tests.tables import all_rows

DAY = DEMO_NOW.date()
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo")]


def compared(a, b):
    data = segments_data()
    return differences(data.policy([a]), data.policy([b]), day=DAY)


def test_low_against_high_lists_exactly_what_high_has():
    assert compared("LOW", "HIGH") == [
        Difference("channel", "mortgage video", "Video call for Mortgage", 1),
        Difference("channel", "mortgage on_location", "At your place for Mortgage", 1),
        Difference(
            "extras",
            "antwerp video Saturday and Sunday 10:00-16:00",
            "Extra hours, video call, Antwerp Meir: Saturday and Sunday 10:00-16:00",
            1,
        ),
        Difference(
            "ranks",
            "regular and junior advisors / seniors only",
            "More senior advisors: seniors only instead of regular and junior advisors",
        ),
        Difference(
            "notices",
            "3 working days / 2 hours",
            "Shorter notice: 2 hours instead of 3 working days",
        ),
    ]


def test_the_other_way_round_it_is_the_first_that_has_more():
    found = compared("HIGH", "LOW")

    assert [(one.kind, one.only) for one in found] == [
        ("channel", 0),
        ("channel", 0),
        ("extras", 0),
        ("ranks", None),
        ("notices", None),
    ]
    assert found[-1].sentence == "Longer notice: 3 working days instead of 2 hours"


def test_a_child_that_only_asks_for_signatures_differs_in_nothing():
    assert compared("HIGH", "HIGH_SIGNED") == []


def test_subjects_that_one_lacks_are_told_once():
    found = compared("CUSTOMER_STANDARD", "B2C_Categories")

    assert [(one.kind, one.what, one.only) for one in found] == [
        ("subject", "mortgage", 1)
    ]


def test_slots_and_first_times_are_those_of_the_wizard():
    data = segments_data()
    one, other = data.policy(["LOW"]), data.policy(["HIGH"])

    found = {row.channel: row for row in rows(one, other, now=DEMO_NOW)}

    assert list(found) == ["office", "phone", "video", "on_location"]
    subject = data.catalogue.subject("mortgage")
    phone = board(
        Wish(policy=other, subject_id=subject.id, channel="phone"),
        now=DEMO_NOW,
        first=DEMO_NOW,
        last=DEMO_NOW + timedelta(days=30),
    ).starts()
    assert found["phone"].sides[1].first == phone[0]
    assert found["phone"].sides[1].slots == len(phone) > 100
    assert found["video"].sides[0].slots is None
    assert found["on_location"].sides[1].slots > 0
    assert "notices" in found["phone"].differing


def test_the_page_shows_it_and_writes_nothing(client):
    client.force_login(AdministratorFactory())
    before = all_rows()

    response = client.get(reverse("compare-segments"), {"a": "LOW", "b": "HIGH"})

    page = response.content.decode()
    assert response.status_code == 200
    assert response.context["differences"] == compared("LOW", "HIGH")
    assert "Shorter notice: 2 hours instead of 3 working days" in page
    assert "≠ not offered" in page
    assert all_rows() == before


def test_general_scheduling_can_be_one_of_the_two(client):
    client.force_login(AdministratorFactory())

    response = client.get(reverse("compare-segments"), {"a": "LOW", "b": "-"})

    kinds = [one.kind for one in response.context["differences"] if one.only == 1]
    assert kinds[:2] == ["subject", "subject"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 200),
        ({"a": "LOW"}, 422),
        ({"a": "LOW", "b": "low"}, 422),
        ({"a": "LOW", "b": "<script>"}, 422),
    ],
)
def test_what_is_no_code_is_refused_with_the_page(client, query, status):
    client.force_login(AdministratorFactory())

    response = client.get(reverse("compare-segments"), query)

    assert response.status_code == status
    assert "is_compared" not in response.context


def test_it_opens_to_those_who_see_the_rules_of_every_office(client):
    address = reverse("compare-segments")
    statuses = {}

    for role in Role:
        offices = Office.objects.filter(code="antwerp")
        client.force_login(staff_with(role, offices=offices))
        statuses[role] = client.get(address).status_code

    assert statuses == {
        Role.ADMINISTRATOR: 200,
        Role.OFFICE_MANAGER: 403,
        Role.ADVISOR: 403,
        Role.PLANNER: 200,
    }
    client.logout()
    assert client.get(address).status_code == 302


def test_many_pairs_cost_as_many_queries_as_few(client):
    client.force_login(AdministratorFactory())

    def cost(a, b):
        address = reverse("compare-segments")
        client.get(address, {"a": a, "b": b})
        with CaptureQueriesContext(connection) as found:
            client.get(address, {"a": a, "b": b})
        return len(found)

    AvailabilityRule.objects.filter(segment__code="LOW").update(notice_working_days=1)
    assert cost("AVERAGE", "HIGH") == cost("B2C_Categories", "CUSTOMER_PREMIUM")
