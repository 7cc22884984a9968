"""What a link chose beforehand, as far as it may be chosen and fits together."""

from dataclasses import dataclass

from directory.catalogue import Catalogue
from directory.choices import Channel
from scheduling.queries import Choices, choices
from segments.links import LinkParameters, Problem, code_or_nothing
from segments.policy import Policy

Pair = tuple[int, str]  # subject and channel


@dataclass(frozen=True, slots=True)
class Preselection:
    """What is left of a link's choices; `problems` tells what was skipped."""

    category_code: str = ""
    subject_id: int | None = None
    channels: tuple[str, ...] = ()
    channel: str = ""
    office_id: int | None = None
    advisor_id: int | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def preset(self) -> tuple[str, ...]:
        """Return the names of the answers that came with the link."""
        answers = {
            "subject": self.subject_id,
            "channel": self.channel,
            "office": self.office_id,
            "advisor": self.advisor_id,
        }
        return tuple(name for name, answer in answers.items() if answer)


def preselect(parameters: LinkParameters, policy: Policy) -> Preselection:
    """Return what of a link's choices stands.

    Category, subject, channel, office, advisor: each is kept when it fits what was kept
    before it, so of two that do not fit together the later is dropped.
    """
    catalogue = policy.catalogue
    skipped: list[Problem] = []

    def skip(parameter: str, value: str) -> None:
        skipped.append(Problem("bad_choice", parameter, code_or_nothing(value)))

    category_code = _category_code(parameters.category, policy)
    if parameters.category and not category_code:
        skip("category", parameters.category)
    offered = choices(policy, category_code=category_code)
    pairs = _pairs(offered)

    subject_id = _subject_id(parameters.subject, catalogue, pairs)
    if subject_id is not None:
        pairs = {pair for pair in pairs if pair[0] == subject_id}
    elif parameters.subject:
        skip("subject", parameters.subject)

    fitting = {pair for pair in pairs if pair[1] in parameters.channels}
    if fitting:
        pairs = fitting
    elif parameters.channels:
        skip("channel", ",".join(parameters.channels))
    kept = parameters.channels if fitting else ()

    office_id = _office_id(parameters, catalogue, offered, pairs)
    if office_id is not None:
        pairs = {pair for pair in pairs if offered.allows(*pair, office_id)}
    elif parameters.office:
        skip("office", parameters.office)

    advisor_id = _advisor_id(parameters.advisor, catalogue, offered, pairs, office_id)
    if parameters.advisor and advisor_id is None:
        skip("advisor", parameters.advisor)

    return Preselection(
        category_code=category_code,
        subject_id=subject_id,
        channels=() if parameters.is_one_channel else kept,
        channel=kept[0] if kept and parameters.is_one_channel else "",
        office_id=office_id,
        advisor_id=advisor_id,
        problems=tuple(skipped),
    )


def _category_code(text: str, policy: Policy) -> str:
    """Return the code of a category that has something to offer, else ''."""
    category = policy.catalogue.category(text) if text else None
    if category is None:
        return ""
    offered = choices(policy, category_code=category.code)
    return category.code if offered.categories else ""


def _pairs(offered: Choices) -> set[Pair]:
    return {
        (subject.id, channel)
        for _category, subjects in offered.categories
        for subject in subjects
        for channel in offered.channels_of(subject.id)
    }


def _subject_id(text: str, catalogue: Catalogue, pairs: set[Pair]) -> int | None:
    subject = catalogue.subject(text) if text else None
    if subject is None or not any(subject.id == pair[0] for pair in pairs):
        return None
    return subject.id


def _office_id(
    parameters: LinkParameters,
    catalogue: Catalogue,
    offered: Choices,
    pairs: set[Pair],
) -> int | None:
    office = catalogue.office(parameters.office) if parameters.office else None
    if office is None:
        return None
    postal_code = parameters.address.get("postal_code", "")
    country = parameters.address.get("country", "")
    is_far = bool(postal_code) and not office.covers(postal_code, country=country)
    for subject_id, channel in pairs:
        if channel == Channel.ON_LOCATION and is_far:
            continue
        if offered.allows(subject_id, channel, office.id):
            return office.id
    return None


def _advisor_id(
    text: str,
    catalogue: Catalogue,
    offered: Choices,
    pairs: set[Pair],
    office_id: int | None,
) -> int | None:
    advisor = catalogue.advisor(text) if text else None
    if advisor is None:
        return None
    for subject_id, channel in pairs:
        takers = offered.advisors_of(subject_id, channel, office_id)
        if any(taker.id == advisor.id for taker in takers):
            return advisor.id
    return None
