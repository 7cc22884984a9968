"""Nate and Max in the demo bank's portal, as a browser without JavaScript sees it."""

import email
import html
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import datetime
from email import policy
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import icalendar
import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client

from directory.models import Customer
from scheduling.management.commands.verify import count_everything
from scheduling.models import Appointment, BusyInterval, Document, Flow
from segments.models import LinkContext
from showcase.seed.people import MAX, NATE, CustomerPaper
from tests.demo import (
    DEMO_NOW,
    answer,
    empty_queue,
    flow_id,
    seed_bank,
    slot_text,
    step,
    times,
)
from tests.worker import run_worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

CONTACT = ("first_name", "last_name", "email", "phone")


@pytest.fixture
def mails(settings, tmp_path) -> Iterator[Path]:
    """The bank on a Wednesday in April; the folder of its mails."""
    settings.EMAIL_BACKEND = "scheduling.outbox.MailFiles"
    settings.MAIL_DIR = tmp_path / "mail"
    empty_queue()
    seed_bank()
    with time_machine.travel(DEMO_NOW, tick=False):
        yield settings.MAIL_DIR
    empty_queue()


class Forms(HTMLParser):
    """A page's forms: where each posts to, with the fields that it would send."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        row = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append((row.get("action", ""), {}))
        is_sent = tag == "input" and (
            row.get("type") not in {"radio", "checkbox", "submit"} or "checked" in row
        )
        if self.found and is_sent and row.get("name"):
            self.found[-1][1][row["name"]] = row.get("value", "")


def text_of(response: HttpResponse) -> str:
    return html.unescape(response.content.decode())


def see_portal_as(client: Client, name: str) -> HttpResponse:
    """Press a button of the bank's site; return the portal's first page."""
    response = client.post("/demo/persona/", {"persona": name}, follow=True)
    assert response.redirect_chain == [("/portal/", 303)]
    return response


def press_banner(client: Client, page: HttpResponse, code: str) -> tuple[str, str]:
    """Press the banner's button; return the link it makes and the step it opens."""
    offers = [
        (action, fields)
        for action, fields in Forms(page.content.decode()).found
        if "/offers/" in action
    ]
    assert [action for action, _ in offers] == [f"/portal/offers/{code}/"]
    link = answer(client, offers[0][0], **offers[0][1])
    response = client.get(link)
    assert response.status_code == 302, text_of(response)
    return link, response["Location"]


def filled_in(page: HttpResponse) -> dict[str, str]:
    """Return what step five holds before anything is typed."""
    (found,) = [
        fields
        for _, fields in Forms(page.content.decode()).found
        if "first_name" in fields
    ]
    return found


def knows_nothing_of(address: str, paper: CustomerPaper) -> bool:
    """Tell whether an address keeps the customer's data to itself."""
    said = [paper.first_name, paper.last_name, paper.email, paper.number, paper.street]
    said += [*paper.segments, paper.office, paper.advisor, paper.phone[-5:]]
    return not any(word.lower() in address.lower() for word in said)


def calendar_of(folder: Path, reader: str, reference: str) -> dict[str, datetime]:
    """Return what a calendar shows that gets a reader's mails in order: uid -> start.

    As RFC 5546 has it: the same uid is the same event, and the highest sequence counts.
    """
    shown: dict[str, datetime] = {}
    sequences: dict[str, int] = {}
    for mail in sorted(
        mails_in(folder), key=lambda one: int(one["X-Parlour-Revision"])
    ):
        if mail["To"] != reader or mail["X-Parlour-Reference"] != reference:
            continue
        for part in mail.walk():
            if part.get_content_type() != "text/calendar":
                continue
            calendar = icalendar.Calendar.from_ical(part.get_payload(decode=True))
            (event,) = calendar.walk("VEVENT")
            uid, sequence = str(event["UID"]), int(event["SEQUENCE"])
            assert sequence > sequences.get(uid, -1)
            sequences[uid] = sequence
            if calendar["METHOD"] == "CANCEL":
                shown.pop(uid, None)
            else:
                assert calendar["METHOD"] == "REQUEST"
                shown[uid] = event["DTSTART"].dt
    return shown


