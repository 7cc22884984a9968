"""Ways from the portal into the wizard: all that is known comes along, unseen."""

from datetime import date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine

from directory.models import Customer, Expertise
from portal.services.invitations import Wanted, invite
from scheduling.models import Appointment, Flow
from segments.models import LinkContext
from tests.demo import answer, slot_text, times
from tests.factories import (
    NOW,
    AdvisorFactory,
    CustomerFactory,
    ExpertiseFactory,
    SegmentFactory,
    SegmentOfferFactory,
    SubjectFactory,
    UserFactory,
    open_office,
    working_advisor,
)
from tests.portal.home import DAY, address, everything

SCHEDULE = "/portal/schedule/"


def kept(context: LinkContext) -> dict[str, str]:
    """Return what a context says, without who it is about."""
    about = ("segment", "subject", "office", "advisor", "advisor_mode")
    return {name: value for name, value in context.parameters if name in about}


def started(client, path, **fields) -> Flow:
    """Press a button of the portal and follow it into the wizard."""
    pressed = client.post(path, fields)
    assert pressed.status_code == 303
    entered = client.get(pressed["Location"])
    assert entered.status_code == 302, entered.content.decode()
    return Flow.objects.get(pk=entered["Location"].split("/")[2])


# The address.


def test_the_address_carries_one_opaque_word(as_max, home):
    pressed = as_max.post(SCHEDULE)

    parts = urlsplit(pressed["Location"])
    assert parts.path == "/schedule/"
    ((name, (token,)),) = parse_qs(parts.query).items()
    assert name == "ctx"
    assert len(token) == 43
    context = LinkContext.objects.get()
    assert context.source == "portal"
    assert context.customer == home.customer
    assert context.is_single_use is True
    assert context.expires_at == NOW + timedelta(minutes=15)
    assert token not in str(LinkContext.objects.values())


def test_what_is_known_about_the_customer_waits_on_the_server(as_max, home):
    Customer.objects.update(company="Murdoch Ltd", language="en")
    home.meeting(
        NOW - DAY,
        address={"street": "Meir 1", "postal_code": "2000", "city": "Antwerpen"},
        created_at=NOW - 9 * DAY,
    )
    home.meeting(created_at=NOW)  # a later one, without an address

    flow = started(as_max, SCHEDULE)

    assert flow.prefill == {
        "first_name": "Max",
        "last_name": "Murdoch",
        "email": "max@example.com",
        "phone": "+32470123456",
        "company": "Murdoch Ltd",
        "customer_number": home.customer.customer_number,
    }
    assert flow.address == {
        "street": "Meir 1",
        "postal_code": "2000",
        "city": "Antwerpen",
    }
    assert flow.language == "en"
    assert flow.segment_codes == ["PREMIUM"]
    assert flow.is_signed is True
    assert flow.verified_customer == home.customer
    assert flow.needs_sign_in is True
    assert flow.locked == []
    assert flow.return_url == "/portal/"


def test_a_context_works_once_and_for_a_quarter_of_an_hour(as_max):
    first, second = as_max.post(SCHEDULE), as_max.post(SCHEDULE)
    as_max.get(first["Location"])

    again = as_max.get(first["Location"])
    with time_machine.travel(NOW + timedelta(minutes=15), tick=False):
        late = as_max.get(second["Location"])

    assert (again.status_code, late.status_code) == (410, 410)
    assert Flow.objects.count() == 1


# Banners.


def test_a_banner_opens_step_two_with_its_subject_done(as_max, home):
    home.banner(code="house")

    pressed = as_max.post("/portal/offers/house/")
    entered = as_max.get(pressed["Location"])

    flow = Flow.objects.get()
    assert entered["Location"] == f"/schedule/{flow.pk}/place/"
    assert flow.subject == home.bank.subject
    assert flow.office == home.bank.office
    assert flow.advisor == home.bank.advisor
    assert flow.advisor_mode == "prefer"
    assert flow.channel == ""
    assert flow.notices == []
    assert "PREMIUM" not in entered["Location"]


def test_looking_at_a_banner_leads_home_and_writes_nothing(as_max, home):
    home.banner(code="house")
    before = everything()

    for path in ("/portal/offers/house/", SCHEDULE):
        for method in (as_max.get, as_max.head):
            found = method(path)
            assert (found.status_code, found["Location"]) == (303, "/portal/")
    assert everything() == before


