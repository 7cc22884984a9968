"""Nobody reaches what is somebody else's: every address, four people, GET and POST."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from zeal import zeal_ignore

from directory.grants import Role
from directory.models import Customer, Office, User
from portal.models import CalendarFeed
from scheduling import tokens
from scheduling.models import AccessCode, Appointment, AppointmentEvent, Document
from scheduling.services.changes import start_change
from scheduling.tokens import hash_token, join_token, manage_token
from tests.access import ROWS, World, all_addresses
from tests.demo import DEMO_NOW
from tests.factories import staff_with

PEOPLE = ("nobody", "nate", "ghent", "max")  # Max's office is Antwerp
WITHOUT_ROLE = ("nobody", "nate", "idle", "max")
DENIED = {302, 403, 404, 405}
ADMIN = re.compile(r"^admin/(?!mails/)")
FRAME = {"admin:index", "admin:logout"}
EMPTY = {
    "admin:jsi18n",
    "admin:password_change",
    "admin:password_change_done",
    "admin:search",
    "search:page",
}
# Words that only Max, and staff who may, are to read.
SECRETS = ("max.murdoch", "HB-100007", "Cogels", "470 65 43 21")


@pytest.fixture
def world(demo) -> World:
    customer = Customer.objects.get(user__username="max")
    meetings = Appointment.objects.filter(customer=customer)
    meeting = meetings.filter(status="confirmed").earliest("starts_at")
    document = Document.objects.filter(
        appointment__customer=customer, side="customer"
    ).first()
    call = meetings.filter(status="confirmed", channel="video").first()
    past = document.appointment
    grant = "g" * 22
    AccessCode.objects.create(
        appointment=document.appointment,
        link_version=1,
        code_hash="0" * 64,
        created_at=DEMO_NOW,
        expires_at=DEMO_NOW,
        grant_hash=hash_token(grant),
        grant_expires_at=DEMO_NOW + timedelta(minutes=30),
    )
    feed = tokens.feed_token(customer.pk, 1)
    CalendarFeed.objects.create(
        customer=customer, token_hash=hash_token(feed), created_at=DEMO_NOW
    )
    walk = start_change(meeting, now=DEMO_NOW, needs_sign_in=True)
    walk.changes = walk.changes_revision = None
    walk.is_place_answered = False
    walk.locked = []
    walk.save()
    ghent = Office.objects.filter(code="ghent")
    staff_with(Role.OFFICE_MANAGER, offices=ghent, username="ghent")
    staff_with(username="idle")
    return World(
        meeting=meeting,
        past=past,
        call=call,
        document=document,
        walk=walk,
        link=manage_token(meeting.reference, meeting.link_version),
        past_link=manage_token(past.reference, past.link_version),
        grant=grant,
        join=join_token(call.reference, call.revision, "customer"),
        feed=feed,
    )


@pytest.fixture(autouse=True)
def _many_requests_in_one_test():
    with zeal_ignore():  # it counts queries of a whole test, not of a request
        yield


def status(answer) -> int:
    """Return the status of an answer, read to its end: that closes its file."""
    b"".join(answer)
    return answer.status_code


def client_of(person: str) -> Client:
    client = Client(raise_request_exception=True)
    if person != "nobody":
        client.force_login(User.objects.get(username=person))
    return client


def test_every_address_has_a_row():
    ours = {name for name, route in all_addresses() if not ADMIN.match(route)}

    assert ours - ROWS.keys() == set()
    assert ROWS.keys() - ours == set()


@pytest.mark.parametrize("person", PEOPLE)
def test_everybody_gets_what_is_theirs(world, person):
    client = client_of(person)
    place = PEOPLE.index(person)

    got = {name: status(client.get(url)) for name, url in urls(world).items()}

    assert got == {name: row.get[place] for name, row in ROWS.items()}


@pytest.mark.parametrize("person", PEOPLE)
def test_everybody_does_what_is_theirs(world, person):
    """Each deed is taken back, so that none hides another."""
    place = PEOPLE.index(person)
    before = of_max()
    got = {}

    for name, url in urls(world).items():
        with taken_back():
            got[name] = status(client_of(person).post(url))
            if person != "max" and not ROWS[name].is_open:
                assert of_max() == before, name

    assert got == {name: row.post[place] for name, row in ROWS.items()}


def urls(world: World) -> dict[str, str]:
    """Return every address, filled with what is Max's."""
    return {
        name: reverse(name, kwargs=row.arguments(world)) for name, row in ROWS.items()
    }


@contextmanager
def taken_back() -> Iterator[None]:
    """Undo what is written inside."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("person", PEOPLE[:3])
@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_else_reads_a_word_of_it(world, person, method):
    client = client_of(person)

    for name, row in ROWS.items():
        if row.is_open:
            continue
        address = reverse(name, kwargs=row.arguments(world))
        answer = getattr(client, method)(address)
        assert secrets_in(answer) == [], address


@pytest.mark.parametrize("person", [*WITHOUT_ROLE, "ghent"])
def test_the_back_office_opens_to_nobody_without_a_role(world, person):
    """And to the manager of another office it tells nothing of Max."""
    client = client_of(person)
    for name, route in all_addresses():
        if not ADMIN.match(route):
            continue
        for address in filled(route, world):
            answer = client.get(address)
            if person != "ghent" and name not in FRAME | {"admin:login"}:
                assert is_denied(answer, person, name), (address, answer.status_code)
            assert secrets_in(answer) == [], address


def secrets_in(answer) -> list[str]:
    """Return what an answer gives away."""
    text = b"".join(answer).decode(errors="replace")
    return [word for word in SECRETS if word in text]


def is_denied(answer, person: str, name: str) -> bool:
    """Tell whether a page says nothing; staff without a role see the empty frame."""
    is_empty = person == "idle" and name in EMPTY
    return answer.status_code in DENIED or is_empty


def filled(route: str, world: World) -> list[str]:
    """Return the route with his meeting, his document or his key in its places."""
    route = route.replace("^(?P<app_label>", "(?P<app_label>")
    labels = re.search(r"\(\?P<app_label>([^)]*)\)/\$", route)
    if labels:
        start = route[: labels.start()]
        return [f"/{start}{label}/" for label in labels[1].split("|")]
    if "(?P<url>" in route:
        return ["/admin/anything/"]
    pk = str(world.meeting.pk)
    return [
        "/"
        + re.sub(
            r"<(\w+):(\w+)>",
            lambda found: {
                "uuid": str(world.document.pk),
                "slug": "cancel",
            }.get(found[1], pk),
            route,
        )
    ]


def of_max() -> tuple:
    """Return all rows of Max's meetings."""
    mine = {"appointment__customer__user__username": "max"}
    meetings = Appointment.objects.filter(customer__user__username="max")
    return tuple(
        list(rows.order_by("pk").values_list())
        for rows in (
            meetings,
            Document.objects.filter(**mine),
            AppointmentEvent.objects.filter(**mine),
        )
    )
