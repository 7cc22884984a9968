"""The layers of refused time: one for each reason, read by all who ask.

A minute layer holds the minutes in which a meeting may take place as far as one reason
goes; a start layer holds the minutes at which it may start. The list of slots and the list
of reasons against one start come from the same layers, so they cannot disagree.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import lcm
from zoneinfo import ZoneInfo

from scheduling.availability.intervals import erode, paint, stretch
from scheduling.availability.notice import earliest_start
from scheduling.availability.types import (
    Candidate,
    Hours,
    Place,
    Reason,
    Rota,
    Search,
    Settings,
    Span,
    Window,
    WorkBlock,
)
from scheduling.availability.windows import (
    DAY,
    EMPTY_DAY,
    MINUTE,
    Line,
    day_bytes,
    floor_minute,
    grid_day,
    instant_of,
    local_day,
    minute_number,
    minutes_up,
)

Layer = tuple[Reason, int]
CLASHES = frozenset({Reason.BUSY, Reason.HELD, Reason.BUFFER})


@dataclass(frozen=True, slots=True)
class Frame:
    """What all advisors of a place share while one span of settings holds."""

    place: Place
    settings: Settings
    line: Line
    dates: int  # minutes whose local date is in the span
    start_layers: tuple[Layer, ...]
    starts: int  # start layers that count, and the dates, together
    opening: int
    limits: int
    open_dates: int  # minutes without closure


@dataclass(frozen=True, slots=True)
class Clashes:
    """Minutes taken: by meetings, by others' holds, and by either with all buffers."""

    busy: int
    held: int
    blocked: int