def mails_in(folder: Path) -> list[EmailMessage]:
    return [
        email.message_from_bytes(path.read_bytes(), policy=policy.default)
        for path in sorted(folder.glob("*.eml"))
    ]


def test_nate_books_pet_insurance_moves_it_and_cancels_it(mails, client):
    nate = Customer.objects.get(user__username="nate")
    overview = see_portal_as(client, "nate")
    assert "Hello Nate" in text_of(overview)
    assert "img/dog" in text_of(overview)

    # The banner: step 2 is open, the subject is done, the address says nothing.
    link, place = press_banner(client, overview, "pet-insurance")
    assert [name for name, _ in parse_qsl(urlsplit(link).query)] == ["ctx"]
    assert knows_nothing_of(link, NATE)
    assert knows_nothing_of(place, NATE)
    assert place == f"/schedule/{flow_id(place)}/place/"
    page = text_of(client.get(place))
    assert "Step 2 of 5" in page
    assert "Pet insurance" in page
    flow = Flow.objects.get(pk=flow_id(place))
    assert flow.subject.code == "pet-insurance"
    assert (flow.office.code, flow.advisor.code) == ("ghent", "fatima-el-idrissi")
    assert flow.verified_customer == nate

    # The time of his own advisor, and step five as the bank knows him.
    time = answer(client, place, channel="phone", office="ghent")
    starts = times(client, time)
    start = starts[0]
    details = answer(client, time, slot=slot_text(start))
    assert details == step(time, "details")
    page = client.get(details)
    typed = filled_in(page)
    assert {name: typed[name] for name in CONTACT} == {
        "first_name": "Nate",
        "last_name": "Nosocks",
        "email": NATE.email,
        "phone": NATE.phone,
    }
    assert "Step 5 of 5" in text_of(page)
    done = answer(client, details, **typed, consent="on")
    assert client.get(done).status_code == 200

    # It shows at once.
    meeting = Appointment.objects.get(flow_key=flow_id(done))
    assert meeting.customer == nate
    assert (meeting.advisor.code, meeting.channel) == ("fatima-el-idrissi", "phone")
    assert meeting.starts_at == start
    own = f"/portal/meetings/{meeting.reference}/"
    assert f'href="{own}"' in text_of(client.get("/portal/"))
    assert f'href="{own}"' in text_of(client.get("/portal/meetings/"))
    assert "Pet insurance" in text_of(client.get(own))
    run_worker()

    # Change: another time; the old one is kept until it is confirmed.
    walk = answer(client, f"{own}change/")
    assert step(walk, "time") == walk
    later = next(one for one in times(client, walk) if one > start)
    confirm = answer(client, walk, slot=slot_text(later))
    assert confirm == step(walk, "confirm")
    assert Appointment.objects.get(pk=meeting.pk).starts_at == start
    page = client.get(confirm)
    assert page.status_code == 200
    answer(client, confirm)
    moved = Appointment.objects.get(pk=meeting.pk)
    assert (moved.starts_at, moved.reference) == (later, meeting.reference)
    assert moved.revision == 1
    assert moved.customer == nate
    assert f'href="{own}"' in text_of(client.get("/portal/"))
    run_worker()
    for reader in (NATE.email, moved.advisor.email):
        (shown,) = calendar_of(mails, reader, moved.reference).values()
        assert shown == later
    busy = BusyInterval.objects.get(appointment=meeting, is_active=True)
    assert busy.meeting_starts_at == later

    # Cancel: the time is free again, for others too.
    response = client.post(f"{own}cancel/", {"reason": "The dog is well"})
    assert response.status_code == 303
    moved.refresh_from_db()
    assert (moved.status, moved.cancel_reason) == ("cancelled", "The dog is well")
    assert not BusyInterval.objects.filter(appointment=meeting, is_active=True).exists()
    other = Client()
    anew = other.get("/schedule/?subject=pet-insurance&channel=phone&office=ghent")
    assert later in times(other, step(anew["Location"], "time"))
    run_worker()
    for reader in (NATE.email, moved.advisor.email):
        assert calendar_of(mails, reader, moved.reference) == {}
    assert count_everything(now=DEMO_NOW)["faults"] == 0


