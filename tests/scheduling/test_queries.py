from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from directory.models import Advisor, Category, Expertise, Office, Subject
from scheduling.availability.types import Reason
from scheduling.models import BusyInterval
from scheduling.queries import (
    Wish,
    assignment_options,
    board,
    choices,
    explain,
    first_board,
    load_all_candidates,
    load_candidates,
    nearest_starts,
)
from segments.queries import policy_for
from tests.factories import (
    MONDAY,
    NINE,
    NOW,
    AbsenceFactory,
    AppointmentFactory,
    AvailabilityRuleFactory,
    BusyIntervalFactory,
    ExpertiseFactory,
    FlowFactory,
    HoldFactory,
    ImportedEventFactory,
    PostalAreaFactory,
    RuleWindowFactory,
    SegmentFactory,
    SegmentOfferFactory,
    SubjectFactory,
    SwitchedOffChannelFactory,
    WeekBlockFactory,
    WeekTemplateFactory,
    open_office,
    working_advisor,
)

BRUSSELS = ZoneInfo("Europe/Brussels")
HALF = timedelta(minutes=30)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
WEEK = timedelta(days=7)
pytestmark = pytest.mark.django_db


def wish(*codes, **values):
    policy = policy_for(codes, now=NOW, is_signed=True)
    subject = Subject.objects.get(code=values.pop("subject", "mortgage"))
    return Wish(policy, subject.pk, values.pop("channel", "video"), **values)


def on_monday(the_wish):
    """Return the offers of Monday 4 May 2026, midnight to midnight UTC."""
    first = datetime(2026, 5, 4, tzinfo=UTC)
    return board(the_wish, now=NOW, first=first, last=first + timedelta(days=1))


def segment(code, *subjects, **rule):
    found = SegmentFactory(code=code)
    for subject in subjects:
        SegmentOfferFactory(segment=found, subject=subject)
    return found, AvailabilityRuleFactory(segment=found, **rule) if rule else None


BREAKS = {
    "advisor inactive": lambda: Advisor.objects.update(is_active=False),
    "not planned online": lambda: Advisor.objects.update(is_online_planning=False),
    "office inactive": lambda: Office.objects.update(is_active=False),
    "category inactive": lambda: Category.objects.update(is_active=False),
    "switched off": lambda: SwitchedOffChannelFactory(office=Office.objects.get()),
    "rank": lambda: AvailabilityRuleFactory(channel="video", ranks=[2, 3]),
    "expertise": lambda: Expertise.objects.update(channels=["office"]),
}


