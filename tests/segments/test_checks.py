"""What the editor finds wrong with a segment, each with where to mend it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from directory.models import Advisor, Expertise, PostalArea, Subject
from scheduling.segment_checks import all_checks
from segments.drafts import rule_from
from segments.editing import window_of
from segments.hours import HoursError, hours_sentence, hours_text, read_hours
from segments.models import Segment
from segments.policy import SegmentData
from segments.queries import segments_data
from segments.settings import Window
from tests.demo import DEMO_NOW
from tests.factories import (
    NOW,
    AdvisorFactory,
    AppointmentFactory,
    AvailabilityRuleFactory as RuleFactory,
    ExpertiseFactory,
    OfficeFactory,
    RuleWindowFactory,
    SegmentFactory,
    SegmentOfferFactory,
    SubjectFactory,
    make_bank,
)

DAY = timedelta(days=1)


@pytest.fixture
def bank(db):
    return make_bank()


@pytest.fixture
def segment(bank):
    """A segment whose link is in use and which has nothing to mend."""
    made = SegmentFactory(code="GOLD")
    SegmentOfferFactory(segment=made, subject=bank.subject, channels=["video"])
    Subject.objects.update(is_segment_only=True)
    AppointmentFactory(
        segment_codes=["GOLD"],
        subject=bank.subject,
        office=bank.office,
        advisor=bank.advisor,
    )
    return made


def found(segment):
    data = segments_data()
    return all_checks(data, data.segments[segment.pk], now=NOW)


def codes(segment):
    return [one.code for one in found(segment)]


def test_a_good_segment_has_nothing_to_mend(segment):
    RuleFactory(segment=segment, ranks=[1])

    assert found(segment) == []


def test_a_segment_without_offers_says_so(segment):
    segment.offers.all().delete()

    (check,) = found(segment)

    assert check.sentence == "The segment offers nothing: it has no offers."
    assert check.aim == ("offers", segment.pk)


def test_a_closed_subject_is_named(segment, bank):
    Subject.objects.update(is_active=False)

    (check,) = found(segment)

    assert check.code == "offers_nothing"
    assert check.aim == ("subject", bank.subject.pk)


def test_channels_that_the_subject_lacks_are_named(segment):
    Subject.objects.update(channels=["office"])

    assert [(one.code, one.aim[0]) for one in found(segment)] == [
        ("offers_nothing", "offers")
    ]


@pytest.mark.parametrize(
    ("fields", "code", "is_hint"),
    [
        ({"is_active": False}, "inactive", True),
        ({"valid_until": NOW}, "over", False),
        ({"valid_from": NOW + DAY}, "not_yet", True),
    ],
)
def test_a_link_that_is_refused_is_told(segment, fields, code, is_hint):
    Segment.objects.update(**fields)

    (check,) = found(segment)

    assert (check.code, check.is_hint) == (code, is_hint)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"ranks": [1], "valid_until": date(2026, 4, 28)}, "rule_over"),
        ({}, "rule_empty"),
        ({"ranks": [1], "channel": "phone"}, "rule_channel"),
    ],
)
def test_a_rule_that_never_applies_is_named(segment, fields, code):
    own = RuleFactory(segment=segment, **fields)

    (check,) = found(segment)

    assert (check.code, check.aim) == (code, ("rule", own.pk))


def test_a_rule_for_what_is_not_offered_is_named(segment):
    other = SubjectFactory()
    RuleFactory(segment=segment, name="Other", ranks=[1], subject=other)
    RuleFactory(
        segment=segment, name="Where", ranks=[1], office=OfficeFactory(is_active=False)
    )

    assert sorted(codes(segment)) == ["rule_office", "rule_subject"]


def test_a_rule_that_others_always_beat_is_named(segment, bank):
    RuleFactory(segment=segment, name="Wide", ranks=[2])
    RuleFactory(segment=segment, name="Narrow", ranks=[1], channel="video")

    (check,) = found(segment)

    assert check.code == "rule_shadowed"
    assert check.sentence == (
        "“Wide” never decides anything: “Narrow” always beats it, being more specific."
    )


def test_a_rule_that_decides_somewhere_is_left_alone(segment, bank):
    RuleFactory(segment=segment, name="Wide", ranks=[1], notice_hours=3)
    RuleFactory(segment=segment, name="Narrow", ranks=[1], channel="video")

    assert codes(segment) == []


def test_rules_that_cross_are_told_with_the_one_that_decides(segment, bank):
    RuleFactory(segment=segment, name="Here", ranks=[1], office=bank.office)
    RuleFactory(segment=segment, name="Video", ranks=[1], channel="video")
    office = OfficeFactory()
    ExpertiseFactory(office=office, subject=bank.subject, advisor=bank.advisor)

    (check,) = found(segment)

    assert check.code == "rules_cross"
    assert check.sentence.endswith("“Here” decides.")


def test_a_subject_that_nobody_takes_is_named(segment, bank):
    Expertise.objects.update(rank=3)
    RuleFactory(segment=segment, ranks=[1])

    (check,) = found(segment)

    assert (check.code, check.aim) == ("no_advisor", ("expertise", bank.subject.pk))
    assert "the rules allow seniors only" in check.sentence


def test_a_subject_without_bookable_advisors_is_named(segment):
    Advisor.objects.update(is_online_planning=False)

    (check,) = found(segment)

    assert check.code == "no_advisor"
    assert "no bookable advisor takes it" in check.sentence


def test_a_home_visit_without_areas_is_named(segment, bank):
    segment.offers.update(channels=["video", "on_location"])
    PostalArea.objects.all().delete()

    assert codes(segment) == ["no_area"]


def test_general_scheduling_that_gives_more_is_told(segment, bank):
    Subject.objects.update(is_segment_only=False)
    RuleFactory(segment=segment, ranks=[2], notice_working_days=3)
    advisor = AdvisorFactory()
    ExpertiseFactory(advisor=advisor, office=bank.office, subject=bank.subject, rank=2)

    (check,) = found(segment)

    assert (check.code, check.aim) == ("general_beats", ("subject", bank.subject.pk))
    assert check.sentence == (
        "Without a segment, a visitor gets more for Mortgage: also at an office, phone "
        "call and at your place, all advisors instead of regulars only and 2 hours of "
        "notice instead of 3 working days."
    )


def test_a_code_that_no_link_carries_is_told(segment):
    other = SegmentFactory(code="GOLD_2")
    SegmentOfferFactory(
        segment=other, subject=segment.offers.get().subject, channels=["video"]
    )

    assert codes(other) == ["unused"]


def test_parents_in_a_circle_are_told(segment):
    data = segments_data()
    own = data.segments[segment.pk]
    other = replace(own, id=own.id + 1, code="OTHER", parent_id=own.id)
    own = replace(own, parent_id=other.id)
    segments = {own.id: own, other.id: other}
    circle = replace(data, segments=segments, by_code={"GOLD": own, "OTHER": other})

    checks = all_checks(circle, own, now=NOW)

    assert [(one.code, one.sentence) for one in checks] == [
        ("cycle", "Its parents lead back to it: GOLD → OTHER → …")
    ]
    assert isinstance(own, SegmentData)


def test_checks_cost_one_query_for_any_number_of_rules(segment, bank):
    def cost():
        data = segments_data()
        with CaptureQueriesContext(connection) as queries:
            all_checks(data, data.segments[segment.pk], now=NOW)
        return len(queries)

    RuleFactory(segment=segment, ranks=[1])
    few = cost()
    for channel in ("office", "phone", "video"):
        RuleFactory(segment=segment, channel=channel, ranks=[2])

    assert few == cost() == 1


# Hours as lines.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sat 10:00-16:00", [(5, 600, 960)]),
        ("saturday 10 to 16", [(5, 600, 960)]),
        ("Sat, Sun 10.30\u201316:00", [(5, 630, 960), (6, 630, 960)]),
        ("Mon-Wed 09:00-12:00", [(0, 540, 720), (1, 540, 720), (2, 540, 720)]),
        ("Sat-Mon 20:00-24:00", [(0, 1200, 1440), (5, 1200, 1440), (6, 1200, 1440)]),
        ("weekend 20:00-0:00", [(5, 1200, 1440), (6, 1200, 1440)]),
        ("\n  Tue 9-10\n\n", [(1, 540, 600)]),
        ("", []),
    ],
)
def test_lines_of_hours_are_read(text, expected):
    windows = read_hours(text, advisors={})

    assert [(one.weekday, one.starts, one.ends) for one in windows] == expected


def test_hours_are_written_as_they_are_read():
    windows = (Window(5, 600, 960, frozenset({1, 2})), Window(6, 600, 1440))

    text = hours_text(windows, codes={1: "eva", 2: "tom"})

    assert text == "Sat 10:00-16:00 by eva, tom\nSun 10:00-24:00"
    assert read_hours(text, advisors={"eva": 1, "tom": 2}) == windows


def test_hours_in_words_put_days_together():
    windows = (
        Window(5, 600, 960),
        Window(6, 600, 960),
        Window(0, 1, 2, frozenset({1})),
    )

    assert hours_sentence(windows, names={1: "Eva Peeters"}) == (
        "Monday 00:01-00:02 (only Eva Peeters); Saturday and Sunday 10:00-16:00"
    )


@pytest.mark.parametrize(
    "text",
    ["10:00-16:00", "Sat", "Sat 10:60-11:00", "Satan 1-2", "Sat 10-10", "x" * 300],
)
def test_other_lines_are_refused(text):
    with pytest.raises(HoursError):
        read_hours(text, advisors={})


def test_a_typed_rule_is_the_rule_that_is_loaded(segment, bank):
    RuleWindowFactory(rule=RuleFactory(segment=segment, ranks=[1], notice_hours=2))
    data = segments_data()

    row = segment.rules.get()
    loaded = next(one for one in data.rules if one.id == row.pk)
    windows = tuple(window_of(one) for one in row.windows.all())
    assert loaded == rule_from(
        row, row_id=row.pk, segment_id=segment.pk, limits=(), extras=windows, data=data
    )


# The demo bank comes last: it stays to the end of the module.


def test_in_the_demo_bank_only_what_is_meant_to_is_to_be_mended(demo):
    data = segments_data()

    faults = {
        code: [
            one.code
            for one in all_checks(data, segment, now=DEMO_NOW)
            if not one.is_hint
        ]
        for code, segment in data.by_code.items()
    }

    assert {code: one for code, one in faults.items() if one} == {
        "SPRING_2020": ["over"]
    }
