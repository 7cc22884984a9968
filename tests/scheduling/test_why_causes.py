"""Neutralising exactly what the page names makes a refused start offered."""

import random
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import transaction
from zeal import zeal_ignore

from directory.choices import Channel
from directory.models import Category, Office, Subject
from scheduling.availability.types import Reason
from scheduling.causes.day import WITHOUT_CAUSE, explained_day
from scheduling.queries import Wish, board
from segments.queries import policy_for, segments_data, stored_policy
from tests.demo import BRUSSELS, DEMO_NOW
from tests.factories import (
    MONDAY,
    NINE,
    NOW,
    AbsenceFactory,
    AdvisorFactory,
    AppointmentFactory,
    AvailabilityRuleFactory,
    ClosureFactory,
    DayTemplateFactory,
    ExpertiseFactory,
    HoldFactory,
    ImportedEventFactory,
    RuleWindowFactory,
    SegmentFactory,
    SegmentOfferFactory,
    SwitchedOffChannelFactory,
    open_office,
    working_advisor,
)
from tests.scheduling.neutral import FOR_GOOD, neutralise

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
SAMPLES = 60


def policy_with(codes):
    if not codes:
        return policy_for((), now=NOW, is_signed=False)
    return stored_policy(codes)


def offers(wish, start, key, now):
    """Tell whether the engine offers a start by an advisor at an office."""
    wish = replace(wish, policy=policy_with(wish.policy.codes))
    found = board(wish, now=now, first=start, last=start + MINUTE).offers(start)
    return key in {(slot.advisor_id, slot.office_id) for slot in found}


def left(wish, start, key, now):
    """Return what is still against it, for a failing test."""
    wish = replace(wish, policy=policy_with(wish.policy.codes))
    day = start.astimezone(BRUSSELS).date()
    told = explained_day(wish, now=now, day=day, zone=BRUSSELS)
    reasons = next(one for one in told.starts if one.start == start).reasons[key]
    return [(reason, told.causes(start, key, reason)) for reason in reasons]


def check(wish, start, key, *, now=NOW):
    """Take away all causes of a refusal in a savepoint; return the reasons they had.

    Before, the start is not offered; after, it is.
    """
    day = start.astimezone(BRUSSELS).date()
    told = explained_day(wish, now=now, day=day, zone=BRUSSELS)
    reasons = next(one for one in told.starts if one.start == start).reasons[key]
    assert not offers(wish, start, key, now)
    with transaction.atomic(), zeal_ignore():
        case = told._case(start, key)
        for reason in (*reasons, *told.then(start, key)):
            causes = told.causes(start, key, reason)
            assert causes, reason
            for cause in causes:
                neutralise(reason, cause, case, wish)
        asked = wish
        if Reason.NOT_CHOSEN in reasons:  # its link asks without the advisor
            asked = replace(wish, advisor_id=None, advisor_mode="prefer")
        assert offers(asked, start, key, now), (reasons, left(asked, start, key, now))
        transaction.set_rollback(True)
    return reasons


# Each reason on its own


def segment_with(**fields):
    return SegmentFactory(code="HIGH", **fields)


def rule_for(bank, **fields):
    return AvailabilityRuleFactory(subject=bank.subject, **fields)


def segment_subject(bank):
    segment_with()
    return {"codes": ["HIGH"]}


def excluded_subject(bank):
    segment = segment_with()
    SegmentOfferFactory(segment=segment, subject=None, category=bank.category)
    child = SegmentFactory(code="CHILD", parent=segment)
    SegmentOfferFactory(segment=child, subject=bank.subject, is_excluded=True)
    return {"codes": ["CHILD"]}


def subject_of_another_segment(bank):
    SegmentOfferFactory(segment=segment_with(), subject=bank.subject)
    SegmentFactory(code="LOW")
    return {"codes": ["HIGH", "LOW"]}


def segment_only_subject(bank):
    Subject.objects.update(is_segment_only=True, segment_only_channels=["video"])
    return {}


def closed_default_segment(bank):
    segment = segment_with(is_default=True, is_active=False, is_signed_only=True)
    SegmentOfferFactory(segment=segment, subject=bank.subject)
    return {}


def segment_channel(bank):
    SegmentOfferFactory(
        segment=segment_with(), subject=bank.subject, channels=["phone"]
    )
    return {"codes": ["HIGH"]}


def segment_only_channel(bank):
    Subject.objects.update(segment_only_channels=["video"])
    return {}


def subject_inactive(bank):
    Subject.objects.update(is_active=False, is_customer_facing=False)
    Category.objects.update(is_active=False)
    return {}


def channel_off(bank):
    SwitchedOffChannelFactory(office=bank.office)
    Subject.objects.update(channels=["phone"])
    return {}


def office_off(bank):
    Office.objects.update(is_active=False)
    return {}


def before_opening(bank):
    return {"at": time(6)}


