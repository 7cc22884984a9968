"""What a segment's visitors would see: by the wizard's own offer and slots.

Works on any policy, also on one that nobody saved; nothing is written or kept.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from directory.catalogue import CategoryData, OfficeData, SubjectData
from directory.choices import Channel
from scheduling.offering import Choices, choices
from scheduling.queries import Wish, first_starts
from segments.policy import Policy

Pair = tuple[int, str]


@dataclass(frozen=True, slots=True)
class ChannelGlimpse:
    """A channel as the wizard offers it, and the first start that is free."""

    channel: str
    label: str
    offices: tuple[OfficeData, ...]
    first: datetime | None


@dataclass(frozen=True, slots=True)
class SubjectGlimpse:
    """A subject of the first step, and what its second step offers."""

    subject: SubjectData
    channels: tuple[ChannelGlimpse, ...]


@dataclass(frozen=True, slots=True)
class CategoryGlimpse:
    """A category with its subjects, in the order of the wizard."""

    category: CategoryData
    subjects: tuple[SubjectGlimpse, ...]


def glimpse(policy: Policy, *, now: datetime) -> list[CategoryGlimpse]:
    """Return the wizard's first two steps with the first free time of each pair.

    Two queries with a horizon of 60 days, whatever the size. Homes count as lying where
    an office goes.
    """
    offer = choices(policy)
    firsts = first_of_pairs(policy, offer, now=now)
    return [
        CategoryGlimpse(
            category,
            tuple(
                SubjectGlimpse(
                    subject,
                    tuple(
                        ChannelGlimpse(
                            channel,
                            str(Channel(channel).label),
                            offer.offices_of(subject.id, channel),
                            firsts[subject.id, channel],
                        )
                        for channel in offer.channels_of(subject.id)
                    ),
                )
                for subject in subjects
            ),
        )
        for category, subjects in offer.categories
    ]


def first_of_pairs(
    policy: Policy, offer: Choices, *, now: datetime
) -> dict[Pair, datetime | None]:
    """Return the first free start of each pair that is offered."""
    wishes = {pair: wishes_for(policy, offer, pair) for pair in offer.takers}
    firsts = first_starts([one for each in wishes.values() for one in each], now=now)
    return {
        pair: _earliest(firsts[one] for one in each) for pair, each in wishes.items()
    }


def wishes_for(policy: Policy, offer: Choices, pair: Pair) -> Sequence[Wish]:
    """Return what a visitor asks for who takes a pair anywhere.

    At home it is one wish for each office, with an address to which that office goes.
    """
    subject_id, channel = pair
    if channel != Channel.ON_LOCATION:
        return [Wish(policy=policy, subject_id=subject_id, channel=channel)]
    return [
        Wish(
            policy=policy,
            subject_id=subject_id,
            channel=channel,
            office_id=office.id,
            postal_code=office.areas[0][0],
            country=office.country,
        )
        for office in offer.offices_of(subject_id, channel)
        if office.areas
    ]


def _earliest(starts: Iterable[datetime | None]) -> datetime | None:
    return min((start for start in starts if start), default=None)
