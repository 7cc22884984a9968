from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scheduling.availability.ranking import Option, choose

ASSIGNED = datetime(2026, 5, 4, 9, tzinfo=UTC)
ANN = Option(
    advisor_id=1,
    office_id=1,
    rank=2,
    booked_minutes=60,
    speaks_language=True,
    last_assigned_at=ASSIGNED,
)
BEN = replace(ANN, advisor_id=2)


def chosen(*options, who_first="senior", preferred=None):
    option, code = choose(options, who_first=who_first, preferred=preferred)
    return option.advisor_id, code


def test_the_preferred_advisor_comes_before_everything():
    worst = replace(BEN, rank=3, booked_minutes=900, speaks_language=False)

    assert chosen(ANN, worst, preferred=2) == (2, "preferred")


def test_a_preferred_advisor_who_cannot_come_is_passed_over():
    assert chosen(ANN, replace(BEN, rank=1), preferred=9) == (2, "rank")


def test_one_advisor_is_no_choice():
    assert chosen(ANN) == (1, "only_one")


@pytest.mark.parametrize(
    ("who_first", "expected"),
    [
        ("senior", (1, "rank")),
        ("junior", (2, "rank")),
        ("balanced", (2, "least_booked")),
    ],
)
def test_who_first_decides_which_rank_leads(who_first, expected):
    senior = replace(ANN, rank=1)
    junior = replace(BEN, rank=3, booked_minutes=0)

    assert chosen(senior, junior, who_first=who_first) == expected


def test_fewest_booked_minutes_come_before_the_language():
    silent = replace(BEN, booked_minutes=30, speaks_language=False)

    assert chosen(ANN, silent) == (2, "least_booked")


def test_the_visitor_s_language_comes_before_the_wait():
    longest = replace(ANN, speaks_language=False, last_assigned_at=None)

    assert chosen(longest, BEN) == (2, "language")


def test_who_waits_longest_comes_first():
    earlier = replace(BEN, last_assigned_at=ASSIGNED - timedelta(days=1))
    never = replace(BEN, advisor_id=3, last_assigned_at=None)

    assert chosen(ANN, earlier) == (2, "longest_waiting")
    assert chosen(ANN, earlier, never) == (3, "longest_waiting")


def test_the_lowest_id_settles_a_tie_in_any_order():
    assert chosen(ANN, BEN) == chosen(BEN, ANN) == (1, "lowest_id")


def test_one_advisor_at_two_offices_goes_to_the_first():
    option, code = choose(
        [replace(ANN, office_id=2), ANN], who_first="senior", preferred=None
    )

    assert (option.office_id, code) == (1, "lowest_id")


def test_a_preferred_advisor_at_two_offices_is_still_ranked():
    elsewhere = replace(ANN, office_id=2, rank=1)

    option, code = choose([ANN, elsewhere], who_first="senior", preferred=1)

    assert (option.office_id, code) == (2, "preferred")


def test_nobody_cannot_be_chosen():
    with pytest.raises(ValueError, match="nobody"):
        choose([], who_first="senior", preferred=None)
