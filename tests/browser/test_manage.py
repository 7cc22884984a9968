"""What lies behind a manage link in a real browser: every state, at every width."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from scheduling.models import AccessCode, Appointment, Document, Flow
from scheduling.services.holds import hold_slot
from scheduling.tokens import hash_token, manage_token, one_time_code
from segments.models import AvailabilityRule
from tests.demo import DEMO_NOW, PERSON, answer, enter, slot_text, times
from tests.factories import DocumentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.e2e]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LINK = "segment=HIGH&subject=mortgage&channel=video&office=antwerp"
MONDAY, WEEKS = date(2026, 5, 11), 6
QUESTION = {"q_property_type": "house"}
PDF = b"%PDF-1.7\n%%E"


@dataclass
class Site:
    """Addresses of pages, each brought to a state that can be seen."""

    pages: dict[str, str] = field(default_factory=dict)
    refused: dict[str, tuple[str, str]] = field(default_factory=dict)
    journey: str = ""


class Teller:
    """Books meetings, each at another time, and changes what becomes of them."""

    def __init__(self) -> None:
        self.client = Client()
        self.taken = 0

    def slot(self, address: str) -> str:
        """Return a time of a walk: of another week each time, later and later."""
        week = MONDAY + (self.taken % WEEKS) * 7 * DAY
        slot = times(self.client, address, week.isoformat())[self.taken // WEEKS * 5]
        self.taken += 1
        return slot_text(slot)

    def book(self, **fields: object) -> Appointment:
        address = enter(self.client, LINK)
        address = answer(self.client, address, slot=self.slot(address))
        address = answer(self.client, address, **QUESTION)
        done = answer(self.client, address, **PERSON)
        appointment = Appointment.objects.get(flow_key=done.split("/")[2])
        Appointment.objects.filter(pk=appointment.pk).update(**fields)
        appointment.refresh_from_db()
        return appointment

    def link(self, **fields: object) -> str:
        return link_of(self.book(**fields))

    def change(self, link: str, *names: str, **place: str) -> str:
        """Return the address of a walk of change, brought to its last step if asked."""
        time = answer(self.client, f"{link}change/")
        if place:
            time = answer(self.client, time.replace("/time/", "/place/"), **place)
        if "confirm" not in names:
            return time
        return answer(self.client, time, slot=self.slot(time))

    def opened(self, appointment: Appointment) -> str:
        """Return the address of a meeting's documents, open."""
        ask = f"{link_of(appointment)}documents/"
        answer(self.client, ask)
        row = AccessCode.objects.latest("pk")
        return answer(self.client, ask, code=one_time_code(row.pk, row.created_at))


def link_of(appointment: Appointment) -> str:
    return f"/m/{manage_token(appointment.reference, appointment.link_version)}/"


@pytest.fixture(scope="module")
def site(demo_site: str) -> Site:
    tell = Teller()
    site = Site(journey=tell.link())
    plain = tell.link()
    past = {"starts_at": DEMO_NOW - DAY, "ends_at": DEMO_NOW - DAY + HOUR}
    running = {
        "starts_at": DEMO_NOW - HOUR / 4,
        "ends_at": DEMO_NOW + HOUR,
        "change_until": DEMO_NOW - HOUR / 4,
    }
    cancelled = tell.link()
    answer(tell.client, cancelled, reason="Ill")
    replaced = tell.book()
    replaced.events.create(
        at=DEMO_NOW,
        kind="link_renewed",
        actor="staff",
        old={"link_hash": hash_token("A" * 22)},
    )
    papers = tell.book()
    DocumentFactory(appointment=papers, name="payslip of a very long year.pdf")
    DocumentFactory(appointment=papers, name="offer.pdf", side=Document.Side.ADVISOR)
    opened = tell.opened(papers)
    shut = tell.opened(tell.book())
    AccessCode.objects.filter(grant_hash=hash_token(shut.split("/")[-2])).update(
        grant_expires_at=DEMO_NOW
    )
    moved = tell.change(tell.link(), "confirm")
    done = answer(tell.client, moved)
    over = tell.link()
    walk = tell.change(over)
    answer(tell.client, over)

    AvailabilityRule.objects.create(channel="office", is_confirmed_automatically=False)
    site.pages = {
        "upcoming": plain,
        "requested": tell.link(status="requested"),
        "late": tell.link(change_until=DEMO_NOW - DAY),
        "running": tell.link(**running),
        "past": tell.link(**past),
        "completed": tell.link(**past, status="completed"),
        "missed": tell.link(**past, status="no_show"),
        "cancelled": cancelled,
        "only cancelling": tell.link(segment_codes=["GONE"]),
        "saved": f"{plain}?saved",
        "replaced": f"/m/{'A' * 22}/",
        "edit": f"{plain}edit/",
        "ask for a code": f"{plain}documents/",
        "enter a code": f"{plain}documents/?sent",
        "documents": opened,
        "documents without any": tell.opened(tell.book()),
        "documents shut": shut,
        "change the place": tell.change(tell.link()).replace("/time/", "/place/"),
        "change the time": tell.change(tell.link()),
        "change the channel": tell.change(tell.link(), channel="phone"),
        "confirm": tell.change(tell.link(), "confirm"),
        "confirm a request": tell.change(
            tell.link(), "confirm", channel="office", office="antwerp"
        ),
        "confirm with a number": tell.change(
            tell.link(phone=""), "confirm", channel="phone"
        ),
        "moved": done,
        "over": walk,
    }
    late = tell.link()
    number = tell.change(tell.link(phone=""), "confirm", channel="phone")
    lost = tell.change(tell.link(), "confirm")
    lose(lost)
    site.refused = {
        "edit": (f"{plain}edit/", "Save"),
        "code": (f"{plain}documents/?sent", "Show the documents"),
        "upload": (opened, "Upload"),
        "confirm": (number, "Move the meeting"),
    }
    site.pages["lost"] = lost
    site.pages["cancel too late"] = late
    return site


