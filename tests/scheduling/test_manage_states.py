"""Every status x every time x every link x every action: the page and what it writes."""

from dataclasses import dataclass
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduling.errors import OnlyCancel, Outdated, TooLate, WrongStatus
from scheduling.models import AccessCode, Appointment, AppointmentEvent, Flow
from scheduling.services.answering import decline_appointment
from scheduling.services.cancelling import cancel_appointment
from scheduling.services.editing import renew_link
from scheduling.tokens import hash_token, manage_token
from segments.models import Segment
from segments.queries import segments_data
from tests.demo import empty_queue
from tests.factories import (
    NINE,
    NOW,
    AppointmentFactory,
    DocumentFactory,
    QuestionFactory,
    SegmentFactory,
    SegmentOfferFactory,
    make_bank,
)
from tests.scheduling.meetings import everything

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
HOUR = timedelta(hours=1)

REQUEST = "Your request for an appointment"
COMING = "Your appointment"
NOW_ON = "Your appointment is now"
PAST = "Your past appointment"
CANCELLED = "Your appointment is cancelled"
UNKNOWN = "This link does not work"

# When: start and deadline.
TIMES = {
    "before the deadline": (NINE, NINE - DAY),
    "after the deadline": (NINE, NOW - MINUTE),
    "running": (NOW - 10 * MINUTE, NOW - 10 * MINUTE),
    "past": (NOW - DAY, NOW - DAY),
}
HEADINGS = {
    "requested": [REQUEST, REQUEST, REQUEST, PAST],
    "confirmed": [COMING, COMING, NOW_ON, PAST],
    "completed": [PAST] * 4,
    "no_show": [PAST] * 4,
    "cancelled": [CANCELLED] * 4,
}
# What an action answers at each of the TIMES: a redirect, or the sentence that refuses it.
DONE = ""
LATE, WRONG = str(TooLate.sentence), str(WrongStatus.sentence)
ANSWERS = {
    "cancel": {
        "requested": [DONE, LATE, LATE, LATE],
        "confirmed": [DONE, LATE, LATE, LATE],
        "completed": [WRONG] * 4,
        "no_show": [WRONG] * 4,
        "cancelled": [DONE] * 4,  # a second click changes nothing
    },
    "change": {
        "requested": [DONE, LATE, LATE, LATE],
        "confirmed": [DONE, LATE, LATE, LATE],
        "completed": [WRONG] * 4,
        "no_show": [WRONG] * 4,
        "cancelled": [WRONG] * 4,
    },
    "edit": {
        "requested": [DONE, DONE, LATE, LATE],
        "confirmed": [DONE, DONE, LATE, LATE],
        "completed": [WRONG] * 4,
        "no_show": [WRONG] * 4,
        "cancelled": [WRONG] * 4,
    },
    "code": {status: [DONE] * 4 for status in HEADINGS},
}
PATHS = {
    "GET": "",
    "HEAD": "",
    "cancel": "",
    "change": "change/",
    "edit": "edit/",
    "code": "documents/",
    "calendar.ics": "calendar.ics",
}
FORMS = {
    "cancel": {"reason": "Ill"},
    "change": {},
    "edit": {
        "first_name": "Max",
        "last_name": "Murdoch",
        "email": "max@example.com",
        "phone": "+32470123456",
        "remarks": "By bicycle",
        "revision": "0",
    },
    "code": {},
}


@dataclass(frozen=True)
class Scene:
    """A meeting in a state, and its links."""

    appointment: Appointment
    status: str
    when: str

    def expected(self, table: dict[str, list[str]]) -> str:
        return table[self.status][list(TIMES).index(self.when)]

    def url(self, link: str = "present") -> str:
        version = {"present": 2, "replaced": 1, "unknown": 9}[link]
        return f"/m/{manage_token(self.appointment.reference, version)}/"


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def bank(db):
    empty_queue()
    return make_bank()


def meeting(bank, **fields) -> Appointment:
    """Return a video meeting of Max's whose first manage link was replaced."""
    defaults = {"reference": "ABCDEFGHJK", "ends_at": fields["starts_at"] + HOUR}
    appointment = AppointmentFactory(
        subject=bank.subject,
        office=bank.office,
        advisor=bank.advisor,
        link_version=2,
        link_hash=hash_token(manage_token("ABCDEFGHJK", 2)),
        **{**defaults, **fields},
    )
    AppointmentEvent.objects.create(
        appointment=appointment,
        at=NOW - 2 * DAY,
        kind="link_renewed",
        actor="staff",
        old={"link_hash": hash_token(manage_token("ABCDEFGHJK", 1))},
    )
    return appointment


def coming(bank, **fields) -> Appointment:
    return meeting(bank, **{"starts_at": NINE, "change_until": NINE - DAY, **fields})