def shut_on_sundays(bank):
    return {"day": MONDAY - DAY}


def part_of_a_day_shut(bank):
    ClosureFactory(office=None, starts=time(11), ends=time(11, 30))
    ClosureFactory(office=bank.office, name="Fire drill")
    return {}


def advisor_off(bank):
    bank.advisor.is_online_planning = False
    bank.advisor.save()
    return {}


def not_chosen(bank):
    other = working_advisor(bank.office, bank.subject, code="tom")
    return {"advisor_id": other.pk, "advisor_mode": "only"}


def no_expertise(bank):
    other = AdvisorFactory()
    return {"advisor_id": other.pk, "key": (other.pk, bank.office.pk)}


def no_expertise_by_video(bank):
    bank.expertise.channels = ["phone"]
    bank.expertise.save()
    return {}


def rank(bank):
    rule_for(bank, ranks=[2, 3])
    return {}


def rank_threshold(bank):
    rule_for(bank, threshold_regular=10, threshold_junior=20)
    junior = working_advisor(bank.office, bank.subject, rank=3)
    return {"key": (junior.pk, bank.office.pk)}


def threshold_of_one_code(bank):
    for code, days in (("HIGH", 10), ("LOW", None)):
        segment = SegmentFactory(code=code)
        SegmentOfferFactory(segment=segment, subject=bank.subject)
        AvailabilityRuleFactory(
            segment=segment, threshold_regular=days, threshold_junior=days
        )
    AbsenceFactory(advisor=bank.advisor)
    junior = working_advisor(bank.office, bank.subject, rank=3)
    return {"codes": ["HIGH", "LOW"], "key": (junior.pk, bank.office.pk)}


def not_working(bank):
    DayTemplateFactory(advisor=bank.advisor)
    return {}


def without_a_week(bank):
    other = AdvisorFactory()
    ExpertiseFactory(advisor=other, office=bank.office, subject=bank.subject)
    return {"key": (other.pk, bank.office.pk)}


def absent(bank):
    AbsenceFactory(advisor=bank.advisor)
    AbsenceFactory(advisor=bank.advisor, starts_at=NINE - 2 * DAY, ends_at=NINE + DAY)
    return {}


def busy(bank):
    AppointmentFactory(advisor=bank.advisor)
    ImportedEventFactory(advisor=bank.advisor)
    return {}


def busy_between_neighbours(bank):
    rule_for(bank, buffer_before=15, buffer_after=15)
    starts = [NINE - timedelta(minutes=60), NINE, NINE + timedelta(minutes=40)]
    lengths = [timedelta(minutes=50), timedelta(minutes=30), timedelta(minutes=30)]
    for start, length in zip(starts, lengths, strict=True):
        ImportedEventFactory(
            advisor=bank.advisor,
            meeting_starts_at=start,
            meeting_ends_at=start + length,
        )
    return {}


def buffer(bank):
    rule_for(bank, buffer_after=45)
    AppointmentFactory(
        advisor=bank.advisor,
        starts_at=NINE + timedelta(hours=1),
        buffer_before=timedelta(minutes=15),
    )
    return {}


def held(bank):
    HoldFactory(advisor=bank.advisor)
    return {}


def too_soon(bank):
    return {"day": NOW.date(), "at": time(11)}


def too_soon_in_working_days(bank):
    rule_for(bank, notice_working_days=5)
    return {}


def too_far(bank):
    return {"day": MONDAY + 70 * DAY}


def outside_hours(bank):
    rule = rule_for(bank)
    RuleWindowFactory(
        rule=rule, kind="limit", weekday=0, starts=time(14), ends=time(16)
    )
    return {}


def outside_hours_of_one_code(bank):
    """Only with the other code's longer meeting does the start lie outside."""
    for code, duration in (("HIGH", 60), ("LOW", 30)):
        segment = SegmentFactory(code=code)
        SegmentOfferFactory(segment=segment, subject=bank.subject)
        rule = AvailabilityRuleFactory(segment=segment, duration=duration)
    RuleWindowFactory(rule=rule, kind="limit", weekday=0, starts=time(9), ends=time(12))
    return {"codes": ["HIGH", "LOW"], "at": time(11, 30)}


def day_full(bank):
    rule_for(bank, daily_maximum=2)
    AppointmentFactory(advisor=bank.advisor, starts_at=NINE + timedelta(hours=2))
    HoldFactory(advisor=bank.advisor, meeting_starts_at=NINE + timedelta(hours=4))
    return {}


def not_covered(bank):
    return {"channel": "on_location", "postal_code": "9000"}


def off_grid(bank):
    rule_for(bank, office=bank.office, interval=30)
    other = open_office(code="ghent")
    working_advisor(other, bank.subject)
    return {"at": time(11, 15)}