@pytest.mark.parametrize(
    "fields",
    [
        {"is_active": False},
        {"valid_until": date(2026, 4, 28)},
        {"valid_from": date(2026, 4, 30)},
    ],
)
def test_a_banner_that_is_over_leads_nowhere(as_max, home, fields):
    home.banner(code="house", **fields)
    before = everything()

    assert as_max.post("/portal/offers/house/").status_code == 404
    assert everything() == before


def test_a_banner_of_another_segment_leads_nowhere(as_max, home):
    home.banner(code="house", segment=SegmentFactory(code="OTHER"))
    before = everything()

    assert as_max.post("/portal/offers/house/").status_code == 404
    assert as_max.get("/portal/offers/house/").status_code == 404
    assert as_max.post("/portal/offers/no-such/").status_code == 404
    assert everything() == before


# What fits.


@pytest.fixture
def wide(home):
    """A second subject with Karim in Ghent, and the bank's own in Antwerp with Eva."""
    ghent = open_office(code="ghent", name="Ghent")
    loan = SubjectFactory(code="loan", category=home.bank.category)
    karim = working_advisor(ghent, loan, code="karim", first_name="Karim")
    SegmentOfferFactory(segment=home.segment, subject=loan)
    return ghent, loan, karim


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, ("", "antwerp", "eva-peeters")),
        ({"subject": "mortgage"}, ("mortgage", "antwerp", "eva-peeters")),
        ({"subject": "loan"}, ("loan", "", "")),  # neither his office nor Eva has it
        ({"advisor": "eva-peeters"}, ("mortgage", "antwerp", "eva-peeters")),
        ({"advisor": "karim"}, ("loan", "ghent", "karim")),
        ({"office": "ghent"}, ("", "ghent", "")),
        (
            {"office": "ghent", "advisor": "eva-peeters"},
            ("mortgage", "antwerp", "eva-peeters"),
        ),
        (
            {"subject": "mortgage", "office": "ghent"},
            ("mortgage", "antwerp", "eva-peeters"),
        ),
        (
            {"subject": "mortgage", "advisor": "karim"},
            ("mortgage", "antwerp", "eva-peeters"),
        ),
        (
            {"subject": "nonsense", "office": "?", "advisor": "\0"},
            ("", "antwerp", "eva-peeters"),
        ),
    ],
    ids=str,
)
def test_a_wish_comes_along_as_far_as_it_fits(as_max, home, wide, wanted, expected):
    flow = started(as_max, SCHEDULE, **wanted)

    found = (flow.subject, flow.office, flow.advisor)
    assert tuple(one.code if one else "" for one in found) == expected
    assert flow.notices == []


def test_an_advisor_with_several_subjects_leaves_the_first_step_open(
    as_max, home, wide
):
    _ghent, loan, _karim = wide
    ExpertiseFactory(advisor=home.bank.advisor, office=home.bank.office, subject=loan)

    flow = started(as_max, SCHEDULE, advisor="eva-peeters")

    assert flow.subject is None
    assert flow.advisor == home.bank.advisor
    assert flow.office == home.bank.office


def test_an_advisor_elsewhere_brings_their_own_office(as_max, home, wide):
    ghent, _loan, _karim = wide
    Expertise.objects.filter(advisor=home.bank.advisor).update(office=ghent)
    home.bank.advisor.save()  # tells the standing data apart

    flow = started(as_max, SCHEDULE, advisor="eva-peeters")

    assert (flow.office, flow.advisor) == (ghent, home.bank.advisor)


def test_a_customer_without_preferences_is_asked_everything(as_max, home, wide):
    Customer.objects.update(preferred_office=None, preferred_advisor=None)

    flow = started(as_max, SCHEDULE)

    assert (flow.subject, flow.office, flow.advisor) == (None, None, None)


def test_a_customer_without_segments_gets_general_scheduling(as_max, home):
    Customer.objects.update(segment_codes=[])

    flow = started(as_max, SCHEDULE, subject="mortgage")

    assert flow.segment_codes == []
    assert flow.subject == home.bank.subject


def test_a_segment_that_has_ended_refuses_the_link_and_widens_nothing(as_max, home):
    home.segment.is_active = False
    home.segment.save()

    pressed = as_max.post(SCHEDULE, {"subject": "mortgage"})
    refused = as_max.get(pressed["Location"])

    assert refused.status_code == 404
    assert not Flow.objects.exists()
    assert kept(LinkContext.objects.get()) == {"segment": "PREMIUM"}


