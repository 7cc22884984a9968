"""A real browser: the system's Chromium, kept on this machine, with a quiet console."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import ConsoleMessage, Page, Response, Route
from pytest_django.live_server_helper import LiveServer

from tests.demo import DEMO_NOW, committed_bank

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, NAMES)), ""
)
WANTED = os.environ.get("E2E", "require" if os.environ.get("CI") else "auto")
OWN = ("://localhost", "://127.0.0.1")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = (1280, 390, 320)
TEXT = ("text/", "application/javascript", "image/svg")
MAX_ELEMENTS = 900
SMALL = """() => [...document.querySelectorAll("a, button, input, select, textarea")]
  .map((node) => [node, (node.closest("label") ?? node).getBoundingClientRect()])
  .filter(([node, box]) => box.width > 1 && !node.closest("p, .visually-hidden, .trap"))
  .filter(([, box]) => box.width < 24 || box.height < 24)
  .map(([node]) => node.outerHTML.slice(0, 120))"""

# Playwright's loop lives on the main thread, where Django would see a coroutine.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def chromium_problem() -> str:
    """Return why no browser test can run, or nothing."""
    if WANTED == "off":
        return "E2E=off"
    if not CHROMIUM:
        return "no Chromium found (apt-get install chromium, or set CHROMIUM=/path)"
    try:
        subprocess.run(
            [CHROMIUM, "--version"], check=True, capture_output=True, timeout=30
        )
    except (OSError, subprocess.SubprocessError) as error:
        return f"{CHROMIUM} does not run: {error}"
    return ""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    browser_items = [item for item in items if _needs_browser(item)]
    if not browser_items:
        return
    why = chromium_problem()
    if why and WANTED == "require":
        raise pytest.UsageError(
            f"{len(browser_items)} browser tests cannot run: {why}. CI must not skip them."
        )
    for item in browser_items:
        item.add_marker(pytest.mark.e2e)
        if why:
            item.add_marker(pytest.mark.skip(reason=f"browser: {why}"))


def _needs_browser(item: pytest.Item) -> bool:
    names = {"page", "context", "browser"} & set(getattr(item, "fixturenames", ()))
    return bool(names) or item.get_closest_marker("e2e") is not None


def pytest_terminal_summary(terminalreporter: Any) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    count = sum("browser: " in str(report.longrepr) for report in skipped)
    if count:
        terminalreporter.write_line(
            f"WARNING: {count} browser tests skipped; E2E=require makes that an error",
            yellow=True,
        )


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    args = [
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--force-color-profile=srgb",
        "--font-render-hinting=none",
    ]
    if os.geteuid() == 0:
        args.append("--no-sandbox")
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": args}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict) -> dict:
    return {
        **browser_context_args,
        "locale": "en-GB",
        "timezone_id": "Europe/Brussels",
        "reduced_motion": "reduce",
        "viewport": {"width": 1280, "height": 900},
        "service_workers": "block",
    }


@pytest.fixture(autouse=True)
def only_loopback_and_a_quiet_console(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test whose page logs an error, breaks, or asks another machine."""
    if "page" not in request.fixturenames:
        yield
        return
    page: Page = request.getfixturevalue("page")
    faults: list[str] = []
    refusals: set[str] = set()  # pages, not their pieces: Chromium calls them errors

    def note_console(message: ConsoleMessage) -> None:
        is_refusal = "status of 4" in message.text
        is_refusal = is_refusal and message.location["url"] in refusals
        if message.type in {"error", "warning"} and not is_refusal:
            faults.append(f"console: {message.text}")

    def note_response(response: Response) -> None:
        if response.status >= 400 and response.request.is_navigation_request():
            refusals.add(response.url)
        if response.status >= 500:
            faults.append(f"{response.status} {response.url}")

    def stay_here(route: Route) -> None:
        if any(own in route.request.url for own in OWN):
            route.continue_()
        else:
            faults.append(f"outside request: {route.request.url}")
            route.abort()

    page.on("pageerror", lambda error: faults.append(f"page error: {error}"))
    page.on("console", note_console)
    page.on("response", note_response)
    page.route("**/*", stay_here)
    yield
    assert not faults, "browser complained:\n" + "\n".join(faults)


@pytest.fixture
def axe(page: Page) -> Callable[..., int]:
    """Return a check of the open page; it answers how many rules passed."""

    def check(*, allow: tuple[str, ...] = ()) -> int:
        result = Axe().run(page, options={"runOnly": RULES}).response
        faults = [fault for fault in result["violations"] if fault["id"] not in allow]
        assert not faults, "\n".join(
            f"{fault['impact']} {fault['id']}: {fault['help']} -> "
            f"{[node['target'] for node in fault['nodes']][:4]}"
            for fault in faults
        )
        return len(result["passes"])

    return check


@pytest.fixture
def look(page: Page, axe: Callable[..., int]) -> Callable[[], None]:
    """Return a look at the open page: at each width, for everybody."""

    def look() -> None:
        assert page.locator("h1").count() == 1
        assert page.locator("html").get_attribute("lang") == "en"
        assert page.locator("*").count() < MAX_ELEMENTS
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert axe() > 20
            assert page.evaluate("document.documentElement.scrollWidth") == width
            assert page.evaluate(SMALL) == []
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320 * 2
        page.set_viewport_size({"width": 1280, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") == 1280
        page.evaluate("document.documentElement.style.fontSize = ''")

    return look


@pytest.fixture
def check(page: Page, look: Callable[[], None]) -> Callable[[], None]:
    """Return the same for pages that set no cookie."""

    def check() -> None:
        look()
        assert page.context.cookies() == []

    return check


@pytest.fixture(scope="module")
def demo_site(django_db_setup: Any, django_db_blocker: Any) -> Iterator[str]:
    """The demo bank behind a server, at its own time, for all tests of a module.

    Tests that use it are marked django_db; what they write themselves stays unseen by
    the server, so they prepare their pages in fixtures of the module.
    """
    with (
        django_db_blocker.unblock(),
        committed_bank(),
        pytest.MonkeyPatch.context() as to,
    ):
        to.setattr(settings, "CLOCK_OFFSET", DEMO_NOW - timezone.now())
        server = LiveServer("localhost")
        yield server.url
        server.stop()