@pytest.fixture(params=list(HEADINGS))
def status(request) -> str:
    return request.param


@pytest.fixture(params=list(TIMES))
def scene(request, bank, status) -> Scene:
    starts_at, change_until = TIMES[request.param]
    found = meeting(bank, status=status, starts_at=starts_at, change_until=change_until)
    return Scene(found, status, request.param)


def body(response) -> str:
    return unescape(" ".join(response.content.decode().split()))


def act(client, url: str, action: str):
    address = url + PATHS[action]
    if action in FORMS:
        return client.post(address, FORMS[action])
    return client.head(address) if action == "HEAD" else client.get(address)


# The table


def test_looking_shows_how_the_meeting_stands_and_writes_nothing(scene, client):
    before = everything()

    page = act(client, scene.url(), "GET")
    head = act(client, scene.url(), "HEAD")
    file = act(client, scene.url(), "calendar.ics")

    assert (page.status_code, head.status_code, file.status_code) == (200, 200, 200)
    assert f"<h1>{scene.expected(HEADINGS)}</h1>" in body(page)
    method = b"CANCEL" if scene.status == "cancelled" else b"PUBLISH"
    assert b"METHOD:" + method in file.content
    for response in (page, head, file):
        assert "no-store" in response["Cache-Control"]
    assert page["X-Robots-Tag"] == head["X-Robots-Tag"] == "noindex, nofollow"
    assert everything() == before


def test_looking_at_the_address_of_an_action_writes_nothing(scene, client):
    before = everything()

    for path in ("change/", "edit/", "documents/"):
        for method in (client.get, client.head):
            response = method(scene.url() + path)
            assert response.status_code in {200, 303}
            if response.status_code == 303:
                assert response["Location"] == scene.url()

    assert everything() == before
    assert not AccessCode.objects.exists()


@pytest.mark.parametrize("action", list(ANSWERS))
def test_an_action_is_done_or_refused_with_a_sentence(scene, client, action):
    before = everything()
    sentence = scene.expected(ANSWERS[action])

    response = act(client, scene.url(), action)

    now = Appointment.objects.get()
    if sentence:
        assert response.status_code == 422
        assert f"<h1>{scene.expected(HEADINGS)}</h1>" in body(response)
        assert sentence in body(response)
        assert "<title>Error: " in body(response)
        assert everything() == before
        return
    assert response.status_code == 303
    if action == "cancel":
        assert response["Location"] == scene.url()
        assert now.status == "cancelled"
        assert now.revision == (0 if scene.status == "cancelled" else 1)
    elif action == "change":
        flow = Flow.objects.get()
        assert response["Location"] == f"/schedule/{flow.pk}/time/"
        assert (flow.changes, flow.changes_revision) == (scene.appointment, 0)
        assert before["Appointment"] == everything()["Appointment"]
    elif action == "edit":
        assert response["Location"] == f"{scene.url()}?saved"
        assert (now.remarks, now.revision) == ("By bicycle", 0)
        assert now.events.latest("pk").kind == "edited"
    else:
        assert response["Location"] == f"{scene.url()}documents/?sent"
        assert AccessCode.objects.get().link_version == 2
        assert everything() == before


@pytest.mark.parametrize(
    ("link", "text"),
    [
        ("replaced", "This link was replaced by a newer one."),
        ("unknown", "The address may be incomplete."),
    ],
)
def test_another_link_is_404_for_everything_and_writes_nothing(
    scene, client, link, text
):
    before = everything()

    for action in PATHS:
        response = act(client, scene.url(link), action)
        assert response.status_code == 404
        assert response["X-Robots-Tag"] == "noindex, nofollow"
        if action != "HEAD":
            assert f"<h1>{UNKNOWN}</h1>" in body(response)
            assert text in body(response)
            assert "Mortgage" not in body(response)

    assert everything() == before
    assert not AccessCode.objects.exists()


# What the page offers


@pytest.mark.parametrize("status", ["requested", "confirmed"], indirect=True)
def test_the_page_offers_exactly_what_would_be_done(scene, client):
    text = body(client.get(scene.url()))

    offered = {
        "cancel": "Cancel the appointment" in text,
        "change": "Choose another time" in text,
        "edit": "Correct your details, answers and remarks" in text,
    }
    assert offered == {
        action: scene.expected(ANSWERS[action]) == DONE for action in offered
    }
    assert ("Book again" in text) == (scene.when == "past")
    is_late = scene.when in {"after the deadline", "running"}
    assert (LATE in text) == is_late


def test_after_the_deadline_the_page_says_how_to_call(bank, client):
    bank.office.phone = "+32 3 123 45 67"
    bank.office.save()
    coming(bank, change_until=NOW - MINUTE)

    text = body(client.get(f"/m/{manage_token('ABCDEFGHJK', 2)}/"))

    assert "Call us: +32 3 123 45 67" in text


