"""What the demo bank promises, seen through its pages without JavaScript."""

from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote, urlencode

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from directory.models import Advisor, Expertise, WeekBlock
from directory.queries import catalogue
from scheduling.models import Appointment, BusyInterval, Flow
from scheduling.queries import Wish, board
from segments.links import build_link, build_signed_link, canonical_text, sign
from segments.queries import policy_for
from showcase.seed.advisors import ADVISORS
from showcase.seed.segments import KEY, KEY_ID
from tests.demo import (
    ADDRESS,
    BRUSSELS,
    DEMO_NOW,
    IN_AN_HOUR,
    PERSON,
    answer,
    enter,
    flow_id,
    slot_text,
    step,
    times,
)

SATURDAY, SUNDAY = date(2026, 5, 2), date(2026, 5, 3)
ALL_CHANNELS = ["office", "phone", "video", "on_location"]
PROMISED = {  # general scheduling, by subject, in the order of the page
    "open-account": ["office", "phone", "video"],
    "personal-loan": ["office", "phone", "video"],
    "mortgage": ["office", "phone", "video"],
    "commercial-loan": ["office", "video", "on_location"],
    "life-insurance": ["office", "phone", "video"],
    "pet-insurance": ["phone", "video"],
    "liability-insurance": ["office", "video"],
    "investment-advice": ["office", "video"],
}
CALCULATOR = {
    "segment": "HIGH",
    "subject": "mortgage",
    "metadata[price]": "600000",
    "metadata[own_funds]": "100000",
    "metadata[years]": "25",
    "metadata[rate]": "3.5",
    "metadata[loan]": "500000",
    "metadata[repayment]": "2503.12",
}

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo")]


def channels_of(client: Client, place: str) -> list[str]:
    """Return the channels on a place page."""
    return [card.code for card in client.get(place).context["cards"]]


def subjects_of(client: Client, subject: str) -> list[str]:
    """Return the subjects on a subject page."""
    groups = client.get(subject).context["groups"]
    return [card.code for group in groups for card in group.cards]


def signed_query(**parameters: str) -> str:
    """Return the query of a HIGH_SIGNED link, by the demo's key."""
    pairs = [("segment", "HIGH_SIGNED"), *parameters.items()]
    link = build_signed_link("", pairs, key=KEY, kid=KEY_ID, expires=IN_AN_HOUR)
    return link.removeprefix("?")


def video_in_antwerp(client: Client, segment: str) -> str:
    place = enter(client, f"segment={segment}&subject=mortgage")
    return answer(client, place, channel="video", office="antwerp")


# What segments see


def test_a_high_repayment_opens_at_step_two_with_four_channels(client):
    place = enter(client, urlencode(CALCULATOR))
    page = client.get(place)

    steps = page.context["progress"]
    assert place.endswith("/place/")
    assert [(one.number, one.state) for one in steps[:2]] == [
        (1, "done"),
        (2, "current"),
    ]
    assert sorted(channels_of(client, place)) == sorted(ALL_CHANNELS)
    assert "2503.12" not in page.content.decode()


def test_a_high_repayment_has_video_in_antwerp_at_the_weekend(client):
    time = video_in_antwerp(client, "HIGH")
    walls = [start.astimezone(BRUSSELS) for start in times(client, time, "2026-05-02")]

    for day in (SATURDAY, SUNDAY):
        starts = [f"{wall:%H:%M}" for wall in walls if wall.date() == day]
        # An hour's meeting on the quarter: 10:00 to 15:00.
        assert starts == [
            f"{minute // 60:02}:{minute % 60:02}" for minute in range(600, 901, 15)
        ]


