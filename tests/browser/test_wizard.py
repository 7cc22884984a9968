"""The wizard in a real browser: every page, at every width, empty, filled and refused."""

import gzip
import re
from dataclasses import dataclass
from pathlib import Path

import brotli
import pytest
from django.test import Client
from playwright.sync_api import Browser, Locator, Page, Response, expect

from tests.browser.conftest import TEXT
from tests.demo import PERSON, answer, enter, slot_text, step, times

pytestmark = [pytest.mark.django_db, pytest.mark.e2e]

STEPS = ("subject", "place", "time", "questions", "details")
MAX_REQUESTS = 8
MAX_BYTES = 120 * 1024
MAX_PIECE = 15 * 1024  # compressed
LINK = "segment=HIGH&subject=mortgage&metadata%5Brepayment%5D=2503.12"

SHOWS_FOCUS = """() => [document.activeElement, document.activeElement.closest("label")]
  .filter(Boolean).map((node) => getComputedStyle(node))
  .some((style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 1)"""


@dataclass(frozen=True)
class Walks:
    """Addresses of flows that were brought to where a page can be seen."""

    empty: dict[str, str]
    refused: dict[str, str]
    filled: dict[str, str]
    done: str
    manage: str
    cancelled: str


class Walker:
    """Brings flows forward, each with another time."""

    def __init__(self) -> None:
        self.client = Client()
        self.taken = 0

    def to(self, name: str) -> str:
        """Return a new flow's address at a step that nobody has answered yet."""
        if name == "subject":
            return enter(self.client)
        address = enter(self.client, LINK)
        if name == "place":
            return address
        address = answer(self.client, address, channel="video", office="antwerp")
        if name == "time":
            return address
        slot = times(self.client, address, "2026-05-13")[self.taken]
        self.taken += 5
        address = answer(self.client, address, slot=slot_text(slot))
        if name == "questions":
            return address
        return answer(self.client, address, q_property_type="house")

    def filled(self) -> str:
        """Return a flow in which everything is answered, with what was typed."""
        address = self.to("details")
        typed = {**PERSON, "remarks": "By bicycle", "phone": "12"}
        assert self.client.post(address, typed).status_code == 422
        return address

    def booked(self) -> tuple[str, str]:
        """Return a booked flow's last page and its manage link."""
        done = answer(self.client, self.to("details"), **PERSON)
        token = self.client.get(done).context["meeting"].token
        return done, f"/m/{token}/"


@pytest.fixture(scope="module")
def walks(demo_site: str) -> Walks:
    walker = Walker()
    filled = walker.filled()
    done, manage = walker.booked()
    cancelled = walker.booked()[1]
    answer(walker.client, cancelled, reason="Ill")
    return Walks(
        empty={name: walker.to(name) for name in STEPS},
        refused={name: walker.to(name) for name in STEPS},
        filled={name: step(filled, name) for name in STEPS},
        done=done,
        manage=manage,
        cancelled=cancelled,
    )


@pytest.fixture
def load(page: Page) -> list[Response]:
    """Return what the page has asked for, as it goes on."""
    answers: list[Response] = []

    def note(response: Response) -> None:  # Playwright marks it: no built-in will do
        answers.append(response)

    page.on("response", note)
    return answers


def weight(answers: list[Response]) -> int:
    """Return the bytes of a page as the production server sends them.

    Static text goes out compressed, pages and fonts as they are.
    """
    total = 0
    for response in answers:
        body = response.body()
        kind = response.headers.get("content-type", "")
        is_static = "/static/" in response.url and kind.startswith(TEXT)
        total += len(brotli.compress(body) if is_static else body)
    return total


# Every page


@pytest.mark.parametrize("name", STEPS)
def test_an_empty_step_is_light_and_accessible(
    page, check, load, demo_site, walks, name
):
    page.goto(demo_site + walks.empty[name], wait_until="networkidle")

    assert page.url.endswith(f"/{name}/")
    assert len(load) <= MAX_REQUESTS, [response.url for response in load]
    assert weight(load) <= MAX_BYTES
    check()


@pytest.mark.parametrize("name", STEPS)
def test_a_filled_step_is_accessible(page, check, demo_site, walks, name):
    page.goto(demo_site + walks.filled[name])

    assert page.url.endswith(f"/{name}/")
    assert page.locator("input:checked, input[value*='Zoe']").count() >= 1
    check()


