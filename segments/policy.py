"""What a link's segments allow, and the settings that apply: pure functions on data.

Nothing here reads a clock or the database. Times of day are minutes since 00:00.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from directory.catalogue import Catalogue
from directory.choices import Channel
from segments.settings import (
    BUILT_IN,
    Notice,
    Origin,
    RuleData,
    Settings,
    SettingsSpan,
    Window,
    merged_timeline,
    resolved_timeline,
)

__all__ = [
    "BUILT_IN",
    "Notice",
    "OfferRow",
    "Origin",
    "Policy",
    "RuleData",
    "SegmentData",
    "Settings",
    "SettingsSpan",
    "Window",
    "deciding_rows",
    "effective_offers",
    "general_policy",
    "lineage",
    "merged_policy",
    "segment_policy",
]


EVERY_CHANNEL = frozenset(Channel.values)
KEPT_SPANS = 2000  # timelines a policy keeps: offices x subjects x channels


@dataclass(frozen=True, slots=True)
class OfferRow:
    """A category or a subject that a segment allows; no channels named means all."""

    category_id: int | None
    subject_id: int | None
    channels: frozenset[str]
    is_excluded: bool


@dataclass(frozen=True, slots=True)
class SegmentData:
    """A lead segment and its own rows, without its parent's."""

    id: int
    code: str
    name: str
    is_active: bool
    valid_from: datetime | None
    valid_until: datetime | None
    parent_id: int | None
    is_signed_only: bool
    is_default: bool
    offers: tuple[OfferRow, ...] = ()


@dataclass(frozen=True, eq=False)
class Policy:
    """What visitors with these segment codes may have; no codes: general scheduling.

    `allowed` is what the segments say, `pairs` what of it subjects support and customers
    may book. With several codes `singles` has one policy for each: a start must be
    offered to every one on its own. `memo` keeps what others compute from nothing but
    the policy.
    """

    codes: tuple[str, ...]
    catalogue: Catalogue
    allowed: Mapping[int, frozenset[str]]
    rules: tuple[RuleData, ...]
    lineage: tuple[int, ...] = ()
    is_signed_only: bool = False
    singles: tuple["Policy", ...] = ()
    pairs: frozenset[tuple[int, str]] = field(init=False)
    memo: dict[object, Any] = field(default_factory=dict, init=False, repr=False)
    _timelines: dict[tuple[int, int, str], tuple[SettingsSpan, ...]] = field(
        default_factory=dict, init=False, repr=False
    )

    def __post_init__(self) -> None:
        pairs = frozenset(
            (subject.id, channel)
            for subject in self.catalogue.subjects.values()
            if subject.is_open
            for channel in self.allowed.get(subject.id, frozenset())
            if channel in subject.channels
        )
        object.__setattr__(self, "pairs", pairs)

    def settings_spans(
        self, *, office_id: int, subject_id: int, channel: str, first: date, last: date
    ) -> tuple[SettingsSpan, ...]:
        """Return the settings for the local dates `first` to `last`, without gaps."""
        return tuple(
            replace(span, first=max(span.first, first), last=min(span.last, last))
            for span in self.timeline(office_id, subject_id, channel)
            if span.first <= last and span.last >= first
        )

    def settings(
        self, *, office_id: int, subject_id: int, channel: str, day: date
    ) -> Settings:
        """Return the settings for one local date."""
        spans = self.timeline(office_id, subject_id, channel)
        return next(span.settings for span in spans if span.first <= day <= span.last)

    def timeline(
        self, office_id: int, subject_id: int, channel: str
    ) -> tuple[SettingsSpan, ...]:
        """Return the settings for all dates there are, in order. Kept once computed."""
        key = (office_id, subject_id, channel)
        known = self._timelines.get(key)
        if known is None:
            if self.singles:
                known = merged_timeline([p.timeline(*key) for p in self.singles])
            else:
                known = resolved_timeline(self._matching(*key))
            if len(self._timelines) >= KEPT_SPANS:
                self._timelines.clear()
            self._timelines[key] = known
        return known

    def _matching(
        self, office_id: int, subject_id: int, channel: str
    ) -> list[RuleData]:
        """Return the rules for a pair at an office, the most specific first."""
        subject = self.catalogue.subjects.get(subject_id)
        scope = (office_id, subject_id, subject and subject.category_id, channel)
        nearness = {segment: -depth for depth, segment in enumerate(self.lineage)}
        found = [
            rule
            for rule in self.rules
            if (rule.segment_id is None or rule.segment_id in nearness)
            and all(
                named in (None, actual)
                for named, actual in zip(_place_of(rule), scope, strict=True)
            )
        ]
        found.sort(
            key=lambda rule: (
                rule.segment_id is not None,
                nearness.get(rule.segment_id or 0, 0),
                *(named is not None for named in _place_of(rule)),
            ),
            reverse=True,
        )
        return found