class TestChoices:
    def test_only_what_somebody_takes_can_be_picked(self, a_bank):
        SubjectFactory(code="nobody", category=a_bank.category)
        Expertise.objects.update(channels=["video", "office"])

        found = choices(policy_for([], now=NOW, is_signed=False))

        assert [category.code for category, _ in found.categories] == ["loans"]
        assert [subject.code for subject in found.subjects()] == ["mortgage"]
        assert found.channels_of(a_bank.subject.pk) == ("office", "video")
        (office,) = found.offices_of(a_bank.subject.pk, "office")
        assert office.code == "antwerp"
        (advisor,) = found.advisors_of(a_bank.subject.pk, "office", office.id)
        assert advisor.code == "eva-peeters"
        assert found.allows(a_bank.subject.pk, "video", office.id)
        assert not found.allows(a_bank.subject.pk, "phone")
        assert not found.allows(a_bank.subject.pk, "video", office.id + 1)

    @pytest.mark.parametrize("name", BREAKS)
    def test_a_pair_that_cannot_be_booked_disappears(self, a_bank, name):
        BREAKS[name]()

        found = choices(policy_for([], now=NOW, is_signed=False))

        assert not found.allows(a_bank.subject.pk, "video")

    def test_a_rank_that_is_allowed_later_keeps_the_pair(self, a_bank):
        AvailabilityRuleFactory(ranks=[3], valid_until=date(2026, 5, 10))

        found = choices(policy_for([], now=NOW, is_signed=False))

        assert found.allows(a_bank.subject.pk, "video")

    def test_category_and_channels_of_the_link_restrict(self, a_bank):
        other = SubjectFactory(code="pet", category__code="insurance")
        ExpertiseFactory(advisor=a_bank.advisor, office=a_bank.office, subject=other)
        policy = policy_for([], now=NOW, is_signed=False)

        found = choices(policy, category_code="insurance", channels=["phone", "video"])

        assert [subject.code for subject in found.subjects()] == ["pet"]
        assert found.channels_of(other.pk) == ("phone", "video")
        assert len(choices(policy, category_code="typo").subjects()) == 2

    def test_offices_and_advisors_follow_the_postal_code(self, a_bank):
        ghent = open_office(code="ghent")
        PostalAreaFactory(office=ghent, first_code="9000", last_code="9999")
        hanne = working_advisor(ghent, a_bank.subject)
        found = choices(policy_for([], now=NOW, is_signed=False))
        pair = (a_bank.subject.pk, "on_location")

        assert [one.code for one in found.offices_of(*pair, postal_code="9050")] == [
            "ghent"
        ]
        assert [one.id for one in found.advisors_of(*pair, postal_code="9050")] == [
            hanne.pk
        ]
        assert found.offices_of(*pair, postal_code="5000") == ()

    def test_choices_take_no_query(self, a_bank, django_assert_num_queries):
        policy = policy_for([], now=NOW, is_signed=False)

        with django_assert_num_queries(0):
            choices(policy)


