"""What is wrong with a segment, each with how to mend it: pure functions on data.

`aim` names what a page can link to: the kind of thing, and its id if it has one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import combinations

from directory.choices import Channel
from segments.effective import offering_offices
from segments.policy import (
    Policy,
    RuleData,
    SegmentData,
    SettingsSpan,
    deciding_rows,
    lineage,
)
from segments.queries import SegmentsData
from segments.settings import SETTINGS, Notice
from segments.wording import notice_text, ranks_text

Aim = tuple[str, int | None]
Key = tuple[int, int, str]
WORDS = {
    "duration": "the duration",
    "intervals": "the slot interval",
    "buffer_before": "the time before",
    "buffer_after": "the time after",
    "notices": "the minimum notice",
    "horizon": "the horizon",
    "ranks": "the ranks",
    "who_first": "who comes first",
    "thresholds": "the rank thresholds",
    "is_confirmed_automatically": "the confirmation",
    "daily_maximum": "the daily maximum",
    "deadline_hours": "the deadline",
    "limits": "the limited hours",
}


@dataclass(frozen=True, slots=True)
class Check:
    """A fault (or a hint, with `is_hint`), and what would mend it."""

    code: str
    sentence: str
    fix: str
    aim: Aim
    is_hint: bool = False


def check_segment(
    data: SegmentsData, segment: SegmentData, *, now: datetime
) -> list[Check]:
    """Return what the segment's own data says. No query."""
    day = now.astimezone(data.catalogue.organisation.zone).date()
    return [
        *_link_checks(data, segment, now=now),
        *_cycle(data, segment),
        *_emptiness(data, segment),
        *_useless_rules(data, segment, day=day),
        *_crossing_rules(data, segment, day=day),
        *_beaten_by_general(data, segment, day=day),
    ]


def _link_checks(
    data: SegmentsData, segment: SegmentData, *, now: datetime
) -> Iterator[Check]:
    aim = ("segment", segment.id)
    zone = data.catalogue.organisation.zone
    if not segment.is_active:
        yield Check(
            "inactive",
            "The segment is not active: its links show a page that refuses them.",
            "Tick “Active” when it may be used.",
            aim,
            is_hint=True,
        )
    if segment.valid_until and now >= segment.valid_until:
        ended = segment.valid_until.astimezone(zone)
        yield Check(
            "over",
            f"The validity ended on {ended:%-d %B %Y, %H:%M}: its links are refused.",
            "Move “Valid until”, or empty it.",
            aim,
        )
    if segment.valid_from and now < segment.valid_from:
        begins = segment.valid_from.astimezone(zone)
        yield Check(
            "not_yet",
            f"The validity begins on {begins:%-d %B %Y, %H:%M}: until then its links "
            "are refused.",
            "Nothing to do, unless it should begin sooner.",
            aim,
            is_hint=True,
        )


def _cycle(data: SegmentsData, segment: SegmentData) -> Iterator[Check]:
    chain = lineage(segment, data.segments)
    last = chain[-1]
    if last.parent_id is not None and last.parent_id in {one.id for one in chain}:
        yield Check(
            "cycle",
            f"Its parents lead back to it: {' → '.join(one.code for one in chain)} → …",
            "Choose another parent, or none.",
            ("segment", segment.id),
        )


# --- It offers nothing


def _emptiness(data: SegmentsData, segment: SegmentData) -> Iterator[Check]:
    if data.policy([segment.code]).pairs:
        return
    chain = lineage(segment, data.segments)
    reason, fix, aim = _why_nothing(data, segment, chain)
    yield Check("offers_nothing", f"The segment offers nothing: {reason}", fix, aim)


def _why_nothing(
    data: SegmentsData, segment: SegmentData, chain: Sequence[SegmentData]
) -> tuple[str, str, Aim]:
    own: Aim = ("offers", segment.id)
    standing = data.catalogue
    deciding = deciding_rows(chain, standing)
    if not any(one.offers for one in chain):
        return "it has no offers.", "Add a category or a subject below “Offers”.", own
    allowed = {key: row for key, (_, row) in deciding.items() if not row.is_excluded}
    if not allowed:
        return "all that it names is excluded.", "Add an offer.", own
    subjects = [standing.subjects[key] for key in allowed if key in standing.subjects]
    if not any(one.is_open for one in subjects):
        first = subjects[0]
        return (
            f"customers may book none of its subjects ({first.name} is inactive, "
            "staff only, or in an inactive category).",
            f"Open {first.name}.",
            ("subject", first.id),
        )
    return (
        "its subjects do not have the channels that it allows.",
        "Allow other channels, or all.",
        own,
    )


