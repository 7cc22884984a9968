"""Who could take a meeting: advisors at offices, as the engine wants them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any
from uuid import UUID

from directory import catalogue as standing
from directory.catalogue import ExpertiseData, OfficeData
from directory.choices import Channel
from scheduling.availability.types import (
    Candidate,
    OpenHours,
    Place,
    Reason,
    Rota,
    Settings,
    Shut,
    Span,
    Week,
    WeekBlocks,
    WorkBlock,
)
from scheduling.taken import Taken, load_taken
from segments.policy import Policy

LOCAL_DAY = timedelta(hours=26)  # a local date reaches no further from any of its hours
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
ONLY = "only"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for. Of the visitor's own, `flow_id`'s hold and `claim` are free.

    `restricted_channels` is a link's restriction; none means no restriction.
    """

    policy: Policy
    subject_id: int
    channel: str
    office_id: int | None = None
    postal_code: str | None = None
    advisor_id: int | None = None
    advisor_mode: str = "prefer"
    flow_id: str | None = None
    claim: UUID | None = None
    restricted_channels: tuple[str, ...] = ()
    country: str = ""


def load_candidates(
    wish: Wish, *, now: datetime, first: datetime, last: datetime
) -> tuple[Candidate, ...]:
    """Return who could take it, with their time around [first, last). One query.

    Nobody is there against whom something speaks at any time; see
    `load_all_candidates`.
    """
    found = _bookable(wish)
    return _with_taken_time(wish, found, now=now, first=first, last=last)


def load_together(
    wishes: Sequence[Wish], *, now: datetime, first: datetime, last: datetime
) -> list[tuple[Candidate, ...]]:
    """Return what `load_candidates` does for each of several wishes. One query in all.

    Nothing is a visitor's own here: holds and claims all count.
    """
    return _attached(
        wishes,
        [_bookable(wish) for wish in wishes],
        now=now,
        first=first,
        last=last,
    )


def load_all_together(
    wishes: Sequence[Wish], *, now: datetime, first: datetime, last: datetime
) -> list[tuple[Candidate, ...]]:
    """Return what `load_all_candidates` does for each of several wishes. One query."""
    return _attached(
        wishes,
        [list(_candidates(wish)) for wish in wishes],
        now=now,
        first=first,
        last=last,
    )


def load_all_candidates(
    wish: Wish, *, now: datetime, first: datetime, last: datetime
) -> tuple[Candidate, ...]:
    """Return the same with those who cannot take it, and why. One query.

    That is everyone with the expertise at one of the offices, by whatever channel, and
    the advisor who was asked for.
    """
    found = list(_candidates(wish))
    return _with_taken_time(wish, found, now=now, first=first, last=last)


def relevant_offices(wish: Wish) -> list[OfficeData]:
    """Return the chosen office, or all."""
    offices = wish.policy.catalogue.offices.values()
    return [one for one in offices if wish.office_id in (None, one.id)]


def place_of(wish: Wish, office_id: int) -> Place:
    """Return an office as the engine sees it. Kept with the policy."""
    key = ("place", office_id, wish.subject_id, wish.channel)
    known: Place | None = wish.policy.memo.get(key)
    if known is None:
        office = wish.policy.catalogue.offices[office_id]
        known = Place(
            id=office.id,
            zone=office.zone,
            opening=tuple(
                OpenHours(one.weekday, one.starts, one.ends) for one in office.opening
            ),
            closures=tuple(
                Shut(one.first, one.last, one.starts, one.ends)
                for one in office.closures
            ),
            spans=tuple(
                Span(span.first, span.last, span.settings)
                for span in wish.policy.timeline(*key[1:])
            ),
        )
        wish.policy.memo[key] = known
    return known


