"""The portal in a real browser: every page, at every width, empty, filled and refused."""

import re
from dataclasses import dataclass
from datetime import timedelta

import brotli
import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect

from directory.models import Customer, User
from scheduling.models import Appointment
from tests.browser.conftest import TEXT
from tests.demo import DEMO_NOW

pytestmark = [pytest.mark.django_db, pytest.mark.e2e]

MAX_BYTES = 150 * 1024
PAGES = (
    *("overview", "empty", "meetings", "no_meetings"),
    *("office", "video", "past", "cancelled", "request"),
    *("change", "cancel", "edit", "too_late"),
)


@dataclass(frozen=True)
class Site:
    """A signed-in customer's addresses; `cookies` has a sign-in for each name."""

    url: str
    cookies: dict[str, str]
    paths: dict[str, str]
    owner: dict[str, str]  # of a page that is not Max's

    def sign_in(self, context: BrowserContext, name: str) -> None:
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": self.cookies[name]}
        context.add_cookies([{**cookie, "url": self.url}])


@pytest.fixture(scope="module")
def site(demo_site: str) -> Site:
    """Nate and Max of the demo bank, and Ann, who has nothing yet."""
    ann = User.objects.create_user("ann", password="ann-ann-ann")
    Customer.objects.create(user=ann, first_name="Ann", created_at=DEMO_NOW)
    cookies = {}
    for name in ("nate", "max", "ann"):
        client = Client()
        client.force_login(User.objects.get(username=name))
        cookies[name] = client.cookies[settings.SESSION_COOKIE_NAME].value
    maxs = Appointment.objects.filter(customer__user__username="max")
    rows = {
        "office": maxs.get(status="confirmed", channel="office"),
        "video": maxs.get(status="confirmed", channel="video"),
        "past": maxs.get(status="completed", documents__name__startswith="Summary"),
    }
    copies = {
        "cancelled": {"status": "cancelled", "cancel_reason": "Ill"},
        "request": {"status": "requested"},
        "too_late": {"change_until": DEMO_NOW - timedelta(minutes=1)},
    }
    for name, fields in copies.items():
        rows[name] = copy_of(rows["video"], **fields)
    paths = {name: f"/portal/meetings/{row.reference}/" for name, row in rows.items()}
    paths |= {f"{name}": f"{paths['video']}{name}/" for name in ("change", "cancel")}
    paths |= {"edit": f"{paths['video']}edit/", "overview": "/portal/"}
    paths |= {"meetings": "/portal/meetings/", "empty": "/portal/"}
    paths |= {"no_meetings": "/portal/meetings/"}
    paths["too_late"] += "change/"
    return Site(demo_site, cookies, paths, {"empty": "ann", "no_meetings": "ann"})


def copy_of(row: Appointment, **fields: object) -> Appointment:
    """Return another meeting of the same customer, which takes no time."""
    number = Appointment.objects.count() % 32
    letter = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"[number]
    other = Appointment.objects.get(pk=row.pk)
    other.pk, other.link_hash, other.flow_key = None, None, ""
    other.reference = f"CPY{letter}" + "A" * 6
    for name, value in fields.items():
        setattr(other, name, value)
    other.save()
    return other


@pytest.fixture
def load(page: Page) -> list[Response]:
    """Return what the page has asked for, as it goes on."""
    answers: list[Response] = []

    def note(response: Response) -> None:  # Playwright marks it: no built-in will do
        answers.append(response)

    page.on("response", note)
    return answers


def weight(answers: list[Response]) -> int:
    """Return the bytes of a page; static text goes out compressed."""
    total = 0
    for response in answers:
        body = response.body()
        kind = response.headers.get("content-type", "")
        is_static = "/static/" in response.url and kind.startswith(TEXT)
        total += len(brotli.compress(body) if is_static else body)
    return total


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_light_and_accessible(page, look, load, site, name):
    site.sign_in(page.context, site.owner.get(name, "max"))

    answer = page.goto(site.url + site.paths[name], wait_until="networkidle")

    assert answer.status == 200
    assert weight(load) <= MAX_BYTES
    look()


