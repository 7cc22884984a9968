import pytest
from django.urls import reverse

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.e2e]

WIDTHS = (1280, 390, 320)
MAX_ELEMENTS = 900
SMALL = """() => [...document.querySelectorAll("main a, button, input, select, textarea")]
  .map((node) => [node, (node.closest("label") ?? node).getBoundingClientRect()])
  .filter(([node, box]) => box.width > 1 && !node.closest("p"))
  .filter(([, box]) => box.width < 24 || box.height < 24)
  .map(([node]) => node.outerHTML.slice(0, 90))"""


@pytest.fixture
def guide(live_server):
    return live_server.url + reverse("styleguide")


@pytest.mark.parametrize("query", ["", "?errors"])
@pytest.mark.parametrize("width", WIDTHS)
def test_every_component_is_accessible_at_every_width(page, axe, guide, width, query):
    page.set_viewport_size({"width": width, "height": 900})

    page.goto(guide + query)

    assert axe() > 30
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate(SMALL) == []
    assert page.locator("*").count() < MAX_ELEMENTS


def test_error_summary_takes_the_focus_and_leads_to_the_fields(page, guide):
    page.goto(guide + "?errors")

    assert page.title().startswith("Error: ")
    assert page.evaluate("document.activeElement.className") == "error-summary"
    for message, focused in {
        "Enter your full name": "id_name",
        "Choose what the loan is for": "id_purpose",
        "Agree to the use of your details, or call us": "id_consent",
    }.items():
        page.get_by_role("alert").get_by_role("link", name=message).click()
        assert page.evaluate("document.activeElement.id") == focused


def test_arrow_keys_walk_the_times(page, guide):
    page.goto(guide)
    page.get_by_role("radio", name="Tuesday 24 November, 10:30").focus()

    page.keyboard.press("ArrowDown")

    chosen = page.get_by_role("radio", name="Tuesday 24 November, 11:00")
    assert chosen.is_checked()


def test_phone_shows_one_day_at_a_time_without_javascript(browser, guide):
    context = browser.new_context(
        java_script_enabled=False, viewport={"width": 390, "height": 844}
    )
    page = context.new_page()
    page.goto(guide)
    days = page.locator(".day:visible")
    assert days.locator("h3").all_text_contents() == ["Tue 24 Nov"]

    page.get_by_role("link", name="Wednesday 25 November, 4 times").click()

    assert days.locator("h3").all_text_contents() == ["Wed 25 Nov"]
    context.close()


def test_parts_of_a_form_follow_the_choice_they_belong_to(page, guide):
    page.goto(guide)
    part = page.get_by_text("This line shows while")
    assert part.is_visible()

    page.get_by_role("radio", name="Video call").check()

    assert part.is_hidden()
