"""The desk in a real browser: booking for a customer, and an absent advisor."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.staff import sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.e2e]

ABSENT = "absence/?advisor=eva-peeters&first=2026-05-04T00:00&last=2026-05-15T00:00"
ADDRESSES = {
    "book, empty": "book/",
    "book, offered": "book/?subject=mortgage&channel=video&date=2026-05-05",
    "book, refused": "book/?segment=LOW&subject=mortgage&channel=office&office=antwerp"
    "&date=2026-05-04",
    "absence, empty": "absence/",
    "absence, plan": ABSENT,
    "absence, wrong": "absence/?advisor=&first=&last=",
}
WIDTHS = (1280, 390)


@pytest.fixture
def desk(page: Page, demo_site: str) -> str:
    """Sign the planner in, and return the back office's address."""
    sign_in(page, demo_site, "planner")
    return f"{demo_site}/admin"


def check(page: Page, axe: Callable[..., int]) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.locator("h1").count() == 1
        assert page.locator("main").count() == 1
        assert axe() > 20
        assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("state", ADDRESSES)
def test_the_pages_are_for_everybody_at_every_width(
    page: Page, desk: str, axe: Callable[..., int], state: str
):
    page.goto(f"{desk}/{ADDRESSES[state]}")
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")

    check(page, axe)


def test_enter_in_a_field_only_looks(page: Page, desk: str, axe: Callable[..., int]):
    page.goto(f"{desk}/{ADDRESSES['book, offered']}")
    page.fill("[name=find]", "murdoch")
    page.press("[name=find]", "Enter")

    expect(page.get_by_role("button", name="Choose Max Murdoch")).to_be_visible()
    check(page, axe)
    page.get_by_role("button", name="Choose Max Murdoch").click()
    page.press("[name=company]", "Enter")
    expect(page.locator("[name=first_name]")).to_have_value("Max")


def test_the_look_before_anything_is_done_is_for_everybody_too(
    page: Page, desk: str, axe: Callable[..., int]
):
    page.goto(f"{desk}/{ABSENT}")
    page.get_by_role("button", name="Show what would happen").click()

    expect(page.get_by_text("Nothing is done yet.")).to_be_visible()
    check(page, axe)