@pytest.mark.parametrize("name", STEPS)
def test_a_refused_step_says_so_first_and_leads_to_the_fields(
    page, check, demo_site, walks, name
):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(demo_site + walks.refused[name])
    page.get_by_role("button", name="Co").last.click()  # Continue, Confirm
    summary = page.get_by_role("alert")

    expect(page).to_have_title(re.compile("^Error: "))
    expect(summary).to_be_focused()
    first = "document.querySelector('main').firstElementChild.className"
    assert page.evaluate(first) == "error-summary"
    for link in summary.get_by_role("link").all():
        link.click()
        assert page.locator(":focus").is_visible()
        assert page.locator(":focus").evaluate("node => 'form' in node")
    check()


@pytest.mark.parametrize("name", ["done", "manage", "cancelled"])
def test_a_booked_meeting_is_accessible(page, check, load, demo_site, walks, name):
    page.goto(demo_site + getattr(walks, name), wait_until="networkidle")

    assert len(load) <= MAX_REQUESTS
    assert weight(load) <= MAX_BYTES
    check()


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/schedule/?segment=NOPE", 404),
        ("/schedule/?segment=HIGH_SIGNED&subject=mortgage", 404),
        ("/schedule/AAAAAAAAAAAAAAAAAAAAAA/time/", 404),
        ("/m/AAAAAAAAAAAAAAAAAAAAAA/", 404),
        ("/j/AAAAAAAAAAAAAAAAAAAAAA/", 404),
    ],
)
def test_a_page_that_refuses_is_accessible_and_leads_on(
    page, check, demo_site, address, status
):
    assert page.goto(demo_site + address).status == status

    check()
    page.locator("main").get_by_role("link").first.click()
    assert page.url.endswith("/subject/")


# By keyboard


def press_to(page: Page, target: Locator) -> None:
    """Press Tab until something has the focus; every stop must show that it has."""
    for _ in range(80):
        page.keyboard.press("Tab")
        assert page.evaluate(SHOWS_FOCUS), page.evaluate(
            "document.activeElement.outerHTML.slice(0, 200)"
        )
        if target.evaluate("node => node === document.activeElement"):
            return
    raise AssertionError(f"{target} cannot be reached")


def go_on(page: Page, name: str = "Continue") -> None:
    press_to(page, page.get_by_role("button", name=name, exact=True).last)
    page.keyboard.press("Enter")


