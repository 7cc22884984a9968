"""Scheduling links as any customer's website makes them: an address and parameters."""

from dataclasses import dataclass
from urllib.parse import urlencode

from showcase.mortgage import Mortgage

SCHEDULER = "/schedule/"
PERSONAL = "B2C_Categories"
BUSINESS = "B2B_Categories"

MEANINGS = {
    "segment": "The lead segment: which subjects, channels and times this visitor gets.",
    "subject": "What it is about. The first question is answered.",
    "office": "Which branch. It is chosen already and can be changed.",
    "advisor": "Whom the visitor would like to meet. Their times come first.",
}
METADATA = "Kept with the appointment for the advisor; the visitor is not asked."


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a link, as a person reads it."""

    name: str
    value: str

    @property
    def meaning(self) -> str:
        return MEANINGS.get(self.name, METADATA)


@dataclass(frozen=True, slots=True)
class Link:
    """A scheduling link and what its button says."""

    label: str
    parameters: tuple[Parameter, ...]

    @property
    def url(self) -> str:
        pairs = [(parameter.name, parameter.value) for parameter in self.parameters]
        return f"{SCHEDULER}?{urlencode(pairs)}"


def link(label: str, *, segment: str, **chosen: str) -> Link:
    """Return a link with a segment and what the page knows already."""
    pairs = {"segment": segment, **chosen}
    return Link(label, tuple(Parameter(name, value) for name, value in pairs.items()))


def mortgage_link(mortgage: Mortgage) -> Link:
    """Return the calculator's link: its figures travel along as metadata."""
    metadata = tuple(
        Parameter(f"metadata[{name}]", value)
        for name, value in mortgage.metadata().items()
    )
    chosen = link(
        "Talk to a mortgage advisor", segment=mortgage.segment, subject="mortgage"
    )
    return Link(chosen.label, chosen.parameters + metadata)
