"""Staff in a browser."""

from playwright.sync_api import Page

LIGHT = "/admin/password_change/"  # everybody's page, and a quick one


def sign_in(page: Page, site: str, name: str = "admin") -> None:
    """Sign a person of the demo bank in: the name is the password."""
    page.goto(f"{site}/admin/login/?next={LIGHT}")
    page.fill("[name=username]", name)
    page.fill("[name=password]", name)
    page.click("[type=submit]")
    page.wait_for_url(f"{site}{LIGHT}")