def test_the_whole_journey_by_keyboard(page, demo_site, walks):
    page.goto(f"{demo_site}/schedule/?segment=HIGH")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the main content"

    press_to(page, page.get_by_role("radio", name="Mortgage"))
    page.keyboard.press("Space")
    go_on(page)
    page.wait_for_url("**/place/")
    press_to(page, page.get_by_role("radio").first)
    page.keyboard.press("Space")
    video = page.get_by_role("radio", name="Video")
    for _ in range(3):
        if not video.is_checked():
            page.keyboard.press("ArrowDown")
    assert video.is_checked()
    press_to(page, page.get_by_role("radio", name="Any office"))
    page.keyboard.press("Space")
    antwerp = page.get_by_role("radio", name="Antwerp Meir")
    for _ in range(3):
        if not antwerp.is_checked():
            page.keyboard.press("ArrowDown")
    go_on(page)

    page.wait_for_url("**/time/")
    press_to(page, page.get_by_role("link", name="Next week"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/time/?date=2026-05-04")
    page.get_by_role("heading", name="4 – 10 May").wait_for()  # noqa: RUF001
    assert page.locator(":focus").get_attribute("id") == "week-next"
    assert page.locator("#announcer").inner_text().startswith("4 – 10 May: ")  # noqa: RUF001
    press_to(page, page.locator("#id_slot"))
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    chosen = page.locator("[name=slot]:checked").get_attribute("aria-label")
    go_on(page)

    page.wait_for_url("**/questions/")
    press_to(page, page.get_by_role("radio", name="A house"))
    page.keyboard.press("Space")
    go_on(page)
    page.wait_for_url("**/details/")
    for name in ("first_name", "last_name", "email", "phone"):
        press_to(page, page.locator(f"[name={name}]"))
        page.keyboard.type(PERSON[name])
    press_to(page, page.locator("[name=consent]"))
    page.keyboard.press("Space")
    go_on(page, "Confirm appointment")

    page.wait_for_url("**/done/")
    assert page.get_by_role("heading", level=1).inner_text().endswith("is booked")
    day, _, clock = chosen.partition(", ")
    assert f"{day} 2026, {clock} to " in page.locator("main").inner_text()
    assert page.context.cookies() == []


# Without JavaScript


def test_the_whole_journey_without_javascript(
    browser: Browser, demo_site, walks, tmp_path: Path
):
    context = browser.new_context(
        java_script_enabled=False, viewport={"width": 390, "height": 844}
    )
    page = context.new_page()
    payslip = tmp_path / "payslip.pdf"
    payslip.write_bytes(b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n")

    def refused(button: str = "Continue") -> None:
        page.get_by_role("button", name=button, exact=True).last.click()
        assert page.title().startswith("Error: ")
        assert page.locator(".error-summary").is_visible()

    page.goto(f"{demo_site}/schedule/?segment=HIGH")
    refused()
    page.get_by_label("Mortgage").check()
    page.get_by_role("button", name="Continue").click()
    refused()
    assert page.get_by_label("Street and number").is_hidden()
    page.get_by_role("radio", name="Video").check()
    page.get_by_role("radio", name="Antwerp Meir").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("link", name="Next week").click()
    assert page.url.endswith("?date=2026-05-04")
    refused()
    assert page.url.endswith("?date=2026-05-04")
    page.get_by_role("link", name="Thursday 7 May").click()
    page.locator("#day-2026-05-07 label").first.click()
    page.get_by_role("button", name="Continue", exact=True).last.click()
    refused()
    page.get_by_label("A house").check()
    page.get_by_label("Your latest payslip").set_input_files(payslip)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("First name").fill("Zoe")
    refused("Confirm appointment")
    assert page.get_by_label("First name").input_value() == "Zoe"
    page.get_by_role("button", name="Keep it ten minutes longer").click()
    assert page.get_by_label("First name").input_value() == "Zoe"
    for name in ("last_name", "email", "phone"):
        page.locator(f"[name={name}]").fill(PERSON[name])
    page.locator("[name=consent]").check()
    page.get_by_role("button", name="Confirm appointment").click()
    assert page.url.endswith("/done/")
    page.get_by_role("link", name="Manage this appointment").click()
    page.get_by_role("button", name="Cancel the appointment").click()

    assert page.get_by_role("heading", level=1).inner_text().endswith("is cancelled")
    assert context.cookies() == []
    context.close()


# Weeks, in place


def test_a_refusal_keeps_the_week_that_htmx_brought(page, demo_site, walks):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(demo_site + walks.empty["time"])
    advisor = page.get_by_label("Advisor")
    advisor.select_option("eva-peeters")
    page.get_by_role("link", name="Next week").click()
    title = page.get_by_role("heading", name="4 – 10 May")  # noqa: RUF001
    title.wait_for()

    page.get_by_role("button", name="Continue", exact=True).last.click()

    page.locator(".error-summary").wait_for()
    assert page.url.endswith("?date=2026-05-04")
    assert title.is_visible()
    assert advisor.input_value() == "eva-peeters"
    page.get_by_role("alert").get_by_role("link").click()
    assert page.locator(":focus").get_attribute("name") == "slot"


def test_a_week_comes_in_a_small_piece_and_back_works(page, load, demo_site, walks):
    page.goto(demo_site + walks.empty["time"])
    title = page.locator(".week__title")
    first = title.inner_text()
    del load[:]

    page.get_by_role("link", name="Next week").click()
    page.wait_for_url("**?date=2026-05-04")
    page.get_by_role("heading", name="4 – 10 May").wait_for()  # noqa: RUF001

    (piece,) = [each for each in load if "/time/" in each.url]
    assert len(gzip.compress(piece.body())) < MAX_PIECE
    page.go_back()
    page.get_by_role("heading", name=first).wait_for()


def test_another_browsers_zone_is_sent_once(browser: Browser, demo_site, walks):
    context = browser.new_context(timezone_id="America/New_York")
    page = context.new_page()

    page.goto(demo_site + walks.empty["time"])
    page.get_by_text("Times are shown in New York time").wait_for()

    assert context.cookies() == []
    context.close()
