"""What a segment comes to: its pairs and settings, and where each comes from. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from directory.catalogue import OfficeData, SubjectData
from directory.choices import Channel
from segments.policy import (
    Policy,
    RuleData,
    SegmentData,
    Settings,
    deciding_rows,
    lineage,
)
from segments.queries import SegmentsData
from segments.wording import origin_text, setting_text

MOST_PLACES = 600  # pairs at offices that a hint looks at
MOST_VALUES = 3
SHOWN = {
    "ranks": "Advisors",
    "notices": "Notice",
    "extras": "Extra hours",
    "duration": "Duration",
}
TITLES = ["Subject and channel", "Allowed by", *SHOWN.values()]


@dataclass(frozen=True, slots=True)
class Cell:
    """A setting in words, where it holds and where it comes from."""

    text: str
    where: str
    origin: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class EffectiveRow:
    """A pair that a segment allows; `origin` says by which row."""

    subject: SubjectData
    channel: str
    label: str
    origin: str
    is_own: bool
    cells: Mapping[str, tuple[Cell, ...]]

    @property
    def columns(self) -> list[tuple[Cell, ...]]:
        return [self.cells[name] for name in SHOWN]


def effective_rows(
    data: SegmentsData, segment: SegmentData, *, day: date
) -> list[EffectiveRow]:
    """Return the pairs of a segment in the order of display, with their settings."""
    policy = data.policy([segment.code])
    chain = lineage(segment, data.segments)
    deciding = deciding_rows(chain, data.catalogue)
    own_rules = {rule.id for rule in data.rules if rule.segment_id == segment.id}
    rows = []
    for subject in data.catalogue.subjects.values():
        for channel in Channel:
            if (subject.id, channel.value) not in policy.pairs:
                continue
            owner, row = deciding[subject.id]
            rows.append(
                EffectiveRow(
                    subject=subject,
                    channel=channel.value,
                    label=str(channel.label),
                    origin=_offer_origin(segment, owner, row.category_id, data),
                    is_own=owner.id == segment.id,
                    cells=_cells(policy, subject.id, channel.value, day, own_rules),
                )
            )
    return rows


def _offer_origin(
    segment: SegmentData,
    owner: SegmentData,
    category_id: int | None,
    data: SegmentsData,
) -> str:
    what = "its own row"
    if category_id is not None:
        what = f"the row for all of {data.catalogue.categories[category_id].name}"
    return what if owner.id == segment.id else f"{owner.code}: {what}"


def _cells(
    policy: Policy, subject_id: int, channel: str, day: date, own: set[int]
) -> dict[str, tuple[Cell, ...]]:
    offices = offering_offices(policy, subject_id, channel)
    at = {
        office.id: policy.settings(
            office_id=office.id, subject_id=subject_id, channel=channel, day=day
        )
        for office in offices
    }
    names = {one.id: one.name for one in policy.catalogue.advisors.values()}
    cells = {}
    for name in SHOWN:
        groups: dict[tuple[str, str, bool], list[str]] = {}
        for office in offices:
            settings = at[office.id]
            origins = settings.origins[name]
            key = (
                setting_text(name, settings, names=names),
                origin_text(origins),
                any(one.rule_id in own for one in origins),
            )
            groups.setdefault(key, []).append(office.name)
        is_everywhere = len(groups) == 1
        cells[name] = tuple(
            Cell(text, "" if is_everywhere else ", ".join(where), origin, is_own)
            for (text, origin, is_own), where in groups.items()
            if not (name == "extras" and text == "none" and not is_everywhere)
        )
    return cells


def offering_offices(
    policy: Policy, subject_id: int, channel: str
) -> Sequence[OfficeData]:
    """Return the active offices that have not switched a pair off."""
    return [
        office
        for office in policy.catalogue.offices.values()
        if office.is_active and office.offers(subject_id, channel)
    ]


@dataclass(frozen=True, slots=True)
class Hint:
    """What holds while a setting of a rule is left empty."""

    text: str
    origin: str

    @property
    def sentence(self) -> str:
        return f"{self.text} ({self.origin})" if self.origin else self.text


def inherited(
    data: SegmentsData, segment: SegmentData | None, rule: RuleData, *, day: date
) -> dict[str, Hint]:
    """Return what each setting of a rule is where the rule leaves it empty.

    That is what the other rules give for the meetings in the rule's scope, on one day.
    """
    without = replace(data, rules=tuple(r for r in data.rules if r.id != rule.id))
    policy = without.policy([segment.code] if segment else [])
    places = list(_places(policy, rule, day))
    names = {one.id: one.name for one in policy.catalogue.advisors.values()}
    hints = {}
    for name in Settings().__slots__:
        if name == "origins":
            continue
        found: dict[str, dict[str, None]] = {}
        for settings in places or [Settings()]:
            text = setting_text(name, settings, names=names)
            found.setdefault(text, {})[origin_text(settings.origins.get(name, ()))] = (
                None
            )
        texts = list(found)
        if len(texts) > MOST_VALUES:
            hints[name] = Hint("differs from place to place", "")
        else:
            origins = list(
                dict.fromkeys(one for all_ in found.values() for one in all_)
            )
            is_one = len(origins) == 1
            hints[name] = Hint(" or ".join(texts), origins[0] if is_one else "")
    return hints


def _places(policy: Policy, rule: RuleData, day: date) -> Iterator[Settings]:
    """Yield the settings of the meetings that a rule is about, a limited number."""
    count = 0
    for subject in policy.catalogue.subjects.values():
        if rule.subject_id not in (None, subject.id):
            continue
        if rule.category_id not in (None, subject.category_id):
            continue
        for channel in subject.channels:
            is_meant = rule.channel in (None, channel)
            if not is_meant or (subject.id, channel) not in policy.pairs:
                continue
            for office in offering_offices(policy, subject.id, channel):
                if rule.office_id not in (None, office.id):
                    continue
                count += 1
                if count > MOST_PLACES:
                    return
                yield policy.settings(
                    office_id=office.id, subject_id=subject.id, channel=channel, day=day
                )
