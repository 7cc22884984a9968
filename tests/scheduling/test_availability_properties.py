"""The engine against an independent model, on random calendars."""

import pytest
from hypothesis import given, strategies as st

from scheduling.availability.slots import survey
from tests.scheduling.calendars import MINUTE, calendars, properties, ranked_calendars
from tests.scheduling.naive import Model

pytestmark = pytest.mark.slow


@given(calendars())
@properties
def test_the_engine_offers_what_the_rules_allow(calendar):
    candidates, search = calendar

    slots = survey(candidates, search).slots()

    offered = [(slot.start, slot.advisor_id, slot.office_id) for slot in slots]
    assert len(offered) == len(set(offered))
    assert set(offered) == Model(candidates, search).offered()


@given(calendars(), st.data())
@properties
def test_the_engine_gives_every_reason_and_no_other(calendar, data):
    candidates, search = calendar
    board, model = survey(candidates, search), Model(candidates, search)
    minutes = model.minutes(search.first, search.last)
    others = (
        data.draw(st.sets(st.sampled_from(minutes), max_size=20)) if minutes else ()
    )
    for candidate in candidates:
        key = (candidate.advisor_id, candidate.place.id)
        for start in minutes:
            if model.is_off_grid(candidate, start) and start not in others:
                continue

            found = board.reasons(start, *key)

            assert set(found) == model.reasons(candidate, start), start
            assert len(found) == len(set(found))


@given(calendars())
@properties
def test_a_start_is_offered_exactly_when_nothing_is_against_it(calendar):
    candidates, search = calendar
    board = survey(candidates, search)
    slots = board.slots()
    for candidate in candidates:
        key = (candidate.advisor_id, candidate.place.id)
        offered = {
            slot.start for slot in slots if (slot.advisor_id, slot.office_id) == key
        }

        free = {
            start
            for start in Model(candidates, search).minutes(search.first, search.last)
            if not board.reasons(start, *key)
        }

        assert free == offered
    assert board.starts() == sorted({slot.start for slot in slots})
    assert board.first_start() == min(board.starts(), default=None)
    for start in board.starts()[:5]:
        assert board.offers(start) == [slot for slot in slots if slot.start == start]
        assert board.offers(start + MINUTE / 2) == []


@given(calendars())
@properties
def test_a_wider_search_offers_the_same_starts(calendar):
    candidates, search = calendar
    wider = search.__class__(
        **{
            **{name: getattr(search, name) for name in search.__slots__},
            "first": search.first - 700 * MINUTE,
            "last": search.last + 700 * MINUTE,
        }
    )

    starts = survey(candidates, wider).starts()

    assert survey(candidates, search).starts() == [
        start for start in starts if search.first <= start < search.last
    ]


@given(ranked_calendars())
@properties
def test_rank_thresholds_hide_what_the_rules_hide(calendar):
    candidates, search = calendar
    board, model = survey(candidates, search), Model(candidates, search)
    offered = {(slot.start, slot.advisor_id, slot.office_id) for slot in board.slots()}

    for candidate in candidates:
        key = (candidate.advisor_id, candidate.place.id)
        for start in model.minutes(search.first, search.last):
            if model.is_off_grid(candidate, start):
                continue
            against = model.reasons(candidate, start)
            assert set(board.reasons(start, *key)) == against
            assert ((start, *key) in offered) == (not against)
