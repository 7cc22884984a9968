"""Print each start of a day with its advisors or the reasons against them."""

import json
from argparse import ArgumentParser
from collections.abc import Iterable, Mapping
from dataclasses import asdict, is_dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError

from config import clock
from directory.catalogue import Catalogue, OfficeData
from directory.choices import Channel
from directory.queries import catalogue
from scheduling.candidates import relevant_offices
from scheduling.queries import Explained, Wish, explain
from scheduling.reasons import staff_sentence
from segments.errors import SegmentRefused
from segments.policy import Policy
from segments.queries import policy_for
from segments.settings import SETTING_NAMES, Settings

REFUSALS = {
    "unknown_segment": "There is no segment {code!r}. Codes are compared exactly.",
    "inactive_segment": "The segment {code!r} is inactive.",
    "expired_segment": "The validity of segment {code!r} has ended.",
    "future_segment": "The validity of segment {code!r} has not begun.",
    "too_many_segments": "At most five segments can be combined.",
}


class Command(BaseCommand):
    """`manage.py slots --subject mortgage --channel office --date 2026-05-04`."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--segment", action="append", default=[], metavar="CODE")
        parser.add_argument("--subject", required=True, metavar="CODE")
        parser.add_argument("--channel", required=True, choices=Channel.values)
        parser.add_argument("--office", metavar="CODE", help="all offices without it")
        parser.add_argument("--date", metavar="YYYY-MM-DD", help="today without it")
        parser.add_argument(
            "--advisor", metavar="CODE", help="explain this advisor too"
        )
        parser.add_argument("--postal-code", help="where an on-location meeting is")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *_args: Any, **options: Any) -> None:
        now = clock.now()
        standing = catalogue()
        policy = _policy(options["segment"], now)
        wish = _wish(policy.catalogue, policy, options)
        office = standing.offices.get(wish.office_id or 0)
        zone = office.zone if office else standing.organisation.zone
        day = _day(options["date"], now.astimezone(zone).date())
        starts = explain(wish, now=now, day=day, zone=zone)
        told = _told(wish, starts, day=day, zone=zone, now=now)
        if options["as_json"]:
            self.stdout.write(json.dumps(told, indent=2, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(_lines(told)))


def _policy(codes: Iterable[str], now: datetime) -> Policy:
    codes = [code for text in codes for code in text.split(",")]
    try:
        # Staff ask what a signed link would offer too.
        return policy_for(codes, now=now, is_signed=True)
    except SegmentRefused as refused:
        sentence = REFUSALS.get(refused.problem, "The segment {code!r} is refused.")
        raise CommandError(sentence.format(code=refused.code)) from refused


def _wish(standing: Catalogue, policy: Policy, options: Mapping[str, Any]) -> Wish:
    subject = standing.subject(options["subject"])
    if subject is None:
        raise CommandError(f"There is no subject {options['subject']!r}.")
    office = standing.office(options["office"]) if options["office"] else None
    if options["office"] and office is None:
        raise CommandError(f"There is no office {options['office']!r}.")
    advisor = standing.advisor(options["advisor"]) if options["advisor"] else None
    if options["advisor"] and advisor is None:
        raise CommandError(f"There is no advisor {options['advisor']!r}.")
    return Wish(
        policy=policy,
        subject_id=subject.id,
        channel=options["channel"],
        office_id=office.id if office else None,
        postal_code=options["postal_code"],
        advisor_id=advisor.id if advisor else None,
    )


def _day(text: str | None, today: date) -> date:
    if text is None:
        return today
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"{text!r} is not a date: use YYYY-MM-DD.") from error


def _told(
    wish: Wish,
    starts: Iterable[Explained],
    *,
    day: date,
    zone: ZoneInfo,
    now: datetime,
) -> dict[str, Any]:
    standing = wish.policy.catalogue
    ranks = {
        (row.advisor_id, row.office_id): row.rank
        for row in standing.expertise_of(wish.subject_id)
    }
    return {
        "now": now.astimezone(UTC).isoformat(),
        "segments": list(wish.policy.codes),
        "subject": standing.subjects[wish.subject_id].code,
        "channel": wish.channel,
        "date": day.isoformat(),
        "zone": zone.key,
        "rules": {
            office.code: _rules(wish, office, day) for office in relevant_offices(wish)
        },
        "starts": [_start(standing, ranks, one) for one in starts],
    }


def _start(
    standing: Catalogue, ranks: Mapping[tuple[int, int], int], one: Explained
) -> dict[str, Any]:
    return {
        "time": one.wall,
        "start": _utc(one.start) if one.start else None,
        "offered": any(not reasons for reasons in one.reasons.values()),
        "advisors": [
            {
                "advisor": standing.advisors[advisor_id].code,
                "office": standing.offices[office_id].code,
                "rank": ranks.get((advisor_id, office_id)),
                "offered": not reasons,
                "reasons": [str(reason) for reason in reasons],
                "sentences": [staff_sentence(reason) for reason in reasons],
            }
            for (advisor_id, office_id), reasons in one.reasons.items()
        ],
    }


def _rules(wish: Wish, office: OfficeData, day: date) -> dict[str, Any]:
    settings = wish.policy.settings(
        office_id=office.id,
        subject_id=wish.subject_id,
        channel=wish.channel,
        day=day,
    )
    return {name: _rule(settings, name) for name in SETTING_NAMES}


def _rule(settings: Settings, name: str) -> dict[str, Any]:
    return {
        "value": _plain(getattr(settings, name)),
        "from": [
            {"rule": origin.rule_id, "label": origin.label}
            for origin in settings.origins[name]
        ],
    }


def _plain(value: Any) -> Any:
    """Return a setting's value as JSON has it."""
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(one) for name, one in asdict(value).items()}
    return value


def _utc(start: datetime) -> str:
    return f"{start:%Y-%m-%dT%H:%M:%SZ}"


def _lines(told: Mapping[str, Any]) -> Iterable[str]:
    segments = ", ".join(told["segments"]) or "no segment (general scheduling)"
    yield f"{told['subject']} by {told['channel']}, {segments}"
    yield f"{told['date']}, {told['zone']}; now {told['now']}"
    for office, rules in told["rules"].items():
        yield f"\nRules at {office}"
        for name, rule in rules.items():
            origins = ", ".join(origin["label"] for origin in rule["from"])
            yield f"  {name}: {json.dumps(rule['value'])} ({origins})"
    yield ""
    if not told["starts"]:
        yield "There is no start on the grid, or nobody with the expertise."
    for start in told["starts"]:
        yield f"{start['time']}  {'offered' if start['offered'] else 'not offered'}"
        for one in start["advisors"]:
            rank = f"rank {one['rank']}" if one["rank"] else "no expertise"
            outcome = ", ".join(one["reasons"]) or "free"
            yield f"    {one['advisor']} at {one['office']}, {rank}: {outcome}"
