"""The availability rules once more, minute by minute, as plainly as can be.

This model shares nothing with the engine but the words of `availability.types`. It is slow
and looks at one minute at a time, so it is easy to hold against the rules.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from scheduling.availability.types import Candidate, Place, Reason, Search, Span

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instants(minutes: Iterable[int]) -> list[datetime]:
    return [EPOCH + minute * MINUTE for minute in minutes]


def ceil_minute(instant: datetime) -> datetime:
    whole = instant.astimezone(UTC).replace(second=0, microsecond=0)
    return whole if whole == instant else whole + MINUTE


def midnight(day: date, place: Place) -> datetime:
    """Return the first quarter of an hour that belongs to the date or a later one."""
    instant = datetime(day.year, day.month, day.day, tzinfo=UTC) - DAY
    while instant.astimezone(place.zone).date() < day:
        instant += 15 * MINUTE
    return instant


class Model:
    """All answers for one search, remembered by minute."""

    def __init__(self, candidates: list[Candidate], search: Search) -> None:
        self.candidates = candidates
        self.search = search
        self.by_minute: dict[tuple, frozenset[Reason]] = {}
        self.taken: dict[tuple, bool] = {}
        self.earliest: dict[tuple, datetime | None] = {}
        self.firsts: dict[int, datetime | None] = {}

    def minutes(self, first: datetime, last: datetime) -> list[datetime]:
        found, minute = [], ceil_minute(first)
        while minute < last:
            found.append(minute)
            minute += MINUTE
        return found

    def offered(self) -> set[tuple[datetime, int, int]]:
        return {
            (start, candidate.advisor_id, candidate.place.id)
            for candidate in self.candidates
            for start in self.minutes(self.search.first, self.search.last)
            if self.is_offered(candidate, start)
        }

    def is_offered(self, candidate: Candidate, start: datetime) -> bool:
        off_grid = self.is_off_grid(candidate, start)
        if off_grid and Reason.OFF_GRID not in self.search.ignored:
            return False
        return not self.reasons(candidate, start)

    def reasons(self, candidate: Candidate, start: datetime) -> set[Reason]:
        found = self.reasons_but_thresholds(candidate, start)
        if self.is_hidden_by_thresholds(candidate, start):
            found.add(Reason.RANK_THRESHOLD)
        return found - self.search.ignored

    def reasons_but_thresholds(
        self, candidate: Candidate, start: datetime
    ) -> set[Reason]:
        place, settings = candidate.place, self.span(candidate.place, start).settings
        meeting = self.minutes(start, start + settings.duration * MINUTE)
        found = set(candidate.refusals)
        for minute in meeting:
            found |= self.against_minute(candidate, self.span(place, start), minute)
        around = self.minutes(
            start - settings.buffer_before * MINUTE,
            start + (settings.duration + settings.buffer_after) * MINUTE,
        )
        touched = any(self.is_blocked(candidate, minute) for minute in around)
        if touched and not found & {Reason.BUSY, Reason.HELD}:
            found.add(Reason.BUFFER)
        if candidate.rank not in settings.ranks:
            found.add(Reason.RANK)
        if start < self.search.now:
            found.add(Reason.PAST)
        earliest = self.earliest_start(place, self.span(place, start))
        if earliest is None or start < earliest:
            found.add(Reason.TOO_SOON)
        today = self.search.now.astimezone(place.zone).date()
        day = start.astimezone(place.zone).date()
        if (day - today).days > settings.horizon:
            found.add(Reason.TOO_FAR)
        if self.is_off_grid(candidate, start):
            found.add(Reason.OFF_GRID)
        if self.is_day_full(candidate, day, settings.daily_maximum):
            found.add(Reason.DAY_FULL)
        return found - self.search.ignored

    def span(self, place: Place, start: datetime) -> Span:
        day = start.astimezone(place.zone).date()
        [span] = [span for span in place.spans if span.first <= day <= span.last]
        return span

    def is_off_grid(self, candidate: Candidate, start: datetime) -> bool:
        wall = start.astimezone(candidate.place.zone)
        settings = self.span(candidate.place, start).settings
        minutes = wall.hour * 60 + wall.minute
        if wall.second or wall.microsecond:
            return True
        return any(minutes % interval for interval in settings.intervals)

    def is_day_full(self, candidate: Candidate, day: date, maximum: int | None) -> bool:
        if maximum is None:
            return False
        taken = 0
        for row in candidate.busy:
            start = instants((row.starts[0] + row.before,))[0].astimezone(
                candidate.place.zone
            )
            if row.kind in {"appointment", "hold"} and start.date() == day:
                taken += 1
        return taken >= maximum

    def against_minute(
        self, candidate: Candidate, span: Span, minute: datetime
    ) -> frozenset[Reason]:
        key = (candidate.advisor_id, candidate.place.id, span.first, minute)
        if key not in self.by_minute:
            self.by_minute[key] = frozenset(self.find(candidate, span, minute))
        return self.by_minute[key]

    def find(self, candidate: Candidate, span: Span, minute: datetime) -> set[Reason]:
        place, settings = candidate.place, span.settings
        wall = minute.astimezone(place.zone)
        day, now = wall.date(), wall.hour * 60 + wall.minute

        def reads_inside(window) -> bool:
            is_that_day = window.weekday == wall.weekday()
            return is_that_day and window.starts <= now < window.ends

        is_extra = any(
            reads_inside(window)
            for window in settings.extras
            if not window.advisors or candidate.advisor_id in window.advisors
        )
        found = set()
        if not is_extra and not any(map(reads_inside, place.opening)):
            found.add(Reason.OFFICE_CLOSED)
        if not is_extra and not self.works(candidate, day, now):
            found.add(Reason.NOT_WORKING)
        if settings.limits is not None and not any(map(reads_inside, settings.limits)):
            found.add(Reason.OUTSIDE_HOURS)
        for shut in place.closures:
            if shut.first <= day <= shut.last and shut.starts <= now < shut.ends:
                found.add(Reason.CLOSURE)
        for starts, ends in map(instants, candidate.absences):
            if starts < minute + MINUTE and minute < ends:
                found.add(Reason.ABSENT)
        for row in candidate.busy:
            starts, ends = instants(
                (row.starts[0] + row.before, row.ends[0] - row.after)
            )
            if starts < minute + MINUTE and minute < ends:
                found.add(Reason.HELD if row.kind == "hold" else Reason.BUSY)
        return found

    def works(self, candidate: Candidate, day: date, minute: int) -> bool:
        rota = candidate.rota
        blocks = rota.default.get(day.weekday(), ())
        for week in rota.weeks:
            if week.first <= day <= week.last:
                blocks = week.blocks.get(day.weekday(), ())
        if day in rota.days:
            blocks = rota.days[day]
        return any(
            block.office_id == candidate.place.id
            and block.starts <= minute < block.ends
            and (not block.channels or self.search.channel in block.channels)
            and (not block.subjects or self.search.subject_id in block.subjects)
            for block in blocks
        )

    def is_blocked(self, candidate: Candidate, minute: datetime) -> bool:
        key = (candidate.advisor_id, candidate.place.id, minute)
        if key not in self.taken:
            self.taken[key] = any(
                starts < minute + MINUTE and minute < ends
                for starts, ends in (
                    instants((*row.starts, *row.ends)) for row in candidate.busy
                )
            )
        return self.taken[key]

    def earliest_start(self, place: Place, span: Span) -> datetime | None:
        key = (place.id, span.first)
        if key not in self.earliest:
            self.earliest[key] = self.find_earliest(place, span)
        return self.earliest[key]

    def find_earliest(self, place: Place, span: Span) -> datetime | None:
        earliest = self.search.now
        for notice in span.settings.notices:
            earliest = max(earliest, self.search.now + timedelta(hours=notice.hours))
            days = self.working_days(place, notice.working_days)
            if len(days) < notice.working_days:
                return None
            if days:
                earliest = max(earliest, midnight(days[-1], place))
        return earliest

    def working_days(self, place: Place, number: int) -> list[date]:
        today = self.search.now.astimezone(place.zone).date()
        days = [today + ahead * DAY for ahead in range(1, 60)]
        return [day for day in days if is_working_day(place, day)][:number]

    # Rank thresholds

    def is_hidden_by_thresholds(self, candidate: Candidate, start: datetime) -> bool:
        thresholds = self.span(candidate.place, start).settings.thresholds
        if thresholds is None or candidate.advisor_id == self.search.named_advisor:
            return False
        far = datetime.max.replace(tzinfo=UTC)
        if candidate.rank == 2:
            f1 = self.first_of_rank(1) or far
            return f1 <= self.search.now + thresholds[0] * DAY or start >= f1
        if candidate.rank == 3:
            best = min(self.first_of_rank(1) or far, self.first_of_rank(2) or far)
            return best <= self.search.now + thresholds[1] * DAY or start >= best
        return False

    def first_of_rank(self, rank: int) -> datetime | None:
        if rank not in self.firsts:
            starts = [
                self.first_start(candidate)
                for candidate in self.candidates
                if candidate.rank == rank
            ]
            self.firsts[rank] = min(filter(None, starts), default=None)
        return self.firsts[rank]

    def first_start(self, candidate: Candidate) -> datetime | None:
        ahead = max(span.settings.horizon for span in candidate.place.spans)
        now = self.search.now
        for start in self.minutes(now, now + (ahead + 2) * DAY):
            off_grid = self.is_off_grid(candidate, start)
            if off_grid and Reason.OFF_GRID not in self.search.ignored:
                continue
            if not self.reasons_but_thresholds(candidate, start):
                return start
        return None


def is_working_day(place: Place, day: date) -> bool:
    if not any(hours.weekday == day.weekday() for hours in place.opening):
        return False
    return not any(
        shut.first <= day <= shut.last and (shut.starts, shut.ends) == (0, 1440)
        for shut in place.closures
    )
