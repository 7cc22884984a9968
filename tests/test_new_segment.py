"""A business user makes VIP_GHENT: from the empty page to a booked Sunday."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from directory.models import Office, Subject
from scheduling.models import Appointment
from segments.models import Segment
from tests.browser_form import posted
from tests.demo import ADDRESS, BRUSSELS, PERSON, answer, enter, slot_text, times
from tests.factories import AdministratorFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo")]

NEW_PAGE = "admin:segments_segment_add"
GHENT = {"street": "Korenmarkt 2", "postal_code": "9000", "city": "Gent"}


@pytest.fixture
def staff(client):
    client.force_login(AdministratorFactory())
    return client


def typed(page) -> dict:
    """Return the empty page filled in: two channels, seniors, Sunday mornings."""
    investment = Subject.objects.get(code="investment-advice")
    ghent = Office.objects.get(code="ghent")
    return posted(page) | {
        "code": "VIP_GHENT",
        "name": "Very important people in Ghent",
        "is_signed_only": "on",
        "offers-TOTAL_FORMS": "1",
        "offers-0-what": f"subject-{investment.pk}",
        "offers-0-channels": ["video", "on_location"],
        "rules-TOTAL_FORMS": "1",
        "rules-0-office": str(ghent.pk),
        "rules-0-ranks": ["1"],
        "rules-0-extra_hours": "Sunday 10:00-13:00",
    }


def make_segment(staff) -> Segment:
    """Look, save, and confirm what it does."""
    address = reverse(NEW_PAGE)
    asked = staff.post(address, typed(staff.get(address)))
    if asked.status_code == 200:
        assert not Segment.objects.filter(code="VIP_GHENT").exists()
        saved = staff.post(address, posted(asked) | {"_sure": "1"})
        assert saved.status_code == 302
    return Segment.objects.get(code="VIP_GHENT")


def signed_link(staff) -> str:
    """Return the link that the builder signs, with a code to scan beside it."""
    builder = reverse("links:builder")
    page = staff.get(builder, {"segment": "VIP_GHENT"})
    key = next(kid for kid, _ in page.context["form"].fields["key"].choices if kid)
    result = staff.post(builder, posted(page) | {"kind": "signed", "key": key})
    assert result.status_code == 200
    assert result.context["result"].qr is not None
    return result.context["result"].address


def opened(client, link: str) -> str:
    """Return the second step behind the link: the first offers one subject."""
    subject = enter(client, link.partition("?")[2])
    return answer(client, subject, subject="investment-advice")


def sundays(starts: list[datetime]) -> list[str]:
    return [
        f"{wall:%H:%M}"
        for wall in (start.astimezone(BRUSSELS) for start in starts)
        if wall.isoweekday() == 7
    ]


def test_the_new_segment_is_seen_before_it_is_saved_then_linked_and_booked(
    staff, client
):
    address = reverse(NEW_PAGE)
    looked = staff.post(address, typed(staff.get(address)) | {"_look": "1"})
    (group,) = looked.context["panel"].groups
    (seen,) = group.subjects
    assert seen.subject.code == "investment-advice"
    assert [one.channel for one in seen.channels] == ["video", "on_location"]
    assert not Segment.objects.filter(code="VIP_GHENT").exists()

    segment = make_segment(staff)
    link = signed_link(staff)
    client.logout()

    assert client.get("/schedule/?segment=VIP_GHENT").status_code == 404
    place = opened(client, link)
    page = answer(client, place, channel="video", office="ghent")
    sunday = (timezone.now().astimezone(BRUSSELS) + timedelta(days=4)).date()
    starts = times(client, page, sunday.isoformat())
    # An hour's meeting on the quarter: the last one starts at 12:00.
    assert sundays(starts)[0] == "10:00"
    assert sundays(starts)[-1] == "12:00"
    start = next(one for one in starts if one.astimezone(BRUSSELS).isoweekday() == 7)
    details = answer(client, page, slot=slot_text(start))
    answer(client, details, **PERSON)

    booked = Appointment.objects.get(segment_codes=["VIP_GHENT"])
    assert booked.starts_at == start
    assert booked.is_signed
    assert (
        booked.advisor.expertise.get(subject=booked.subject, office=booked.office).rank
        == 1
    )
    assert segment.offers.count() == 1


def test_at_home_it_reaches_whom_ghent_reaches(staff, client):
    make_segment(staff)
    link = signed_link(staff)
    client.logout()

    place = opened(client, link)
    refused = client.post(
        place, {"channel": "on_location", **ADDRESS, "postal_code": "1"}
    )
    assert refused.status_code == 422
    page = answer(client, place, channel="on_location", **GHENT)

    assert times(client, page)
