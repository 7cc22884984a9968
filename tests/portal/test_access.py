"""The portal's doors: only what is one's own, and only behind the sign-in."""

import pytest
import time_machine
from django.test import Client

from tests.factories import (
    NOW,
    AdministratorFactory,
    BannerFactory,
    CustomerFactory,
    DocumentFactory,
    UserFactory,
)
from tests.portal.home import address, everything

OWN = ("/portal/", "/portal/meetings/", "/portal/schedule/", "/portal/offers/banner/")
OF_A_MEETING = (
    "meeting",
    "change-meeting",
    "cancel-meeting",
    "edit-meeting",
    "follow-up",
    "calendar",
    "documents",
    "documents-zip",
)


@pytest.fixture
def paths(home):
    """Every page of Max's: his own ones, and those of his meeting."""
    home.banner()
    meeting = home.meeting()
    document = DocumentFactory(appointment=meeting)
    paths = [*OWN, *(address(name, meeting) for name in OF_A_MEETING)]
    file = f"{address('documents', meeting)}{document.pk}/"
    return [*paths, file, f"{file}remove/"]


@pytest.fixture
def nate(home):
    """Another customer, of the same segment, office and advisor."""
    return CustomerFactory(
        user=UserFactory(username="nate"),
        first_name="Nate",
        preferred_office=home.bank.office,
        preferred_advisor=home.bank.advisor,
    )


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.parametrize("method", ["get", "head", "post"])
def test_without_a_sign_in_every_page_leads_to_it_and_back(client, paths, method):
    before = everything()

    for path in paths:
        found = getattr(client, method)(path)
        if found.status_code == 405:
            continue  # nothing to post there
        assert found.status_code == 302, path
        assert found["Location"] == f"/portal/sign-in/?next={path}"
    assert everything() == before


@pytest.mark.parametrize("method", ["get", "head", "post"])
def test_somebody_elses_meeting_is_not_there(client, paths, nate, method):
    client.force_login(nate.user)
    before = everything()

    for path in paths[len(OWN) - 1 :]:  # the banner, and all of the meeting
        found = getattr(client, method)(path)
        if found.status_code == 405:
            continue
        assert found.status_code == 404, path
        assert "Max" not in found.content.decode()
    assert everything() == before


def test_somebody_elses_meeting_looks_like_one_that_never_was(client, home, nate):
    client.force_login(nate.user)

    for name in OF_A_MEETING:
        path = address(name, home.meeting())
        theirs = client.get(path)
        nobodys = client.get(path.replace(path.split("/")[3], "ABCDEFGHJK"))
        assert theirs.status_code == nobodys.status_code == 404
        assert theirs.content == nobodys.content


def test_nothing_of_maxs_is_on_nates_pages(client, home, paths, nate):
    client.force_login(nate.user)

    overview, meetings = client.get("/portal/"), client.get("/portal/meetings/")

    assert overview.context["next_meeting"] is None
    assert overview.context["past"] == overview.context["documents"] == []
    assert overview.context["offers"] == []
    assert list(meetings.context["page"].object_list) == []


@pytest.mark.parametrize("person", [UserFactory, AdministratorFactory])
def test_who_is_nobodys_customer_finds_nothing(client, paths, person):
    client.force_login(person())
    before = everything()

    for path in paths:
        assert client.get(path).status_code == 404
    assert everything() == before


def test_a_post_needs_the_token_of_our_own_page(home, paths):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(home.customer.user)
    before = everything()

    for path in paths:
        found = strict.post(path)
        assert found.status_code in (403, 405), path
    assert everything() == before


def test_too_many_posts_are_told_to_wait(client, home, settings):
    settings.POSTS_PER_MINUTE = 2
    client.force_login(home.customer.user)

    statuses = [client.post("/portal/schedule/").status_code for _ in range(3)]

    assert statuses == [303, 303, 429]
    assert client.get("/portal/").status_code == 200


def test_pages_speak_the_customers_language(client, home):
    home.customer.language = "nl"
    home.customer.save()
    home.meeting()
    client.force_login(home.customer.user)

    page = client.get("/portal/")

    assert '<html lang="nl">' in page.content.decode()
    assert page.context["next_meeting"].meeting.date == "maandag 4 mei 2026"


def test_an_alien_banner_with_the_same_segment_text_is_not_ones_own(client, home, nate):
    BannerFactory(code="theirs", segment=home.segment, subject=home.bank.subject)
    nate.segment_codes = ["PREMIUM_PLUS"]
    nate.save()
    client.force_login(nate.user)

    assert client.post("/portal/offers/theirs/").status_code == 404
