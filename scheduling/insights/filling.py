"""How full the coming days are: booked time among the working time that can be booked.

Working time is that of bookable advisors: their blocks at an office within its opening
hours, without closures and absences. Booked time is that of requested and confirmed
meetings, without buffers, inside the working time; so the rate never passes 100 %. Extra
hours of rules count on neither side.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from directory.catalogue import AdvisorData, Catalogue, OfficeData
from scheduling.availability.intervals import paint, stretch
from scheduling.availability.layers import blocks_on
from scheduling.availability.windows import (
    DAY_MINUTES,
    EMPTY_DAY,
    Line,
    day_bytes,
    minute_number,
)
from scheduling.candidates import rota_of
from scheduling.taken import Taken, load_taken

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
APPOINTMENT = "appointment"


@dataclass(frozen=True, slots=True)
class Filled:
    """A date in the organisation's zone: minutes of work, and how many are booked."""

    day: date
    working: int
    booked: int


@dataclass(frozen=True, slots=True)
class Staff:
    """Whose time counts: at these offices (None: at all), and one advisor's own."""

    offices: Collection[int] | None
    advisor: int | None = None

    def works_at(self, office_id: int, advisor_id: int) -> bool:
        """Tell whether an advisor's time at an office counts."""
        if self.offices is None or advisor_id == self.advisor:
            return True
        return office_id in self.offices


def filled(
    standing: Catalogue, staff: Staff, *, first: date, days: int, now: datetime
) -> list[Filled]:
    """Return how full each of some dates is. One query, whatever the size."""
    calendar = Calendar(standing, first=first, days=days)
    advisors = [one for one in standing.advisors.values() if one.is_bookable]
    taken = load_taken(
        [one.id for one in advisors], first=calendar.base, last=calendar.end, now=now
    )
    working, booked = [0] * days, [0] * days
    for advisor in advisors:
        work = calendar.work(advisor, staff, taken[advisor.id])
        if not work:
            continue
        meetings = work & calendar.meetings(taken[advisor.id])
        for number, mask in enumerate(calendar.masks):
            working[number] += (work & mask).bit_count()
            booked[number] += (meetings & mask).bit_count()
    return [
        Filled(first + number * DAY, *minutes)
        for number, minutes in enumerate(zip(working, booked, strict=True))
    ]


class Calendar:
    """Some dates of the organisation as minutes in UTC, and what offices do in them."""

    def __init__(self, standing: Catalogue, *, first: date, days: int) -> None:
        zone = standing.organisation.zone
        bounds = [
            datetime.combine(first + number * DAY, time(), zone).astimezone(UTC)
            for number in range(days + 1)
        ]
        self.standing = standing
        self.base, self.end = bounds[0], bounds[-1]
        self.size = (self.end - self.base) // MINUTE
        edges = [(bound - self.base) // MINUTE for bound in bounds]
        self.masks = [stretch(low, high) for low, high in pairwise(edges)]
        self._origin = minute_number(self.base)
        self._open: dict[int, tuple[Line, int]] = {}

    def work(self, advisor: AdvisorData, staff: Staff, taken: Taken) -> int:
        """Return the minutes in which an advisor can be booked, meetings or not."""
        found = 0
        for office in self._offices_of(advisor):
            if staff.works_at(office.id, advisor.id):
                line, is_open = self._hours(office)
                found |= is_open & line.daily(self._days(advisor, office, line))
        return found & ~self._paint(taken.absences) if found else 0

    def meetings(self, taken: Taken) -> int:
        """Return the minutes of meetings, without their buffers."""
        return self._paint(
            [
                span
                for rows in taken.busy
                if rows.kind == APPOINTMENT
                for span in rows.meetings()
            ]
        )

    def _offices_of(self, advisor: AdvisorData) -> Iterator[OfficeData]:
        rota = rota_of(self.standing, advisor.id)
        blocks = {
            block.office_id
            for week in (
                *(rota.default, *(one.blocks for one in rota.weeks)),
                dict(enumerate(rota.days.values())),
            )
            for day in week.values()
            for block in day
        }
        for office_id in sorted(blocks):
            office = self.standing.offices.get(office_id)
            if office is not None and office.is_active:
                yield office

    def _days(
        self, advisor: AdvisorData, office: OfficeData, line: Line
    ) -> Iterator[bytes]:
        rota = rota_of(self.standing, advisor.id)
        for day in line.days:
            blocks = [
                (block.starts, block.ends)
                for block in blocks_on(day, rota)
                if block.office_id == office.id
            ]
            yield day_bytes(blocks) if blocks else EMPTY_DAY

    def _hours(self, office: OfficeData) -> tuple[Line, int]:
        """Return an office's wall line, and the minutes in which it is open."""
        if office.id not in self._open:
            line = Line(office.zone, self.base, self.size)
            opening = line.weekly(
                [
                    day_bytes(
                        (one.starts, min(one.ends, DAY_MINUTES))
                        for one in office.opening
                        if one.weekday == weekday
                    )
                    for weekday in range(7)
                ]
            )
            shut = line.on_dates(
                (one.first, one.last, one.starts, one.ends) for one in office.closures
            )
            self._open[office.id] = (line, opening & ~shut)
        return self._open[office.id]

    def _paint(self, spans: list[tuple[int, int]]) -> int:
        """Return the mask of stretches in minutes since 1970."""
        origin = self._origin
        return paint([(low - origin, high - origin) for low, high in spans], self.size)
