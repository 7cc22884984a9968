"""The four examples of the rules: a horizon of 15 days, T1 = 5 and T2 = 10."""

from datetime import UTC, date, datetime, timedelta

import pytest

from scheduling.availability.slots import survey
from scheduling.availability.types import Reason, Rota, Span, WorkBlock
from segments.policy import Notice, Settings
from tests.scheduling.calendars import DAY, advisor, place, search

NOW = datetime(2026, 5, 4, 6, tzinfo=UTC)
TODAY = date(2026, 5, 4)
NINE = datetime(2026, 5, 4, 7, tzinfo=UTC)  # in Brussels
RULES = {"thresholds": (5, 10), "horizon": 15, "duration": 60, "intervals": (60,)}


def from_day(number: int, rank: int, office, **more):
    """An advisor with one meeting a day from a day on: advisor 1 has rank 1."""
    blocks = (WorkBlock(office.id, 9 * 60, 10 * 60),)
    days = {TODAY + ahead * DAY: blocks for ahead in range(number, 40)}
    return advisor(office, rank, rank, rota=Rota(days=days), **more)


def offered(candidates, first=0, last=20, **more) -> dict[int, list[int]]:
    """Return the days on which each rank is offered."""
    asked = search(NOW + first * DAY, NOW + last * DAY, now=NOW, **more)
    found: dict[int, list[int]] = {}
    for slot in survey(candidates, asked).slots():
        found.setdefault(slot.rank, []).append((slot.start - NOW).days)
    return found


def test_an_early_first_rank_hides_the_others():
    office = place(**RULES)
    candidates = [
        from_day(3, 1, office),
        from_day(0, 2, office),
        from_day(1, 3, office),
    ]

    assert offered(candidates) == {1: list(range(3, 16))}


def test_a_late_first_rank_lets_the_second_fill_the_time_before():
    office = place(**RULES)
    candidates = [
        from_day(7, 1, office),
        from_day(2, 2, office),
        from_day(0, 3, office),
    ]

    assert offered(candidates) == {2: list(range(2, 7)), 1: list(range(7, 16))}


def test_the_third_rank_is_offered_when_there_is_no_other():
    office = place(**RULES)

    assert offered([from_day(4, 3, office)]) == {3: list(range(4, 16))}


def test_a_second_rank_within_the_second_threshold_hides_the_third():
    office = place(**RULES)
    candidates = [from_day(9, 2, office), from_day(1, 3, office)]

    assert offered(candidates) == {2: list(range(9, 16))}


def test_a_second_rank_after_the_second_threshold_lets_the_third_in():
    office = place(**RULES)
    candidates = [from_day(12, 2, office), from_day(1, 3, office)]

    assert offered(candidates) == {3: list(range(1, 12)), 2: list(range(12, 16))}


@pytest.mark.parametrize(("first", "last"), [(2, 4), (6, 9), (14, 20)])
def test_a_part_of_the_horizon_shows_the_same_as_the_whole(first, last):
    office = place(**RULES)
    candidates = [
        from_day(7, 1, office),
        from_day(2, 2, office),
        from_day(0, 3, office),
    ]
    whole = offered(candidates)

    part = offered(candidates, first, last)

    assert part == {
        rank: [day for day in days if first <= day < last]
        for rank, days in whole.items()
        if any(first <= day < last for day in days)
    }


def test_thresholds_count_days_of_24_hours_from_now():
    office = place(**RULES)
    candidates = [from_day(5, 1, office), from_day(0, 2, office)]
    board = survey(candidates, search(NOW, NOW + 2 * DAY, now=NOW))
    exactly = survey(candidates, search(NINE, NOW + 2 * DAY, now=NINE))
    later = survey(
        candidates, search(NINE, NOW + 2 * DAY, now=NINE + timedelta(seconds=1))
    )

    assert board.reasons(NINE, 2, 1) == ()
    assert exactly.reasons(NINE, 2, 1) == (Reason.RANK_THRESHOLD,)
    assert later.reasons(NINE + DAY, 2, 1) == (Reason.RANK_THRESHOLD,)


def test_a_first_slot_at_the_turn_of_a_week_is_not_missed():
    office = place(**{**RULES, "thresholds": (7, 7)})
    candidates = [from_day(7, 1, office), from_day(0, 2, office)]

    board = survey(candidates, search(NINE, NINE + 2 * DAY))

    assert board.reasons(NINE, 2, 1) == (Reason.RANK_THRESHOLD,)


def test_a_first_rank_that_comes_too_soon_hides_nobody():
    office = place(**{**RULES, "notices": (Notice(hours=2),)})
    blocks = (WorkBlock(office.id, 9 * 60, 10 * 60),)
    soon = advisor(office, 1, 1, rota=Rota(days={TODAY: blocks}))

    assert offered([soon, from_day(0, 2, office)]) == {2: list(range(1, 16))}


def test_an_allowed_rank_that_nobody_eligible_has_hides_nobody():
    office = place(**RULES)
    away = from_day(0, 1, office, refusals=frozenset({Reason.ADVISOR_OFF}))

    assert offered([away, from_day(1, 2, office)]) == {2: list(range(1, 16))}


def test_a_rank_that_is_not_allowed_hides_nobody():
    office = place(ranks=frozenset({2, 3}), **RULES)
    candidates = [from_day(0, 1, office), from_day(1, 2, office)]

    assert offered(candidates) == {2: list(range(1, 16))}


def test_thresholds_never_hide_a_named_advisor_but_allowed_ranks_do():
    office = place(**RULES)
    seniors = place(ranks=frozenset({1}), **RULES)
    both = [from_day(0, 1, office), from_day(0, 3, office)]
    chosen = [from_day(0, 1, seniors), from_day(0, 3, seniors)]

    assert offered(both) == {1: list(range(16))}
    assert offered(both, named_advisor=3) == {1: list(range(16)), 3: list(range(16))}
    assert offered(chosen, named_advisor=3) == {1: list(range(16))}


def test_the_first_slot_of_another_office_counts_too():
    office, other = place(**RULES), place(place_id=2, **RULES)
    candidates = [from_day(0, 1, other), from_day(0, 2, office)]

    assert offered(candidates) == {1: list(range(16))}


def test_each_date_follows_its_own_thresholds():
    strict = Settings(notices=(), **RULES)
    free = Settings(notices=(), **{**RULES, "thresholds": None})
    office = place(
        spans=(
            Span(TODAY, TODAY + 4 * DAY, strict),
            Span(TODAY + 5 * DAY, TODAY + 40 * DAY, free),
        )
    )
    candidates = [from_day(0, 1, office), from_day(0, 2, office)]

    assert offered(candidates) == {1: list(range(16)), 2: list(range(5, 16))}


def test_a_hold_that_outlives_the_thresholds_is_not_hidden():
    office = place(**RULES)
    candidates = [from_day(0, 1, office), from_day(0, 2, office)]
    asked = search(NOW, NOW + DAY, now=NOW, ignored=frozenset({Reason.RANK_THRESHOLD}))

    assert survey(candidates, asked).reasons(NINE, 2, 1) == ()