@pytest.mark.parametrize("count", [3, 300])
def test_an_invitation_takes_three_queries(home, django_assert_num_queries, count):
    for number in range(count):
        home.meeting(NOW - number * DAY, status="completed")
    wanted = Wanted(subject="mortgage")
    invite(home.customer, wanted=wanted, return_url="/portal/", now=NOW)

    with django_assert_num_queries(3):
        invite(home.customer, wanted=wanted, return_url="/portal/", now=NOW)


# Follow-ups.


def test_a_follow_up_brings_subject_office_and_advisor(as_max, home, wide):
    ghent, loan, karim = wide
    past = home.meeting(
        NOW - DAY, status="completed", subject=loan, office=ghent, advisor=karim
    )

    flow = started(as_max, address("follow-up", past))

    assert (flow.subject, flow.office, flow.advisor) == (loan, ghent, karim)
    assert flow.channel == ""
    past.refresh_from_db()
    assert past.status == "completed"


def test_looking_at_a_follow_up_leads_to_the_meeting(as_max, home):
    past = home.meeting(NOW - DAY, status="completed")
    before = everything()

    found = as_max.get(address("follow-up", past))

    assert (found.status_code, found["Location"]) == (303, address("meeting", past))
    assert everything() == before


def test_a_follow_up_with_somebody_who_left_is_with_whom_one_prefers(as_max, home):
    gone = AdvisorFactory(code="gone", is_active=False)
    past = home.meeting(NOW - DAY, status="completed", advisor=gone)

    flow = started(as_max, address("follow-up", past))

    assert flow.advisor == home.bank.advisor


# The whole way.


def test_the_booking_shows_in_the_portal_at_once(as_max, home):
    """Subject, office, advisor and step five are there; the rest is two choices."""
    home.banner(code="house")
    entered = as_max.get(as_max.post("/portal/offers/house/")["Location"])["Location"]

    page = as_max.get(entered)
    assert 'href="/portal/"' in page.content.decode()  # the way back
    time_step = answer(as_max, entered, channel="video", office="antwerp")
    start = times(as_max, time_step)[0]
    details = answer(as_max, time_step, slot=slot_text(start))
    form = as_max.get(details).context["details"]
    filled = {
        name: form[name].value()
        for name in ("first_name", "last_name", "email", "phone", "customer_number")
    }
    assert filled == {
        "first_name": "Max",
        "last_name": "Murdoch",
        "email": "max@example.com",
        "phone": "+32470123456",
        "customer_number": home.customer.customer_number,
    }
    answer(as_max, details, **filled, consent="on")

    meeting = Appointment.objects.get()
    assert meeting.customer == home.customer
    assert meeting.advisor == home.bank.advisor
    assert meeting.starts_at == start
    assert not Customer.objects.filter(is_provisional=True).exists()
    shown = as_max.get("/portal/").context["next_meeting"].meeting
    assert shown.url == address("meeting", meeting)


def test_the_wizard_asks_for_the_sign_in_of_the_same_customer(as_max, client, home):
    flow = started(as_max, SCHEDULE)
    path = f"/schedule/{flow.pk}/subject/"

    client.logout()
    anonymous = client.get(path)
    nate = CustomerFactory(user=UserFactory(username="nate"), first_name="Nate")
    client.force_login(nate.user)
    other = client.get(path)

    assert anonymous.status_code == 302
    assert f"next={path}" in anonymous["Location"]
    assert other.status_code == 404
    assert other.templates[0].name == "scheduling/flow_gone.html"
    flow.refresh_from_db()
    assert flow.subject is None


def test_a_change_from_the_portal_moves_the_meeting_and_nobody_elses(
    as_max, client, home
):
    meeting = home.meeting(
        datetime.fromisoformat("2026-05-04T09:00:00+00:00"), busy=True
    )
    time_step = as_max.post(address("change-meeting", meeting))["Location"]
    start = next(one for one in times(as_max, time_step) if one != meeting.starts_at)
    confirm = answer(as_max, time_step, slot=slot_text(start))

    nate = CustomerFactory(user=UserFactory(username="nate"), first_name="Nate")
    client.force_login(nate.user)
    refused = client.post(confirm)
    meeting.refresh_from_db()
    kept_start = meeting.starts_at
    client.force_login(home.customer.user)
    done = client.post(confirm)

    assert refused.status_code == 404
    assert kept_start == datetime.fromisoformat("2026-05-04T09:00:00+00:00")
    assert done.status_code == 303
    meeting.refresh_from_db()
    assert (meeting.starts_at, meeting.revision) == (start, 1)