@pytest.mark.usefixtures("a_bank")
class TestBoard:
    def test_a_free_day_has_every_start_of_the_grid(self):
        starts = on_monday(wish()).starts()

        assert starts[0] == datetime(2026, 5, 4, 7, 0, tzinfo=UTC)  # 09:00 in Brussels
        assert starts[-1] == datetime(2026, 5, 4, 14, 30, tzinfo=UTC)
        assert len(starts) == 31

    def test_taken_time_is_not_offered(self, a_bank):
        AppointmentFactory(advisor=a_bank.advisor, starts_at=NINE)
        AbsenceFactory(advisor=a_bank.advisor, starts_at=NINE + HOUR)
        ImportedEventFactory(
            advisor=a_bank.advisor,
            meeting_starts_at=NINE - timedelta(days=60),
            meeting_ends_at=NINE - HOUR,
        )
        HoldFactory(advisor=a_bank.advisor, meeting_starts_at=NINE + 2 * HOUR)
        found = on_monday(wish())
        key = (a_bank.advisor.pk, a_bank.office.pk)

        assert found.reasons(NINE, *key) == (Reason.BUSY,)
        assert found.reasons(NINE + HOUR, *key) == (Reason.ABSENT,)
        assert found.reasons(NINE - 2 * HOUR, *key) == (Reason.BUSY,)
        assert found.reasons(NINE + 2 * HOUR, *key) == (Reason.HELD,)
        assert found.starts()[0] == NINE - HOUR

    def test_a_meeting_of_the_day_before_blocks_as_long_as_it_lasts(self, a_bank):
        appointment = AppointmentFactory(advisor=a_bank.advisor, busy=False)
        BusyIntervalFactory(
            appointment=appointment,
            starts_at=NINE - timedelta(hours=35),
            meeting_starts_at=NINE - timedelta(hours=23),
            meeting_ends_at=NINE - timedelta(hours=11),
            ends_at=NINE + HOUR,
        )

        assert on_monday(wish()).starts()[0] == NINE + HOUR

    def test_taken_time_is_rounded_outwards_to_whole_minutes(self, a_bank):
        ImportedEventFactory(
            advisor=a_bank.advisor,
            meeting_starts_at=NINE - SECOND,
            meeting_ends_at=NINE + HOUR + SECOND,
        )
        AbsenceFactory(
            advisor=a_bank.advisor,
            starts_at=NINE + 3 * HOUR - SECOND,
            ends_at=NINE + 4 * HOUR + SECOND,
        )
        found = on_monday(wish())
        key = (a_bank.advisor.pk, a_bank.office.pk)

        assert found.reasons(NINE - HALF, *key) == (Reason.BUSY,)
        assert found.reasons(NINE + HOUR, *key) == (Reason.BUSY,)
        assert found.reasons(NINE + 5 * HALF, *key) == (Reason.ABSENT,)
        assert found.reasons(NINE + 4 * HOUR, *key) == (Reason.ABSENT,)
        assert found.reasons(NINE + HOUR + HALF, *key) == ()

    def test_buffers_of_different_lengths_are_told_from_the_meetings(self, a_bank):
        for hours, minutes in ((0, 0), (3, 15)):
            ImportedEventFactory(
                advisor=a_bank.advisor,
                meeting_starts_at=NINE + hours * HOUR,
                meeting_ends_at=NINE + (hours + 1) * HOUR,
                starts_at=NINE + hours * HOUR - timedelta(minutes=minutes),
                ends_at=NINE + (hours + 1) * HOUR + timedelta(minutes=2 * minutes),
            )
        found = on_monday(wish())
        key = (a_bank.advisor.pk, a_bank.office.pk)

        assert found.reasons(NINE - HALF, *key) == ()
        assert found.reasons(NINE + HOUR, *key) == ()
        assert found.reasons(NINE + 5 * HALF, *key) == (Reason.BUFFER,)
        assert found.reasons(NINE + 3 * HOUR, *key) == (Reason.BUSY,)
        assert found.reasons(NINE + 4 * HOUR, *key) == (Reason.BUFFER,)
        assert found.reasons(NINE + 9 * HALF, *key) == ()

    def test_an_expired_hold_is_free(self, a_bank):
        HoldFactory(advisor=a_bank.advisor, expires_at=NOW)

        assert NINE in on_monday(wish()).starts()

    def test_an_inactive_interval_is_free(self, a_bank):
        AppointmentFactory(advisor=a_bank.advisor)
        BusyInterval.objects.update(is_active=False)

        assert NINE in on_monday(wish()).starts()

    def test_ones_own_hold_is_free(self, a_bank):
        flow = FlowFactory()
        HoldFactory(advisor=a_bank.advisor, flow=flow)

        assert NINE not in on_monday(wish()).starts()
        assert NINE in on_monday(wish(flow_id=flow.pk)).starts()

    def test_the_appointment_being_moved_is_free(self, a_bank):
        claim = uuid4()
        AppointmentFactory(advisor=a_bank.advisor)
        BusyInterval.objects.update(claim=claim)

        assert NINE not in on_monday(wish()).starts()
        assert NINE in on_monday(wish(claim=claim)).starts()

    def test_buffers_outside_the_asked_time_count(self, a_bank):
        AvailabilityRuleFactory(buffer_after=60)
        AppointmentFactory(advisor=a_bank.advisor, starts_at=NINE)

        found = board(wish(), now=NOW, first=NINE - HALF, last=NINE - HALF / 2)

        assert found.starts() == []

    def test_the_daily_maximum_counts_the_whole_local_day(self, a_bank):
        AvailabilityRuleFactory(daily_maximum=1)
        AppointmentFactory(
            advisor=a_bank.advisor, starts_at=datetime(2026, 5, 3, 22, 30, tzinfo=UTC)
        )

        found = board(wish(), now=NOW, first=NINE, last=NINE + HOUR)

        key = (a_bank.advisor.pk, a_bank.office.pk)
        assert found.reasons(NINE, *key) == (Reason.DAY_FULL,)

    def test_thresholds_look_at_better_ranks_outside_the_asked_time(self, a_bank):
        AvailabilityRuleFactory(threshold_regular=5, threshold_junior=10)
        junior = working_advisor(a_bank.office, a_bank.subject, rank=2)
        first = on_monday(wish())
        assert {slot.advisor_id for slot in first.slots()} == {a_bank.advisor.pk}

        # The senior's first slot is then on Tuesday: later than five days from now.
        AbsenceFactory(
            advisor=a_bank.advisor,
            starts_at=NOW,
            ends_at=datetime(2026, 5, 5, 7, 0, tzinfo=UTC),
        )
        found = on_monday(wish())

        assert {slot.advisor_id for slot in found.slots()} == {junior.pk}

    def test_a_preferred_advisor_does_not_hide_the_others(self, a_bank):
        other = working_advisor(a_bank.office, a_bank.subject)

        preferred = on_monday(wish(advisor_id=other.pk)).offers(NINE)
        only = on_monday(wish(advisor_id=other.pk, advisor_mode="only")).offers(NINE)

        assert {slot.advisor_id for slot in preferred} == {a_bank.advisor.pk, other.pk}
        assert {slot.advisor_id for slot in only} == {other.pk}

    def test_phone_and_video_without_an_office_consider_all(self, a_bank):
        ghent = open_office(code="ghent")
        working_advisor(ghent, a_bank.subject)

        anywhere = on_monday(wish()).offers(NINE)
        in_ghent = on_monday(wish(office_id=ghent.pk)).offers(NINE)

        assert {slot.office_id for slot in anywhere} == {a_bank.office.pk, ghent.pk}
        assert {slot.office_id for slot in in_ghent} == {ghent.pk}

    @pytest.mark.parametrize(
        ("postal_code", "count"), [("2018", 31), ("9000", 0), (None, 0)]
    )
    def test_home_visits_need_an_office_that_covers_the_address(
        self, postal_code, count
    ):
        the_wish = wish(channel="on_location", postal_code=postal_code)

        assert len(on_monday(the_wish).starts()) == count

    def test_settings_name_the_rule_they_come_from(self, a_bank):
        AvailabilityRuleFactory(name="Longer on video", channel="video", duration=45)
        found = on_monday(wish())

        settings = found.settings(a_bank.office.pk, MONDAY)

        assert settings.duration == 45
        assert settings.origins["duration"][0].label == "Longer on video"
        assert found.settings_at(NINE, a_bank.office.pk) == settings

    def test_extra_windows_open_time_outside_opening_hours(self, a_bank):
        _, rule = segment("S", a_bank.subject, horizon=60)
        RuleWindowFactory(rule=rule)
        saturday = datetime(2026, 5, 2, tzinfo=UTC)

        found = board(
            wish("S"), now=NOW, first=saturday, last=saturday + timedelta(days=1)
        )

        assert found.starts()[0] == datetime(2026, 5, 2, 8, 0, tzinfo=UTC)


