"""An advisor's day: work, meetings, and everything else that takes or closes time."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from zoneinfo import ZoneInfo

from directory.catalogue import AdvisorData, Catalogue, OfficeData, WorkBlock
from directory.models import Absence
from scheduling.agenda.pieces import (
    DAY,
    SHORTEST_GAP,
    Piece,
    Span,
    clock,
    mask,
    moved,
    on_day,
    runs,
    side_by_side,
)
from scheduling.agenda.rows import Diary
from scheduling.models import Appointment, BusyInterval


@dataclass(frozen=True, slots=True)
class Setting:
    """Whose eyes and whose clock: `seen` advisors' absences and `offices` are named.

    `office` is the one whose calendar it is; None: the advisor's, wherever they work.
    """

    standing: Catalogue
    diary: Diary
    zone: ZoneInfo
    office: OfficeData | None
    offices: Collection[int]
    seen: Collection[int]


@dataclass(frozen=True)
class AdvisorDay:
    """One advisor on one date."""

    advisor: AdvisorData
    day: date
    setting: Setting

    @cached_property
    def blocks(self) -> list[tuple[OfficeData, Span]]:
        """Return the work of the date with its offices, on the calendar's clock."""
        found = []
        for day in (self.day - DAY, self.day, self.day + DAY):
            for block in blocks_on(self.advisor, day):
                office = self.setting.standing.offices[block.office_id]
                found += [
                    (office, span)
                    for there, span in moved(
                        block.starts,
                        block.ends,
                        day,
                        of=office.zone,
                        to=self.setting.zone,
                    )
                    if there == self.day
                ]
        return sorted(found, key=lambda one: one[1])

    @property
    def own_blocks(self) -> list[tuple[OfficeData, Span]]:
        """Return the work that this calendar is about."""
        office = self.setting.office
        return [one for one in self.blocks if office is None or one[0].id == office.id]

    @property
    def work(self) -> str:
        """Return "09:00-12:30, 13:00-17:00", or nothing."""
        spans = runs(mask(span for _, span in self.own_blocks))
        return ", ".join(f"{clock(first)}-{clock(last)}" for first, last in spans)

    @cached_property
    def pieces(self) -> list[Piece]:
        """Return all of the date, by time; free time is what nothing else takes."""
        taken = [*self._meetings(), *self._taken(), *self._absences()]
        around = [*self._closures(), *self._elsewhere()]
        blocked = mask(
            [
                *((one.first, one.last) for one in (*taken, *around)),
                *self._blocked(),
            ]
        )
        return side_by_side([*taken, *around, *self._free(blocked)])

    @property
    def meetings(self) -> int:
        return sum(one.kind == "meeting" for one in self.pieces)

    @property
    def free_text(self) -> str:
        """Return "3 h 30 min", or nothing."""
        total = sum(one.minutes for one in self.pieces if one.kind == "free")
        hours, minutes = divmod(total, 60)
        parts = [f"{hours} h" if hours else "", f"{minutes} min" if minutes else ""]
        return " ".join(filter(None, parts))

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing happens: no work, and nothing but a closure."""
        return not self.work and all(one.kind == "closure" for one in self.pieces)

    def _meetings(self) -> Iterator[Piece]:
        for row in self.setting.diary.meetings.get(self.advisor.id, ()):
            span = on_day(row.starts_at, row.ends_at, self.day, self.setting.zone)
            if span:
                place = "" if self._is_home(row.office_id) else row.office.name
                yield meeting_piece(row, span, place)

    def _is_home(self, office_id: int) -> bool:
        """Tell whether it goes without saying that a meeting is of this office."""
        if self.setting.office is not None:
            return office_id == self.setting.office.id
        rows = self.setting.standing.expertise
        homes = {row.office_id for row in rows if row.advisor_id == self.advisor.id}
        return homes == {office_id}

    def _busy(self) -> list[BusyInterval]:
        return self.setting.diary.busy.get(self.advisor.id, [])

    def _blocked(self) -> Iterator[Span]:
        for row in self._busy():
            span = on_day(row.starts_at, row.ends_at, self.day, self.setting.zone)
            if span:
                yield span

    def _taken(self) -> Iterator[Piece]:
        """Yield holds, imported events, meetings out of sight, and buffers."""
        meetings = self.setting.diary.meetings.get(self.advisor.id, ())
        known = {row.pk for row in meetings}
        for row in self._busy():
            if row.appointment_id not in known:
                starts, ends = row.meeting_starts_at, row.meeting_ends_at
                span = on_day(starts, ends, self.day, self.setting.zone)
                if span:
                    yield taken_piece(row, span, self.setting.zone)
            for starts, ends in (
                (row.starts_at, row.meeting_starts_at),
                (row.meeting_ends_at, row.ends_at),
            ):
                span = on_day(starts, ends, self.day, self.setting.zone)
                if span and starts < ends:
                    yield Piece(
                        kind="buffer", first=span[0], last=span[1], title="Buffer"
                    )

    def _absences(self) -> Iterator[Piece]:
        for row in self.setting.diary.absences.get(self.advisor.id, ()):
            span = on_day(row.starts_at, row.ends_at, self.day, self.setting.zone)
            if span:
                is_seen = self.advisor.id in self.setting.seen
                yield absence_piece(row, span, is_seen=is_seen)

    def _closures(self) -> Iterator[Piece]:
        """Yield the closures of the calendar's office, or of those of the day's work."""
        office = self.setting.office
        offices = (
            [office] if office else {one.id: one for one, _ in self.blocks}.values()
        )
        for one in offices:
            for shut in one.closures:
                if shut.first <= self.day <= shut.last:
                    spans = moved(
                        shut.starts,
                        shut.ends,
                        self.day,
                        of=one.zone,
                        to=self.setting.zone,
                    )
                    for day, (first, last) in spans:
                        if day == self.day:
                            yield Piece(
                                kind="closure",
                                first=first,
                                last=last,
                                title="Office closed",
                                detail=shut.name,
                            )

    def _elsewhere(self) -> Iterator[Piece]:
        office = self.setting.office
        for one, (first, last) in self.blocks:
            if office is not None and one.id != office.id:
                is_seen = one.id in self.setting.offices
                name = one.name if is_seen else "another office"
                yield Piece(
                    kind="elsewhere", first=first, last=last, title=f"Works at {name}"
                )

    def _free(self, blocked: int) -> Iterator[Piece]:
        for office, span in self.own_blocks:
            opening = [
                spot
                for hours in office.opening
                if hours.weekday == self.day.weekday()
                for day, spot in moved(
                    hours.starts,
                    hours.ends,
                    self.day,
                    of=office.zone,
                    to=self.setting.zone,
                )
                if day == self.day
            ]
            free = mask([span]) & mask(opening) & ~blocked
            for first, last in runs(free):
                if last - first >= SHORTEST_GAP:
                    yield Piece(
                        kind="free",
                        first=first,
                        last=last,
                        title="Free",
                        office_id=office.id,
                    )


def blocks_on(advisor: AdvisorData, day: date) -> tuple[WorkBlock, ...]:
    """Return a date's work: its own, else that of the week in force."""
    rota = advisor.rota
    if day in rota.days:
        return rota.days[day]
    for week in rota.weeks:
        if week.first <= day <= week.last:
            return week.blocks.get(day.weekday(), ())
    return rota.default.get(day.weekday(), ())


