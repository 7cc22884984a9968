"""Insights and the first page in a real browser: wide, on a phone, without scripts."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.staff import sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.e2e]

RANGE = "?from=2026-04-01&to=2026-05-31"
PAGES = {
    "today": "/admin/",
    "insights": f"/admin/insights/{RANGE}",
}
PAINTED = """canvases => canvases.every(one => {
  const pixels = one.getContext("2d").getImageData(0, 0, one.width, one.height).data;
  return pixels.some(value => value > 0);
})"""


def test_the_pages_are_for_everybody_at_every_width(
    page: Page, demo_site: str, axe: Callable[..., int]
):
    sign_in(page, demo_site)
    for path in (PAGES["today"], PAGES["insights"]):
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(f"{demo_site}{path}")
            assert page.locator("h1").count() == 1
            assert page.locator("main").count() == 1
            assert axe() > 20
            assert page.evaluate("document.documentElement.scrollWidth") == width


def test_every_chart_is_drawn_beside_its_table(page: Page, demo_site: str):
    sign_in(page, demo_site)
    for path in (PAGES["today"], PAGES["insights"]):
        page.goto(f"{demo_site}{path}")
        charts = page.locator("canvas.chart")
        assert charts.count() > 0
        assert charts.evaluate_all(PAINTED)
        assert page.locator(".insights-pair table").count() >= charts.count()


def test_without_scripts_the_tables_stand_alone(
    browser: Browser, page: Page, demo_site: str
):
    sign_in(page, demo_site)
    plain = browser.new_context(
        java_script_enabled=False, storage_state=page.context.storage_state()
    )
    try:
        shown = plain.new_page()
        shown.goto(f"{demo_site}{PAGES['insights']}")
        expect(shown.locator("#subject table")).to_be_visible()
        expect(shown.locator("#subject canvas")).to_be_hidden()
        shown.select_option("[name=channel]", "video")
        shown.get_by_role("button", name="Show").click()
        expect(shown.locator("#channel tbody tr")).to_have_count(1)
        shown.goto(f"{demo_site}{PAGES['today']}")
        expect(shown.get_by_role("heading", name="What needs me today")).to_be_visible()
    finally:
        plain.close()