@pytest.mark.usefixtures("a_bank")
class TestSeveralCodes:
    def test_a_start_suits_the_merged_settings(self, a_bank):
        segment("A", a_bank.subject, interval=20)
        segment("B", a_bank.subject, interval=30, duration=60)

        found = on_monday(wish("A", "B"))

        assert {start.minute for start in found.starts()} == {0}
        assert {slot.ends - slot.start for slot in found.slots()} == {HOUR}

    def test_thresholds_of_each_code_count_on_their_own(self, a_bank):
        regular = working_advisor(a_bank.office, a_bank.subject, rank=2)
        segment("A", a_bank.subject, threshold_regular=1, threshold_junior=1)
        segment("B", a_bank.subject, ranks=[2])
        AbsenceFactory(
            advisor=a_bank.advisor,
            starts_at=NOW,
            ends_at=datetime(2026, 5, 4, 12, 0, tzinfo=UTC),
        )
        found = on_monday(wish("B", "A"))
        late = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)

        assert {slot.advisor_id for slot in found.slots()} == {regular.pk}
        assert found.offers(late)  # the senior has it for A, the regular one for B
        for start in found.starts():
            assert found.reasons(start, regular.pk, a_bank.office.pk) == ()

    def test_a_start_that_one_code_lacks_is_not_offered_and_says_why(self, a_bank):
        regular = working_advisor(a_bank.office, a_bank.subject, rank=2)
        Expertise.objects.filter(advisor=a_bank.advisor).update(channels=["video"])
        segment("A", a_bank.subject, threshold_regular=20, threshold_junior=20)
        segment("B", a_bank.subject, ranks=[2])
        AbsenceFactory(
            advisor=a_bank.advisor,
            starts_at=NINE + HOUR,
            ends_at=NINE + timedelta(days=90),
        )

        found = on_monday(wish("A", "B"))

        # The senior is free this week, so A offers what the senior has and no more.
        assert found.starts()[-1] == NINE + HALF
        assert found.reasons(NINE + HOUR, regular.pk, a_bank.office.pk) == (
            Reason.RANK_THRESHOLD,
        )
        assert found.first_start() == found.starts()[0]
        assert found.offers(NINE + HOUR) == []

    def test_order_and_repetition_do_not_matter(self, a_bank):
        segment("A", a_bank.subject, interval=20)
        segment("B", a_bank.subject, notice_working_days=2)

        expected = on_monday(wish("A", "B")).slots()

        assert on_monday(wish("B", "A", "B")).slots() == expected


