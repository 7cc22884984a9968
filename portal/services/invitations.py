"""Ways from the portal into the wizard, with all that is known already.

What is known about the customer waits on the server; the address carries an opaque token.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from directory.catalogue import AdvisorData, OfficeData, SubjectData
from directory.models import Customer
from portal.queries import last_address
from scheduling.queries import Choices, choices
from segments.errors import SegmentRefused
from segments.models import LinkContext
from segments.parameters import ADDRESS
from segments.queries import policy_for
from segments.services import make_context

KNOWN = ("first_name", "last_name", "email", "phone", "company", "customer_number")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a button names, by its codes; blank: what the customer prefers, if it fits."""

    subject: str = ""
    office: str = ""
    advisor: str = ""


@dataclass(frozen=True, slots=True)
class Fitting:
    """What of it fits together and may be offered to the customer."""

    subject: SubjectData | None = None
    office: OfficeData | None = None
    advisor: AdvisorData | None = None


def invite(
    customer: Customer, *, wanted: Wanted, return_url: str, now: datetime
) -> str:
    """Return the `ctx` of a link that opens the wizard for this customer, once.

    A wish that does not fit is left out without a word: the wizard asks instead. A
    segment code that fails is passed on, so that the wizard refuses the whole link.
    Three queries; two more when the configuration has changed.
    """
    pairs = [("segment", code) for code in customer.segment_codes]
    pairs += _choices(customer, wanted, now=now)
    pairs += [(name, str(getattr(customer, name))) for name in KNOWN]
    address = last_address(customer)
    pairs += [(name, str(address.get(name, ""))) for name in ADDRESS]
    pairs += [("lang", customer.language), ("return_url", return_url)]
    _context, token = make_context(
        [(name, value) for name, value in pairs if value],
        source=LinkContext.Source.PORTAL,
        customer=customer,
        now=now,
    )
    return token


def offer_of(customer: Customer, *, now: datetime) -> Choices | None:
    """Return what the customer may book; None when a code of theirs fails. One query."""
    try:
        policy = policy_for(customer.segment_codes, now=now, is_signed=True)
    except SegmentRefused:
        return None
    return choices(policy)


def _choices(
    customer: Customer, wanted: Wanted, *, now: datetime
) -> Iterator[tuple[str, str]]:
    offer = offer_of(customer, now=now)
    if offer is None:
        return
    found = fit(offer, customer, wanted)
    if found.subject:
        yield "subject", found.subject.code
    if found.office:
        yield "office", found.office.code
    if found.advisor:
        yield "advisor", found.advisor.code
        yield "advisor_mode", "prefer"


def fit(offer: Choices, customer: Customer, wanted: Wanted) -> Fitting:
    """Return the wish as far as it can be had: subject, then whom or where was asked for.

    An advisor who is asked for comes before the customer's usual office, and an office
    that is asked for before their usual advisor.
    """
    standing = offer.catalogue
    subject = standing.subject(wanted.subject)
    if subject not in offer.subjects():
        subject = None
    asked_advisor = standing.advisor(wanted.advisor)
    if subject is None and asked_advisor and not wanted.subject:
        subject = _only_subject(offer, asked_advisor)
    asked_office = standing.office(wanted.office)
    usual_office = standing.offices.get(customer.preferred_office_id or 0)
    usual_advisor = standing.advisors.get(customer.preferred_advisor_id or 0)
    taken = _taken(offer, subject)

    def suits(office: OfficeData | None, advisor: AdvisorData | None) -> bool:
        return any(
            (office is None or office.id == office_id)
            and (advisor is None or advisor.id in advisors)
            for office_id, advisors in taken
        )

    office = asked_office if asked_office and suits(asked_office, None) else None
    advisor = asked_advisor if asked_advisor and suits(office, asked_advisor) else None
    if office is None and usual_office and suits(usual_office, advisor):
        office = usual_office
    if office is None and advisor:
        office = next(one for one in standing.offices.values() if suits(one, advisor))
    if advisor is None and usual_advisor and suits(office, usual_advisor):
        advisor = usual_advisor
    return Fitting(subject, office, advisor)


def _only_subject(offer: Choices, advisor: AdvisorData) -> SubjectData | None:
    """Return what an advisor takes, if that leaves nothing to choose."""
    theirs = {
        subject_id
        for (subject_id, _channel), takers in offer.takers.items()
        if any(advisor.id in advisors for advisors in takers.values())
    }
    found = [one for one in offer.subjects() if one.id in theirs]
    return found[0] if len(found) == 1 else None


def _taken(
    offer: Choices, subject: SubjectData | None
) -> list[tuple[int, frozenset[int]]]:
    """Return the offices with their advisors, for the subject or for all there is."""
    return [
        (office_id, advisors)
        for (subject_id, _channel), takers in offer.takers.items()
        if subject is None or subject.id == subject_id
        for office_id, advisors in takers.items()
    ]