def test_at_the_weekend_only_seniors_are_offered(client):
    time = video_in_antwerp(client, "HIGH")
    flow = Flow.objects.get()
    offers = board(
        Wish(
            policy=policy_for(["HIGH"], now=DEMO_NOW, is_signed=False),
            subject_id=flow.subject_id,
            channel="video",
            office_id=flow.office_id,
        ),
        now=DEMO_NOW,
        first=DEMO_NOW,
        last=DEMO_NOW + timedelta(days=7),
    )
    taking = {slot.advisor_id for slot in offers.slots()}
    named = [one.code for one in client.get(time).context["advisors"]]

    seniors = Expertise.objects.filter(
        subject=flow.subject, office=flow.office, rank=1
    ).values_list("advisor__code", flat=True)
    assert sorted(named) == sorted(seniors) == ["eva-peeters", "youssef-amrani"]
    assert {one.code for one in Advisor.objects.filter(pk__in=taking)} <= set(seniors)
    assert offers.starts() == sorted(
        start
        for start in times(client, time) + times(client, time, "2026-05-06")
        if start < DEMO_NOW + timedelta(days=7)
    )


@pytest.mark.parametrize(
    ("slot", "advisor"),
    [
        ("2026-05-02T07:45:00Z", ""),  # before ten
        ("2026-05-02T13:15:00Z", ""),  # ends after four
        ("2026-05-02T08:05:00Z", ""),  # beside the quarters
        ("2026-05-02T08:00:00Z", "tom-wouters"),
        ("2026-05-02T08:00:00Z", "karim-haddad"),
        ("2026-05-02T08:00:00Z", "nobody"),
    ],
)
def test_a_forged_time_or_advisor_is_refused(client, slot, advisor):
    time = video_in_antwerp(client, "HIGH")

    page = client.post(time, {"slot": slot, "advisor": advisor})

    assert page.status_code == 422
    assert not BusyInterval.objects.filter(kind="hold").exists()
    assert Flow.objects.get().slot is None


def test_weekends_are_for_high_repayments(client):
    average = video_in_antwerp(client, "AVERAGE")
    general = answer(
        client, enter(client, "subject=mortgage"), channel="video", office="antwerp"
    )

    def days(address: str) -> set[date]:
        found = times(client, address, "2026-05-02")
        return {start.astimezone(BRUSSELS).date() for start in found}

    assert SATURDAY in days(average)
    assert SUNDAY not in days(average)
    assert days(general).isdisjoint({SATURDAY, SUNDAY})


def test_a_low_repayment_has_phone_and_office_after_three_working_days(client):
    place = enter(client, "segment=LOW&subject=mortgage")

    assert sorted(channels_of(client, place)) == ["office", "phone"]
    for fields in ({"channel": "phone"}, {"channel": "office", "office": "antwerp"}):
        time = answer(client, place, **fields)
        first = min(times(client, time))
        # 30 April, 4 May and 5 May: the first of May is a holiday.
        assert first.astimezone(BRUSSELS).date() == date(2026, 5, 5)
        early = slot_text(datetime(2026, 5, 4, 12, 0, tzinfo=UTC))
        assert client.post(time, {"slot": early}).status_code == 422
        named = {one.code for one in client.get(time).context["advisors"]}
        assert named.isdisjoint({"eva-peeters", "youssef-amrani", "karim-haddad"})


def test_without_a_segment_everything_open_to_all_is_offered(client):
    subject = enter(client)

    assert subject.endswith("/subject/")
    assert subjects_of(client, subject) == list(PROMISED)
    for code, channels in PROMISED.items():
        place = enter(client, f"subject={code}")
        assert sorted(channels_of(client, place)) == sorted(channels), code
        assert "on_location" not in channels_of(client, place) or code.startswith("com")


# Links that must not work


@pytest.mark.parametrize(
    "query",
    [
        "segment=NOPE",
        "segment=SPRING_2020",
        "segment=HIGH_SIGNED",
        "segment=high",
        "segment=HIGH&segment=NOPE",
        "segment=HIGH,SPRING_2020",
        "segment=HIGH&sig=AAAA&kid=demo-1&exp=1893456000",
    ],
)
def test_a_segment_that_fails_closes_the_link(client, query):
    page = client.get(f"/schedule/?{query}&subject=mortgage")
    text = page.content.decode()

    assert page.status_code == 404
    assert 'href="/schedule/"' in text
    assert not any(word in text for word in ("Mortgage", "HIGH", "SPRING", "NOPE"))
    assert not Flow.objects.exists()