def meeting_piece(row: Appointment, span: Span, place: str) -> Piece:
    parts = [row.subject.name, str(row.get_channel_display()), place]
    return Piece(
        kind="meeting",
        first=span[0],
        last=span[1],
        title=row.contact_name or row.email or "Erased customer",
        detail=", ".join(filter(None, parts)),
        status=row.status,
        status_label=str(row.get_status_display()),
        pk=row.pk,
        office_id=row.office_id,
    )


def taken_piece(row: BusyInterval, span: Span, zone: ZoneInfo) -> Piece:
    """Return a piece of somebody's time without a word about who took it."""
    title, detail, kind = "Meeting", "Not yours to see", "taken"
    if row.kind == BusyInterval.Kind.HOLD:
        kind, title = "held", "Held for a visitor"
        detail = (
            f"Until {row.expires_at.astimezone(zone):%H:%M}" if row.expires_at else ""
        )
    elif row.kind == BusyInterval.Kind.IMPORTED:
        kind, title, detail = "imported", "Busy", "From the advisor's own calendar"
    return Piece(kind=kind, first=span[0], last=span[1], title=title, detail=detail)


def absence_piece(row: Absence, span: Span, *, is_seen: bool) -> Piece:
    return Piece(
        kind="absence",
        first=span[0],
        last=span[1],
        title="Away",
        detail=row.note if is_seen else "",
        pk=row.pk if is_seen else None,
    )
