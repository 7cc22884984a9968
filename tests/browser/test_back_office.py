"""Every page of the back office in a real browser: wide, on a phone, by axe, by script
and without. One sign-in and one tab for all of them; nothing is posted.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, expect
from pytest_django.live_server_helper import LiveServer

from tests.admin_pages import AdminPage, all_pages
from tests.browser.conftest import RULES
from tests.browser.theme_faults import KNOWN
from tests.demo import empty_queue
from tests.factories import NOW
from tests.roles import make_world

pytestmark = [pytest.mark.django_db, pytest.mark.e2e]

RUN = """([context, runOnly]) => axe.run(context, {
  runOnly, resultTypes: ["violations"], preload: false, iframes: false,
}).then(({violations}) => violations.flatMap(({id, nodes}) => nodes.map(
  ({target, html}) => [id, target.join(" ") + " " + html.slice(0, 300)])))"""
MEASURE = """() => [
  document.querySelectorAll("h1").length,
  document.querySelectorAll("main").length,
  document.documentElement.scrollWidth,
  document.title,
  [...document.querySelectorAll("main *")]
    .filter((node) => node.getBoundingClientRect().right > innerWidth)
    .map((node) => node.outerHTML.slice(0, 120)).slice(0, 3),
]"""
# On a phone the same elements stand elsewhere, or others stand in for them.
ON_A_PHONE = [
    *("aria-hidden-focus", "button-name", "empty-heading", "heading-order", "label"),
    *("landmark-unique", "link-name", "page-has-heading-one", "region"),
    *("scrollable-region-focusable", "select-name", "target-size"),
]
ONLY = os.environ.get("WALK", "")  # a pattern of names: WALK=insights pytest ...
WIDE = 1280
LOOKS = {WIDE: RULES, 390: ON_A_PHONE}
EVERYTHING = {"include": [["html"]]}
BUT_THE_MENU = {"include": [["html"]], "exclude": [["#nav-sidebar"]]}


@dataclass(frozen=True)
class Site:
    """A running back office: its address, its pages, and a sign-in."""

    url: str
    pages: list[AdminPage]
    cookie: dict[str, str]


@pytest.fixture(scope="module")
def site(django_db_setup: Any, django_db_blocker: Any) -> Iterator[Site]:
    """A row of each model behind a server, and an administrator who is signed in."""
    with (
        django_db_blocker.unblock(),
        pytest.MonkeyPatch.context() as to,
    ):
        world = make_world()
        client = Client()
        client.force_login(world.people["a"])
        to.setattr(settings, "CLOCK_OFFSET", NOW - timezone.now())
        to.setattr(settings, "EMAIL_BACKEND", "scheduling.outbox.MailFiles")
        to.setattr(
            settings,
            "MIDDLEWARE",
            [one for one in settings.MIDDLEWARE if "zeal" not in one],
        )
        server = LiveServer("localhost")
        name = settings.SESSION_COOKIE_NAME
        cookie = {"name": name, "value": client.cookies[name].value, "url": server.url}
        yield Site(server.url, all_pages(world), cookie)
        server.stop()
        empty_queue()
        call_command("flush", verbosity=0, interactive=False)


@pytest.fixture
def staff(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    """A window of the administrator, which keeps the theme's files between pages."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, reduced_motion="reduce"
    )
    context.add_cookies([site.cookie])
    yield context
    context.close()


