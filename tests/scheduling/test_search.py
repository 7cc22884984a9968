"""Searching everything from the sidebar: what each role finds, and what it costs."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from directory.models import User
from tests import factories
from tests.roles import more_rows

SEARCH = reverse("search:page")


@pytest.fixture
def world(world_of_roles):
    return world_of_roles


@pytest.fixture
def ask(client, world):
    """Return a search as one of the people; it answers titles by kind."""

    def ask(letter, words, **headers):
        client.force_login(User.objects.get(pk=world.people[letter].pk))
        page = client.get(SEARCH, {"s": words}, headers=headers)
        assert page.status_code == 200
        return {
            group.title: [hit.title for hit in group.hits]
            for group in page.context["groups"]
        }

    return ask


@pytest.mark.parametrize("letter", "amepi")
@pytest.mark.parametrize(
    ("words", "kind", "here", "finders"),
    [
        ("GHENTSGEHE", "Appointments", "GHENTSGEHE: Mortgage", "ap"),
        ("antwerpher", "Appointments", "ANTWERPHER: Mortgage", "amep"),
        ("gantois@example.com", "Customers", "Greet Gantois", "ap"),
        ("greet gan", "Customers", "Greet Gantois", "ap"),
        ("mortgage", "Subjects", "Mortgage", "amep"),
        ("closures", "Pages", "Closures and holidays", "amp"),
    ],
)
def test_each_role_finds_what_it_may_see(ask, letter, words, kind, here, finders):
    found = ask(letter, words)

    if letter in finders:
        assert set(found[kind]) == {here}
    else:
        assert kind not in found


@pytest.mark.parametrize("letter", "amepi")
def test_segments_are_found_by_code_and_by_name(ask, letter):
    factories.SegmentFactory(code="VIP_GHENT", name="Very important people")

    for words in ("vip_g", "important"):
        found = ask(letter, words)
        expected = ["VIP_GHENT (Very important people)"] if letter in "amp" else []
        assert found.get("Segments", []) == expected


def test_a_hit_says_when_and_who_and_leads_to_its_page(client, world):
    meeting = world.here["scheduling.appointment"]
    client.force_login(world.people["m"])

    page = client.get(SEARCH, {"s": meeting.reference})

    [hit] = page.context["groups"][0].hits
    assert hit.about == "Mon 04 May 2026, 11:00, Max Murdoch, Confirmed"
    assert hit.address == reverse(
        "admin:scheduling_appointment_change", args=[meeting.pk]
    )
    assert client.get(hit.address).status_code == 200


def test_more_than_a_handful_is_left_to_the_list(client, world):
    more_rows(world, 7)
    client.force_login(world.people["m"])

    group = client.get(SEARCH, {"s": "ANTWERPHE"}).context["groups"][0]

    assert len(group.hits) == 6
    listed = client.get(group.more).context["cl"]
    assert listed.queryset.count() == 8


@pytest.mark.parametrize("words", ["", "a", " a ", "a" * 101])
def test_too_little_and_too_much_is_not_searched_for(ask, words):
    assert ask("a", words) == {}


def test_odd_words_find_nothing_and_break_nothing(ask):
    for words in ("%%", "__", "' OR 1=1", '"a b', "\\\\", "<b>x"):
        assert ask("a", words) == {}


def test_the_field_gets_a_box_and_a_visitor_without_scripts_a_page(client, world):
    client.force_login(world.people["a"])

    box = client.get(SEARCH, {"s": "greet"}, headers={"HX-Request": "true"})
    page = client.get(SEARCH, {"s": "greet"})

    assert b"<html" not in box.content
    assert b"Greet Gantois" in box.content
    assert page.content.count(b"<h1") == 1
    assert b"Greet Gantois" in page.content


def test_it_costs_the_same_for_few_rows_and_for_many(client, world):
    client.force_login(world.people["m"])
    costs = []
    for count in (0, 7):
        more_rows(world, count)
        client.get(SEARCH)  # loads the changed catalogue, once
        with CaptureQueriesContext(connection) as queries:
            client.get(SEARCH, {"s": "an"})
        costs.append(len(queries))

    assert costs[0] == costs[1] <= 14
