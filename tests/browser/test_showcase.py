"""The bank's site in a real browser: the calculator while typing, the persona toggle."""

from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest

from showcase.seed.standing import load_bank

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.e2e]

WIDTHS = (1280, 390, 320)
PAGES = (
    "/",
    "/business/",
    "/mortgage-calculator/",
    "/mortgage-calculator/?price=9&own_funds=&years=x&rate=99",
    "/offices/brussels/",
    "/advisors/eva-peeters/",
    "/demo/",
)
SMALL = """() => [...document.querySelectorAll("main a, nav a, button, input")]
  .map((node) => [node, node.getBoundingClientRect()])
  .filter(([node, box]) => box.width > 1 && (box.width < 24 || box.height < 24))
  .map(([node]) => node.outerHTML.slice(0, 90))"""

# What the toggle lies over: texts and controls outside of it, at the present scroll.
COVERED = """() => {
  const toggle = document.querySelector(".persona");
  const own = toggle.getBoundingClientRect();
  return [...document.querySelectorAll("header *, main *, .layout__aside *, .portal-works *, footer *")]
    .filter((node) => !node.children.length && !toggle.contains(node))
    .map((node) => [node, node.getBoundingClientRect()])
    .filter(([, box]) => box.width > 1 && box.height > 1)
    .filter(([, box]) => box.left < own.right && own.left < box.right
      && box.top < own.bottom && own.top < box.bottom)
    .map(([node]) => node.outerHTML.slice(0, 90));
}"""
HIDDEN_FOCUS = """() => {
  const box = document.activeElement.getBoundingClientRect();
  const at = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  const is_seen = document.activeElement.contains(at) || at?.contains(document.activeElement);
  return is_seen ? "" : document.activeElement.outerHTML.slice(0, 90);
}"""
SCROLL = "(part) => scrollTo(0, part * document.documentElement.scrollHeight)"


@pytest.fixture
def bank(transactional_db, live_server) -> str:
    load_bank(now=datetime(2026, 5, 4, 6, tzinfo=UTC), address=live_server.url)
    return live_server.url


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_accessible_at_every_width(page, axe, bank, width):
    page.set_viewport_size({"width": width, "height": 900})

    for address in PAGES:
        page.goto(bank + address)

        assert axe() > 20
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.evaluate(SMALL) == []
        assert page.locator("h1").count() == 1


def test_calculator_follows_the_typing(page, bank):
    page.goto(f"{bank}/mortgage-calculator/")
    repayment = page.locator('[data-out="repayment"]')
    button = page.locator("[data-schedule]")
    assert repayment.inner_text() == "1,201.50"

    page.get_by_label("Price of the home").fill("€ 600,000")
    page.get_by_label("Your own funds").fill("100.000")

    assert repayment.inner_text() == "2,503.12"
    href = button.get_attribute("href")
    assert dict(parse_qsl(urlsplit(href).query)) == {
        "segment": "HIGH",
        "subject": "mortgage",
        "metadata[price]": "600000",
        "metadata[own_funds]": "100000",
        "metadata[years]": "25",
        "metadata[rate]": "3.5",
        "metadata[loan]": "500000",
        "metadata[repayment]": "2503.12",
    }
    assert page.locator("[data-link]").inner_text() == href
    assert page.locator('[data-parameter="segment"]').inner_text() == "HIGH"
    assert page.locator("[data-way]:visible").get_attribute("data-way") == "HIGH"


def test_calculator_shows_no_button_for_figures_that_make_no_sense(page, bank):
    page.goto(f"{bank}/mortgage-calculator/")

    page.get_by_label("Years to repay").fill("2.5")

    assert not page.locator("[data-schedule]").is_visible()
    assert not page.get_by_role("heading", name="How it works").is_visible()
    page.get_by_label("Years to repay").fill("30")
    assert page.locator("[data-schedule]").is_visible()


def test_button_leads_into_the_wizard(page, bank):
    page.goto(f"{bank}/mortgage-calculator/?price=600000&own_funds=100000")

    page.locator("[data-schedule]").click()

    page.wait_for_url("**/schedule/*/place/")
    assert "price" not in page.url


@pytest.mark.parametrize("width", WIDTHS)
def test_persona_toggle_covers_nothing_and_changes_over(page, axe, bank, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{bank}/demo/")
    page.get_by_role("button", name="See the portal as Nate").click()
    page.wait_for_url("**/portal/")
    toggle = page.get_by_role("complementary", name="Demo")

    assert page.get_by_role("heading", level=1).inner_text().startswith("Hello Nate")
    assert axe() > 20
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate(SMALL) == []
    for part in (0, 0.3, 0.6, 1):
        page.evaluate(SCROLL, part)
        assert page.evaluate(COVERED) == []
    assert toggle.evaluate("(node) => getComputedStyle(node).position") == (
        "fixed" if width == 1280 else "static"
    )
    nate = toggle.get_by_role("button", name="Nate Nosocks (shown now)", pressed=True)
    assert nate.count() == 1

    toggle.get_by_role("button", name="Max Murdoch", pressed=False).click()

    assert page.get_by_role("heading", level=1).inner_text().startswith("Hello Max")
    pressed = toggle.get_by_role("button", pressed=True).inner_text().split()
    assert pressed == ["Max", "Murdoch", "(shown", "now)"]


@pytest.mark.parametrize("width", WIDTHS)
def test_no_focus_hides_behind_the_persona_toggle(page, bank, width):
    page.set_viewport_size({"width": width, "height": 600})
    page.goto(f"{bank}/demo/")
    page.get_by_role("button", name="See the portal as Max").click()
    page.wait_for_url("**/portal/")
    seen = set()

    for _ in range(60):
        page.keyboard.press("Tab")
        assert page.evaluate(HIDDEN_FOCUS) == ""
        words = page.evaluate("document.activeElement.innerText").split()
        seen.add(" ".join(words))
        if "About this demo" in seen:
            break

    assert seen >= {"Overview", "Nate Nosocks", "Max Murdoch (shown now)"}
    assert "About this demo" in seen


def test_persona_toggle_stays_in_the_page_with_large_text_on_a_phone(page, bank):
    page.set_viewport_size({"width": 320, "height": 900})
    page.goto(f"{bank}/demo/")
    page.get_by_role("button", name="See the portal as Nate").click()
    page.wait_for_url("**/portal/")

    page.evaluate("document.documentElement.style.fontSize = '200%'")

    box = page.locator(".persona").bounding_box()
    assert (box["x"], box["width"]) == (0, 320)
    assert page.locator(".persona").evaluate("(node) => node.scrollWidth") == 320
    for part in (0, 0.5, 1):
        page.evaluate(SCROLL, part)
        assert page.evaluate(COVERED) == []