@pytest.mark.usefixtures("a_bank")
class TestFirstAndNearest:
    def test_the_first_board_skips_weeks_without_a_slot(self, a_bank):
        AbsenceFactory(
            advisor=a_bank.advisor, starts_at=NOW, ends_at=NOW + timedelta(days=30)
        )

        found = first_board(wish(), now=NOW)

        assert found.first_start() == datetime(2026, 5, 29, 8, 0, tzinfo=UTC)

    def test_there_is_no_first_board_without_a_slot(self, a_bank):
        AbsenceFactory(
            advisor=a_bank.advisor, starts_at=NOW, ends_at=NOW + timedelta(days=90)
        )

        assert first_board(wish(), now=NOW) is None

    def test_the_nearest_starts_come_in_order(self, a_bank):
        quarter = timedelta(minutes=15)
        AppointmentFactory(advisor=a_bank.advisor, ends_at=NINE + 3 * quarter)

        assert nearest_starts(wish(), NINE, now=NOW) == [
            NINE - 3 * quarter,
            NINE - 2 * quarter,
            NINE + 3 * quarter,
        ]

    def test_the_nearest_starts_may_be_weeks_away(self, a_bank):
        AbsenceFactory(
            advisor=a_bank.advisor, starts_at=NOW, ends_at=NINE + timedelta(days=42)
        )

        found = nearest_starts(wish(), NINE, now=NOW, limit=1)

        assert found == [NINE + timedelta(days=42)]

    def test_there_may_be_no_other_start(self):
        Advisor.objects.update(is_active=False)

        assert nearest_starts(wish(), NINE, now=NOW) == []


@pytest.mark.usefixtures("a_bank")
class TestExplanation:
    def test_all_that_speaks_against_an_advisor_is_listed(self, a_bank):
        segment("S", SubjectFactory(code="other", category=a_bank.category))
        SwitchedOffChannelFactory(office=a_bank.office)
        Advisor.objects.update(is_active=False)
        Office.objects.update(is_active=False)
        Subject.objects.update(is_active=False)
        named = working_advisor(
            a_bank.office, SubjectFactory(code="x", category=a_bank.category)
        )
        the_wish = wish("S", advisor_id=named.pk, advisor_mode="only")

        found = {
            one.advisor_id: one
            for one in load_all_candidates(the_wish, now=NOW, first=NINE, last=NINE)
        }

        always = {
            Reason.SEGMENT_SUBJECT,
            Reason.SUBJECT_INACTIVE,
            Reason.CHANNEL_OFF,
            Reason.OFFICE_OFF,
        }
        eva = found[a_bank.advisor.pk]
        assert eva.refusals == always | {Reason.ADVISOR_OFF, Reason.NOT_CHOSEN}
        assert found[named.pk].refusals == always | {Reason.NO_EXPERTISE}
        assert found[named.pk].rank is None
        assert load_candidates(the_wish, now=NOW, first=NINE, last=NINE) == ()

    def test_a_channel_outside_segment_or_link_is_named(self, a_bank):
        code, _ = segment("S")
        SegmentOfferFactory(segment=code, subject=a_bank.subject, channels=["office"])

        for the_wish in (wish("S"), wish(restricted_channels=("phone",))):
            (found,) = load_all_candidates(the_wish, now=NOW, first=NINE, last=NINE)
            assert found.refusals == {Reason.SEGMENT_CHANNEL}

    def test_an_address_outside_every_area_is_named(self):
        the_wish = wish(channel="on_location", postal_code="9000")

        (found,) = load_all_candidates(the_wish, now=NOW, first=NINE, last=NINE)

        assert found.refusals == {Reason.NOT_COVERED}

    def test_a_day_is_explained_start_by_start_as_the_board_offers_it(self, a_bank):
        segment("A", a_bank.subject, threshold_regular=20, threshold_junior=20)
        segment("B", a_bank.subject, horizon=30)
        working_advisor(a_bank.office, a_bank.subject, rank=2)
        AppointmentFactory(advisor=a_bank.advisor)

        for the_wish in (wish(), wish("A", "B")):
            explained = explain(the_wish, now=NOW, day=MONDAY, zone=BRUSSELS)
            offered = [one.start for one in explained if () in one.reasons.values()]
            assert len(explained) == 96
            assert offered == on_monday(the_wish).starts()


