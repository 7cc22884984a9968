"""What the bank's pages show, put together from its standing data."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

import phonenumbers
from django.utils.formats import date_format

from directory.catalogue import AdvisorData, Catalogue, OfficeData, SubjectData
from directory.choices import Language, Weekday
from showcase.links import BUSINESS, PERSONAL, Link, link
from showcase.mortgage import Mortgage, euro
from showcase.seed.people import MAX, NATE, STAFF

SUBJECTS = {
    PERSONAL: (
        "mortgage",
        "personal-loan",
        "open-account",
        "life-insurance",
        "pet-insurance",
    ),
    BUSINESS: ("commercial-loan", "liability-insurance"),
}
WAYS = {
    "LOW": "By phone or at a branch.",
    "AVERAGE": "By phone, at a branch or by video, in Antwerp on Saturday too.",
    "HIGH": "By phone, at a branch, by video or at your place, with a senior advisor.",
}
EXAMPLES = ((150_000, 50_000), (300_000, 60_000), (600_000, 100_000))
CLOSURES_SHOWN = 3
CLOSURES_AHEAD = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class SubjectCard:
    """A subject with the link that preselects it."""

    subject: SubjectData
    link: Link


@dataclass(frozen=True, slots=True)
class Person:
    """An advisor as the bank's site introduces them."""

    advisor: AdvisorData
    office: OfficeData | None
    subjects: tuple[SubjectData, ...]
    segment: str

    @property
    def languages(self) -> str:
        return ", ".join(Language(code).label for code in self.advisor.languages)

    @property
    def link(self) -> Link:
        return link(
            f"Meet {self.advisor.first_name}",
            segment=self.segment,
            advisor=self.advisor.code,
        )


@dataclass(frozen=True, slots=True)
class Branch:
    """An office as the bank's site shows it."""

    office: OfficeData

    @property
    def phone(self) -> str:
        """Return the number as people write it: "+32 3 808 48 00"."""
        try:
            number = phonenumbers.parse(self.office.phone, self.office.country)
        except phonenumbers.NumberParseException:
            return self.office.phone
        style = phonenumbers.PhoneNumberFormat.INTERNATIONAL
        return phonenumbers.format_number(number, style)


@dataclass(frozen=True, slots=True)
class Day:
    """A weekday's opening hours; empty when closed."""

    name: str
    hours: str


def subject_cards(data: Catalogue, segment: str) -> list[SubjectCard]:
    """Return the subjects of a tab that customers may book."""
    found = (data.subject(code) for code in SUBJECTS[segment])
    return [
        SubjectCard(
            subject,
            link("Make an appointment", segment=segment, subject=subject.code),
        )
        for subject in found
        if subject is not None and subject.is_open
    ]


def branches(data: Catalogue) -> list[Branch]:
    return [Branch(office) for office in data.offices.values() if office.is_active]


def people(data: Catalogue) -> list[Person]:
    """Return the advisors whom customers may book, office by office."""
    found = [
        person_of(data, advisor)
        for advisor in data.advisors.values()
        if advisor.is_bookable
    ]
    order = {office_id: place for place, office_id in enumerate(data.offices)}
    return sorted(found, key=lambda one: order[one.office.id] if one.office else -1)


def person_of(data: Catalogue, advisor: AdvisorData) -> Person:
    rows = [row for row in data.expertise if row.advisor_id == advisor.id]
    subjects = tuple(
        subject
        for subject in data.subjects.values()
        if subject.is_open and subject.id in {row.subject_id for row in rows}
    )
    office = data.offices[rows[0].office_id] if rows else None
    return Person(advisor, office, subjects, _segment_of(subjects))


def people_of_segment(data: Catalogue, segment: str) -> list[Person]:
    wanted = set(SUBJECTS[segment])
    return [
        person
        for person in people(data)
        if any(subject.code in wanted for subject in person.subjects)
    ]


def people_of_office(data: Catalogue, office: OfficeData) -> list[Person]:
    return [
        person
        for person in people(data)
        if person.office and person.office.id == office.id
    ]


def week(office: OfficeData) -> list[Day]:
    """Return the office's opening hours, Monday to Sunday."""
    return [
        Day(
            str(weekday.label),
            ", ".join(
                f"{_clock(hours.starts)} - {_clock(hours.ends)}"
                for hours in office.opening
                if hours.weekday == weekday
            ),
        )
        for weekday in Weekday
    ]


def coming_closures(office: OfficeData, today: date) -> list[str]:
    """Return the next days on which the office is shut: "Friday 25 December: ..."."""
    soon = sorted(
        (shut for shut in office.closures if shut.last >= today),
        key=lambda shut: shut.first,
    )
    return [
        f"{date_format(shut.first, 'l j F')}: {shut.name}"
        for shut in soon[:CLOSURES_SHOWN]
        if shut.first <= today + CLOSURES_AHEAD
    ]


@dataclass(frozen=True, slots=True)
class Figures:
    """A mortgage in words."""

    repayment: str
    loan: str
    interest: str
    years: int
    segment: str
    ways: str


def figures(mortgage: Mortgage) -> Figures:
    return Figures(
        repayment=f"{mortgage.repayment:,.2f}",
        loan=euro(mortgage.loan),
        interest=f"{mortgage.interest:,.2f}",
        years=mortgage.years,
        segment=mortgage.segment,
        ways=WAYS[mortgage.segment],
    )


def examples() -> list[tuple[str, str]]:
    """Return three mortgages to try, with their addresses' queries."""
    return [
        (
            f"{price:,} with {own_funds:,} of your own",
            urlencode(
                {"price": price, "own_funds": own_funds, "years": 25, "rate": "3.5"}
            ),
        )
        for price, own_funds in EXAMPLES
    ]


def sign_ins() -> list[tuple[str, str]]:
    """Return whom a visitor of the demo may sign in as, with the words to type."""
    staff = {
        "admin": "administrator",
        "manager": "office manager, Antwerp",
        "eva": "advisor",
        "planner": "planner",
    }
    rows = [(f"{first} {last}, {staff[name]}", name) for name, first, last in STAFF]
    return rows + [
        (f"{paper.first_name} {paper.last_name}, customer", paper.user)
        for paper in (NATE, MAX)
    ]


def _segment_of(subjects: Iterable[SubjectData]) -> str:
    codes = {subject.code for subject in subjects}
    return PERSONAL if codes & set(SUBJECTS[PERSONAL]) else BUSINESS


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"