# --- Rules that never matter


def _useless_rules(
    data: SegmentsData, segment: SegmentData, *, day: date
) -> Iterator[Check]:
    policy = data.policy([segment.code])
    for rule in data.rules:
        if rule.segment_id == segment.id:
            found = _why_useless(policy, rule, day=day)
            if found:
                code, why, fix = found
                yield Check(code, f"“{rule.label}” {why}", fix, ("rule", rule.id))


def _why_useless(
    policy: Policy, rule: RuleData, *, day: date
) -> tuple[str, str, str] | None:
    standing = policy.catalogue
    if rule.valid_until and rule.valid_until < day:
        return (
            "rule_over",
            f"never applies any more: it ended on {rule.valid_until:%-d %B %Y}.",
            "Remove the rule, or move its last day.",
        )
    settings = _settings_of(rule)
    if not settings:
        return "rule_empty", "sets nothing.", "Give it a setting, or remove it."
    subject = standing.subjects.get(rule.subject_id or 0)
    if subject and rule.category_id not in (None, subject.category_id):
        return (
            "rule_scope",
            f"never applies: {subject.name} is not in the category it names.",
            "Empty the category or the subject.",
        )
    if subject and not any(subject.id == one for one, _ in policy.pairs):
        return (
            "rule_subject",
            f"never applies: the segment does not offer {subject.name}.",
            "Offer the subject, or choose another one for the rule.",
        )
    keys = list(_keys_of(policy, rule))
    if keys:
        return _shadowed(policy, rule, keys, settings, day=day)
    if rule.channel and not any(rule.channel == one for _, one in policy.pairs):
        return (
            "rule_channel",
            "never applies: the segment offers nothing by "
            f"{Channel(rule.channel).label.lower()}.",
            "Offer the channel, or choose another one for the rule.",
        )
    office = standing.offices.get(rule.office_id or 0)
    if office and not office.is_active:
        return (
            "rule_office",
            f"never applies: {office.name} is inactive.",
            "Choose another office, or remove the rule.",
        )
    return (
        "rule_nowhere",
        "never applies: the segment offers nothing in its scope.",
        "Widen the scope of the rule, or remove it.",
    )


def _settings_of(rule: RuleData) -> list[str]:
    """Return the names of the resolved settings that a rule decides about."""
    found = [
        one.name
        for one in SETTINGS
        if getattr(rule, one.of_rule) is not None or one.switch in rule.switched_off
    ]
    return [
        *found,
        *(["extras"] if rule.extras or "extra" in rule.switched_off else []),
    ]


def _keys_of(policy: Policy, rule: RuleData) -> Iterator[Key]:
    """Yield office, subject and channel of the meetings in a rule's scope."""
    for subject_id, channel in sorted(policy.pairs):
        subject = policy.catalogue.subjects[subject_id]
        wanted = (rule.subject_id, rule.category_id, rule.channel)
        actual = (subject_id, subject.category_id, channel)
        if all(one in (None, real) for one, real in zip(wanted, actual, strict=True)):
            for office in offering_offices(policy, subject_id, channel):
                if rule.office_id in (None, office.id):
                    yield office.id, subject_id, channel


def _shadowed(
    policy: Policy,
    rule: RuleData,
    keys: Sequence[Key],
    settings: Sequence[str],
    *,
    day: date,
) -> tuple[str, str, str] | None:
    """Return that more specific rules always decide instead, if they do."""
    winners: dict[int, str] = {}
    for key in keys:
        for span in _spans_of(policy, rule, key, day):
            for name in settings:
                for origin in span.settings.origins[name]:
                    if origin.rule_id == rule.id:
                        return None
                    winners[origin.rule_id or 0] = origin.label
    names = " and ".join(f"“{one}”" for one in list(winners.values())[:3])
    return (
        "rule_shadowed",
        f"never decides anything: {names} always beats it, being more specific.",
        "Remove the rule, or empty the same settings of the other.",
    )