def test_every_page_is_for_everybody_at_every_width(staff, site):
    pages = [page for page in site.pages if re.search(ONLY, page.name)]
    tab = staff.new_page()
    complaints: list[str] = []
    tab.on("pageerror", lambda error: complaints.append(f"{tab.url}: {error}"))
    script = Axe().axe_script
    faults: list[tuple[str, str, str]] = []
    walked = 0
    for page in pages:
        tab.set_viewport_size({"width": 1280, "height": 900})
        answer = tab.goto(site.url + page.address)
        if answer.status == 403 and page.name.endswith(("_add", "_delete")):
            continue  # services alone do that
        walked += 1
        if answer.status != 200:
            complaints.append(f"{page.name}: {answer.status}")
            continue
        tab.evaluate(script)
        context = EVERYTHING if page.name == "admin:index" else BUT_THE_MENU
        for width, rules in LOOKS.items():
            tab.set_viewport_size({"width": width, "height": 900})
            h1, main, scrolled, title, beyond = tab.evaluate(MEASURE)
            if (h1, main, scrolled) != (1, 1, width) or len(title) < 10:
                complaints.append(
                    f"{page.name} at {width}: {h1} h1, {main} main, {scrolled} wide"
                    f" {beyond if scrolled > width else ''}"
                )
            if page.is_alike and width < WIDE:
                continue  # others like it are looked at; this one fits its width
            found = tab.evaluate(RUN, [context, rules])
            faults += [(rule, page.name, element) for rule, element in found]

    assert not complaints, "\n".join(complaints)
    unknown = Counter(
        f"{rule} on {name}: {element[:200]}"
        for rule, name, element in faults
        if not any(known.fits(rule, name, element) for known in KNOWN)
    )
    assert not unknown, "\n".join(unknown)
    if ONLY:
        return
    gone = [one for one in KNOWN if not any(one.fits(*fault) for fault in faults)]
    assert gone == [], "no page has these any more: strike them off the list"
    assert walked > 100


def test_the_menu_opens_by_keyboard_on_a_phone(staff, site):
    tab = staff.new_page()
    tab.set_viewport_size({"width": 390, "height": 900})
    tab.goto(site.url + reverse("admin:directory_office_changelist"))
    link = tab.get_by_role("link", name="Segments", exact=True)
    expect(link).to_be_hidden()

    menu = tab.get_by_role("button", name="Show or hide the menu")
    menu.first.focus()
    tab.keyboard.press("Enter")

    expect(link).to_be_visible()


def test_the_search_field_shows_what_it_finds_while_one_types(staff, site):
    tab = staff.new_page()
    tab.goto(site.url + reverse("admin:directory_office_changelist"))
    tab.keyboard.press("t")
    tab.keyboard.type("gantois")

    name = "Greet Gantois gantois@example.com"
    hit = tab.locator("#search-results").get_by_role("link", name=name)
    expect(hit).to_be_visible()
    tab.keyboard.press("Enter")

    expect(tab.get_by_role("heading", level=1, name="Search")).to_be_visible()
    tab.locator("main").get_by_role("link", name=name).click()
    expect(tab).to_have_title(re.compile("Greet Gantois"))


def test_a_look_up_says_what_it_looks_up(staff, site):
    tab = staff.new_page()
    tab.goto(site.url + reverse("admin:directory_absence_add"))

    expect(tab.get_by_role("combobox", name="Advisor")).to_be_visible()


@pytest.mark.parametrize("width", LOOKS)
def test_lists_pages_and_the_menu_are_there_without_scripts(browser, site, width):
    context = browser.new_context(
        viewport={"width": width, "height": 900}, java_script_enabled=False
    )
    context.add_cookies([site.cookie])
    tab = context.new_page()
    tab.goto(site.url + reverse("admin:index"))
    tab.get_by_role("navigation").get_by_role("link", name="Offices").click()
    tab.locator("main").get_by_role("link", name="Ghent Korenmarkt").click()

    field = tab.get_by_label("City")
    expect(field).to_have_value("Gent")
    field.fill("Ghent")
    expect(tab.get_by_role("button", name="Save", exact=True)).to_be_visible()
    tab.get_by_role("searchbox", name="Search meetings").fill("gantois")
    tab.keyboard.press("Enter")
    hit = tab.locator("main").get_by_role("link", name="Greet Gantois gantois@")
    expect(hit).to_be_visible()
    context.close()
