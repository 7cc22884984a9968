"""Sign-in, hand-over, profile and what goes with them, in a real browser."""

import re
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from portal.handover_tokens import make_token
from portal.password_mails import password_url
from tests.demo import DEMO_NOW
from tests.factories import CustomerFactory, HandoverKeyFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.e2e]

KEY = b"the browser tests' hand-over key"


@dataclass(frozen=True)
class Site:
    """The demo bank, with what these tests prepared in it."""

    url: str
    new_password: str  # a link that still works
    page: str  # a page of another site that hands Max over
    refused: str  # the same with a token of another key


@pytest.fixture(scope="module")
def site(demo_site: str) -> Site:
    HandoverKeyFactory(kid="browser", secret=KEY)
    mia = UserFactory(username="mia")
    CustomerFactory(user=mia, first_name="Mia", customer_number="HB-1")
    leaves = UserFactory(username="leaves", password="leaves")
    CustomerFactory(user=leaves, customer_number="HB-2")
    path = password_url(mia).removeprefix(settings.BASE_URL)
    return Site(
        demo_site,
        demo_site + path,
        other_site(demo_site, KEY),
        other_site(demo_site, b"another key"),
    )


def other_site(url: str, key: bytes) -> str:
    """Return a page that sends Max, as the organisation's own portal would."""
    token = make_token(
        key=key,
        kid="browser",
        customer="HB-100007",
        audience=settings.BASE_URL,
        nonce="browser-tests-0001",
        expires=DEMO_NOW + timedelta(seconds=290),
    )
    return (
        f'<form method="post" action="{url}/portal/handover/">'
        f'<input type="hidden" name="token" value="{token}">'
        "<button>My appointments</button></form>"
    )


def sign_in(page: Page, site: Site, name: str = "max", password: str = "") -> None:
    page.goto(f"{site.url}/portal/sign-in/")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password", exact=True).fill(password or name)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        ("/portal/sign-in/", "Sign in"),
        ("/portal/sign-in/?next=/portal/profile/", "Sign in"),
        ("/portal/signed-out/", "You are signed out"),
        ("/portal/password-reset/", "Choose a new password"),
        ("/portal/password-reset/sent/", "Look into your mail"),
        ("/portal/password-reset/done/", "Your new password is saved"),
        ("/portal/password-reset/AA/bb-cc/", "This link does not work"),
        ("/portal/handover/", "We could not sign you in"),
        ("/portal/erased/", "Your data is erased"),
    ],
)
def test_pages_without_a_sign_in_are_accessible(page, look, site, path, heading):
    page.goto(site.url + path)

    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    look()


def test_wrong_password_is_said_first_and_focused(page, look, site):
    sign_in(page, site, "max", "wrong")

    assert page.title().startswith("Error: Sign in")
    expect(page.locator(".error-summary")).to_be_focused()
    assert page.get_by_label("User name").input_value() == "max"
    assert page.get_by_label("Password", exact=True).input_value() == ""
    look()


def test_missing_words_are_linked(page, look, site):
    page.goto(f"{site.url}/portal/password-reset/")
    page.get_by_role("button", name="Send the link").click()

    page.get_by_role("alert").get_by_role("link").click()
    assert page.evaluate("document.activeElement.id") == "id_email"
    look()


def test_closed_sign_in_says_for_how_long(page, look, site):
    for _ in range(10):
        sign_in(page, site, "nobody-at-all", "wrong")

    expect(page.get_by_role("heading", level=1)).to_have_text(
        "The password was wrong too often"
    )
    look()


def test_new_password_by_the_mailed_link(page, look, site):
    page.goto(site.new_password)
    assert page.url.endswith("/set-password/")
    look()
    first = page.get_by_label("New password", exact=True)
    second = page.get_by_label("New password again")
    first.fill("a-long-new-word")
    second.fill("another-long-word")
    page.get_by_role("button", name="Save the password").click()
    expect(page.get_by_role("alert")).to_contain_text("are not the same")
    look()

    first.fill("a-long-new-word")
    second.fill("a-long-new-word")
    page.get_by_role("button", name="Save the password").click()

    page.get_by_role("link", name="Sign in").click()
    sign_in(page, site, "mia", "a-long-new-word")
    expect(page).to_have_url(f"{site.url}/portal/")


def test_profile_is_accessible_empty_filled_and_refused(page, look, site):
    sign_in(page, site)
    page.goto(f"{site.url}/portal/profile/")
    look()

    page.get_by_label("E-mail address").fill("max")
    page.get_by_label("Phone number").fill("12")
    page.get_by_role("button", name="Save").click()
    assert page.title().startswith("Error: Your profile")
    assert page.get_by_label("E-mail address").input_value() == "max"
    look()

    page.get_by_label("E-mail address").fill("max.murdoch@example.com")
    page.get_by_label("Phone number").fill("0470 65 43 21")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your profile is saved.")).to_be_visible()
    look()


def test_calendar_address_is_made_and_works_without_a_cookie(page, look, site):
    sign_in(page, site)
    page.goto(f"{site.url}/portal/profile/")
    page.get_by_role("button", name="Make a calendar address").click()

    address = page.get_by_label("Calendar address").input_value()
    look()
    path = re.sub(r"^https?://[^/]+", "", address)
    answer = Client().get(path)
    assert answer.content.startswith(b"BEGIN:VCALENDAR")
    page.get_by_role("button", name="Remove the address").click()
    expect(page.get_by_role("button", name="Make a calendar address")).to_be_visible()
    assert Client().get(path).status_code == 404


def test_data_are_downloaded(page, site):
    sign_in(page, site)
    page.goto(f"{site.url}/portal/profile/")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download your data").click()

    assert download.value.suggested_filename == "my-data.json"


def test_erasing_is_refused_while_meetings_are_to_come(page, look, site):
    sign_in(page, site)
    page.goto(f"{site.url}/portal/profile/")
    page.get_by_role("link", name="Erase your data").click()

    expect(page.get_by_text("You have meetings to come.")).to_be_visible()
    look()


def test_customer_without_meetings_is_erased(page, look, site):
    sign_in(page, site, "leaves")
    page.goto(f"{site.url}/portal/profile/erase/")
    look()
    page.get_by_role("button", name="Erase everything").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter your password.")
    look()

    page.get_by_label("Your password").fill("leaves")
    page.get_by_role("button", name="Erase everything").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Your data is erased")
    page.goto(f"{site.url}/portal/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_another_site_hands_its_customer_over(page, look, site):
    page.set_content(site.refused)
    page.get_by_role("button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "We could not sign you in"
    )
    look()

    page.set_content(site.page)
    page.get_by_role("button").click()

    expect(page).to_have_url(f"{site.url}/portal/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Max")


def test_sign_in_and_profile_work_without_javascript(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.url}/portal/profile/")
    page.get_by_label("User name").fill("max")
    page.get_by_label("Password", exact=True).fill("max")
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{site.url}/portal/profile/")

    page.get_by_label("Company").fill("Murdoch Bakery")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Company")).to_have_value("Murdoch Bakery")

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out")
    context.close()
