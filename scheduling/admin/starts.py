"""The starts of a day that staff can book: offered ones, and those against soft rules.

All of it is the answer of the why-not page, which the wizard goes by too.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from directory.catalogue import Catalogue
from scheduling.admin.strip import Row, Stretch, Strip, make_strip
from scheduling.availability.types import Reason
from scheduling.causes.day import ExplainedDay
from scheduling.forms.staff import SLOT_FORMAT
from scheduling.overruling import hard_among
from scheduling.queries import Explained

MOST_NAMES = 2


@dataclass(frozen=True, slots=True)
class Start:
    """A radio button. The value says all that is needed to book it."""

    value: str
    wall: str
    takers: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """Neighbouring starts of an advisor, all that is against them, and what may be."""

    stretch: Stretch
    starts: tuple[Start, ...]  # none: something is against them that nobody overrules

    @property
    def sentences(self) -> list[str]:
        return [one.staff for one in self.stretch.holding]


@dataclass(frozen=True, slots=True)
class Against:
    """All that an advisor at an office is not offered for."""

    row: Row
    stretches: tuple[Refused, ...]

    @property
    def values(self) -> list[str]:
        """Return what can be booked against a rule."""
        return [start.value for one in self.stretches for start in one.starts]


@dataclass(frozen=True, slots=True)
class Day:
    """What the page shows of a day."""

    offered: tuple[Start, ...]
    refused: tuple[Against, ...]

    @property
    def values(self) -> list[str]:
        """Return every value that can be booked."""
        soft = [value for one in self.refused for value in one.values]
        return [*(one.value for one in self.offered), *soft]

    def value_at(self, wall: str) -> str:
        """Return the value of the offered start at a time of day, or nothing."""
        return next((one.value for one in self.offered if one.wall == wall), "")

    def without_overruling(self) -> "Day":
        """Return the day for those who may book what is offered and nothing else."""
        shown = tuple(
            replace(
                one, stretches=tuple(replace(each, starts=()) for each in one.stretches)
            )
            for one in self.refused
        )
        return replace(self, refused=shown)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A value read: the start, and whose it is when rules are overruled for it."""

    start: datetime
    advisor_code: str = ""
    office_code: str = ""
    overruled: frozenset[Reason] = frozenset()

    def taker(self, standing: Catalogue) -> tuple[int, int] | None:
        """Return advisor and office, if the value names them."""
        advisor = standing.advisor(self.advisor_code)
        office = standing.office(self.office_code)
        return (advisor.id, office.id) if advisor and office else None


def day_of(explained: ExplainedDay, *, advisor_id: int | None) -> Day:
    """Return a day's starts: of all advisors, or of the one who was asked for."""
    strip = make_strip(explained)
    rows = [one for one in strip.rows if advisor_id in (None, one.advisor.id)]
    return Day(
        offered=tuple(_offered(explained, Strip(strip.columns, tuple(rows)))),
        refused=tuple(
            Against(row, found)
            for row in rows
            if (found := tuple(_refused(explained, row)))
        ),
    )


def read_value(value: str) -> Chosen:
    """Return what a value says; it was among those of a day."""
    start, _, rest = value.partition(".")
    moment = datetime.strptime(start, SLOT_FORMAT).replace(tzinfo=UTC)
    if not rest:
        return Chosen(moment)
    advisor, office, reasons = rest.split(".")
    return Chosen(moment, advisor, office, frozenset(map(Reason, reasons.split("+"))))


def _offered(explained: ExplainedDay, strip: Strip) -> Iterator[Start]:
    for one in explained.starts:
        names = [row.advisor.name for row in strip.rows if not one.reasons[row.key]]
        if names and one.start is not None:
            yield Start(_slot(one.start), one.wall, _names(names))


def _refused(explained: ExplainedDay, row: Row) -> Iterator[Refused]:
    for stretch in row.stretches:
        if stretch.is_offered or not stretch.holding:
            continue
        reasons = [one.reason for one in stretch.holding]
        is_hard = hard_among(reasons, row.advisor)
        end = stretch.first + len(stretch.walls)
        inside = [] if is_hard else explained.starts[stretch.first : end]
        yield Refused(stretch, tuple(_against_rules(inside, row, reasons)))


def _against_rules(
    inside: list[Explained], row: Row, reasons: list[Reason]
) -> Iterator[Start]:
    for one in inside:
        if one.start is not None:
            codes = "+".join(sorted(reasons))
            yield Start(f"{_slot(one.start)}.{row.code}.{codes}", one.wall)


def _slot(start: datetime) -> str:
    return f"{start.astimezone(UTC):{SLOT_FORMAT}}"


def _names(names: list[str]) -> str:
    names = list(dict.fromkeys(names))
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return " or ".join(names[:MOST_NAMES]) + more