def test_max_books_life_insurance_from_his_banner(mails, client):
    overview = see_portal_as(client, "max")

    link, place = press_banner(client, overview, "life-insurance")
    assert knows_nothing_of(link, MAX)
    assert "Life insurance" in text_of(client.get(place))
    assert "Step 2 of 5" in text_of(client.get(place))
    time = answer(client, place, channel="office", office="antwerp")
    start = times(client, time)[0]
    details = answer(client, time, slot=slot_text(start))
    typed = filled_in(client.get(details))
    done = answer(client, details, **typed, consent="on")

    meeting = Appointment.objects.get(flow_key=flow_id(done))
    assert {name: typed[name] for name in CONTACT} == {
        "first_name": "Max",
        "last_name": "Murdoch",
        "email": MAX.email,
        "phone": MAX.phone,
    }
    assert meeting.subject.code == "life-insurance"
    assert meeting.segment_codes == ["CUSTOMER_PREMIUM"]
    assert meeting.advisor.code == "eva-peeters"
    assert meeting.customer.user.username == "max"
    assert meeting.reference in text_of(client.get("/portal/"))


def test_max_takes_the_documents_of_both_sides_home(mails, client):
    page = text_of(see_portal_as(client, "max"))
    (meeting,) = Appointment.objects.filter(
        customer__user__username="max", documents__isnull=False
    ).distinct()
    uploads = {}
    for document in Document.objects.filter(appointment=meeting):
        folder = "you" if document.side == "customer" else "your advisor"
        with document.file.open() as file:
            uploads[f"From {folder}/{document.name}"] = file.read()
    card = page[page.index("Account review") :]
    see_details = re.search(r'href="([^"]+)"[^>]*>\s*See details', card)
    assert see_details is not None
    assert see_details[1] == f"/portal/meetings/{meeting.reference}/"

    room = text_of(client.get(see_details[1]))
    assert meeting.outcome in room
    for name in uploads:
        assert name.partition("/")[2] in room
    address = re.search(r'href="([^"]+documents\.zip)"', room)
    assert address is not None
    response = client.get(address[1])

    content = response.getvalue()
    assert response["Content-Length"] == str(len(content))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        found = {name: archive.read(name) for name in archive.namelist()}
    assert found == uploads
    assert {name.partition("/")[0] for name in found} == {
        "From you",
        "From your advisor",
    }
    assert all(one.startswith(b"%PDF-") for one in found.values())
    assert len(found) == 3


@pytest.mark.parametrize(
    ("name", "code"), [("nate", "pet-insurance"), ("max", "life-insurance")]
)
def test_strip_names_exactly_what_may_wait_behind_the_link(mails, client, name, code):
    overview = see_portal_as(client, name)
    page = text_of(overview)
    strip = page[page.index('<section class="works"') : page.index("<footer")]
    named = set(re.findall(r"<code>([a-z_]+)</code>", strip)) - {"ctx", "random"}

    press_banner(client, overview, code)

    kept = {parameter for parameter, _ in LinkContext.objects.get().parameters}
    assert kept <= named
    address = {"street", "postal_code", "city", "country"}
    assert named - kept <= address | {"company"}


def test_flow_of_the_portal_is_its_customer_s_alone(mails, client):
    _, place = press_banner(client, see_portal_as(client, "nate"), "pet-insurance")

    stranger = Client().get(place)
    see_portal_as(client, "max")
    other = client.get(place)

    assert stranger.status_code == 302
    assert "sign-in" in stranger["Location"]
    assert other.status_code in {302, 404}
    assert "Nate" not in text_of(other)
    assert client.post(place, {"channel": "phone"}).status_code != 303


def test_link_of_a_banner_works_once(mails, client):
    link, _ = press_banner(client, see_portal_as(client, "nate"), "pet-insurance")

    again = client.get(link)

    assert again.status_code == 410
    assert Flow.objects.count() == 1
