"""The rules one by one, each by an example."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduling.availability.notice import NEVER, earliest_start
from scheduling.availability.slots import survey
from scheduling.availability.types import (
    OpenHours,
    Reason,
    Rota,
    Shut,
    Span,
    Week,
    WorkBlock,
)
from scheduling.availability.windows import minutes_around
from segments.policy import Notice, Settings, Window
from tests.scheduling.calendars import (
    DAY,
    EVERY_DAY,
    MINUTE,
    OTHER_SUBJECT,
    SUBJECT,
    advisor,
    busy,
    place,
    rota,
    search,
)

BRUSSELS = ZoneInfo("Europe/Brussels")
MONDAY = date(2026, 5, 4)
RULES = {"duration": 60, "intervals": (60,)}
HOUR = timedelta(hours=1)


def at(hour: int, minute: int = 0, *, day: date = MONDAY) -> datetime:
    return datetime.combine(day, time(hour, minute), BRUSSELS).astimezone(UTC)


def board(*candidates, day: date = MONDAY, days: int = 1, **more):
    return survey(
        candidates, search(at(0, day=day), at(0, day=day + days * DAY), **more)
    )


def hours(candidate, **more) -> list[int]:
    """Return the hours in Brussels at which the advisor is offered on Monday."""
    starts = board(candidate, **more).starts()
    return [start.astimezone(BRUSSELS).hour for start in starts]


def reasons(candidate, start: datetime, **more) -> tuple[Reason, ...]:
    found = board(candidate, **more)
    return found.reasons(start, candidate.advisor_id, candidate.place.id)


def test_a_meeting_lies_within_work_and_opening_hours():
    candidate = advisor(place(**RULES), rota=rota(8 * 60, 12 * 60 + 30))

    assert hours(candidate) == [9, 10, 11]
    assert reasons(candidate, at(8)) == (Reason.OFFICE_CLOSED,)
    assert reasons(candidate, at(12)) == (Reason.NOT_WORKING,)
    assert reasons(candidate, at(18)) == (Reason.OFFICE_CLOSED, Reason.NOT_WORKING)


def test_slots_are_sorted_by_start_rank_and_advisor():
    office = place(**RULES)
    short = rota(9 * 60, 10 * 60)
    late = advisor(office, 5, 1, rota=rota(10 * 60, 11 * 60))
    found = board(
        advisor(office, 3, 2, rota=short),
        advisor(office, 2, 2, rota=short),
        advisor(office, 4, 1, rota=short),
        late,
    )

    assert [(slot.start, slot.advisor_id) for slot in found.slots()] == [
        (at(9), 4),
        (at(9), 2),
        (at(9), 3),
        (at(10), 5),
    ]
    assert [slot.advisor_id for slot in found.offers(at(9))] == [4, 2, 3]
    assert found.first_start() == at(9)


def test_blocks_serve_an_office_a_channel_and_a_subject():
    office = place(**RULES)
    blocks = (
        WorkBlock(office.id, 540, 600, channels=frozenset({"office"})),
        WorkBlock(office.id, 600, 660, subjects=frozenset({OTHER_SUBJECT})),
        WorkBlock(office.id + 1, 660, 720),
        WorkBlock(
            office.id, 720, 780, frozenset({"video", "phone"}), frozenset({SUBJECT})
        ),
    )

    candidate = advisor(office, rota=Rota(dict.fromkeys(EVERY_DAY, blocks)))

    assert hours(candidate) == [12]


def test_a_day_s_template_beats_its_week_s_and_that_the_default():
    office = place(**RULES)
    nine, ten, eleven = ((WorkBlock(1, 60 * at, 60 * at + 60),) for at in (9, 10, 11))
    candidate = advisor(
        office,
        rota=Rota(
            default=dict.fromkeys(EVERY_DAY, nine),
            weeks=(Week(MONDAY + DAY, MONDAY + 3 * DAY, {1: ten, 2: ten}),),
            days={MONDAY + 2 * DAY: eleven},
        ),
    )

    starts = board(candidate, days=5).starts()

    assert starts == [
        at(9),
        at(10, day=MONDAY + DAY),
        at(11, day=MONDAY + 2 * DAY),
        at(9, day=MONDAY + 4 * DAY),  # the week's Thursday is free
    ]


def test_extra_windows_open_time_outside_work_and_opening_hours():
    windows = (
        Window(0, 18 * 60, 20 * 60),
        Window(0, 20 * 60, 21 * 60, frozenset({2})),
    )
    office = place(extras=windows, opening=(), **RULES)

    assert hours(advisor(office, 1)) == [18, 19]
    assert hours(advisor(office, 2)) == [18, 19, 20]


def test_closures_absences_and_busy_time_take_extra_windows_back():
    shut = Shut(MONDAY, MONDAY, 18 * 60, 19 * 60)
    office = place(
        extras=(Window(0, 18 * 60, 21 * 60),), opening=(), closures=(shut,), **RULES
    )
    candidate = advisor(
        office,
        absences=(minutes_around(at(19), at(19, 1)),),
        busy=(busy(at(20, 59), 1),),
    )

    assert hours(candidate) == []
    assert reasons(candidate, at(18)) == (Reason.CLOSURE,)
    assert reasons(candidate, at(19)) == (Reason.ABSENT,)
    assert reasons(candidate, at(20)) == (Reason.BUSY,)


def test_limits_cut_what_is_there():
    limit = (Window(0, 10 * 60, 12 * 60), Window(1, 0, 1440))
    extra = (Window(0, 8 * 60, 9 * 60),)
    candidate = advisor(place(limits=limit, extras=extra, **RULES))
    nothing = advisor(place(limits=(), **RULES))

    assert hours(candidate) == [10, 11]
    assert reasons(candidate, at(8)) == (Reason.OUTSIDE_HOURS,)
    assert hours(nothing) == []


def test_buffers_keep_clear_of_busy_time_but_not_of_closing_time():
    office = place(buffer_before=10, buffer_after=20, duration=60, intervals=(5,))
    candidate = advisor(office, busy=(busy(at(12), 60),))

    starts = board(candidate).starts()

    assert starts[0] == at(9)
    assert max(start for start in starts if start < at(12)) == at(10, 40)
    assert min(start for start in starts if start > at(12)) == at(13, 10)
    assert starts[-1] == at(16)
    assert reasons(candidate, at(10, 45)) == (Reason.BUFFER,)
    assert reasons(candidate, at(11, 5)) == (Reason.BUSY,)
    assert reasons(candidate, at(13, 5)) == (Reason.BUFFER,)


def test_other_meetings_buffers_count_as_well():
    candidate = advisor(place(**RULES), busy=(busy(at(12), 60, before=15, after=1),))

    assert hours(candidate) == [9, 10, 14, 15, 16]
    assert reasons(candidate, at(11)) == (Reason.BUFFER,)
    assert reasons(candidate, at(13)) == (Reason.BUFFER,)


def test_all_reasons_are_listed_in_a_fixed_order():
    shut = Shut(MONDAY, MONDAY, 0, 1440)
    candidate = advisor(
        place(closures=(shut,), limits=(), horizon=0, ranks=frozenset({2}), **RULES),
        busy=(busy(at(9), 60), busy(at(9, 30), 60, kind="hold")),
        absences=(minutes_around(at(9), at(17)),),
        refusals=frozenset({Reason.ADVISOR_OFF}),
    )

    found = reasons(candidate, at(9, 7), now=at(0, day=MONDAY - DAY))

    assert found == (
        Reason.CLOSURE,
        Reason.ADVISOR_OFF,
        Reason.RANK,
        Reason.ABSENT,
        Reason.BUSY,
        Reason.HELD,
        Reason.TOO_FAR,
        Reason.OUTSIDE_HOURS,
        Reason.OFF_GRID,
    )


def test_ignored_reasons_count_neither_in_slots_nor_in_reasons():
    candidate = advisor(
        place(buffer_before=15, horizon=0, **RULES),
        busy=(busy(at(9), 60), busy(at(13), 60, kind="hold")),
    )
    asked = {
        "now": at(0, day=MONDAY - DAY),
        "ignored": frozenset({Reason.TOO_FAR, Reason.BUFFER, Reason.HELD}),
    }

    assert hours(candidate, **asked) == [10, 11, 12, 13, 14, 15, 16]
    assert reasons(candidate, at(10), **asked) == ()
    assert reasons(candidate, at(9), **asked) == (Reason.BUSY,)


def test_a_meeting_whose_busy_time_is_ignored_is_no_buffer_either():
    candidate = advisor(place(**RULES), busy=(busy(at(12), 60, before=15),))
    ignored = frozenset({Reason.BUSY})

    assert hours(candidate, ignored=ignored) == [9, 10, 12, 13, 14, 15, 16]
    assert reasons(candidate, at(12), ignored=ignored) == ()
    assert reasons(candidate, at(11), ignored=ignored) == (Reason.BUFFER,)


def test_notice_starts_at_the_minute_after_now():
    office = place(duration=5, intervals=(1,), notices=(Notice(hours=2),))
    now = at(9) + timedelta(seconds=1)

    candidate = advisor(office)

    assert board(candidate, now=now).first_start() == at(11, 1)
    assert reasons(candidate, at(11), now=now) == (Reason.TOO_SOON,)
    assert reasons(candidate, at(9), now=now) == (Reason.PAST, Reason.TOO_SOON)


def test_working_days_of_notice_are_days_with_opening_hours_and_no_closure():
    weekdays = tuple(OpenHours(weekday, 540, 1020) for weekday in range(5))
    friday, monday = MONDAY - 3 * DAY, MONDAY
    office = place(
        opening=weekdays,
        closures=(
            Shut(monday, monday, 0, 1440),
            Shut(monday + DAY, monday + DAY, 0, 720),
        ),
        extras=(Window(5, 540, 600),),
    )
    now = at(15, day=friday)

    def first(number: int, hours: int = 0) -> datetime:
        return earliest_start([Notice(hours, number), Notice(1)], office, now)

    assert first(0) == now + HOUR
    assert first(1) == at(0, day=monday + DAY)
    assert first(2) == at(0, day=monday + 2 * DAY)
    assert first(1, hours=240) == now + 240 * HOUR
    assert earliest_start([Notice(0, 1)], place(opening=()), now) == NEVER


def test_an_office_that_never_opens_gives_no_working_day_and_no_slot():
    office = place(
        opening=(), extras=(Window(0, 0, 1440),), notices=(Notice(0, 1),), **RULES
    )

    assert hours(advisor(office)) == []
    assert reasons(advisor(office), at(9)) == (Reason.TOO_SOON,)


def test_the_last_date_offered_is_today_plus_the_horizon_at_the_office():
    candidate = advisor(place(horizon=1, **RULES))
    just_before_midnight = at(0) - MINUTE

    starts = board(candidate, days=3, now=just_before_midnight).starts()

    assert {start.astimezone(BRUSSELS).date() for start in starts} == {MONDAY}


def test_the_grid_is_the_office_s_wall_clock_and_every_interval_divides_it():
    kathmandu = place(zone="Asia/Kathmandu", intervals=(20, 30), duration=60)

    starts = board(advisor(kathmandu)).starts()

    assert {start.minute for start in starts} == {15}  # 5 h 45 min ahead of UTC


def test_a_full_day_counts_meetings_and_holds_of_that_date_only():
    office = place(daily_maximum=2, **RULES)
    rows = (
        busy(at(23, 30, day=MONDAY - DAY), 60),
        busy(at(9), 60),
        busy(at(10), 60, kind="imported"),
    )
    full = (*rows, busy(at(16), 60, kind="hold"))

    assert hours(advisor(office, busy=rows)) == [11, 12, 13, 14, 15, 16]
    assert hours(advisor(office, busy=full)) == []
    assert reasons(advisor(office, busy=full), at(12)) == (Reason.DAY_FULL,)
    assert reasons(advisor(office, busy=full), at(12, day=MONDAY + DAY), days=2) == ()


def test_settings_follow_the_local_date_of_the_start():
    long, short = Settings(notices=(), **RULES), Settings(notices=(), duration=30)
    office = place(
        spans=(
            Span(MONDAY, MONDAY, long),
            Span(MONDAY + DAY, MONDAY + DAY, replace(short, intervals=(30,))),
        )
    )

    slots = board(advisor(office), days=2).slots()

    lengths = [slot.ends - slot.start for slot in slots]
    assert lengths == [HOUR] * 8 + [HOUR / 2] * 16


def test_a_date_without_settings_is_an_error_and_never_offered():
    spans = (Span(MONDAY, MONDAY, Settings(notices=())),)
    candidate = advisor(place(spans=spans))

    assert board(candidate, day=MONDAY + DAY).starts() == []
    with pytest.raises(LookupError, match="No settings"):
        reasons(candidate, at(9, day=MONDAY + DAY), days=2)


def test_a_meeting_may_run_past_midnight_where_windows_meet():
    opening = tuple(OpenHours(weekday, 0, 1440) for weekday in EVERY_DAY)
    candidate = advisor(place(opening=opening, **RULES), rota=rota(0, 1440))

    assert hours(candidate) == list(range(24))


def test_seconds_are_taken_as_whole_minutes():
    row = busy(at(11) - timedelta(seconds=1), 60)
    candidate = advisor(place(duration=30, intervals=(30,)), busy=(row,))

    starts = board(candidate).starts()

    assert at(10, 30) not in starts
    assert at(12) in starts
    assert reasons(candidate, at(9) + timedelta(seconds=1)) == (Reason.OFF_GRID,)


def test_somebody_who_is_not_a_candidate_has_no_expertise():
    candidate = advisor(place(**RULES))
    found = board(candidate, replace(candidate, advisor_id=2, rank=None))

    assert found.reasons(at(9), 99, 1) == (Reason.NO_EXPERTISE,)
    assert found.reasons(at(9), 2, 1) == (Reason.NO_EXPERTISE,)
    assert {slot.advisor_id for slot in found.slots()} == {1}


def test_a_start_outside_the_search_has_no_answer():
    candidate = advisor(place(**RULES))

    assert board(candidate).offers(at(9, day=MONDAY + DAY)) == []
    for start in (at(0) - MINUTE, at(0, day=MONDAY + DAY)):
        with pytest.raises(ValueError, match="outside"):
            reasons(candidate, start)


def test_no_candidates_and_no_time_give_an_empty_board():
    nobody = survey([], search(at(0), at(0, day=MONDAY + DAY)))
    no_time = survey([advisor(place(**RULES))], search(at(9), at(9) - DAY))

    for empty in (nobody, no_time):
        assert empty.slots() == empty.starts() == []
        assert empty.first_start() is None
