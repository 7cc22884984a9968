"""The why-not page in a real browser: wide, on a phone, by eye and by screen reader."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.staff import sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.e2e]

QUESTIONS = {
    "empty": "",
    "filled": "?subject=mortgage&channel=video&date=2026-05-05",
    "one advisor": "?subject=mortgage&channel=video&date=2026-05-05&row=eva-peeters.antwerp",
    "noted": "?segment=HIGH_SIGNED&subject=mortgage&channel=video&office=antwerp&date=2026-05-09",
    "refused": "?segment=HIHG&subject=mortgage&channel=on_location&office=nowhere&date=1999-01-01",
}


@pytest.mark.parametrize("state", QUESTIONS)
def test_the_page_is_for_everybody_at_every_width(
    page: Page, demo_site: str, axe: Callable[..., int], state: str
):
    sign_in(page, demo_site)

    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{demo_site}/admin/why/{QUESTIONS[state]}")
        assert page.locator("h1").count() == 1
        assert page.locator("main").count() == 1
        assert axe() > 25
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_the_strip_becomes_a_list_by_hour_on_a_phone(page: Page, demo_site: str):
    sign_in(page, demo_site)
    page.goto(f"{demo_site}/admin/why/{QUESTIONS['filled']}")
    strip, hours = page.locator(".why-strip"), page.locator(".why-hours")
    expect(strip).to_be_visible()
    expect(hours).to_be_hidden()

    page.set_viewport_size({"width": 390, "height": 900})
    expect(strip).to_be_hidden()
    expect(hours).to_be_visible()
    hours.get_by_role("link", name="16:30").click()

    expect(page.get_by_role("heading", name="Why (not) at 16:30")).to_be_visible()
    heights = page.locator(".why-hours a").evaluate_all(
        "links => Math.min(...links.map(link => link.getBoundingClientRect().height))"
    )
    assert heights >= 24


def test_a_screen_reader_finds_headers_and_whole_sentences(page: Page, demo_site: str):
    sign_in(page, demo_site)
    page.goto(f"{demo_site}/admin/why/{QUESTIONS['filled']}")

    table = page.get_by_role("table", name="Start times of the day by advisor")
    expect(table.get_by_role("columnheader", name="09:00", exact=True)).to_be_visible()
    row = table.get_by_role("row", name="Eva Peeters")
    expect(row.get_by_role("rowheader", name="Eva Peeters")).to_be_visible()
    cell = row.get_by_role("link", name="Closed, Not working").first
    assert cell.inner_text()

    cell.click()
    expect(page.get_by_role("heading", name="Why (not) at 00:00")).to_be_visible()


def test_it_is_asked_without_javascript(page: Page, browser: Browser, demo_site: str):
    sign_in(page, demo_site)  # whose page the theme shows with its script alone
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(page.context.cookies())
    page = context.new_page()
    page.goto(f"{demo_site}/admin/why/")
    page.get_by_role("combobox", name="Subject").select_option("mortgage")
    page.get_by_label("Channel").select_option("video")
    page.get_by_label("Date").fill("2026-05-05")
    page.get_by_role("button", name="Explain the day").click()

    expect(
        page.get_by_role("heading", name="Offered on Tuesday 5 May 2026")
    ).to_be_visible()
    page.get_by_role("link", name="Day after").click()
    expect(
        page.get_by_role("heading", name="Offered on Wednesday 6 May 2026")
    ).to_be_visible()
    assert "subject=mortgage" in page.url
    context.close()
