"""The codes and rules that the demo bank promises."""

import re
from datetime import time, timedelta

import phonenumbers
import pytest
from django.contrib.auth import authenticate

from directory.models import (
    Advisor,
    Closure,
    Customer,
    Expertise,
    Office,
    Organisation,
    PostalPlace,
    Subject,
    User,
)
from directory.queries import catalogue
from portal.models import Account, Banner, HandoverKey
from scheduling.models import Reminder
from segments.errors import SegmentRefused
from segments.models import AvailabilityRule, LinkKey, RuleWindow, Segment
from segments.queries import policy_for
from showcase.handover import KEY as HANDOVER_KEY, KEY_ID as HANDOVER_KEY_ID
from showcase.seed.standing import load_bank
from tests.showcase.conftest import ADDRESS

pytestmark = pytest.mark.django_db

OFFICE_PHONE_VIDEO = {"office", "phone", "video"}
EVERYWHERE = OFFICE_PHONE_VIDEO | {"on_location"}
PERSONAL = {
    "open-account": OFFICE_PHONE_VIDEO,
    "personal-loan": OFFICE_PHONE_VIDEO,
    "life-insurance": OFFICE_PHONE_VIDEO,
    "pet-insurance": {"phone", "video"},
}
BUSINESS = {
    "commercial-loan": {"office", "video", "on_location"},
    "liability-insurance": {"office", "video"},
}
ADVICE = {"office", "video", "on_location"}
OFFERS = {
    "B2C_Categories": PERSONAL | {"mortgage": OFFICE_PHONE_VIDEO},
    "B2B_Categories": BUSINESS,
    "B2B_Existing_Customer_High_Value": BUSINESS
    | {"account-review": OFFICE_PHONE_VIDEO, "investment-advice": ADVICE},
    "LOW": {"mortgage": {"phone", "office"}},
    "AVERAGE": {"mortgage": OFFICE_PHONE_VIDEO},
    "HIGH": {"mortgage": EVERYWHERE},
    "HIGH_SIGNED": {"mortgage": EVERYWHERE},
    "CUSTOMER_STANDARD": PERSONAL,
    "CUSTOMER_PREMIUM": PERSONAL
    | {
        "mortgage": EVERYWHERE,
        "investment-advice": ADVICE,
        "account-review": OFFICE_PHONE_VIDEO,
    },
}


def offered(policy) -> dict[str, set[str]]:
    subjects = catalogue().subjects
    found: dict[str, set[str]] = {}
    for subject_id, channel in policy.pairs:
        found.setdefault(subjects[subject_id].code, set()).add(channel)
    return found


@pytest.mark.parametrize("code", OFFERS)
def test_segment_offers_exactly_its_pairs(halyard, monday, code):
    assert offered(policy_for([code], now=monday, is_signed=True)) == OFFERS[code]


def test_general_scheduling_hides_what_needs_a_segment(halyard, monday):
    policy = policy_for([], now=monday, is_signed=False)

    found = offered(policy)

    assert "account-review" not in found
    assert found["mortgage"] == OFFICE_PHONE_VIDEO
    assert found["investment-advice"] == {"office", "video"}
    assert found["commercial-loan"] == {"office", "video", "on_location"}


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("HIGH_SIGNED", "unsigned_segment"),
        ("CUSTOMER_PREMIUM", "unsigned_segment"),
        ("SPRING_2020", "expired_segment"),
    ],
)
def test_segment_refuses_an_unsigned_or_late_link(halyard, monday, code, problem):
    with pytest.raises(SegmentRefused) as refusal:
        policy_for([code], now=monday, is_signed=False)

    assert refusal.value.problem == problem


@pytest.mark.parametrize(
    ("code", "channel", "expected"),
    [
        ("LOW", "office", {"ranks": {2, 3}, "who": "junior", "thresholds": None}),
        ("AVERAGE", "video", {"ranks": {1, 2, 3}, "who": "junior", "thresholds": None}),
        ("HIGH", "video", {"ranks": {1}, "who": "senior", "thresholds": None}),
        (
            "B2C_Categories",
            "office",
            {"ranks": {1, 2, 3}, "who": "senior", "thresholds": (5, 10)},
        ),
    ],
)
def test_segment_resolves_to_its_rules(halyard, monday, code, channel, expected):
    policy = policy_for([code], now=monday, is_signed=False)
    antwerp = Office.objects.get(code="antwerp")
    mortgage = Subject.objects.get(code="mortgage")

    (span,) = policy.settings_spans(
        office_id=antwerp.pk,
        subject_id=mortgage.pk,
        channel=channel,
        first=monday.date(),
        last=monday.date(),
    )

    found = span.settings
    assert {
        "ranks": set(found.ranks),
        "who": found.who_first,
        "thresholds": found.thresholds,
    } == expected
    assert found.duration == 60
    assert found.horizon == 60
    assert max(found.intervals) == (30 if channel == "office" else 15)
    assert [notice.working_days for notice in found.notices] == (
        [3] if code == "LOW" else [0]
    )


