"""Another way to meet: the times that suit best beside the one that is booked."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from scheduling import queries
from scheduling.queries import OfferBoard
from scheduling.wizard.calendar import eligible_advisors, horizon
from scheduling.wizard.walk import Walk
from scheduling.wizard.week import slot_value
from scheduling.wizard.wording import start_text

MOST = 4
NEAREST_OF_ADVISOR = 2
NEAR = timedelta(days=14)
DAY = timedelta(days=1)
INSTANT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A button: what it posts, when that is, and what speaks for it."""

    value: str
    advisor: str  # a code; empty: whoever is free
    when: str
    why: str


@dataclass(frozen=True, slots=True)
class Boards:
    """What is offered around the booked time: by everybody, and by its advisor."""

    everybody: OfferBoard
    own: OfferBoard | None


def suggestions(walk: Walk, zone: ZoneInfo) -> list[Suggestion]:
    """Return up to four times for a meeting whose channel changes, the best first.

    The same advisor at the same time; the same advisor, nearest times; the same time,
    another advisor; the nearest of all. Two queries; two more when two weeks on either
    side have nothing.
    """
    if walk.changes is None or walk.flow.channel == walk.changes.channel:
        return []
    if walk.flow.slot is not None:
        return []  # a time is chosen
    booked = walk.changes.starts_at
    first, last = max(walk.now, booked - NEAR), booked + NEAR
    found = list(_in_order(walk, _boards(walk, first, last), zone))
    if not found:
        last = walk.now + (horizon(walk) + 2) * DAY
        found = list(_in_order(walk, _boards(walk, walk.now, last), zone))
    return found[:MOST]


def _boards(walk: Walk, first: datetime, last: datetime) -> Boards:
    assert walk.changes is not None  # noqa: S101  (only changes suggest anything)
    advisor_id = walk.changes.advisor_id
    takes_it = advisor_id in {one.id for one in eligible_advisors(walk)}
    own = walk.wish(advisor_id=advisor_id)
    return Boards(
        everybody=queries.board(walk.wish(), now=walk.now, first=first, last=last),
        own=queries.board(own, now=walk.now, first=first, last=last)
        if takes_it
        else None,
    )


def _in_order(walk: Walk, boards: Boards, zone: ZoneInfo) -> Iterator[Suggestion]:
    assert walk.changes is not None  # noqa: S101
    booked, advisor = walk.changes.starts_at, walk.changes.advisor
    named = {"name": advisor.name}

    def say(start: datetime, code: str, why: str) -> Suggestion:
        return Suggestion(slot_value(start), code, start_text(start, zone), why)

    shown = {booked}
    own_starts = boards.own.starts() if boards.own else []
    if booked in own_starts:
        yield say(booked, advisor.code, _("Same time, with %(name)s") % named)
    for start in _nearest(own_starts, booked, but=shown)[:NEAREST_OF_ADVISOR]:
        shown.add(start)
        yield say(start, advisor.code, _("With %(name)s") % named)
    others = [
        slot.advisor_id
        for slot in boards.everybody.offers(booked)
        if slot.advisor_id != advisor.pk
    ]
    if others:
        other = walk.catalogue.advisors[others[0]]
        why = _("Same time, with %(name)s") % {"name": other.name}
        yield say(booked, other.code, why)
    for start in _nearest(boards.everybody.starts(), booked, but=shown)[:MOST]:
        yield say(start, "", _("Close to your present time"))


def _nearest(
    starts: list[datetime], booked: datetime, *, but: set[datetime]
) -> list[datetime]:
    """Return the starts nearest to the booked one, the nearest first."""
    left = [start for start in starts if start not in but]
    return sorted(left, key=lambda start: (abs(start - booked), start))