def test_the_menu_marks_where_one_is_and_leads_everywhere(page, site):
    site.sign_in(page.context, "max")
    page.goto(f"{site.url}/portal/")
    menu = page.get_by_role("navigation", name="Your portal")

    assert menu.locator("[aria-current]").inner_text() == "Overview"
    menu.get_by_role("link", name="Meetings").click()
    assert page.url.endswith("/portal/meetings/")
    assert menu.locator("[aria-current]").get_attribute("aria-current") == "page"
    page.get_by_role("main").get_by_role("link", name="See details").first.click()
    assert menu.locator("[aria-current]").inner_text() == "Meetings"
    assert menu.locator("[aria-current]").get_attribute("aria-current") == "true"


def test_a_refused_correction_says_so_first_and_leads_to_the_fields(page, look, site):
    site.sign_in(page.context, "max")
    page.goto(site.url + site.paths["edit"])
    page.get_by_label("E-mail address").fill("max")
    page.get_by_label("First name").fill("")

    page.get_by_role("button", name="Save").click()

    summary = page.get_by_role("alert")
    expect(page).to_have_title(re.compile("^Error: "))
    expect(summary).to_be_focused()
    assert page.get_by_label("E-mail address").input_value() == "max"
    for link in summary.get_by_role("link").all():
        link.click()
        assert page.locator(":focus").evaluate("node => 'form' in node")
    look()


def test_a_refused_cancellation_is_accessible(page, look, site):
    site.sign_in(page.context, "max")
    page.goto(site.url + site.paths["cancel"])
    page.get_by_label("Why do you cancel?").fill("Ill")
    page.evaluate("document.querySelector('[name=revision]').value = '99'")

    page.get_by_role("button", name="Cancel the meeting").click()

    expect(page).to_have_title(re.compile("^Error: "))
    expect(page.get_by_role("alert")).to_be_focused()
    assert page.get_by_label("Why do you cancel?").input_value() == "Ill"
    look()


def test_from_the_banner_to_the_cancellation_without_javascript(browser: Browser, site):
    """As Nate: two choices to book, then another time, then not at all."""
    context = browser.new_context(
        java_script_enabled=False, viewport={"width": 390, "height": 844}
    )
    site.sign_in(context, "nate")
    page = context.new_page()
    main = page.get_by_role("main")
    page.goto(f"{site.url}/portal/")
    dog = page.locator(".offer img")
    assert "dog" in dog.get_attribute("src")

    page.locator(".offer").get_by_role("button").click()
    assert re.fullmatch(r".*/schedule/[\w-]{22}/place/", page.url)
    page.get_by_role("radio", name="Video").check()
    page.get_by_role("button", name="Continue").click()
    page.locator(".day[data-open] label").first.click()
    page.get_by_role("button", name="Continue", exact=True).last.click()
    assert page.get_by_label("First name").input_value() == "Nate"
    assert page.locator("[name=email]").input_value() == "nate.nosocks@example.com"
    page.locator("[name=consent]").check()
    page.get_by_role("button", name="Confirm appointment").click()
    assert page.get_by_role("heading", level=1).inner_text().endswith("is booked")

    page.goto(f"{site.url}/portal/meetings/")
    page.get_by_role("link", name="Pet insurance").first.click()
    meeting = page.url
    before = main.locator(".facts li").first.inner_text()
    main.get_by_role("link", name="Change", exact=True).click()
    main.get_by_role("button", name="Change the time").click()
    page.locator(".day[data-open] label").nth(2).click()
    page.get_by_role("button", name="Continue", exact=True).last.click()
    page.get_by_role("button", name="Move the meeting").click()

    page.goto(meeting)
    assert main.locator(".facts li").first.inner_text() != before
    assert "Moved from" in main.inner_text()
    main.get_by_role("link", name="Cancel", exact=True).click()
    main.get_by_label("Why do you cancel?").fill("The dog is well.")
    main.get_by_role("button", name="Cancel the meeting").click()
    assert page.url == meeting
    assert "Your meeting is cancelled." in main.inner_text()
    assert "The dog is well." in main.inner_text()
    context.close()