class Layers:
    """All layers of one search. Minute 0 is the search's first minute in UTC."""

    def __init__(self, places: Mapping[int, Place], search: Search) -> None:
        self.search = search
        self.base = floor_minute(search.first)
        self.origin = minute_number(self.base)
        longest = max(
            (
                span.settings.duration
                for place in places.values()
                for span in place.spans
            ),
            default=0,
        )
        starts = max(minutes_up(search.last - self.base), 0)
        self.size = starts + longest + 1
        self.full = stretch(0, self.size)
        self._lines: dict[ZoneInfo, Line] = {}
        self._frames: dict[int, list[Frame]] = {}
        self._days: dict[tuple[int, int], bytes] = {}
        self._work: dict[tuple[int, int], int] = {}
        self._extras: dict[tuple[int, int, tuple[Window, ...]], int] = {}
        self._unhindered: dict[tuple[int, int, int], int] = {}
        self._blocked: dict[tuple[int, int, int, int], int] = {}

    def at(self, minute: int) -> datetime:
        """Return the instant of a minute."""
        return self.base + minute * MINUTE

    def minute_of(self, instant: datetime) -> int:
        """Return the minute that holds an instant."""
        return (instant - self.base) // MINUTE

    def from_instant(self, instant: datetime) -> int:
        """Return the mask of the minutes that begin at an instant or later."""
        if instant >= self.at(self.size):
            return 0
        return stretch(max(minutes_up(instant - self.base), 0), self.size)

    def before_instant(self, instant: datetime) -> int:
        """Return the mask of the minutes that begin before an instant."""
        return self.full & ~self.from_instant(instant)

    # What the advisors of a place share

    def frames(self, place: Place) -> list[Frame]:
        """Return a frame for every span of settings that the search meets."""
        if place.id not in self._frames:
            line = self._line(place.zone)
            self._frames[place.id] = [
                self._frame(place, span, line)
                for span in place.spans
                if span.first <= line.days[-1] and line.days[0] <= span.last
            ]
        return self._frames[place.id]

    def _line(self, zone: ZoneInfo) -> Line:
        if zone not in self._lines:
            self._lines[zone] = Line(zone, self.base, self.size)
        return self._lines[zone]

    def _frame(self, place: Place, span: Span, line: Line) -> Frame:
        settings = span.settings
        dates = line.dates([(span.first, span.last)])
        layers = self._shared_start_layers(place, settings, line)
        limits = self.full
        if settings.limits is not None:
            limits = line.weekly(_week(settings.limits))
        return Frame(
            place=place,
            settings=settings,
            line=line,
            dates=dates,
            start_layers=layers,
            starts=self.together(layers)
            & dates
            & self.from_instant(self.search.first)
            & self.before_instant(self.search.last),
            opening=line.weekly(_week(place.opening)),
            limits=limits,
            open_dates=self.full
            & ~line.on_dates(
                (shut.first, shut.last, shut.starts, shut.ends)
                for shut in place.closures
            ),
        )

    def _shared_start_layers(
        self, place: Place, settings: Settings, line: Line
    ) -> tuple[Layer, ...]:
        now = self.search.now
        earliest = earliest_start(settings.notices, place, now)
        today = local_day(now, place.zone)
        return (
            (Reason.PAST, self.from_instant(now)),
            (Reason.TOO_SOON, self.from_instant(earliest)),
            (
                Reason.TOO_FAR,
                line.dates([(line.days[0], today + settings.horizon * DAY)]),
            ),
            (Reason.OFF_GRID, line.every_day(grid_day(lcm(*settings.intervals)))),
        )

    def together(self, layers: Iterable[Layer]) -> int:
        """Return what all layers allow, without the reasons that do not count."""
        mask = self.full
        for reason, layer in layers:
            if reason not in self.search.ignored:
                mask &= layer
        return mask

    # What an advisor adds

    def start_layers(self, candidate: Candidate, frame: Frame) -> list[Layer]:
        """Return the start layers that differ from advisor to advisor."""
        settings = frame.settings
        layers = []
        if candidate.rank is not None and candidate.rank not in settings.ranks:
            layers.append((Reason.RANK, 0))
        if settings.daily_maximum is not None:
            full_days = _full_days(candidate, settings.daily_maximum, frame.line.days)
            mask = frame.line.dates((day, day) for day in full_days)
            layers.append((Reason.DAY_FULL, self.full & ~mask))
        return layers

    def minute_layers(self, candidate: Candidate, frame: Frame) -> list[Layer]:
        """Return the minute layers, all but other meetings."""
        extras = self._extra_time(candidate.advisor_id, frame)
        work = self._work_time(candidate.rota, frame)
        layers = [
            (Reason.OFFICE_CLOSED, frame.opening | extras),
            (Reason.CLOSURE, frame.open_dates),
            (Reason.NOT_WORKING, work | extras),
            (Reason.OUTSIDE_HOURS, frame.limits),
        ]
        if candidate.absences:
            absent = self._paint(candidate.absences)
            layers.append((Reason.ABSENT, self.full ^ absent))
        return layers

    def unhindered(self, candidate: Candidate, frame: Frame) -> int:
        """Return the starts whose meeting fits into the minute layers.

        Advisors without absences share it with all who have the same rota and extras.
        """
        if candidate.absences:
            return self._fitting(candidate, frame)
        extras = self._extra_time(candidate.advisor_id, frame)
        key = (id(candidate.rota), id(frame), extras)
        if key not in self._unhindered:
            self._unhindered[key] = self._fitting(candidate, frame)
        return self._unhindered[key]

    def _fitting(self, candidate: Candidate, frame: Frame) -> int:
        free = self.together(self.minute_layers(candidate, frame))
        return erode(free, frame.settings.duration)

    def _extra_time(self, advisor_id: int, frame: Frame) -> int:
        windows = tuple(
            window
            for window in frame.settings.extras
            if not window.advisors or advisor_id in window.advisors
        )
        if not windows:
            return 0
        key = (frame.place.id, id(frame), windows)
        if key not in self._extras:
            self._extras[key] = frame.line.weekly(_week(windows))
        return self._extras[key]

    def _work_time(self, rota: Rota, frame: Frame) -> int:
        # The candidates keep their rotas alive, so an id stands for one rota.
        key = (id(rota), frame.place.id)
        if key not in self._work:
            office_id, line = frame.place.id, frame.line
            if rota.weeks or rota.days:
                days = [blocks_on(day, rota) for day in line.days]
                work = line.daily(self._day(blocks, office_id) for blocks in days)
            else:
                work = line.weekly(
                    [
                        self._day(rota.default.get(weekday, ()), office_id)
                        if weekday in line.weekdays
                        else EMPTY_DAY
                        for weekday in range(7)
                    ]
                )
            self._work[key] = work
        return self._work[key]

    def _day(self, blocks: tuple[WorkBlock, ...], office_id: int) -> bytes:
        if not blocks:
            return EMPTY_DAY
        key = (id(blocks), office_id)
        if key not in self._days:
            subject_id, channel = self.search.subject_id, self.search.channel
            self._days[key] = day_bytes(
                (block.starts, block.ends)
                for block in blocks
                if block.office_id == office_id
                and (not block.channels or channel in block.channels)
                and (not block.subjects or subject_id in block.subjects)
            )
        return self._days[key]

    # Other meetings

    def untouched(self, candidate: Candidate, frame: Frame) -> int:
        """Return the starts whose meeting and buffers touch no taken time."""
        settings = frame.settings
        if CLASHES.isdisjoint(self.search.ignored):
            # Every meeting lies within what is blocked, so this is all three at once.
            blocked = self._blocked_time(candidate, settings)
            return erode(self.full ^ blocked, settings.duration)
        clashes = self.clashes(candidate, frame)
        busy, held, blocked = (
            self.full ^ erode(self.full ^ mask, settings.duration)
            for mask in (clashes.busy, clashes.held, clashes.blocked)
        )
        refused = {
            Reason.BUSY: busy,
            Reason.HELD: held,
            Reason.BUFFER: blocked & ~busy & ~held,
        }
        return self.together((why, self.full ^ mask) for why, mask in refused.items())

    def clashes(self, candidate: Candidate, frame: Frame) -> Clashes:
        """Return the taken minutes by kind."""
        meetings = [rows for rows in candidate.busy if rows.kind != "hold"]
        holds = [rows for rows in candidate.busy if rows.kind == "hold"]
        return Clashes(
            busy=self._paint(span for rows in meetings for span in rows.meetings()),
            held=self._paint(span for rows in holds for span in rows.meetings()),
            blocked=self._blocked_time(candidate, frame.settings),
        )

    def _blocked_time(self, candidate: Candidate, settings: Settings) -> int:
        """Return the taken minutes, widened by the buffers of the meeting to come.

        Its buffers before touch what ends late, its buffers after what starts early.
        """
        if not candidate.busy:
            return 0
        before, after = settings.buffer_before, settings.buffer_after
        key = (candidate.advisor_id, candidate.place.id, before, after)
        if key not in self._blocked:
            since, until = self.origin + after, self.origin - before
            taken = [
                (starts - since, ends - until)
                for rows in candidate.busy
                for starts, ends in zip(rows.starts, rows.ends, strict=True)
            ]
            self._blocked[key] = paint(taken, self.size)
        return self._blocked[key]

    def _paint(self, stretches: Iterable[tuple[int, int]]) -> int:
        """Return the mask of stretches in minutes since 1970."""
        origin = self.origin
        return paint(
            [(low - origin, high - origin) for low, high in stretches], self.size
        )


def _week(windows: Iterable[Hours]) -> list[bytes]:
    by_weekday: list[list[tuple[int, int]]] = [[] for _ in range(7)]
    for window in windows:
        by_weekday[window.weekday].append((window.starts, window.ends))
    return [day_bytes(day) for day in by_weekday]


def blocks_on(day: date, rota: Rota) -> tuple[WorkBlock, ...]:
    """Return a date's work: its own, else that of the week in force."""
    if day in rota.days:
        return rota.days[day]
    for week in rota.weeks:
        if week.first <= day <= week.last:
            return week.blocks.get(day.weekday(), ())
    return rota.default.get(day.weekday(), ())


def _full_days(candidate: Candidate, maximum: int, days: Sequence[date]) -> list[date]:
    taken = Counter(
        local_day(instant_of(starts), candidate.place.zone)
        for rows in candidate.busy
        if rows.kind != "imported"
        for starts, _ends in rows.meetings()
    )
    return [day for day in days if taken[day] >= maximum]
