"""Thousands of requests that nobody would make, at every step of many flows."""

import os
import random
import re
from urllib.parse import quote, quote_from_bytes, urlencode

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from scheduling.management.commands.verify import count_everything
from scheduling.models import Appointment, Flow
from tests.demo import ADDRESS, DEMO_NOW, PERSON, enter, flow_id
from tests.test_forged_choices import ALLOWED, query_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo"), pytest.mark.slow]

REQUESTS = int(os.environ.get("PARLOUR_FUZZ", "300"))
SEED = int(os.environ.get("PARLOUR_FUZZ_SEED", "20260429"))
LIFE = 60  # requests until a flow is left for a new one
STEPS = ["subject", "place", "time", "questions", "details", "done"]
FIELDS = {
    "subject": ["subject"],
    "place": ["channel", "office", *ADDRESS, "country"],
    "time": ["slot", "advisor", "zone", "extend", "date", "first_name"],
    "questions": ["q_amount", "q_purpose", "q_property_type", "q_payslip", "q_"],
    "details": [*PERSON, "company", "customer_number", "remarks", "homepage"],
    "done": ["slot"],
}
NAMES = sorted({name for names in FIELDS.values() for name in names})
NAMES += ["resume_email", "segment", "metadata[x]", "__proto__", "", "\x00", "é"]
WORDS = [
    *(
        "mortgage",
        "commercial-loan",
        "pet-insurance",
        "account-review",
        "personal-loan",
    ),
    *("office", "phone", "video", "on_location", "OFFICE", "fax", "office,phone"),
    *("antwerp", "brussels", "ghent", "Antwerp", "1", "0", "-1", "9" * 40),
    *("eva-peeters", "tom-wouters", "nobody", "house", "land", "car", "2500", "1e9"),
    *("2026-05-05T08:00:00Z", "2026-05-02T08:00:00Z", "2026-05-05T08:00:00", "NaN"),
    *("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-13-40", "Infinity"),
    *("2026-05-12", "0001-01-01", "9999-12-31", "Europe/Brussels", "Asia/Tokyo"),
    *("../../etc/passwd", "Europe/../UTC", "2000", "B-2000", "9000", "\u0662\u0660"),
    *("a@b.example", "a@b", "0470 12 34 56", "+32470123456", "+1", "on", "true"),
    *("<script>alert(1)</script>", "' OR 1=1 --", "%s%n{{7*7}}", "\r\nSet-Cookie: a=b"),
    *("\x00", "a\x00b", "\u202e", "\U0001f4a9", "\ufffd", "\ud7ff", " ", "", "é" * 600),
    "x" * 70_000,
]
SEGMENTS = [code for code in ALLOWED if ALLOWED[code]]
FINE = {200, 303, 400, 403, 404, 405, 422}


class Visitor:
    """A flow that is known by words which no other flow may show."""

    def __init__(self, client: Client, number: int, rng: random.Random) -> None:
        self.number = number
        self.segment = rng.choice(SEGMENTS)
        self.secret = f"secret{number}q"
        self.name = f"Name{number}q"
        said = {"metadata[a]": self.secret, "first_name": self.name, "q[amount]": "900"}
        is_signed = rng.random() < 0.5 or "SIGNED" in self.segment
        is_signed = is_signed or "PREMIUM" in self.segment
        codes = {"segment": self.segment} if self.segment else {}
        query = urlencode({**codes, **said})
        if is_signed:
            query = query_of(self.segment, **said)
        address = enter(client, query)
        self.flow = flow_id(address)
        self.step = address.split("/")[3]  # where the last redirect led to
        self.age = 0


