"""Random calendars for the engine's properties, and short ways to write one by hand."""

import os
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings, strategies as st

from scheduling.availability.types import (
    Busy,
    Candidate,
    OpenHours,
    Place,
    Reason,
    Rota,
    Search,
    Shut,
    Span,
    Week,
    WorkBlock,
)
from scheduling.availability.windows import minutes_around
from segments.policy import Notice, Settings, Window

ASKED = os.environ.get("PARLOUR_EXAMPLES")
properties = settings(
    max_examples=int(ASKED or 120),
    derandomize=ASKED is None,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)

SUBJECT, OTHER_SUBJECT = 7, 8
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
EVERY_DAY = range(7)

# A zone, and dates near a change of its clocks: by an hour, half an hour, at midnight.
CLOCKS = [
    ("Europe/Brussels", date(2026, 3, 29)),
    ("Europe/Brussels", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("America/Santiago", date(2026, 4, 4)),
    ("America/Santiago", date(2026, 9, 6)),
    ("Asia/Beirut", date(2026, 3, 29)),
    ("Asia/Beirut", date(2026, 10, 25)),
    ("Asia/Kathmandu", date(2026, 5, 4)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("America/St_Johns", date(2010, 11, 7)),
    ("Africa/Casablanca", date(2026, 2, 15)),
    ("UTC", date(2026, 1, 1)),
]


def place(
    *,
    zone: str = "Europe/Brussels",
    opening: tuple[OpenHours, ...] | None = None,
    closures: tuple[Shut, ...] = (),
    place_id: int = 1,
    spans: tuple[Span, ...] | None = None,
    **rules,
) -> Place:
    """An office that is open from 9 to 17 every day, without notice."""
    rules = {"notices": (), **rules}
    always = Span(date(2000, 1, 1), date(2100, 1, 1), Settings(**rules))
    return Place(
        id=place_id,
        zone=ZoneInfo(zone),
        opening=opening
        if opening is not None
        else tuple(OpenHours(weekday, 9 * 60, 17 * 60) for weekday in EVERY_DAY),
        closures=closures,
        spans=spans or (always,),
    )


def rota(starts: int = 9 * 60, ends: int = 17 * 60, *, place_id: int = 1) -> Rota:
    blocks = (WorkBlock(place_id, starts, ends),)
    return Rota(dict.fromkeys(EVERY_DAY, blocks))


def advisor(office: Place, advisor_id: int = 1, rank: int = 1, **more) -> Candidate:
    """An advisor who works at the office from 9 to 17 every day."""
    more.setdefault("rota", rota(place_id=office.id))
    return Candidate(advisor_id=advisor_id, place=office, rank=rank, **more)


def busy(start: datetime, minutes: int, *, kind="appointment", before=0, after=0):
    end = start + minutes * MINUTE
    blocked = minutes_around(start - before * MINUTE, end + after * MINUTE)
    meeting = minutes_around(start, end)
    buffers = (meeting[0] - blocked[0], blocked[1] - meeting[1])
    return Busy(kind, blocked[:1], blocked[1:], *buffers)


def search(first: datetime, last: datetime, *, now: datetime | None = None, **more):
    return Search(
        now=now or first,
        first=first,
        last=last,
        subject_id=SUBJECT,
        channel="video",
        **more,
    )


# Random ones

rarely = st.sampled_from([False] * 5 + [True])
often = st.sampled_from([True] * 5 + [False])
minutes_of_day = st.one_of(
    st.integers(0, 96).map(lambda quarter: quarter * 15), st.integers(0, 1440)
)


@st.composite
def stretches(draw):
    starts = draw(minutes_of_day)
    ends = draw(minutes_of_day)
    if draw(often):
        return draw(st.sampled_from([(0, 1440), (60, 1380), (480, 1200)]))
    return min(starts, ends), max(starts, ends)


@st.composite
def windows(draw, advisors=()):
    chosen = frozenset(draw(st.sets(st.sampled_from(advisors)))) if advisors else ()
    return Window(draw(st.integers(0, 6)), *draw(stretches()), frozenset(chosen))


@st.composite
def rules(draw, *, with_thresholds: bool):
    advisors = (1, 2, 3)
    first = draw(st.integers(0, 1))
    return Settings(
        duration=draw(st.sampled_from([5, 15, 20, 30, 45, 61, 90])),
        intervals=tuple(
            draw(
                st.lists(
                    st.sampled_from([5, 7, 10, 15, 15, 30, 45, 60]),
                    min_size=1,
                    max_size=2,
                )
            )
        ),
        buffer_before=draw(st.sampled_from([0, 0, 5, 11, 30])),
        buffer_after=draw(st.sampled_from([0, 0, 5, 13, 30])),
        notices=tuple(
            draw(
                st.lists(
                    st.builds(
                        Notice,
                        hours=st.integers(0, 8),
                        working_days=st.sampled_from([0] * 5 + [1, 2]),
                    ),
                    max_size=2,
                )
            )
        ),
        horizon=draw(st.integers(1, 3) if with_thresholds else st.integers(0, 9)),
        ranks=draw(st.sampled_from([frozenset({1, 2, 3})] * 5 + [frozenset({2, 3})])),
        thresholds=(first, first + draw(st.integers(0, 2)))
        if with_thresholds
        else None,
        daily_maximum=draw(st.sampled_from([None] * 6 + [0, 1, 2])),
        limits=tuple(draw(st.lists(windows(), min_size=6, max_size=9)))
        if draw(rarely)
        else None,
        extras=tuple(draw(st.lists(windows(advisors), max_size=3))),
    )


@st.composite
def closures(draw, day: date):
    first = day + draw(st.integers(-3, 3)) * DAY
    last = first + draw(st.integers(0, 1)) * DAY
    return Shut(first, last, *draw(stretches()))


@st.composite
def places(draw, place_id: int, zone: str, day: date, with_thresholds: bool):
    middle = day + draw(st.integers(-2, 2)) * DAY
    spans = (
        Span(day - 30 * DAY, middle, draw(rules(with_thresholds=with_thresholds))),
        Span(
            middle + DAY, day + 90 * DAY, draw(rules(with_thresholds=with_thresholds))
        ),
    )
    if draw(often):
        spans = (Span(day - 30 * DAY, day + 90 * DAY, spans[0].settings),)
    opening = [
        OpenHours(weekday, *draw(stretches())) for weekday in EVERY_DAY if draw(often)
    ]
    return Place(
        id=place_id,
        zone=ZoneInfo(zone),
        opening=tuple(opening),
        closures=tuple(
            draw(st.lists(closures(day), max_size=1)) if draw(rarely) else ()
        ),
        spans=spans,
    )


@st.composite
def blocks(draw, place_id: int):
    made = []
    for _ in range(draw(st.sampled_from([0, 1, 1, 1, 2, 2]))):
        serves = draw(st.integers(0, 19))
        made.append(
            WorkBlock(
                place_id if serves > 1 else place_id + 1,
                *draw(stretches()),
                channels=frozenset({"video"} if serves > 16 else ()),
                subjects=frozenset({OTHER_SUBJECT} if serves == 2 else ()),
            )
        )
    return tuple(made)


@st.composite
def rotas(draw, place_id: int, day: date):
    default = {weekday: draw(blocks(place_id)) for weekday in EVERY_DAY}
    weeks, days = (), {}
    if draw(rarely):
        own = {weekday: draw(blocks(place_id)) for weekday in EVERY_DAY}
        weeks = (Week(day - DAY, day, own),)
    if draw(rarely):
        days = {day: draw(blocks(place_id))}
    return Rota(default, weeks, days)


@st.composite
def taken(draw, day: date):
    start = datetime.combine(day, time(), UTC) + draw(st.integers(-1440, 3600)) * MINUTE
    start += timedelta(seconds=draw(st.sampled_from([0, 0, 0, 1, 59])))
    before, after = draw(st.sampled_from([(0, 0), (0, 0), (10, 5), (1, 60)]))
    return busy(
        start,
        draw(st.sampled_from([1, 15, 30, 60, 95])),
        kind=draw(st.sampled_from(["appointment", "imported", "hold"])),
        before=before,
        after=after,
    )


@st.composite
def calendars(draw):
    """Candidates and a search: one or two offices, one to three advisors, a day or so."""
    zone, day = draw(st.sampled_from(CLOCKS))
    day += draw(st.integers(-1, 1)) * DAY
    with_thresholds = draw(rarely)
    offices = [draw(places(1, zone, day, with_thresholds))]
    if draw(rarely):
        other, _ = draw(st.sampled_from(CLOCKS))
        offices.append(draw(places(2, other, day, with_thresholds)))
    candidates = []
    for number in range(draw(st.integers(1, 3))):
        office = draw(st.sampled_from(offices))
        away = (
            datetime.combine(day, time(), UTC) + draw(st.integers(-900, 2400)) * MINUTE
        )
        candidates.append(
            Candidate(
                advisor_id=number + 1,
                place=office,
                rank=draw(st.sampled_from([1, 2, 2, 3])),
                rota=draw(rotas(office.id, day)),
                refusals=frozenset({Reason.ADVISOR_OFF})
                if draw(rarely)
                else frozenset(),
                absences=(
                    minutes_around(away, away + draw(st.integers(1, 600)) * MINUTE),
                )
                if draw(rarely)
                else (),
                busy=tuple(draw(st.lists(taken(day), max_size=5))),
            )
        )
    first = datetime.combine(day, time(), UTC) + draw(st.integers(-720, 720)) * MINUTE
    first += timedelta(seconds=draw(st.sampled_from([0, 0, 30])))
    often_ignored = [Reason.BUSY, Reason.HELD, Reason.BUFFER, Reason.OFF_GRID]
    ignored = st.sampled_from([*often_ignored, *often_ignored, *Reason])
    return candidates, Search(
        now=first - draw(st.integers(-300, 2880)) * MINUTE,
        first=first,
        last=first + draw(st.integers(1, 34 * 60)) * MINUTE,
        subject_id=SUBJECT,
        channel="video",
        named_advisor=draw(st.sampled_from([None, None, 1])),
        ignored=frozenset(draw(st.sets(ignored, max_size=6)))
        if draw(rarely)
        else frozenset(),
    )


@st.composite
def ranked_calendars(draw):
    """Advisors of several ranks who work a few hours here and there, with thresholds."""
    zone, day = draw(st.sampled_from(CLOCKS))
    offices = []
    for number in (1, 2):
        first = draw(st.integers(0, 2))
        second = first + draw(st.integers(0, 2))
        thresholds = draw(st.sampled_from([None] + [(first, second)] * 4))
        ranks = draw(st.sampled_from([frozenset({1, 2, 3})] * 6 + [frozenset({2, 3})]))
        offices.append(
            place(
                place_id=number,
                zone=zone,
                opening=tuple(OpenHours(weekday, 0, 1440) for weekday in EVERY_DAY),
                intervals=(60,),
                duration=30,
                horizon=draw(st.integers(1, 5)),
                thresholds=thresholds,
                ranks=ranks,
                notices=(Notice(hours=draw(st.sampled_from([0, 0, 4, 24]))),),
            )
        )
    candidates = []
    for number in range(draw(st.integers(2, 4))):
        office = draw(st.sampled_from(offices))
        worked = draw(st.sets(st.integers(-1, 5), max_size=3))
        days = {
            day + ahead * DAY: (WorkBlock(office.id, *draw(stretches())),)
            for ahead in worked
        }
        refusals = {Reason.NOT_CHOSEN} if draw(rarely) else ()
        candidates.append(
            advisor(
                office,
                number + 1,
                draw(st.sampled_from([1, 2, 2, 3, 3])),
                rota=Rota(days=days),
                refusals=frozenset(refusals),
            )
        )
    now = datetime.combine(day, time(), UTC) + draw(st.integers(0, 1440)) * MINUTE
    first = now + draw(st.integers(0, 3)) * DAY
    last = first + draw(st.integers(1, 2880)) * MINUTE
    named = draw(st.sampled_from([None, None, 1]))
    return candidates, search(first, last, now=now, named_advisor=named)