def general_policy(
    catalogue: Catalogue,
    rules: tuple[RuleData, ...],
    *,
    default: SegmentData | None,
    segments: Mapping[int, SegmentData],
    is_default_open: bool = True,
) -> Policy:
    """Return what a link without segments offers.

    That is what the default segment offers, if one is named, else everything; in neither
    case what is only offered through a segment. A default segment that is not open for
    everybody offers nothing: never more than staff had in mind.
    """
    if default is None:
        named: Mapping[int, frozenset[str]] = dict.fromkeys(
            catalogue.subjects, EVERY_CHANNEL
        )
        chain: list[SegmentData] = []
    else:
        chain = lineage(default, segments)
        named = effective_offers(chain, catalogue) if is_default_open else {}
    subjects = catalogue.subjects
    return Policy(
        codes=(),
        catalogue=catalogue,
        allowed={
            subject_id: channels - subjects[subject_id].segment_only_channels
            for subject_id, channels in named.items()
            if not subjects[subject_id].segment_only
        },
        rules=rules,
        lineage=tuple(segment.id for segment in chain),
    )


def segment_policy(
    segment: SegmentData,
    segments: Mapping[int, SegmentData],
    *,
    catalogue: Catalogue,
    rules: tuple[RuleData, ...],
) -> Policy:
    """Return what one segment allows."""
    chain = lineage(segment, segments)
    return Policy(
        codes=(segment.code,),
        catalogue=catalogue,
        allowed=effective_offers(chain, catalogue),
        rules=rules,
        lineage=tuple(link.id for link in chain),
        is_signed_only=any(link.is_signed_only for link in chain),
    )


def merged_policy(singles: Sequence[Policy]) -> Policy:
    """Return what all of several segments allow. Order does not matter."""
    ordered = tuple(sorted(singles, key=lambda policy: policy.codes))
    if len(ordered) == 1:
        return ordered[0]
    common = set.intersection(*(set(policy.allowed) for policy in ordered))
    return Policy(
        codes=tuple(code for policy in ordered for code in policy.codes),
        catalogue=ordered[0].catalogue,
        allowed={
            subject_id: frozenset.intersection(
                *(policy.allowed[subject_id] for policy in ordered)
            )
            for subject_id in common
        },
        rules=ordered[0].rules,
        is_signed_only=any(policy.is_signed_only for policy in ordered),
        singles=ordered,
    )


def lineage(
    segment: SegmentData, segments: Mapping[int, SegmentData]
) -> list[SegmentData]:
    """Return a segment, its parent, and so on; a circle ends where it would repeat."""
    chain: list[SegmentData] = []
    link: SegmentData | None = segment
    while link is not None and link not in chain:
        chain.append(link)
        link = segments.get(link.parent_id) if link.parent_id else None
    return chain


def effective_offers(
    chain: Sequence[SegmentData], catalogue: Catalogue
) -> dict[int, frozenset[str]]:
    """Return the channels that a segment allows for each subject it allows.

    A child starts from its parent's rows. Its own row for a category replaces all of
    them for the subjects of that category, later ones included; then its own rows for
    subjects replace theirs.
    """
    return {
        subject_id: row.channels or EVERY_CHANNEL
        for subject_id, (_, row) in deciding_rows(chain, catalogue).items()
        if not row.is_excluded and subject_id in catalogue.subjects
    }


def deciding_rows(
    chain: Sequence[SegmentData], catalogue: Catalogue
) -> dict[int, tuple[SegmentData, OfferRow]]:
    """Return the row that decides about each subject, and the segment it belongs to."""
    found: dict[int, tuple[SegmentData, OfferRow]] = {}
    for segment in reversed(chain):
        for row in segment.offers:
            if row.category_id is not None:
                for subject in catalogue.subjects.values():
                    if subject.category_id == row.category_id:
                        found[subject.id] = (segment, row)
        for row in segment.offers:
            if row.subject_id is not None:
                found[row.subject_id] = (segment, row)
    return found


def _place_of(rule: RuleData) -> tuple[int | None, int | None, int | None, str | None]:
    return rule.office_id, rule.subject_id, rule.category_id, rule.channel
