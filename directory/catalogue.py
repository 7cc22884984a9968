"""The standing data as plain, frozen values: what the rest computes with.

Nothing here reads the database or a clock. Times of day are minutes since 00:00 on the
office's wall clock; 00:00 as an end is 1440. Dictionaries keep the order of display.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

Kind = Literal["subject", "office", "advisor", "category"]
PREFIXED = re.compile(r"([A-Z]{1,3})-(.+)")


@dataclass(frozen=True, slots=True)
class OpenHours:
    """One opening of an office's week."""

    weekday: int
    starts: int
    ends: int


@dataclass(frozen=True, slots=True)
class Shut:
    """`starts` to `ends` on each date from `first` to `last`; 0 to 1440 is a full day."""

    first: date
    last: date
    starts: int
    ends: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class WorkBlock:
    """Work at an office; no channels or subjects named means all of them."""

    office_id: int
    starts: int
    ends: int
    channels: frozenset[str] = frozenset()
    subjects: frozenset[int] = frozenset()


WeekBlocks = Mapping[int, tuple[WorkBlock, ...]]  # weekday -> blocks


@dataclass(frozen=True, slots=True)
class Week:
    """A week template for a span of dates."""

    first: date
    last: date
    blocks: WeekBlocks


@dataclass(frozen=True, slots=True)
class Rota:
    """An advisor's work: the day's own template, else the span's, else the default."""

    default: WeekBlocks = field(default_factory=dict)
    weeks: tuple[Week, ...] = ()
    days: Mapping[date, tuple[WorkBlock, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OrganisationData:
    """The site's settings."""

    name: str
    zone: ZoneInfo
    country: str
    language: str
    phone: str
    email: str
    website: str
    return_origins: tuple[str, ...]
    video_room_url: str
    consent_text: str
    consent_version: str
    brand: str
    brand_hover: str
    brand_tint: str
    on_brand: str
    font: str
    radius: int


@dataclass(frozen=True, slots=True)
class OfficeData:
    """A branch."""

    id: int
    code: str
    external_id: str
    name: str
    street: str
    postal_code: str
    city: str
    country: str
    region: str
    latitude: float | None
    longitude: float | None
    zone: ZoneInfo
    phone: str
    email: str
    directions: str
    is_active: bool
    sort_order: int
    opening: tuple[OpenHours, ...] = ()
    closures: tuple[Shut, ...] = ()
    areas: tuple[tuple[str, str], ...] = ()
    switched_off: frozenset[tuple[int | None, str]] = frozenset()

    @property
    def address(self) -> str:
        return f"{self.street}, {self.postal_code} {self.city}"

    def offers(self, subject_id: int, channel: str) -> bool:
        """Tell whether the office has not switched the channel off for the subject."""
        return not self.switched_off & {(subject_id, channel), (None, channel)}

    def covers(self, postal_code: str, *, country: str = "") -> bool:
        """Tell whether the office visits an address: a code of its own country."""
        if len(country) == 2 and country.upper() != self.country.upper():
            return False
        code = plain_postal_code(postal_code, self.country)
        return code is not None and any(
            _lies_between(
                code,
                plain_postal_code(first, self.country) or first,
                plain_postal_code(last, self.country) or last,
            )
            for first, last in self.areas
        )


@dataclass(frozen=True, slots=True)
class CategoryData:
    """A group of subjects."""

    id: int
    code: str
    external_id: str
    name: str
    description: str
    is_active: bool
    sort_order: int


@dataclass(frozen=True, slots=True)
class QuestionData:
    """A question of a subject's questionnaire; `choices` are (code, label) pairs."""

    code: str
    label: str
    help_text: str
    kind: str
    is_required: bool
    minimum: Decimal | None
    maximum: Decimal | None
    max_length: int | None
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SubjectData:
    """What a meeting can be about.

    `is_open` says that customers may book it: active and customer-facing, in an active
    category.
    """

    id: int
    code: str
    external_id: str
    category_id: int
    name: str
    description: str
    instructions: str
    channels: tuple[str, ...]
    segment_only: bool
    segment_only_channels: frozenset[str]
    is_open: bool
    sort_order: int
    questions: tuple[QuestionData, ...] = ()


@dataclass(frozen=True, slots=True)
class AdvisorData:
    """An employee who takes meetings."""

    id: int
    code: str
    external_id: str
    first_name: str
    last_name: str
    role: str
    languages: tuple[str, ...]
    portrait: str
    introduction: str
    is_active: bool
    is_online_planning: bool
    rota: Rota = field(default_factory=Rota)

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def is_bookable(self) -> bool:
        return self.is_active and self.is_online_planning


@dataclass(frozen=True, slots=True)
class ExpertiseData:
    """What an advisor takes at an office."""

    advisor_id: int
    office_id: int
    subject_id: int
    channels: frozenset[str]
    rank: int


Coded = SubjectData | OfficeData | AdvisorData | CategoryData


@dataclass(frozen=True, eq=False)
class Catalogue:
    """All standing data at one version of the configuration.

    Equal only to itself. `memo` keeps what others compute from nothing but it.
    """

    version: UUID | None
    organisation: OrganisationData
    offices: Mapping[int, OfficeData]
    categories: Mapping[int, CategoryData]
    subjects: Mapping[int, SubjectData]
    advisors: Mapping[int, AdvisorData]
    expertise: tuple[ExpertiseData, ...]
    memo: dict[object, Any] = field(default_factory=dict, init=False, repr=False)
    _by_subject: dict[int, tuple[ExpertiseData, ...]] = field(
        default_factory=dict, init=False, repr=False
    )
    _by_code: dict[tuple[str, str], Coded] = field(
        default_factory=dict, init=False, repr=False
    )

    def __post_init__(self) -> None:
        groups: dict[int, list[ExpertiseData]] = {}
        for row in self.expertise:
            groups.setdefault(row.subject_id, []).append(row)
        self._by_subject.update({key: tuple(rows) for key, rows in groups.items()})
        # External ids go in first: where a code reads the same, the code wins.
        everything = list(self._everything())
        self._by_code.update(
            {
                (kind, row.external_id): row
                for kind, row in everything
                if row.external_id
            }
        )
        self._by_code.update({(kind, row.code): row for kind, row in everything})

    def _everything(self) -> Iterator[tuple[str, Coded]]:
        yield from (("subject", row) for row in self.subjects.values())
        yield from (("office", row) for row in self.offices.values())
        yield from (("advisor", row) for row in self.advisors.values())
        yield from (("category", row) for row in self.categories.values())

    def expertise_of(self, subject_id: int) -> tuple[ExpertiseData, ...]:
        """Return who takes a subject, at which office."""
        return self._by_subject.get(subject_id, ())

    def find(self, kind: Kind, text: str) -> Coded | None:
        """Return the object with this code, else with this external id; both exactly."""
        return self._by_code.get((kind, text))

    def subject(self, text: str) -> SubjectData | None:
        """Return the subject with this code or external id."""
        found = self.find("subject", text)
        return found if isinstance(found, SubjectData) else None

    def office(self, text: str) -> OfficeData | None:
        """Return the office with this code or external id."""
        found = self.find("office", text)
        return found if isinstance(found, OfficeData) else None

    def advisor(self, text: str) -> AdvisorData | None:
        """Return the advisor with this code or external id."""
        found = self.find("advisor", text)
        return found if isinstance(found, AdvisorData) else None

    def category(self, text: str) -> CategoryData | None:
        """Return the category with this code or external id."""
        found = self.find("category", text)
        return found if isinstance(found, CategoryData) else None


def plain_postal_code(text: str, country: str) -> str | None:
    """Return a postal code without spaces and country prefix.

    None says that there is none, or that the prefix names another country.
    """
    code = "".join(text.split()).upper()
    country = country.upper()
    if match := PREFIXED.fullmatch(code):
        prefix, code = match.groups()
        if prefix not in (country, country[:1]):  # BE-2000 and, the older way, B-2000
            return None
    elif code.startswith(country) and code[len(country) :][:1].isdigit():
        code = code[len(country) :]
    return code or None


def _lies_between(code: str, first: str, last: str) -> bool:
    if code.isdigit():
        return len(code) == len(first) and first <= code <= last
    # 1234AB lies in the area 1000-1999: an area may name the beginning of codes.
    return first <= code[: len(first)] and code[: len(last)] <= last
