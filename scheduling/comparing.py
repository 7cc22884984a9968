"""Two segments side by side: what differs, and what it means for the coming days."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from directory.catalogue import SubjectData
from directory.choices import Channel
from scheduling.glimpse import Pair, first_of_pairs, wishes_for
from scheduling.offering import Choices, choices
from scheduling.queries import OfferBoard, Wish, boards
from segments.checks import notice_hours
from segments.hours import hours_sentence
from segments.policy import Policy, Settings, Window
from segments.wording import setting_text

AHEAD = timedelta(days=30)
SETTINGS = {
    "ranks": "advisors",
    "notices": "notice",
    "who_first": "who comes first",
    "thresholds": "rank thresholds",
    "duration": "duration",
    "intervals": "starts every",
    "buffer_before": "free before",
    "buffer_after": "free after",
    "horizon": "how far ahead",
    "is_confirmed_automatically": "confirmed at once",
    "daily_maximum": "most meetings a day",
    "deadline_hours": "change and cancel until",
    "limits": "only within these hours",
}
Place = tuple[int, int, str]  # office, subject, channel


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which two segments differ, as data and in words.

    `kind` is subject, channel, extras or a setting's name; `only` is the segment that
    has it (0 the first, 1 the second), None if both have something of their own.
    """

    kind: str
    what: str
    sentence: str
    only: int | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """What one segment has for a pair; None in `slots` says that it does not offer it."""

    first: datetime | None = None
    slots: int | None = None
    texts: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A pair that one of the two offers."""

    subject: SubjectData
    channel: str
    label: str
    sides: tuple[Side, Side]
    differing: frozenset[str]  # first, slots, ranks, notices, extras


def differences(one: Policy, other: Policy, *, day: date) -> list[Difference]:
    """Return in what two policies of the same standing data differ on a day. No query.

    Where a setting can make no difference it is left out: who comes first among advisors
    of one rank.
    """
    offers = (choices(one), choices(other))
    return [
        *_pairs(offers),
        *_extra_hours((one, other), offers, day=day),
        *_settings((one, other), offers, day=day),
    ]


def _pairs(offers: tuple[Choices, Choices]) -> Iterator[Difference]:
    by_subject = [{subject.id: subject for subject in one.subjects()} for one in offers]
    for number in (1, 0):
        here, there = by_subject[number], by_subject[1 - number]
        for subject in here.values():
            if subject.id not in there:
                yield Difference("subject", subject.code, subject.name, number)
                continue
            known = offers[1 - number].channels_of(subject.id)
            for channel in offers[number].channels_of(subject.id):
                if channel not in known:
                    yield Difference(
                        "channel",
                        f"{subject.code} {channel}",
                        f"{Channel(channel).label} for {subject.name}",
                        number,
                    )


def _extra_hours(
    policies: tuple[Policy, Policy], offers: tuple[Choices, Choices], *, day: date
) -> Iterator[Difference]:
    """Windows that only one side has, for each office and channel."""
    found = [
        _windows(policy, offer, day=day)
        for policy, offer in zip(policies, offers, strict=True)
    ]
    standing = policies[0].catalogue
    names = {one.id: one.name for one in standing.advisors.values()}
    for number in (1, 0):
        for (office_id, channel), windows in found[number].items():
            more = windows - found[1 - number].get((office_id, channel), frozenset())
            if more:
                office = standing.offices[office_id]
                hours = hours_sentence(more, names=names)
                yield Difference(
                    "extras",
                    f"{office.code} {channel} {hours}",
                    f"Extra hours, {Channel(channel).label.lower()}, {office.name}: "
                    f"{hours}",
                    number,
                )


def _windows(
    policy: Policy, offer: Choices, *, day: date
) -> dict[tuple[int, str], frozenset[Window]]:
    found: dict[tuple[int, str], frozenset[Window]] = {}
    for office_id, subject_id, channel in sorted(_places(offer)):
        settings = _at(policy, (office_id, subject_id, channel), day)
        key = (office_id, channel)
        found[key] = found.get(key, frozenset()) | frozenset(settings.extras)
    return found


def _settings(
    policies: tuple[Policy, Policy], offers: tuple[Choices, Choices], *, day: date
) -> Iterator[Difference]:
    """Settings that differ for the meetings that both offer; equal ones once."""
    common = sorted(_places(offers[0]) & _places(offers[1]))
    standing = policies[0].catalogue
    names = {one.id: one.name for one in standing.advisors.values()}
    for name, label in SETTINGS.items():
        groups: dict[tuple[str, str], list[Place]] = {}
        for place in common:
            sides = tuple(_at(policy, place, day) for policy in policies)
            if getattr(sides[0], name) == getattr(sides[1], name):
                continue
            if name == "who_first" and min(len(one.ranks) for one in sides) <= 1:
                continue
            texts = [setting_text(name, one, names=names) for one in sides]
            groups.setdefault((texts[0], texts[1]), []).append(place)
        for texts_of_both, places in groups.items():
            sides = tuple(_at(policy, places[0], day) for policy in policies)
            where = "" if len(places) == len(common) else _where(places, policies[0])
            yield Difference(
                name,
                " / ".join(texts_of_both),
                f"{_word(name, label, *sides)}: {texts_of_both[1]} instead of "
                f"{texts_of_both[0]}{where}",
            )


def _word(name: str, label: str, one: Settings, other: Settings) -> str:
    if name == "ranks" and other.ranks and one.ranks:
        if min(other.ranks) < min(one.ranks):
            return "More senior advisors"
        if min(other.ranks) > min(one.ranks):
            return "Less senior advisors"
        return "Other advisors"
    if name == "notices":
        is_shorter = notice_hours(other.notices) < notice_hours(one.notices)
        return "Shorter notice" if is_shorter else "Longer notice"
    return label.capitalize()


def _where(places: Iterable[Place], policy: Policy) -> str:
    standing = policy.catalogue
    subjects = dict.fromkeys(standing.subjects[place[1]].name for place in places)
    channels = dict.fromkeys(str(Channel(place[2]).label).lower() for place in places)
    offices = dict.fromkeys(standing.offices[place[0]].name for place in places)
    return f" ({', '.join(subjects)}; {', '.join(channels)}; {', '.join(offices)})"


def _places(offer: Choices) -> set[Place]:
    return {
        (office_id, subject_id, channel)
        for (subject_id, channel), takers in offer.takers.items()
        for office_id in takers
    }


def _at(policy: Policy, place: Place, day: date) -> Settings:
    office_id, subject_id, channel = place
    return policy.settings(
        office_id=office_id, subject_id=subject_id, channel=channel, day=day
    )


# --- Side by side


def rows(one: Policy, other: Policy, *, now: datetime) -> list[Row]:
    """Return every pair of either side with its first start and its slots of 30 days.

    Six queries at most with a horizon of 60 days, however many pairs there are.
    """
    day = now.astimezone(one.catalogue.organisation.zone).date()
    sides = [_sides(policy, now=now, day=day) for policy in (one, other)]
    found = []
    for subject in one.catalogue.subjects.values():
        for channel in Channel:
            pair = (subject.id, channel.value)
            if pair not in sides[0] and pair not in sides[1]:
                continue
            both = (sides[0].get(pair, Side()), sides[1].get(pair, Side()))
            found.append(
                Row(subject, channel.value, str(channel.label), both, _differing(*both))
            )
    return found


def _differing(one: Side, other: Side) -> frozenset[str]:
    if one.slots is None or other.slots is None:
        return frozenset()  # one of them has nothing to compare
    found = {
        name
        for name in ("first", "slots")
        if getattr(one, name) != getattr(other, name)
    }
    texts = (one.texts or {}, other.texts or {})
    return frozenset(
        found
        | {
            name
            for name in {*texts[0], *texts[1]}
            if texts[0].get(name) != texts[1].get(name)
        }
    )


def _sides(policy: Policy, *, now: datetime, day: date) -> dict[Pair, Side]:
    offer = choices(policy)
    firsts = first_of_pairs(policy, offer, now=now)
    counts = {
        pair: len(starts) for pair, starts in starts_of(policy, offer, now=now).items()
    }
    names = {one.id: one.name for one in policy.catalogue.advisors.values()}
    return {
        pair: Side(
            firsts[pair],
            counts[pair],
            {
                name: _text(name, policy, offer, pair, day=day, names=names)
                for name in ("ranks", "notices", "extras")
            },
        )
        for pair in offer.takers
    }


def starts_of(
    policy: Policy, offer: Choices, *, now: datetime
) -> dict[Pair, frozenset[datetime]]:
    """Return the starts of each pair in the coming 30 days. One query."""
    wishes: dict[Wish, Pair] = {
        wish: pair for pair in offer.takers for wish in wishes_for(policy, offer, pair)
    }
    found: dict[Pair, frozenset[datetime]] = dict.fromkeys(offer.takers, frozenset())
    for each in _boards(list(wishes), now=now):
        pair = wishes[each.wish]
        found[pair] |= frozenset(each.starts())
    return found


def _boards(wishes: list[Wish], *, now: datetime) -> list[OfferBoard]:
    return boards(wishes, now=now, first=now, last=now + AHEAD) if wishes else []


def _text(
    name: str,
    policy: Policy,
    offer: Choices,
    pair: Pair,
    *,
    day: date,
    names: Mapping[int, str],
) -> str:
    found: dict[str, list[str]] = {}
    for office in offer.offices_of(*pair):
        settings = _at(policy, (office.id, *pair), day)
        text = setting_text(name, settings, names=names)
        found.setdefault(text, []).append(office.name)
    if len(found) == 1:
        return next(iter(found))
    return "; ".join(
        f"{', '.join(where)}: {text}" for text, where in found.items() if text != "none"
    )