def lose(address: str) -> None:
    """Let somebody else get the time that a walk keeps."""
    flow = Flow.objects.get(pk=address.split("/")[2])
    start, advisor = flow.hold.meeting_starts_at, flow.hold.advisor_id
    flow.hold.delete()
    other = Flow.objects.create(
        created_at=DEMO_NOW,
        last_used_at=DEMO_NOW,
        segment_codes=flow.segment_codes,
        subject=flow.subject,
        channel=flow.channel,
        is_place_answered=True,
        office=flow.office,
        channels=[],
    )
    flow.advisor_mode = Flow.AdvisorMode.ONLY
    flow.advisor_id = advisor
    flow.save()
    hold_slot(other, start=start, now=DEMO_NOW, advisor_id=advisor)


PAGES = (
    *("upcoming", "requested", "late", "running", "past", "completed", "missed"),
    *("cancelled", "only cancelling", "saved", "replaced", "edit", "ask for a code"),
    *("enter a code", "documents", "documents without any", "documents shut"),
    *("change the place", "change the time", "change the channel", "confirm"),
    *("confirm a request", "confirm with a number", "lost", "moved", "over"),
)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_at_every_width(page, check, demo_site, site, name):
    page.goto(demo_site + site.pages[name])

    check()


@pytest.mark.parametrize("name", ["edit", "code", "upload", "confirm"])
def test_a_refusal_comes_first_and_leads_to_the_field(
    page: Page, check: Callable[[], None], demo_site, site, name
):
    address, button = site.refused[name]
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(demo_site + address)
    if name == "edit":
        page.get_by_label("E-mail address").fill("zoe@")
    page.get_by_role("button", name=button).click()
    summary = page.get_by_role("alert")

    expect(page).to_have_title(re.compile("^Error: "))
    expect(summary).to_be_focused()
    for link in summary.get_by_role("link").all():
        link.click()
        assert page.locator(":focus").evaluate("node => 'form' in node")
    check()


def test_a_refused_cancellation_is_accessible(
    page, check, demo_site, site, monkeypatch
):
    page.goto(demo_site + site.pages["cancel too late"])
    later = settings.CLOCK_OFFSET + 60 * DAY
    monkeypatch.setattr(settings, "CLOCK_OFFSET", later)

    page.get_by_role("button", name="Cancel the appointment").click()

    expect(page.get_by_role("alert")).to_be_focused()
    check()


def test_a_customer_moves_a_meeting_without_javascript(
    browser: Browser, demo_site, site
):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(demo_site + site.journey)

    page.get_by_role("button", name="Meet in another way").click()
    page.get_by_label("Phone call").check()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Times that fit well")).to_be_visible()
    page.locator(".suggestion").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check the change")
    page.get_by_role("button", name="Move the meeting").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Your meeting is moved")
    page.get_by_role("link", name="Manage this appointment").click()
    expect(page.locator(".summary-list")).to_contain_text("Phone call")
    assert context.cookies() == []
    context.close()


def test_a_customer_moves_a_meeting_by_keyboard_only(page: Page, demo_site, site):
    page.goto(demo_site + site.pages["upcoming"])

    page.get_by_role("button", name="Choose another time").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/time/")
    page.locator(".day[data-open] .slot input").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**/confirm/")
    page.get_by_role("link", name="Keep it as it is").focus()
    page.keyboard.press("Enter")

    expect(page).to_have_url(demo_site + site.pages["upcoming"])