CASES = {
    segment_subject: Reason.SEGMENT_SUBJECT,
    excluded_subject: Reason.SEGMENT_SUBJECT,
    subject_of_another_segment: Reason.SEGMENT_SUBJECT,
    segment_only_subject: Reason.SEGMENT_SUBJECT,
    closed_default_segment: Reason.SEGMENT_SUBJECT,
    segment_channel: Reason.SEGMENT_CHANNEL,
    segment_only_channel: Reason.SEGMENT_CHANNEL,
    subject_inactive: Reason.SUBJECT_INACTIVE,
    channel_off: Reason.CHANNEL_OFF,
    office_off: Reason.OFFICE_OFF,
    before_opening: Reason.OFFICE_CLOSED,
    shut_on_sundays: Reason.OFFICE_CLOSED,
    part_of_a_day_shut: Reason.CLOSURE,
    advisor_off: Reason.ADVISOR_OFF,
    not_chosen: Reason.NOT_CHOSEN,
    no_expertise: Reason.NO_EXPERTISE,
    no_expertise_by_video: Reason.NO_EXPERTISE,
    rank: Reason.RANK,
    rank_threshold: Reason.RANK_THRESHOLD,
    threshold_of_one_code: Reason.RANK_THRESHOLD,
    not_working: Reason.NOT_WORKING,
    without_a_week: Reason.NOT_WORKING,
    absent: Reason.ABSENT,
    busy: Reason.BUSY,
    busy_between_neighbours: Reason.BUSY,
    buffer: Reason.BUFFER,
    held: Reason.HELD,
    too_soon: Reason.TOO_SOON,
    too_soon_in_working_days: Reason.TOO_SOON,
    too_far: Reason.TOO_FAR,
    outside_hours: Reason.OUTSIDE_HOURS,
    outside_hours_of_one_code: Reason.OUTSIDE_HOURS,
    day_full: Reason.DAY_FULL,
    not_covered: Reason.NOT_COVERED,
    off_grid: Reason.OFF_GRID,
}


@pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__)
def test_without_what_is_named_the_start_is_offered(a_bank, make):
    made = {"day": MONDAY, "at": time(11), "codes": (), **make(a_bank)}
    day, at, codes = (made.pop(name) for name in ("day", "at", "codes"))
    key = made.pop("key", (a_bank.advisor.pk, a_bank.office.pk))
    start = datetime.combine(day, at, BRUSSELS).astimezone(UTC)
    wish = Wish(
        **{"policy": policy_with(codes), "subject_id": a_bank.subject.pk}
        | {"channel": "video", "office_id": None}
        | made
    )

    assert CASES[make] in check(wish, start, key)


def test_every_reason_has_a_case_here():
    assert set(Reason) - set(CASES.values()) == FOR_GOOD == WITHOUT_CAUSE


def test_times_that_are_over_have_no_cause(a_bank):
    wish = Wish(policy_with(()), a_bank.subject.pk, "video")
    key = (a_bank.advisor.pk, a_bank.office.pk)

    told = explained_day(wish, now=NINE, day=MONDAY, zone=BRUSSELS)

    assert told.causes(NINE - timedelta(hours=1), key, Reason.PAST) == ()
    assert told.causes(None, key, Reason.CLOCK_CHANGE) == ()


# The demo bank, at random


def random_wish(dice, data):
    channel = dice.choice(Channel.values)
    advisor = dice.choice([None, None, *data.catalogue.advisors])
    return Wish(
        policy=policy_with(dice.choice(CODES)),
        subject_id=dice.choice(list(data.catalogue.subjects)),
        channel=channel,
        office_id=dice.choice([None, *data.catalogue.offices]),
        postal_code=dice.choice(["2000", "9000"]) if channel == "on_location" else None,
        advisor_id=advisor,
        advisor_mode=dice.choice(["prefer", "only"]),
    )


CODES = [
    (),
    ("LOW",),
    ("AVERAGE",),
    ("HIGH",),
    ("B2C_Categories",),
    ("B2B_Categories",),
]
CODES += [("CUSTOMER_PREMIUM",), ("CUSTOMER_STANDARD",), ("SPRING_2020",)]
CODES += [
    ("B2B_Existing_Customer_High_Value",),
    ("AVERAGE", "HIGH"),
    ("AVERAGE", "LOW"),
]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_without_what_is_named_a_start_of_the_demo_bank_is_offered(demo, seed):
    dice, checked = random.Random(seed), 0  # noqa: S311

    while checked < SAMPLES // 4:
        wish = random_wish(dice, segments_data())
        day = DEMO_NOW.date() + dice.randrange(70) * DAY
        told = explained_day(wish, now=DEMO_NOW, day=day, zone=BRUSSELS)
        refused = [
            (one.start, key)
            for one in told.starts
            for key, reasons in one.reasons.items()
            if reasons and FOR_GOOD.isdisjoint(reasons)
        ]
        if refused:
            check(wish, *dice.choice(refused), now=DEMO_NOW)
            checked += 1