def test_weekend_video_in_antwerp_is_for_average_and_high(halyard):
    windows = RuleWindow.objects.values_list(
        "rule__segment__code",
        "rule__office__code",
        "rule__channel",
        "weekday",
        "starts",
        "ends",
    )

    day = (time(10), time(16))
    assert set(windows) == {
        ("AVERAGE", "antwerp", "video", 5, *day),
        ("HIGH", "antwerp", "video", 5, *day),
        ("HIGH", "antwerp", "video", 6, *day),
    }


def test_offices_have_their_addresses_hours_and_areas(halyard):
    brussels = Office.objects.get(code="brussels")
    hours = {
        (row.weekday, row.opens, row.closes) for row in brussels.opening_hours.all()
    }

    assert set(Office.objects.values_list("code", flat=True)) == {
        "antwerp",
        "brussels",
        "ghent",
    }
    assert brussels.address == "Anspachlaan 10, 1000 Brussel"
    assert (brussels.latitude, brussels.longitude) == (50.8507, 4.3502)
    assert hours == {
        (day, time(9), time(19) if day == 3 else time(17)) for day in range(5)
    }
    assert set(brussels.postal_areas.values_list("first_code", "last_code")) == {
        ("1000", "1299"),
        ("1500", "1999"),
    }


def test_every_phone_number_could_be_one(halyard):
    numbers = [office.phone for office in Office.objects.all()]
    numbers += Customer.objects.values_list("phone", flat=True)

    assert all(
        phonenumbers.is_possible_number(phonenumbers.parse(str(number), "BE"))
        for number in numbers
    )


def test_fourteen_advisors_have_their_expertise_rota_and_portrait(halyard, settings):
    eva = Advisor.objects.get(code="eva-peeters")
    ranks = dict(
        Expertise.objects.filter(advisor=eva).values_list("subject__code", "rank")
    )

    assert Advisor.objects.count() == 14
    assert ranks == {
        "mortgage": 1,
        "investment-advice": 1,
        "life-insurance": 1,
        "account-review": 1,
    }
    for advisor in Advisor.objects.all():
        picture = settings.BASE_DIR / "static" / advisor.portrait
        assert 0 < picture.stat().st_size < 2048
        assert 1 <= len(advisor.languages) <= 3


@pytest.mark.parametrize(
    ("code", "weekday", "blocks"),
    [
        ("eva-peeters", 0, [(time(9), time(12, 30)), (time(13), time(17))]),
        ("bram-jacobs", 3, [(time(13), time(19))]),
        ("sofie-martens", 4, []),
        ("pieter-maes", 1, [(time(9), time(12, 30))]),
        ("eva-peeters", 5, []),
    ],
)
def test_advisor_works_as_the_papers_say(halyard, code, weekday, blocks):
    template = Advisor.objects.get(code=code).week_templates.get()

    rows = template.blocks.filter(weekday=weekday).order_by("starts")

    assert list(rows.values_list("starts", "ends")) == blocks


def test_demo_key_signs_for_every_segment(halyard):
    key = LinkKey.objects.get()

    assert key.kid == "demo-1"
    assert bytes(key.secret) == b"parlour-demo-key-0123456789abcde"
    assert key.signs_every_segment
    assert key.is_demo


def test_demo_accounts_sign_in_only_in_a_demo(halyard, settings, rf):
    request = rf.post("/")
    settings.DEMO = True
    assert authenticate(request, username="nate", password="nate") is not None

    settings.DEMO = False

    assert User.objects.filter(is_demo=False).count() == 0
    for name in ("admin", "manager", "eva", "planner", "nate", "max"):
        assert authenticate(request, username=name, password=name) is None