class TestAssignment:
    def test_options_hold_the_weeks_minutes_and_the_last_assignment(
        self, a_bank, django_assert_num_queries
    ):
        other = working_advisor(a_bank.office, a_bank.subject, languages=["nl"])
        late_sunday = datetime(2026, 5, 10, 21, 30, tzinfo=UTC)  # 23:30 in Brussels
        for start, status in (
            (NINE, "confirmed"),
            (late_sunday, "requested"),
            (NINE + 2 * HOUR, "cancelled"),
            (NINE + WEEK, "confirmed"),
        ):
            AppointmentFactory(
                advisor=a_bank.advisor,
                starts_at=start,
                status=status,
                created_at=NOW - HOUR,
            )
        slots = on_monday(wish()).offers(NINE + HOUR)

        with django_assert_num_queries(1):
            options = assignment_options(
                slots, now=NOW, start=NINE, zone=BRUSSELS, language="nl"
            )

        eva, new = options
        assert (eva.advisor_id, eva.booked_minutes) == (a_bank.advisor.pk, 120)
        assert (eva.last_assigned_at, eva.speaks_language) == (NOW - HOUR, False)
        assert (new.advisor_id, new.booked_minutes) == (other.pk, 0)
        assert (new.last_assigned_at, new.speaks_language) == (None, True)


def many_advisors(bank, count):
    advisors = Advisor.objects.bulk_create(
        Advisor(code=f"a-{number}", first_name="A", last_name="B")
        for number in range(count)
    )
    for advisor in advisors:
        week = WeekTemplateFactory(advisor=advisor)
        WeekBlockFactory(template=week, office=bank.office, starts=time(9))
    Expertise.objects.bulk_create(
        Expertise(
            advisor=advisor,
            office=bank.office,
            subject=bank.subject,
            channels=["video"],
        )
        for advisor in advisors
    )


@pytest.mark.parametrize("advisors", [0, 199])
@pytest.mark.parametrize("days", [1, 30])
def test_a_listing_takes_the_same_few_queries_at_every_size(a_bank, advisors, days):
    many_advisors(a_bank, advisors)
    AvailabilityRuleFactory(threshold_regular=5, threshold_junior=10, daily_maximum=9)
    segment("A", a_bank.subject, horizon=50)
    segment("B", a_bank.subject)
    subject = a_bank.subject

    def listing():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            policy = policy_for(["A", "B"], now=NOW, is_signed=False)
            choices(policy)
            found = board(
                Wish(policy, subject.pk, "video"),
                now=NOW,
                first=NINE,
                last=NINE + timedelta(days=days),
            )
        assert found.starts()
        return len(queries)

    assert listing() == 4
    assert listing() == 2