def test_a_signed_link_works_until_its_time_has_passed(client):
    query = signed_query(subject="mortgage", first_name="Zoë", lock="subject")
    late = build_signed_link(
        "",
        [("segment", "HIGH_SIGNED")],
        key=KEY,
        kid=KEY_ID,
        expires=DEMO_NOW - timedelta(seconds=1),
    )

    place = enter(client, query)
    over = client.get(f"/schedule/{late}")

    assert sorted(channels_of(client, place)) == sorted(ALL_CHANNELS)
    assert over.status_code == 410
    assert 'href="/schedule/"' in over.content.decode()
    assert Flow.objects.get().is_signed


def test_the_test_vector_of_the_contract_holds():
    pairs = [
        ("segment", "HIGH_SIGNED"),
        ("subject", "mortgage"),
        ("first_name", "Zoë"),
        ("metadata[repayment]", "2 500"),
        ("lock", "subject"),
        ("kid", "demo-1"),
        ("exp", "1893456000"),
    ]

    assert canonical_text(pairs).startswith("exp=1893456000&first_name=Zo%C3%AB")
    assert sign(pairs, key=KEY) == "wePM3uLxNPpJuL95zCmOF6qz-ZEVEd4ais5cIZgDcCY"


def test_any_changed_byte_of_a_signed_link_is_refused(client):
    pairs = [
        ("segment", "HIGH_SIGNED"),
        ("subject", "mortgage"),
        ("first_name", "Max"),
        ("kid", KEY_ID),
        ("exp", f"{IN_AN_HOUR:%s}"),
    ]
    pairs.append(("sig", sign(pairs, key=KEY)))
    enter(client, build_link("", pairs).removeprefix("?"))

    for number, (name, value) in enumerate(pairs):
        for place, letter in enumerate(value):
            other = "B" if letter == "A" else "A"
            changed = value[:place] + other + value[place + 1 :]
            forged = [*pairs[:number], (name, changed), *pairs[number + 1 :]]
            status = client.get(f"/schedule/{build_link('', forged)}").status_code
            assert status == 404, (name, changed)
        without = [*pairs[:number], *pairs[number + 1 :]]
        status = client.get(f"/schedule/{build_link('', without)}").status_code
        assert status == 404, name
    more = [*pairs, ("office", "antwerp")]
    assert client.get(f"/schedule/{build_link('', more)}").status_code == 404
    assert Flow.objects.count() == 1


# What travels along


PASSED = {
    **CALCULATOR,
    "first_name": "Zoë",
    "last_name": "D'Hondt",
    "email": "zoe@dhondt.example",
    "phone": "+32 470 12 34 56",
    "company": "Dhondt & Zonen",
    "remarks": "Liefst kort",
    "q[property_type]": "land",
    "utm_source": "newsletter",
    "utm_campaign": "spring",
    "lang": "nl",
    "tz": "America/New_York",
}


def test_what_a_link_says_arrives_after_going_back_and_forth(client):
    place = enter(client, urlencode(PASSED, quote_via=quote))
    time = answer(client, place, channel="video")
    early = client.get(time)
    assert early.context["zone"] == "America/New_York"
    questions = answer(client, time, slot=slot_text(times(client, time)[0]))

    # Back to the first step, over another subject, and on again.
    other = answer(client, step(place, "subject"), subject="mortgage")
    time = answer(client, step(other, "place"), channel="phone", office="antwerp")
    start = times(client, step(other, "time"))[3]
    questions = answer(client, step(other, "time"), slot=slot_text(start))
    asked = client.get(questions)
    details = answer(client, questions, q_property_type="land")
    shown = client.get(details)

    typed = {field.name: field.value() for field in shown.context["fields"]}
    assert shown["Content-Language"] == "nl"
    assert asked.context["form"]["q_property_type"].value() == "land"
    for name in ("first_name", "last_name", "email", "phone", "company", "remarks"):
        assert typed[name] == PASSED[name]
    assert not shown.context["form"]["consent"].value()
    text = shown.content.decode()
    assert not any(word in text for word in ("2503.12", "newsletter", "600000"))

    done = answer(client, details, **{**typed, "consent": "on"})
    meeting = Appointment.objects.get(flow_key=done.split("/")[2])
    assert (meeting.channel, meeting.office.code) == ("phone", "antwerp")
    assert meeting.starts_at == start
    assert meeting.segment_codes == ["HIGH"]
    assert meeting.metadata == {
        name.removeprefix("metadata[").removesuffix("]"): value
        for name, value in CALCULATOR.items()
        if name.startswith("metadata")
    }
    assert meeting.attribution == {"utm_source": "newsletter", "utm_campaign": "spring"}
    assert (meeting.language, meeting.visitor_zone) == ("nl", "America/New_York")
    assert (meeting.first_name, meeting.last_name) == ("Zoë", "D'Hondt")
    assert {item["code"]: item["value"] for item in meeting.answers}[
        "property_type"
    ] == "land"


