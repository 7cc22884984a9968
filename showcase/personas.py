"""The two customers as whom a visitor of the demo sees the portal."""

from dataclasses import dataclass

from directory.catalogue import AdvisorData, Catalogue, OfficeData
from showcase.handover import KEY_ID, LASTS
from showcase.seed.people import MAX, NATE, CustomerPaper

PERSONAS = {"nate": NATE, "max": MAX}
ABOUT = {
    "nate": ("Standard customer", "img/dog.svg", "Pet insurance", "2"),
    "max": (
        "Premium customer",
        "img/life-insurance.svg",
        "Life insurance",
        "4 and a portfolio",
    ),
}


@dataclass(frozen=True, slots=True)
class Persona:
    """A customer as the bank's site introduces them."""

    paper: CustomerPaper
    kind: str
    picture: str
    offer: str
    accounts: str
    office: OfficeData | None
    advisor: AdvisorData | None

    @property
    def name(self) -> str:
        return f"{self.paper.first_name} {self.paper.last_name}"

    @property
    def segment(self) -> str:
        return ", ".join(self.paper.segments)


def personas(data: Catalogue) -> list[Persona]:
    return [
        Persona(
            paper,
            *ABOUT[user],
            office=data.office(paper.office),
            advisor=data.advisor(paper.advisor),
        )
        for user, paper in PERSONAS.items()
    ]


def token_parts(audience: str) -> list[tuple[str, str, str]]:
    """Return what the bank's token says: a name, its value, and what it is for."""
    numbers = " or ".join(paper.number for paper in PERSONAS.values())
    seconds = f"{LASTS.total_seconds():.0f} seconds from now"
    return [
        ("customer", numbers, "Whom the bank has signed in."),
        ("aud", audience, "Where the token is good. No other site can use it."),
        ("exp", seconds, "When it ends. Five minutes are the most."),
        ("nonce", "random", "The token works once."),
        ("kid", KEY_ID, "Which key signed it. Staff can revoke a key."),
    ]
