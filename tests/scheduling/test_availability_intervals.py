from hypothesis import given, strategies as st

from scheduling.availability.intervals import (
    erode,
    first_minute,
    minutes_in,
    paint,
    stretch,
)
from tests.scheduling.calendars import properties

SIZE = 200
masks = st.integers(0, 2**SIZE - 1)
bounds = st.integers(-30, SIZE + 30)


def test_a_stretch_leaves_out_its_end():
    assert list(minutes_in(stretch(3, 6))) == [3, 4, 5]
    assert stretch(6, 6) == stretch(7, 6) == 0


@given(st.lists(st.tuples(bounds, bounds), max_size=9))
@properties
def test_painting_unites_stretches_and_cuts_them_off(stretches):
    painted = paint(stretches, SIZE)

    expected = {
        minute
        for starts, ends in stretches
        for minute in range(starts, ends)
        if 0 <= minute < SIZE
    }
    assert set(minutes_in(painted)) == expected


@given(masks, st.integers(1, 90))
@properties
def test_eroding_keeps_minutes_that_begin_a_long_enough_stretch(mask, width):
    minutes = set(minutes_in(mask))

    expected = [start for start in sorted(minutes) if run(start, width) <= minutes]
    assert list(minutes_in(erode(mask, width))) == expected


@given(masks)
@properties
def test_the_first_minute_is_the_earliest_of_all(mask):
    assert first_minute(mask) == min(minutes_in(mask), default=None)


def run(start: int, width: int) -> set[int]:
    return set(range(start, start + width))