def _spans_of(
    policy: Policy, rule: RuleData, key: Key, day: date
) -> Iterator[SettingsSpan]:
    first = max(rule.valid_from or date.min, day)
    last = rule.valid_until or date.max
    for span in policy.timeline(*key):
        if span.first <= last and span.last >= first:
            yield span


# --- Rules that cross each other


def _crossing_rules(
    data: SegmentsData, segment: SegmentData, *, day: date
) -> Iterator[Check]:
    """Two rules of which neither is inside the other, setting the same for some meetings."""
    policy = data.policy([segment.code])
    own = [
        rule
        for rule in data.rules
        if rule.segment_id == segment.id and (rule.valid_until or day) >= day
    ]
    for one, other in combinations(own, 2):
        shared = sorted(set(_settings_of(one)) & set(_settings_of(other)) - {"extras"})
        if not shared or _contains(one, other) or _contains(other, one):
            continue
        if not _overlap(one, other):
            continue
        keys = set(_keys_of(policy, one)) & set(_keys_of(policy, other))
        if keys:
            winner = _winner(policy, min(keys), one, other, shared[0])
            yield Check(
                "rules_cross",
                f"“{one.label}” and “{other.label}” both set "
                f"{_listed([WORDS[name] for name in shared])} for the same meetings. "
                f"“{winner}” decides.",
                "Narrow one of them, if that is not meant.",
                ("rule", one.id),
                is_hint=True,
            )


def _scope(rule: RuleData) -> tuple[int | str | None, ...]:
    return rule.office_id, rule.subject_id, rule.category_id, rule.channel


def _contains(one: RuleData, other: RuleData) -> bool:
    pairs = zip(_scope(one), _scope(other), strict=True)
    return all(wide in (None, narrow) for wide, narrow in pairs)


def _overlap(one: RuleData, other: RuleData) -> bool:
    first = max(one.valid_from or date.min, other.valid_from or date.min)
    last = min(one.valid_until or date.max, other.valid_until or date.max)
    return first <= last


def _winner(policy: Policy, key: Key, one: RuleData, other: RuleData, name: str) -> str:
    first = max(one.valid_from or date.min, other.valid_from or date.min)
    span = next(span for span in policy.timeline(*key) if span.last >= first)
    return " and ".join(origin.label for origin in span.settings.origins[name])


# --- General scheduling gives more


def _beaten_by_general(
    data: SegmentsData, segment: SegmentData, *, day: date
) -> Iterator[Check]:
    """Where a link without a code would serve a visitor better than this segment."""
    if segment.is_default:
        return
    policy, general = data.policy([segment.code]), data.policy([])
    for subject in data.catalogue.subjects.values():
        own = {channel for one, channel in policy.pairs if one == subject.id}
        free = {channel for one, channel in general.pairs if one == subject.id}
        if not own or not free:
            continue
        found = [*_more_channels(own, free)]
        found += _better_settings(policy, general, subject.id, own & free, day=day)
        if found:
            yield Check(
                "general_beats",
                f"Without a segment, a visitor gets more for {subject.name}: "
                f"{_listed(found)}.",
                f"Mark {subject.name}, or those channels of it, “only through a "
                "segment”, or name a default segment.",
                ("subject", subject.id),
                is_hint=True,
            )


def _more_channels(own: set[str], free: set[str]) -> Iterator[str]:
    more = [str(one.label).lower() for one in Channel if one.value in free - own]
    if more:
        yield f"also {_listed(more)}"


def _better_settings(
    policy: Policy, general: Policy, subject_id: int, channels: set[str], *, day: date
) -> list[str]:
    found: dict[str, None] = {}
    for channel in sorted(channels):
        for office in offering_offices(policy, subject_id, channel):
            ours, theirs = (
                one.settings(
                    office_id=office.id, subject_id=subject_id, channel=channel, day=day
                )
                for one in (policy, general)
            )
            if min(theirs.ranks) < min(ours.ranks, default=9):
                text = f"{ranks_text(theirs.ranks)} instead of {ranks_text(ours.ranks)}"
                found[text] = None
            if notice_hours(theirs.notices) < notice_hours(ours.notices):
                shorter, longer = notice_text(theirs.notices), notice_text(ours.notices)
                found[f"{shorter} of notice instead of {longer}"] = None
    return list(found)


def notice_hours(notices: Sequence[Notice]) -> int:
    """Return a notice in hours, a working day as 24, to compare two of them."""
    return max((one.hours + 24 * one.working_days for one in notices), default=0)


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