@pytest.mark.parametrize(
    ("status", "shown"),
    [("confirmed", "Past"), ("completed", "Completed"), ("no_show", "Missed")],
)
def test_a_past_meeting_says_what_became_of_it(bank, client, status, shown):
    meeting(bank, status=status, starts_at=NOW - DAY)

    text = body(client.get(f"/m/{manage_token('ABCDEFGHJK', 2)}/"))

    assert f'<span class="tag" data-kind="muted">{shown}</span>' in text


def by_customer(appointment):
    cancel_appointment(appointment, actor="customer", reason="declined", now=NOW)


def by_staff(appointment):
    cancel_appointment(appointment, actor="staff", reason="Rude last time", now=NOW)


def by_decline(appointment):
    decline_appointment(appointment, reason="Rude last time", now=NOW, user=None)


def by_time(appointment):
    cancel_appointment(appointment, actor="system", reason="unanswered", now=NOW)


@pytest.mark.parametrize(
    ("cancel", "sentence"),
    [
        (by_customer, "You cancelled this appointment."),
        (by_staff, "We had to cancel this appointment."),
        (by_decline, "We are sorry: we could not meet you at this time."),
        (by_time, "We are sorry: nobody could confirm your request in time."),
    ],
)
def test_a_cancelled_meeting_says_who_cancelled_it_in_safe_words(
    bank, client, cancel, sentence
):
    cancel(coming(bank, status="requested"))

    text = body(client.get(f"/m/{manage_token('ABCDEFGHJK', 2)}/"))

    assert sentence in text
    assert "Rude" not in text


def test_a_meeting_whose_segment_is_gone_can_only_be_cancelled(bank, client):
    coming(bank, segment_codes=["GONE"])
    url = f"/m/{manage_token('ABCDEFGHJK', 2)}/"
    before = everything()

    text = body(client.get(url))
    refused = client.post(f"{url}change/")
    assert everything() == before
    cancelled = client.post(url)

    assert "This appointment cannot be moved online any more." in text
    assert "Choose another time" not in text
    assert "Cancel the appointment" in text
    assert refused.status_code == 422
    assert str(OnlyCancel.sentence) in body(refused)
    assert cancelled.status_code == 303
    assert Appointment.objects.get().status == "cancelled"


def test_a_meeting_whose_subject_is_gone_can_only_be_cancelled(bank, client):
    coming(bank)
    bank.subject.is_active = False
    bank.subject.save()

    text = body(client.get(f"/m/{manage_token('ABCDEFGHJK', 2)}/"))

    assert "This appointment cannot be moved online any more." in text


# Book again


def again(client) -> str:
    page = client.get(f"/m/{manage_token('ABCDEFGHJK', 2)}/")
    return page.context["again_url"]


def with_segment(bank, **fields):
    segment = SegmentFactory(code="SPRING", **fields)
    SegmentOfferFactory(segment=segment, subject=bank.subject)
    coming(bank, status="cancelled", segment_codes=["SPRING"], email="max@example.com")


def test_booking_again_keeps_subject_and_segment_and_nothing_personal(bank, client):
    with_segment(bank)

    url = again(client)

    assert url == "/schedule/?subject=mortgage&segment=SPRING"
    assert client.get(url)["Location"].endswith("/place/")
    flow = Flow.objects.get()
    assert (flow.segment_codes, flow.subject) == (["SPRING"], bank.subject)


@pytest.mark.parametrize(
    "fields",
    [{"is_signed_only": True}, {"is_active": False}, {"valid_until": NOW - DAY}],
)
def test_booking_again_leaves_out_a_segment_that_would_fail(bank, client, fields):
    with_segment(bank)
    Segment.objects.update(**fields)
    Segment.objects.get().save()  # the configuration's version rises

    url = again(client)

    assert url == "/schedule/?subject=mortgage"
    assert client.get(url).status_code == 302


# Correcting


def edit_url() -> str:
    return f"/m/{manage_token('ABCDEFGHJK', 2)}/edit/"


def test_the_form_is_filled_in_and_has_no_files(bank, client):
    QuestionFactory(subject=bank.subject, code="purpose", label="What for?")
    QuestionFactory(
        subject=bank.subject, code="payslip", label="Your payslip", kind="file"
    )
    answers = [
        {"code": "purpose", "label": "What for?", "kind": "short_text", "value": "Car"},
        {"code": "payslip", "label": "Your payslip", "kind": "file", "value": "s.pdf"},
    ]
    appointment = coming(
        bank, answers=answers, remarks="By train", metadata={"k": "v9"}
    )
    DocumentFactory(appointment=appointment, name="secret.pdf")

    text = body(client.get(edit_url()))

    for shown in ("Car", "By train", "max@example.com", "What for?"):
        assert shown in text
    for hidden in ("s.pdf", "secret.pdf", "Your payslip", "v9"):
        assert hidden not in text