def _bookable(wish: Wish) -> Sequence[Candidate]:
    """Return those against whom nothing speaks. Kept with the policy, but for visits.

    What visitors type, like a postal code, would be kept without end.
    """
    if wish.postal_code is not None:
        return [each for each in _candidates(wish) if not each.refusals]
    key = (
        *("bookable", wish.subject_id, wish.channel, wish.office_id),
        *(wish.advisor_id, wish.advisor_mode, frozenset(wish.restricted_channels)),
    )
    known: Sequence[Candidate] | None = wish.policy.memo.get(key)
    if known is None:
        known = tuple(each for each in _candidates(wish) if not each.refusals)
        wish.policy.memo[key] = known
    return known


def _candidates(wish: Wish) -> Iterator[Candidate]:
    """Yield advisors at offices with what speaks against them at any time."""
    catalogue = wish.policy.catalogue
    rows = {
        (row.advisor_id, row.office_id): row
        for row in catalogue.expertise_of(wish.subject_id)
    }
    for office in relevant_offices(wish):
        general = _against_office(wish, office)
        place = place_of(wish, office.id)
        advisors = {
            advisor_id: None for advisor_id, office_id in rows if office_id == office.id
        }
        if wish.advisor_id is not None and wish.advisor_id in catalogue.advisors:
            advisors[wish.advisor_id] = None
        for advisor_id in advisors:
            row = rows.get((advisor_id, office.id))
            yield Candidate(
                advisor_id=advisor_id,
                place=place,
                rank=row.rank if row else None,
                rota=rota_of(catalogue, advisor_id),
                refusals=frozenset(general | _against_advisor(wish, advisor_id, row)),
            )


def _against_office(wish: Wish, office: OfficeData) -> set[Reason]:
    policy, channel = wish.policy, wish.channel
    subject = policy.catalogue.subjects.get(wish.subject_id)
    allowed = policy.allowed.get(wish.subject_id)
    found = set()
    if allowed is None:
        found.add(Reason.SEGMENT_SUBJECT)
    elif channel not in allowed:
        found.add(Reason.SEGMENT_CHANNEL)
    if wish.restricted_channels and channel not in wish.restricted_channels:
        found.add(Reason.SEGMENT_CHANNEL)
    if subject is None or not subject.is_open:
        found.add(Reason.SUBJECT_INACTIVE)
    if (
        subject is None
        or channel not in subject.channels
        or not office.offers(wish.subject_id, channel)
    ):
        found.add(Reason.CHANNEL_OFF)
    if not office.is_active:
        found.add(Reason.OFFICE_OFF)
    if channel == Channel.ON_LOCATION and not office.covers(
        wish.postal_code or "", country=wish.country
    ):
        found.add(Reason.NOT_COVERED)
    return found


def _against_advisor(
    wish: Wish, advisor_id: int, row: ExpertiseData | None
) -> set[Reason]:
    found = set()
    if not wish.policy.catalogue.advisors[advisor_id].is_bookable:
        found.add(Reason.ADVISOR_OFF)
    if wish.advisor_mode == ONLY and wish.advisor_id not in (None, advisor_id):
        found.add(Reason.NOT_CHOSEN)
    if row is None or wish.channel not in row.channels:
        found.add(Reason.NO_EXPERTISE)
    return found


def _with_taken_time(
    wish: Wish,
    candidates: Sequence[Candidate],
    *,
    now: datetime,
    first: datetime,
    last: datetime,
) -> tuple[Candidate, ...]:
    settings = _settings_for(wish, candidates)
    begin, end = _reach(settings, now=now, first=first, last=last)
    taken = load_taken(
        list(dict.fromkeys(one.advisor_id for one in candidates)),
        first=begin,
        last=end,
        now=now,
        flow_id=wish.flow_id,
        claim=wish.claim,
    )
    return tuple(_with_time(one, taken[one.advisor_id]) for one in candidates)


