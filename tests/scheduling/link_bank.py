"""A bank with something to choose between, and links to it."""

from datetime import timedelta

from scheduling.wizard.entry import Entry, LinkRefused, read_entry
from segments.links import decode_query, sign
from tests.factories import (
    NOW,
    CategoryFactory,
    ExpertiseFactory,
    LinkKeyFactory,
    OrganisationFactory,
    PostalAreaFactory,
    QuestionChoiceFactory,
    QuestionFactory,
    SegmentFactory,
    SegmentOfferFactory,
    SubjectFactory,
    open_office,
    working_advisor,
)

KEY = b"parlour-demo-key-0123456789abcde"
IN_AN_HOUR = str(int((NOW + timedelta(hours=1)).timestamp()))


def make_link_bank() -> None:
    """Make two offices, two categories, three subjects, three advisors, segments, a key.

    Eva takes mortgages at Antwerp, Wim at Ghent by office and phone; Fatima takes pet
    insurance at Ghent by phone and video. Nobody takes travel insurance.
    """
    OrganisationFactory(
        language="fr",
        return_origins=["https://www.bank.example", "http://localhost:8080/"],
    )
    antwerp = open_office(code="antwerp", external_id="BR-7")
    ghent = open_office(code="ghent")
    PostalAreaFactory(office=antwerp)
    loans = CategoryFactory(code="loans", external_id="L1")
    insurance = CategoryFactory(code="insurance")
    mortgage = SubjectFactory(code="mortgage", external_id="4711", category=loans)
    pets = SubjectFactory(
        code="pet-insurance", category=insurance, channels=["phone", "video"]
    )
    SubjectFactory(code="travel", category=insurance)
    working_advisor(antwerp, mortgage, code="eva-peeters", external_id="E-1")
    wim = working_advisor(ghent, mortgage, code="wim-lambert")
    wim.expertise.update(channels=["office", "phone"])
    fatima = working_advisor(ghent, pets, code="fatima", channels=["phone", "video"])
    ExpertiseFactory(advisor=fatima, office=antwerp, subject=pets, channels=["video"])
    high = SegmentFactory(code="HIGH")
    SegmentOfferFactory(segment=high, subject=mortgage)
    low = SegmentFactory(code="LOW")
    SegmentOfferFactory(segment=low, subject=mortgage, channels=["phone", "office"])
    SegmentFactory(code="HIGH_SIGNED", parent=high, is_signed_only=True)
    SegmentFactory(code="OLD", valid_until=NOW - timedelta(days=1))
    SegmentFactory(code="NEW", valid_from=NOW + timedelta(days=1))
    SegmentFactory(code="OFF", is_active=False)
    kind = QuestionFactory(subject=mortgage, code="property_type", kind="choice")
    QuestionChoiceFactory(question=kind, code="house")
    LinkKeyFactory()


def entry(query: str, *, now=NOW, accept_language: str = "") -> Entry:
    """Return the entry of a link with this query."""
    return read_entry(
        decode_query(query.encode()), now=now, accept_language=accept_language
    )


def refused(query: str, *, now=NOW) -> tuple[int, str]:
    """Return the status and the problem of a link that must be refused."""
    try:
        found = entry(query, now=now)
    except LinkRefused as refusal:
        return refusal.status, refusal.problem.problem
    raise AssertionError(f"The link was taken: {found}")


def signed(query: str, *, exp: str = IN_AN_HOUR, kid: str = "demo-1", key=KEY) -> str:
    """Return the query with a signature."""
    query = f"{query}&exp={exp}&kid={kid}"
    return f"{query}&sig={sign(decode_query(query.encode()), key=key)}"
