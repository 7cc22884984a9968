"""What a visitor can pick, whatever the time: subjects, channels, offices, advisors.

Pure functions on a policy and the standing data that it was made from.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from directory.catalogue import (
    AdvisorData,
    Catalogue,
    CategoryData,
    ExpertiseData,
    OfficeData,
    SubjectData,
)
from directory.choices import Channel
from segments.policy import Policy

Takers = Mapping[int, frozenset[int]]  # office -> advisors


@dataclass(frozen=True, eq=False)
class Choices:
    """All that can be picked. Everything comes in the order of display."""

    catalogue: Catalogue
    categories: tuple[tuple[CategoryData, tuple[SubjectData, ...]], ...]
    takers: Mapping[tuple[int, str], Takers]

    def subjects(self) -> tuple[SubjectData, ...]:
        """Return the subjects of all categories."""
        return tuple(one for _, subjects in self.categories for one in subjects)

    def channels_of(self, subject_id: int) -> tuple[str, ...]:
        """Return the channels by which a subject can be had somewhere."""
        return tuple(
            channel
            for channel in Channel.values
            if (subject_id, channel) in self.takers
        )

    def offices_of(
        self, subject_id: int, channel: str, *, postal_code: str | None = None
    ) -> tuple[OfficeData, ...]:
        """Return the offices with the pair; those that visit an address, if one is given."""
        takers = self.takers.get((subject_id, channel), {})
        return tuple(
            office
            for office in self.catalogue.offices.values()
            if office.id in takers
            and (postal_code is None or office.covers(postal_code))
        )

    def advisors_of(
        self,
        subject_id: int,
        channel: str,
        office_id: int | None = None,
        *,
        postal_code: str | None = None,
    ) -> tuple[AdvisorData, ...]:
        """Return who may take the pair: at one office, or at any."""
        takers = self.takers.get((subject_id, channel), {})
        offices = self.offices_of(subject_id, channel, postal_code=postal_code)
        found = frozenset[int]().union(
            *(takers[one.id] for one in offices if office_id in (None, one.id))
        )
        everybody = self.catalogue.advisors.values()
        return tuple(advisor for advisor in everybody if advisor.id in found)

    def allows(
        self, subject_id: int, channel: str, office_id: int | None = None
    ) -> bool:
        """Tell whether somebody takes the pair, at this office if one is given."""
        takers = self.takers.get((subject_id, channel), {})
        return bool(takers) if office_id is None else office_id in takers


def choices(
    policy: Policy, *, category_code: str = "", channels: Sequence[str] = ()
) -> Choices:
    """Return what a policy leaves to pick. No query; kept with the policy.

    Pairs stay that an active office has not switched off and for which it has a bookable
    advisor of a rank that the rules allow at some time. `category_code` and `channels`
    are a link's restrictions; a category that does not exist restricts nothing.
    """
    category = policy.catalogue.category(category_code) if category_code else None
    key = ("choices", category and category.id, frozenset(channels))
    known: Choices | None = policy.memo.get(key)
    if known is None:
        known = _compute(policy, category, frozenset(channels))
        policy.memo[key] = known
    return known


def _compute(
    policy: Policy, category: CategoryData | None, channels: frozenset[str]
) -> Choices:
    standing = policy.catalogue
    takers: dict[tuple[int, str], Takers] = {}
    for subject_id, channel in policy.pairs:
        if category and standing.subjects[subject_id].category_id != category.id:
            continue
        if channels and channel not in channels:
            continue
        rows = standing.expertise_of(subject_id)
        if found := _takers(policy, subject_id, channel, rows):
            takers[subject_id, channel] = found
    offered = {subject_id for subject_id, _ in takers}
    by_category: dict[int, list[SubjectData]] = {}
    for subject in standing.subjects.values():
        if subject.id in offered:
            by_category.setdefault(subject.category_id, []).append(subject)
    return Choices(
        catalogue=standing,
        categories=tuple(
            (one, tuple(by_category[one.id]))
            for one in standing.categories.values()
            if one.id in by_category
        ),
        takers=takers,
    )


def _takers(
    policy: Policy, subject_id: int, channel: str, rows: Iterable[ExpertiseData]
) -> Takers:
    standing = policy.catalogue
    found: dict[int, set[int]] = {}
    ranks: dict[int, frozenset[int]] = {}
    for row in rows:
        office = standing.offices[row.office_id]
        if (
            channel not in row.channels
            or not office.is_active
            or not office.offers(subject_id, channel)
            or not standing.advisors[row.advisor_id].is_bookable
        ):
            continue
        if office.id not in ranks:
            spans = policy.timeline(office.id, subject_id, channel)
            ranks[office.id] = frozenset[int]().union(
                *(span.settings.ranks for span in spans)
            )
        if row.rank in ranks[office.id]:
            found.setdefault(office.id, set()).add(row.advisor_id)
    return {office_id: frozenset(advisors) for office_id, advisors in found.items()}