def book(client: Client, query: str, **place: str) -> Appointment:
    """Book the second time of a mortgage flow; return its appointment."""
    time = answer(client, enter(client, query), **place)
    start = times(client, time)[1]
    questions = answer(client, time, slot=slot_text(start))
    details = answer(client, questions, q_property_type="house")
    done = answer(client, details, **PERSON)
    assert client.get(done).status_code == 200
    return Appointment.objects.get(flow_key=done.split("/")[2])


@pytest.mark.parametrize(
    "place",
    [
        {"channel": "office", "office": "antwerp"},
        {"channel": "phone"},
        {"channel": "video", "office": "ghent"},
        {"channel": "on_location", **ADDRESS},
    ],
    ids=ALL_CHANNELS,
)
def test_staff_see_segment_metadata_and_the_reason_for_the_advisor(client, place):
    meeting = book(client, urlencode(CALCULATOR), **place)
    staff = Client()
    assert staff.post(
        "/admin/login/?next=/admin/", {"username": "admin", "password": "admin"}
    ).has_header("Location")

    page = staff.get(f"/admin/scheduling/appointment/{meeting.pk}/change/")
    text = page.content.decode()

    assert page.status_code == 200
    assert "HIGH" in text
    for name, value in CALCULATOR.items():
        if name.startswith("metadata"):
            key = name.removeprefix("metadata[").removesuffix("]")
            assert f">{key}</th><td>{value}</td>" in text
    assert meeting.advisor.name in text
    assert meeting.assignment_reason["code"] in text
    assert meeting.advisor.expertise.get(subject=meeting.subject).rank == 1


# What it costs

PAGES = [
    *("subject/", "place/", "place/?near=2000", "time/", "time/?date=2026-06-10"),
    *("time/?advisor=eva-peeters", "questions/", "details/"),
]


@pytest.mark.parametrize("size", [1, 10])
def test_a_page_takes_twelve_queries_at_most(client, size):
    for number in range(1, size):
        copy_advisors(number)
    costs: dict[str, int] = {}

    def count(name: str, address: str) -> HttpResponse:
        with CaptureQueriesContext(connection) as queries:
            response = client.get(address)
        costs[name] = len(queries)
        return response

    catalogue()
    place = count("start", f"/schedule/?{urlencode(CALCULATOR)}")["Location"]
    time = answer(client, place, channel="video")
    questions = answer(client, time, slot=slot_text(times(client, time)[0]))
    details = answer(client, questions, q_property_type="house")
    for page in PAGES:
        assert count(page, f"/schedule/{flow_id(place)}/{page}").status_code == 200
    done = count("done", answer(client, details, **PERSON))
    count("manage", f"/m/{done.context['meeting'].token}/")

    assert Advisor.objects.count() == 14 * size
    assert max(costs.values()) <= 12, costs


def copy_advisors(number: int) -> None:
    """Add the bank's fourteen advisors once more: their weeks and what they know."""
    for code in [advisor.code for advisor in ADVISORS]:
        advisor = Advisor.objects.get(code=code)
        experts = list(advisor.expertise.all())
        weeks = [
            (week, list(week.blocks.all())) for week in advisor.week_templates.all()
        ]
        advisor.pk, advisor.user, advisor.code = None, None, f"{code}-{number}"
        advisor.save(force_insert=True)
        for week, blocks in weeks:
            week.pk, week.advisor = None, advisor
            week.save(force_insert=True)
            for block in blocks:
                block.pk, block.template = None, week
            WeekBlock.objects.bulk_create(blocks)
        for expert in experts:
            expert.pk, expert.advisor = None, advisor
        Expertise.objects.bulk_create(experts)