class Fuzzer:
    """Makes requests, and looks at each answer."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self.client = Client()
        self.made = 0
        self.visitors = [self.new_visitor() for _ in range(6)]
        self.statuses: dict[int, int] = {}
        self.left: list[Visitor] = []

    def new_visitor(self) -> Visitor:
        self.made += 1
        return Visitor(self.client, self.made, self.rng)

    def go(self) -> None:
        place = self.rng.randrange(len(self.visitors))
        visitor = self.visitors[place]
        step = visitor.step if self.rng.random() < 0.6 else self.rng.choice(STEPS)
        response = self.request(visitor, step)
        self.look(visitor, step, response)
        if "Location" in response:
            visitor.step = response["Location"].split("/")[3]
        visitor.age += 1
        is_over = visitor.step == "done" and self.rng.random() < 0.2
        if is_over or visitor.age > LIFE:
            self.left.append(visitor)
            self.visitors[place] = self.new_visitor()

    def request(self, visitor: Visitor, step: str):
        address = f"/schedule/{visitor.flow}/{step}/"
        kind = self.rng.random()
        if kind < 0.25:
            return self.client.get(address + self.query())
        if kind < 0.28:
            method = self.rng.choice(["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
            return self.client.generic(method, address)
        if kind < 0.5:
            return self.sensible(visitor)
        if kind < 0.9:
            fields = self.fields(visitor, step)
            return self.client.post(address + self.query(), fields)
        if kind < 0.95:
            body = "&".join(
                f"{self.noise(name)}={self.noise(self.word())}"
                for name in self.rng.sample(NAMES, 4)
            )
            form = "application/x-www-form-urlencoded"
            return self.client.generic("POST", address, body, content_type=form)
        body = self.rng.randbytes(self.rng.randint(0, 300))
        kinds = ["text/plain", "application/json", "multipart/form-data"]
        kinds += [
            "multipart/form-data; boundary=x",
            "application/x-www-form-urlencoded",
        ]
        return self.client.generic(
            "POST", address, body, content_type=self.rng.choice(kinds)
        )

    def sensible(self, visitor: Visitor):
        """Answer the step that is open as a person would: else no flow gets far."""
        address = f"/schedule/{visitor.flow}/details/"
        page = self.client.get(address, follow=True)
        if page.redirect_chain:
            address = page.redirect_chain[-1][0]
        step = address.split("/")[3]
        if page.status_code != 200 or step == "done":
            return page
        self.look(visitor, step, page)
        return self.client.post(address, self.answers(visitor, step, page))

    def answers(self, visitor: Visitor, step: str, page) -> dict[str, object]:
        rng = self.rng
        if step == "subject":
            return {"subject": rng.choice(sorted(ALLOWED[visitor.segment]))}
        if step == "place":
            channel = rng.choice([card.code for card in page.context["cards"]])
            return {"channel": channel, "office": "antwerp", **ADDRESS}
        if step == "time":
            slots = [
                slot.value
                for day in page.context["days"]
                for slot in (*day.morning, *day.afternoon)
            ]
            return {"slot": rng.choice(slots)} if slots else {}
        if step == "questions":
            return {"q_amount": "2500", "q_purpose": "car", "q_property_type": "house"}
        return {
            **PERSON,
            "first_name": visitor.name,
            "email": f"{visitor.name}@x.example",
        }

    def fields(self, visitor: Visitor, step: str) -> dict[str, object]:
        """Return fields of the step, or of any other, with values of any kind."""
        pool = FIELDS[step] if self.rng.random() < 0.7 else NAMES
        found: dict[str, object] = {}
        for name in self.rng.sample(pool, self.rng.randint(0, min(4, len(pool)))):
            kind = self.rng.random()
            if kind < 0.06:
                found[name] = SimpleUploadedFile(
                    self.rng.choice(["a.pdf", "../x.pdf", "a.pdf.exe", "\u202efdp.x"]),
                    self.rng.choice([b"%PDF-1.7\n%%EOF", b"", b"\x00" * 99, b"MZ"]),
                )
            elif kind < 0.12:
                found[name] = [self.word(), self.word()]
            else:
                found[name] = self.word()
        if "remarks" in found:
            found["remarks"] = visitor.name
        return found

    def word(self) -> str:
        return self.rng.choice(WORDS)

    def noise(self, text: str) -> str:
        """Return a text encoded, half encoded, or other bytes: no UTF-8, surrogates."""
        kind = self.rng.random()
        if kind < 0.6:
            return quote(text, safe="", errors="replace")
        if kind < 0.8:
            return self.rng.choice(
                ["%ED%A0%80", "%ff%fe", "%", "%u0041", "%C0%AF", "+"]
            )
        return quote_from_bytes(self.rng.randbytes(6))

    def query(self) -> str:
        if self.rng.random() < 0.6:
            return ""
        names = self.rng.sample(
            ["date", "advisor", "near", "channel", "slot", "all"], 2
        )
        return "?" + "&".join(
            f"{name}={self.noise(self.word()[:300])}" for name in names
        )

    def look(self, visitor: Visitor, step: str, response) -> None:
        """Check an answer: no error, nothing of others, nothing beside the offer."""
        code = response.status_code
        self.statuses[code] = self.statuses.get(code, 0) + 1
        assert code in FINE, (code, step)
        assert not response.cookies
        text = response.content.decode() + str(response.headers)
        assert "secret" not in text
        assert set(re.findall(r"Name\d+q", text)) <= {visitor.name}
        others = {other.flow for other in self.visitors} - {visitor.flow}
        assert not any(flow in text for flow in others)
        allowed = ALLOWED[visitor.segment]
        assert set(re.findall(r'name="subject" value="([^"]*)"', text)) <= set(allowed)

    def check_rows(self) -> None:
        """Check that what was stored is inside what each segment allows."""
        segments = {each.flow: each.segment for each in [*self.visitors, *self.left]}
        rows = Flow.objects.filter(pk__in=segments).values_list(
            "pk", "subject__code", "channel"
        )
        booked = Appointment.objects.filter(flow_key__in=segments).values_list(
            "flow_key", "subject__code", "channel"
        )
        for flow, subject, channel in [*rows, *booked]:
            allowed = ALLOWED[segments[flow]]
            assert subject is None or subject in allowed
            assert not channel or channel in allowed[subject]


def test_random_requests_break_nothing_and_show_nothing_of_others(settings):
    settings.POSTS_PER_MINUTE = settings.LIVE_HOLDS_PER_CLIENT = 10**9
    with time_machine.travel(DEMO_NOW, tick=False) as clock:
        fuzzer = Fuzzer(SEED)
        for number in range(REQUESTS):
            fuzzer.go()
            if number % 40 == 39:
                clock.shift(fuzzer.rng.choice([1, 60, 660]))
        fuzzer.check_rows()
        counts = count_everything(now=timezone.now())

    assert counts["faults"] == 0, counts
    assert {200, 303, 422} <= set(fuzzer.statuses)
    booked = Appointment.objects.filter(is_demo=False).count()
    assert booked >= REQUESTS // 100
    print(REQUESTS, "requests:", fuzzer.statuses, booked, "booked")  # noqa: T201