def test_nate_and_max_know_their_office_and_advisor(halyard):
    rows = Customer.objects.exclude(user=None).values_list(
        "user__username",
        "segment_codes",
        "preferred_office__code",
        "preferred_advisor__code",
    )

    assert {row[0]: row[1:] for row in rows} == {
        "nate": (["CUSTOMER_STANDARD"], "ghent", "fatima-el-idrissi"),
        "max": (["CUSTOMER_PREMIUM"], "antwerp", "eva-peeters"),
    }


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("nate", ["current", "savings"]),
        ("max", ["current", "current", "savings", "credit", "investment"]),
    ],
)
def test_nate_and_max_have_their_accounts(halyard, monday, name, kinds):
    rows = Account.objects.filter(customer__user__username=name)

    assert [row.kind for row in rows] == kinds
    for row in rows:
        assert re.fullmatch(r"BE[0-9]{2} \*{4} \*{4} [0-9]{4}", row.masked_number)
        assert row.currency == "EUR"
        assert row.balance != 0
        assert monday - timedelta(days=1) < row.as_of <= monday
    assert len({row.name for row in rows}) == len(kinds)


def test_each_customer_segment_has_its_banner(halyard, settings):
    rows = Banner.objects.values_list("code", "segment__code", "subject__code")

    assert set(rows) == {
        ("pet-insurance", "CUSTOMER_STANDARD", "pet-insurance"),
        ("life-insurance", "CUSTOMER_PREMIUM", "life-insurance"),
    }
    for banner in Banner.objects.all():
        assert banner.is_active
        picture = settings.BASE_DIR / "static" / banner.picture
        assert 0 < picture.stat().st_size < 8192


def test_demo_key_signs_customers_in_to_a_demo_only(halyard):
    key = HandoverKey.objects.get()

    assert key.kid == HANDOVER_KEY_ID == "demo-portal-1"
    assert bytes(key.secret) == HANDOVER_KEY
    assert len(HANDOVER_KEY) == 32
    assert key.is_demo
    assert key.revoked_at is None


def test_customers_are_reminded_a_day_before(halyard):
    reminder = Reminder.objects.get()

    assert (reminder.code, reminder.minutes_before) == ("day-before", 1440)
    assert reminder.is_active


def test_public_holidays_of_belgium_close_every_office(halyard):
    shut = Closure.objects.filter(first_day="2026-12-25", is_public_holiday=True)

    assert {row.office.code for row in shut} == {"antwerp", "brussels", "ghent"}


def test_places_cover_the_areas_of_all_offices(halyard):
    codes = PostalPlace.objects.values_list("code", flat=True)

    assert len(codes) >= 60
    assert {code[0] for code in codes} >= {"1", "2", "9"}


def test_second_load_leaves_what_staff_changed(halyard, monday):
    Office.objects.filter(code="ghent").update(name="Ghent by the water")
    Segment.objects.get(code="LOW").offers.all().delete()
    rules = AvailabilityRule.objects.count()

    load_bank(now=monday + timedelta(hours=3), address=ADDRESS)

    assert Office.objects.get(code="ghent").name == "Ghent by the water"
    assert not Segment.objects.get(code="LOW").offers.exists()
    assert AvailabilityRule.objects.count() == rules


def test_second_load_on_a_day_changes_nothing_of_the_portal(halyard, monday):
    models = (Account, Banner, HandoverKey, Reminder)
    before = [list(model.objects.order_by("pk").values()) for model in models]

    load_bank(now=monday + timedelta(hours=9), address=ADDRESS)

    assert [list(model.objects.order_by("pk").values()) for model in models] == before


def test_next_day_brings_the_balances_of_that_day_and_keeps_staff_s_words(
    halyard, monday
):
    Banner.objects.filter(code="pet-insurance").update(title="For dogs only")
    Reminder.objects.update(minutes_before=2880)
    Account.objects.filter(customer__user__username="nate").update(balance=0)

    load_bank(now=monday + timedelta(days=1), address=ADDRESS)

    assert Banner.objects.get(code="pet-insurance").title == "For dogs only"
    assert Reminder.objects.get().minutes_before == 2880
    assert Account.objects.count() == 7
    for account in Account.objects.all():
        assert account.balance != 0
        assert account.as_of > monday


def test_demo_at_another_port_is_its_own_website(halyard, monday):
    load_bank(now=monday, address="http://127.0.0.1:8001")

    bank = Organisation.objects.get()
    assert bank.website == "http://127.0.0.1:8001"
    assert bank.return_origins == [ADDRESS, "http://127.0.0.1:8001"]
