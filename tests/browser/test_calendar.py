"""The staff calendar and the appointment list in a real browser, wide and on a phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.staff import sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.e2e]

CALENDARS = {
    "an advisor's week": "?advisor=eva-peeters&date=2026-05-04",
    "an office's week": "?office=antwerp&date=2026-05-04",
    "an office's day": "?office=brussels&span=day&date=2026-05-05",
    "refused": "?office=nowhere&date=1999-01-01",
}


def test_the_calendar_is_for_everybody_at_every_width(
    page: Page, demo_site: str, axe: Callable[..., int]
):
    sign_in(page, demo_site)

    for name, query in CALENDARS.items():
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(f"{demo_site}/admin/calendar/{query}")
            assert page.locator("h1").count() == 1, name
            assert axe() > 25, name
            scrolled = page.evaluate("document.documentElement.scrollWidth")
            assert scrolled == width, name


def test_pieces_stand_where_their_times_are(page: Page, demo_site: str):
    sign_in(page, demo_site)
    day = CALENDARS["an office's day"]
    page.goto(f"{demo_site}/admin/calendar/{day}")
    boxes = (
        page.locator(".cal-pieces")
        .first.locator("li")
        .evaluate_all(
            """items => items.map(item => [
            Number(item.dataset.h) * 60 + Number(item.dataset.m),
            Number(item.dataset.eh) * 60 + Number(item.dataset.em),
            item.getBoundingClientRect().top - item.parentElement.getBoundingClientRect().top,
            item.getBoundingClientRect().height,
        ])"""
        )
    )

    hour = page.locator(".cal-scale li").first.evaluate("item => item.offsetHeight")
    assert len(boxes) > 2
    for since, until, top, height in boxes:
        assert abs(top - (since / 60 - 8) * hour) <= 2
        assert abs(height - (until - since) / 60 * hour) <= 3


def test_it_is_a_list_by_day_on_a_phone_and_works_without_javascript(
    page: Page, browser: Browser, demo_site: str
):
    sign_in(page, demo_site)  # whose page the theme shows with its script alone
    context = browser.new_context(
        java_script_enabled=False, viewport={"width": 390, "height": 900}
    )
    context.add_cookies(page.context.cookies())
    page = context.new_page()
    page.goto(f"{demo_site}/admin/calendar/")
    page.get_by_label("Advisor").select_option("eva-peeters")
    page.get_by_label("Date").fill("2026-05-04")
    page.get_by_role("button", name="Show").click()

    expect(
        page.get_by_role("heading", name="Eva Peeters, 4 May to 10 May 2026")
    ).to_be_visible()
    expect(page.get_by_role("heading", name="Mon 4 May")).to_be_visible()
    expect(page.locator(".cal-scale")).to_be_hidden()
    page.get_by_role("link", name="Week after").click()
    expect(page.get_by_role("heading", name="Mon 11 May")).to_be_visible()
    page.locator("[data-kind=free] a").first.click()
    expect(page.get_by_label("Advisor", exact=True)).to_have_value("eva-peeters")
    context.close()


def test_views_and_file_stand_above_the_list(
    page: Page, demo_site: str, axe: Callable[..., int]
):
    sign_in(page, demo_site)

    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{demo_site}/admin/scheduling/appointment/?when=next_7")
        views = page.get_by_role("navigation", name="Views")
        expect(views.get_by_role("link", name="The coming 7 days")).to_have_attribute(
            "aria-current", "page"
        )
        page.get_by_text("Keep this view").click()
        expect(page.get_by_label("Name of the view")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == width
        page.goto(f"{demo_site}/admin/scheduling/appointment/views/")
        assert axe() > 20