def test_answers_remarks_and_details_are_corrected(bank, client):
    QuestionFactory(subject=bank.subject, code="purpose", label="What for?")
    coming(bank)

    client.post(edit_url(), {**FORMS["edit"], "q_purpose": "A boat", "company": "Acme"})
    saved = client.get(f"/m/{manage_token('ABCDEFGHJK', 2)}/?saved")

    now = Appointment.objects.get()
    assert (now.remarks, now.company) == ("By bicycle", "Acme")
    assert [(row["code"], row["value"]) for row in now.answers] == [
        ("purpose", "A boat")
    ]
    assert "Your changes are saved." in body(saved)


def test_another_address_leads_on_by_the_link_that_replaces_this_one(bank, client):
    coming(bank)

    saved = client.post(edit_url(), {**FORMS["edit"], "email": "new@example.com"})

    assert saved["Location"] == f"/m/{manage_token('ABCDEFGHJK', 3)}/?saved"
    assert client.get(saved["Location"]).status_code == 200
    assert client.get(edit_url()).status_code == 404
    assert Appointment.objects.get().email == "new@example.com"


def test_what_is_not_accepted_is_kept_as_typed(bank, client):
    coming(bank)
    before = everything()

    refused = client.post(
        edit_url(), {**FORMS["edit"], "email": "max@", "last_name": ""}
    )

    text = body(refused)
    assert refused.status_code == 422
    assert "<title>Error: " in text
    assert 'value="max@"' in text
    assert "Enter your last name." in text
    assert everything() == before


def test_a_stale_form_is_refused_and_keeps_what_was_typed(bank, client):
    appointment = coming(bank)
    renew_link(appointment, actor="staff", now=NOW)
    Appointment.objects.update(
        link_version=2, link_hash=hash_token(manage_token("ABCDEFGHJK", 2))
    )
    before = everything()

    refused = client.post(edit_url(), FORMS["edit"])
    assert everything() == before

    assert refused.status_code == 422
    assert str(Outdated.sentence) in body(refused)
    assert "By bicycle" in body(refused)
    assert 'name="revision" value="1"' in body(refused)


@pytest.mark.parametrize("revision", ["", "x", "-1", "٣", "9" * 400])
def test_nonsense_for_a_revision_is_harmless(bank, client, revision):
    coming(bank)

    response = client.post(edit_url(), {**FORMS["edit"], "revision": revision})

    assert response.status_code in {303, 422}


def test_a_page_speaks_the_customers_language(bank, client):
    coming(bank, language="nl")

    for path in ("", "edit/", "documents/"):
        page = client.get(f"/m/{manage_token('ABCDEFGHJK', 2)}/{path}")
        assert page["Content-Language"] == "nl"


def test_no_page_sets_a_cookie(bank, client):
    coming(bank)
    url = f"/m/{manage_token('ABCDEFGHJK', 2)}/"

    for action in PATHS:
        act(client, url, action)

    assert not client.cookies


@pytest.mark.parametrize("path", ["", "change/", "edit/", "documents/"])
def test_another_site_cannot_post(bank, client, path):
    coming(bank)
    before = everything()

    response = client.post(
        f"/m/{manage_token('ABCDEFGHJK', 2)}/{path}",
        FORMS["edit"],
        headers={"Sec-Fetch-Site": "cross-site"},
    )

    assert response.status_code == 403
    assert everything() == before


def test_too_many_posts_are_told_when_to_try_again(bank, client, settings):
    settings.POSTS_PER_MINUTE = 1
    coming(bank)
    url = f"/m/{manage_token('ABCDEFGHJK', 2)}/"
    client.post(f"{url}edit/", {})

    refused = client.post(url)

    assert refused.status_code == 429
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert Appointment.objects.get().status == "confirmed"


# Cost


@pytest.mark.parametrize("others", [0, 50])
@pytest.mark.parametrize(
    ("path", "state", "cost"),
    [
        ("", "confirmed", 4),
        ("", "cancelled", 3),
        ("edit/", "confirmed", 3),
        ("documents/", "confirmed", 2),
    ],
)
def test_a_page_costs_the_same_at_every_size(bank, client, others, path, state, cost):
    coming(bank, status=state)
    for number in range(others):
        AppointmentFactory(subject=bank.subject, starts_at=NINE + number * DAY)
    segments_data()

    with CaptureQueriesContext(connection) as queries:
        client.get(f"/m/{manage_token('ABCDEFGHJK', 2)}/{path}")

    assert len(queries) == cost, [query["sql"][:200] for query in queries]
