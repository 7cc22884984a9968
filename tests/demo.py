"""The demo bank in tests: what it is, when it lives, and how a visitor walks in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.core.management import call_command
from django.db import connection
from django.test import Client

from showcase.seed.meetings import fill_diary
from showcase.seed.standing import load_bank

BRUSSELS = ZoneInfo("Europe/Brussels")
# A Wednesday, 10:00 in Brussels. The Friday after it is a public holiday.
DEMO_NOW = datetime(2026, 4, 29, 8, 0, tzinfo=UTC)
IN_AN_HOUR = DEMO_NOW + timedelta(hours=1)
PERSON = {
    "first_name": "Zoe",
    "last_name": "Quistwater",
    "email": "zoe@quistwater.example",
    "phone": "0470 12 34 56",
    "consent": "on",
}
ADDRESS = {"street": "Meir 1", "postal_code": "2000", "city": "Antwerpen"}


def seed_bank() -> None:
    """Write the demo bank and its diary, as `manage.py seed_demo` does."""
    load_bank(now=DEMO_NOW, address="http://testserver")
    fill_diary(now=DEMO_NOW)


@contextmanager
def committed_bank() -> Iterator[None]:
    """Fill the test database for a server of its own thread, and leave it empty."""
    assert str(connection.settings_dict["NAME"]).startswith("test_")
    seed_bank()
    try:
        yield
    finally:
        empty_queue()
        call_command("flush", verbosity=0, interactive=False)


def empty_queue() -> None:
    """Empty the job queue: its tables are not Django's, so a flush skips them."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")


def enter(client: Client, query: str = "") -> str:
    """Follow a scheduling link; return the address of the step that it opens."""
    response = client.get(f"/schedule/?{query}" if query else "/schedule/")
    assert response.status_code == 302, response.status_code
    return response["Location"]


def flow_id(address: str) -> str:
    """Return the flow that a step's address belongs to."""
    return address.split("/")[2]


def step(address: str, name: str) -> str:
    """Return the address of another step of the same flow."""
    return f"/schedule/{flow_id(address)}/{name}/"


def answer(client: Client, address: str, **fields: object) -> str:
    """Answer a step; return the address that it leads to."""
    response = client.post(address, fields)
    assert response.status_code == 303, response.content.decode()
    return response["Location"]


def times(client: Client, address: str, day: str = "") -> list[datetime]:
    """Return the starts in the week of a day, or in the week that the page opens on."""
    page = client.get(address, {"date": day} if day else {})
    assert page.status_code == 200
    values = [
        slot.value
        for each in page.context["days"]
        for slot in (*each.morning, *each.afternoon)
    ]
    return [datetime.fromisoformat(value) for value in values]


def slot_text(start: datetime) -> str:
    """Return a start as the time page posts it."""
    return f"{start:%Y-%m-%dT%H:%M:%SZ}"