def _attached(
    wishes: Sequence[Wish],
    groups: Sequence[Sequence[Candidate]],
    *,
    now: datetime,
    first: datetime,
    last: datetime,
) -> list[tuple[Candidate, ...]]:
    settings = [
        one
        for wish, candidates in zip(wishes, groups, strict=True)
        for one in _settings_for(wish, candidates)
    ]
    begin, end = _reach(settings, now=now, first=first, last=last)
    advisors = dict.fromkeys(one.advisor_id for group in groups for one in group)
    taken = load_taken(list(advisors), first=begin, last=end, now=now)
    return [
        tuple(_with_time(one, taken[one.advisor_id]) for one in group)
        for group in groups
    ]


def _settings_for(wish: Wish, candidates: Sequence[Candidate]) -> list[Settings]:
    return [
        span.settings
        for place in {one.place.id: one.place for one in candidates}.values()
        for policy in (wish.policy, *wish.policy.singles)
        for span in place_of(replace(wish, policy=policy), place.id).spans
    ]


def _with_time(one: Candidate, taken: Taken) -> Candidate:
    return Candidate(
        advisor_id=one.advisor_id,
        place=one.place,
        rank=one.rank,
        rota=one.rota,
        refusals=one.refusals,
        absences=taken.absences,
        busy=taken.busy,
    )


def _reach(
    settings: Sequence[Settings], *, now: datetime, first: datetime, last: datetime
) -> tuple[datetime, datetime]:
    """Return the stretch of time that can matter to starts in [first, last).

    Rank thresholds ask for the first slots of better ranks: from now on, and as far ahead
    as such a slot can hide another.
    """
    thresholds = [one.thresholds for one in settings if one.thresholds]
    if thresholds:
        far = max(junior for _, junior in thresholds)
        first, last = min(first, now), max(last, now + far * DAY + DAY)
    before = max((one.buffer_before for one in settings), default=0)
    after = max((one.duration + one.buffer_after for one in settings), default=0)
    slack = MINUTE
    if any(one.daily_maximum is not None for one in settings):
        slack = LOCAL_DAY  # whole local dates are counted
    return first - before * MINUTE - slack, last + after * MINUTE + slack


def rota_of(catalogue: standing.Catalogue, advisor_id: int) -> Rota:
    """Return an advisor's rota as the engine sees it. Kept with the standing data.

    Equal rotas are one object, and so are equal days: the engine computes each once.
    """
    key = ("rota", advisor_id)
    known: Rota | None = catalogue.memo.get(key)
    if known is None:
        known = _shared_rota(catalogue, catalogue.advisors[advisor_id].rota)
        catalogue.memo[key] = known
    return known


def _shared_rota(catalogue: standing.Catalogue, rota: standing.Rota) -> Rota:
    default = _blocks_by_weekday(catalogue, rota.default)
    weeks = tuple(
        Week(week.first, week.last, _blocks_by_weekday(catalogue, week.blocks))
        for week in rota.weeks
    )
    days = {day: _blocks(catalogue, blocks) for day, blocks in rota.days.items()}
    spans = tuple((one.first, one.last, _in_order(one.blocks)) for one in weeks)
    key = ("rota", _in_order(default), spans, _in_order(days))
    shared: Rota = catalogue.memo.setdefault(key, Rota(default, weeks, days))
    return shared


def _in_order(blocks: Mapping[Any, tuple[WorkBlock, ...]]) -> tuple[Any, ...]:
    return tuple(sorted(blocks.items(), key=itemgetter(0)))


def _blocks_by_weekday(
    catalogue: standing.Catalogue, blocks: standing.WeekBlocks
) -> WeekBlocks:
    return {weekday: _blocks(catalogue, one) for weekday, one in blocks.items()}


def _blocks(
    catalogue: standing.Catalogue, blocks: Sequence[standing.WorkBlock]
) -> tuple[WorkBlock, ...]:
    made = tuple(
        WorkBlock(one.office_id, one.starts, one.ends, one.channels, one.subjects)
        for one in blocks
    )
    shared: tuple[WorkBlock, ...] = catalogue.memo.setdefault(("blocks", made), made)
    return shared
