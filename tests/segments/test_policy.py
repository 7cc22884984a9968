from datetime import UTC, date, datetime, time, timedelta

import pytest

from directory.models import Advisor, Category, Office, Subject
from segments.errors import SegmentRefused
from segments.models import AvailabilityRule, RuleWindow, Segment, SegmentOffer
from segments.policy import BUILT_IN, Notice, SegmentData, Window, lineage
from segments.queries import policy_for, stored_policy

NOW = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
DAY = date(2026, 5, 5)
ALL = ["office", "phone", "video", "on_location"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def bank():
    """Three subjects in two categories, and an office."""
    loans = Category.objects.create(code="loans", name="Loans")
    other = Category.objects.create(code="insurance", name="Insurance", sort_order=1)
    Subject.objects.create(code="mortgage", name="M", category=loans, channels=ALL)
    Subject.objects.create(
        code="loan", name="L", category=loans, channels=["office", "phone"]
    )
    Subject.objects.create(code="pet", name="P", category=other, channels=["phone"])
    Office.objects.create(code="antwerp", name="Antwerp")


def subject(code):
    return Subject.objects.get(code=code)


def make_segment(code="S", offers=(), **values):
    """Make a segment; offers are (subject or category, channels or None for excluded)."""
    segment = Segment.objects.create(code=code, name=code, **values)
    for what, channels in offers:
        found = Subject.objects.filter(code=what).first()
        SegmentOffer.objects.create(
            segment=segment,
            subject=found,
            category=None if found else Category.objects.get(code=what),
            channels=channels or [],
            is_excluded=channels is None,
        )
    return segment


def pairs(*codes, is_signed=False):
    policy = policy_for(codes, now=NOW, is_signed=is_signed)
    names = dict(Subject.objects.values_list("id", "code"))
    return {(names[pk], channel) for pk, channel in policy.pairs}


def settings(*codes, channel="video", day=DAY, what="mortgage"):
    policy = policy_for(codes, now=NOW, is_signed=True)
    (span,) = policy.settings_spans(
        office_id=Office.objects.get().pk,
        subject_id=subject(what).pk,
        channel=channel,
        first=day,
        last=day,
    )
    return span.settings


def make_window(rule, kind="extra", weekday=5, starts=10, ends=16, advisors=()):
    window = RuleWindow.objects.create(
        rule=rule, kind=kind, weekday=weekday, starts=time(starts), ends=time(ends)
    )
    window.advisors.set(advisors)


@pytest.mark.usefixtures("bank")
class TestPairs:
    def test_general_scheduling_offers_every_open_subject(self):
        Subject.objects.filter(code="pet").update(is_active=False)

        assert pairs() == {
            *(("mortgage", channel) for channel in ALL),
            ("loan", "office"),
            ("loan", "phone"),
        }

    def test_general_scheduling_leaves_out_what_needs_a_segment(self):
        Subject.objects.filter(code="mortgage").update(is_segment_only=True)
        Subject.objects.filter(code="loan").update(segment_only_channels=["phone"])

        assert pairs() == {("loan", "office"), ("pet", "phone")}

    def test_a_default_segment_rules_general_scheduling(self):
        make_segment("D", [("loans", [])], is_default=True)
        Subject.objects.filter(code="mortgage").update(is_segment_only=True)

        assert pairs() == {("loan", "office"), ("loan", "phone")}

    def test_a_default_segment_that_has_ended_offers_nothing(self):
        make_segment("D", [("loans", [])], is_default=True, valid_until=NOW)

        assert pairs() == set()

    def test_a_segment_offers_what_needs_a_segment(self):
        make_segment("S", [("pet", [])])
        Subject.objects.filter(code="pet").update(is_segment_only=True)

        assert pairs("S") == {("pet", "phone")}

    def test_chosen_channels_are_cut_to_those_of_the_subject(self):
        make_segment("S", [("loan", ["video", "phone"])])

        assert pairs("S") == {("loan", "phone")}

    def test_a_category_covers_subjects_added_later(self):
        make_segment("S", [("insurance", [])])
        Subject.objects.create(
            code="cat",
            name="C",
            category=Category.objects.get(code="insurance"),
            channels=["video"],
        )

        assert pairs("S") == {("pet", "phone"), ("cat", "video")}

    def test_a_subjects_row_beats_its_categorys_row(self):
        make_segment("S", [("loan", None), ("loans", ["office"])])

        assert pairs("S") == {("mortgage", "office")}

    def test_a_child_starts_from_its_parents_rows(self):
        parent = make_segment("P", [("loan", []), ("pet", [])])
        make_segment("C", [("mortgage", ["video"]), ("pet", None)], parent=parent)

        assert pairs("C") == {
            ("loan", "office"),
            ("loan", "phone"),
            ("mortgage", "video"),
        }

    def test_a_childs_category_row_replaces_all_parent_rows_of_its_subjects(self):
        parent = make_segment("P", [("mortgage", []), ("loan", None), ("pet", [])])
        make_segment("C", [("loans", ["office"])], parent=parent)

        assert pairs("C") == {
            ("mortgage", "office"),
            ("loan", "office"),
            ("pet", "phone"),
        }

    def test_an_ancestors_activity_and_validity_do_not_matter(self):
        parent = make_segment(
            "P", [("pet", [])], is_active=False, valid_until=NOW - timedelta(days=9)
        )
        make_segment("C", parent=parent)

        assert pairs("C") == {("pet", "phone")}

    def test_several_codes_narrow_in_any_order(self):
        make_segment("A", [("loans", [])])
        make_segment("B", [("mortgage", ["video", "phone"]), ("pet", [])])

        expected = {("mortgage", "video"), ("mortgage", "phone")}
        assert pairs("A", "B") == pairs("B", "A", "B") == expected

    def test_a_repeated_code_is_one_code(self):
        make_segment("A", [("pet", [])])

        policy = policy_for(["A", "A"], now=NOW, is_signed=False)

        assert policy.codes == ("A",)
        assert policy.singles == ()


@pytest.mark.usefixtures("bank")
class TestRefusals:
    @pytest.mark.parametrize(
        ("values", "problem"),
        [
            ({"is_active": False}, "inactive_segment"),
            ({"valid_until": NOW}, "expired_segment"),
            ({"valid_from": NOW + timedelta(seconds=1)}, "future_segment"),
            ({"is_signed_only": True}, "unsigned_segment"),
        ],
    )
    def test_one_failing_code_fails_the_link(self, values, problem):
        make_segment("GOOD", [("pet", [])])
        make_segment("BAD", [("pet", [])], **values)

        with pytest.raises(SegmentRefused) as caught:
            policy_for(["GOOD", "BAD"], now=NOW, is_signed=False)

        assert (caught.value.problem, caught.value.code) == (problem, "BAD")
        assert stored_policy(["GOOD", "BAD"]).pairs

    def test_codes_are_compared_exactly(self):
        make_segment("HIGH")

        for code in ("high", "HIGH ", ""):
            with pytest.raises(SegmentRefused, match="unknown_segment"):
                policy_for([code], now=NOW, is_signed=False)
            with pytest.raises(SegmentRefused, match="unknown_segment"):
                stored_policy([code])

    def test_more_than_five_codes_are_refused(self):
        for number in range(6):
            make_segment(f"S{number}")

        with pytest.raises(SegmentRefused, match="too_many_segments"):
            policy_for([f"S{n}" for n in range(6)], now=NOW, is_signed=False)
        assert policy_for([f"S{n % 5}" for n in range(9)], now=NOW, is_signed=False)

    def test_a_child_is_signed_only_if_any_ancestor_is(self):
        parent = make_segment("P", [("pet", [])], is_signed_only=True)
        make_segment("C", parent=make_segment("M", parent=parent))

        with pytest.raises(SegmentRefused, match="unsigned_segment"):
            policy_for(["C"], now=NOW, is_signed=False)
        assert policy_for(["C"], now=NOW, is_signed=True).is_signed_only

    def test_policies_take_one_query_while_nothing_changes(
        self, django_assert_num_queries
    ):
        make_segment("A", [("pet", [])])
        with django_assert_num_queries(3):
            policy_for(["A"], now=NOW, is_signed=False)

        with django_assert_num_queries(1):
            policy_for(["A"], now=NOW, is_signed=False)


@pytest.mark.usefixtures("bank")
class TestSettings:
    def test_without_rules_the_built_in_defaults_hold(self):
        found = settings()

        assert (found.duration, found.intervals, found.horizon) == (30, (15,), 60)
        assert found.notices == (Notice(hours=2),)
        assert found.ranks == {1, 2, 3}
        assert all(origin[0].label == BUILT_IN for origin in found.origins.values())

    def test_the_most_specific_rule_with_a_value_wins_for_each_setting(self):
        segment = make_segment("S", [("mortgage", [])])
        office = Office.objects.get()
        make = AvailabilityRule.objects.create
        make(channel="video", duration=20, buffer_after=5)
        make(category=Category.objects.get(code="loans"), duration=25, interval=20)
        make(subject=subject("mortgage"), duration=60, horizon=90)
        make(office=office, channel="video", horizon=30)
        make(segment=segment, channel="video", horizon=10, name="Segment by video")

        general, special = settings(), settings("S")

        assert (general.duration, general.intervals, general.buffer_after) == (
            60,
            (20,),
            5,
        )
        assert (general.horizon, special.horizon) == (30, 10)
        assert special.origins["horizon"][0].label == "Segment by video"
        assert special.origins["duration"][0].label == "mortgage"

    def test_rules_of_other_scopes_do_not_match(self):
        other = make_segment("O", [("mortgage", [])])
        make_segment("S", [("mortgage", [])])
        AvailabilityRule.objects.create(segment=other, duration=90)
        AvailabilityRule.objects.create(subject=subject("pet"), duration=95)
        AvailabilityRule.objects.create(channel="phone", duration=100)

        assert settings("S").duration == 30

    def test_the_nearer_child_wins_and_a_switched_off_setting_is_none(self):
        parent = make_segment("P", [("mortgage", [])])
        child = make_segment("C", parent=parent)
        AvailabilityRule.objects.create(
            subject=subject("mortgage"), threshold_regular=5, threshold_junior=10
        )
        AvailabilityRule.objects.create(
            segment=parent,
            ranks=[1],
            notice_working_days=3,
            subject=subject("mortgage"),
        )
        AvailabilityRule.objects.create(
            segment=child, ranks=[2, 3], switched_off=["thresholds"]
        )

        found = settings("C")

        assert found.ranks == {2, 3}
        assert found.notices == (Notice(working_days=3),)
        assert found.thresholds is None
        assert settings("P").thresholds == (5, 10)

    def test_extra_windows_add_up_until_a_rule_drops_the_broader_ones(self):
        parent = make_segment("P", [("mortgage", [])])
        child = make_segment("C", parent=parent)
        make_window(AvailabilityRule.objects.create(channel="video"), weekday=4)
        make_window(AvailabilityRule.objects.create(segment=parent), weekday=5)
        own = AvailabilityRule.objects.create(segment=child)
        make_window(own, weekday=6)

        assert {window.weekday for window in settings("C").extras} == {4, 5, 6}

        AvailabilityRule.objects.filter(segment=parent).update(switched_off=["extra"])
        assert {window.weekday for window in settings("C").extras} == {5, 6}

    def test_limit_windows_of_the_most_specific_rule_hold(self):
        make_window(AvailabilityRule.objects.create(), "limit", weekday=0)
        specific = AvailabilityRule.objects.create(channel="video")
        make_window(specific, "limit", weekday=1, starts=9, ends=0)

        assert settings().limits == (Window(1, 540, 1440),)

        specific.switched_off = ["limit"]
        specific.save()
        assert settings().limits is None

    def test_validity_splits_time_into_spans_without_gaps(self):
        AvailabilityRule.objects.create(duration=45)
        AvailabilityRule.objects.create(
            channel="video",
            duration=60,
            valid_from=date(2026, 5, 10),
            valid_until=date(2026, 5, 12),
        )
        policy = policy_for([], now=NOW, is_signed=False)

        spans = policy.settings_spans(
            office_id=Office.objects.get().pk,
            subject_id=subject("mortgage").pk,
            channel="video",
            first=date(2026, 5, 1),
            last=date(2026, 5, 31),
        )

        assert [(s.first.day, s.last.day, s.settings.duration) for s in spans] == [
            (1, 9, 45),
            (10, 12, 60),
            (13, 31, 45),
        ]

    def test_several_codes_merge_to_what_suits_all(self):
        one = make_segment("A", [("mortgage", [])])
        two = make_segment("B", [("mortgage", [])])
        AvailabilityRule.objects.create(
            subject=subject("mortgage"), threshold_regular=5, threshold_junior=10
        )
        AvailabilityRule.objects.create(
            segment=one,
            duration=45,
            interval=15,
            buffer_before=10,
            notice_hours=4,
            horizon=20,
            ranks=[1, 2],
            daily_maximum=4,
            deadline_hours=24,
            is_confirmed_automatically=False,
        )
        AvailabilityRule.objects.create(
            segment=two,
            duration=30,
            interval=20,
            buffer_after=5,
            notice_working_days=1,
            horizon=30,
            ranks=[2, 3],
            who_first="junior",
        )

        found = settings("B", "A")

        assert found == settings("A", "B")
        assert (found.duration, found.intervals) == (45, (15, 20))
        assert (found.buffer_before, found.buffer_after) == (10, 5)
        assert found.notices == (Notice(hours=4), Notice(working_days=1))
        assert (found.horizon, found.ranks, found.daily_maximum) == (20, {2}, 4)
        assert (found.who_first, found.thresholds) == ("balanced", None)
        assert (found.is_confirmed_automatically, found.deadline_hours) == (False, 24)
        singles = policy_for(["A", "B"], now=NOW, is_signed=False).singles
        assert [single.codes for single in singles] == [("A",), ("B",)]
        assert settings("A").thresholds == (5, 10)
        assert [origin.label for origin in found.origins["duration"]] == ["A"]

    def test_windows_of_several_codes_intersect(self):
        eva, tom = (
            Advisor.objects.create(code=code, first_name=code, last_name="X")
            for code in ("eva", "tom")
        )
        for code, starts, ends, advisors in (
            ("A", 10, 16, [eva, tom]),
            ("B", 12, 18, [tom]),
        ):
            segment = make_segment(code, [("mortgage", [])])
            rule = AvailabilityRule.objects.create(segment=segment)
            make_window(rule, "extra", 5, starts, ends, advisors)
            make_window(rule, "limit", 5, starts, ends)

        found = settings("A", "B")

        assert found.extras == (Window(5, 720, 960, frozenset({tom.pk})),)
        assert found.limits == (Window(5, 720, 960),)

    def test_a_limit_of_one_code_is_a_limit_for_all(self):
        make_segment("A", [("mortgage", [])])
        two = make_segment("B", [("mortgage", [])])
        make_window(AvailabilityRule.objects.create(segment=two), "limit", 5)

        assert settings("A", "B").limits == (Window(5, 600, 960),)
        assert settings("A", "B").extras == ()


def test_a_circle_of_segments_ends():
    one, two = (
        SegmentData(
            id=number,
            code=f"S{number}",
            name="",
            is_active=True,
            valid_from=None,
            valid_until=None,
            parent_id=3 - number,
            is_signed_only=False,
            is_default=False,
        )
        for number in (1, 2)
    )

    assert lineage(one, {1: one, 2: two}) == [one, two]
