"""Scheduling links as text and as data: how they are signed, built and read.

Pure functions: no clock, no database. Whether a code exists or is allowed is for others to
say; here a link is only taken apart.
"""

import datetime as dt
import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from urllib.parse import quote, unquote_to_bytes
from zoneinfo import available_timezones

from directory.choices import Channel
from segments.parameters import (
    ADDRESS,
    ATTRIBUTION,
    LISTS,
    METADATA,
    PREFILL,
    QUESTION,
    TRACKERS,
    canonical_name,
)

Pairs = Sequence[tuple[str, str]]

TEXT_MAX = 500  # characters of a prefilled field, an answer, a metadata value
METADATA_KEYS = 20
METADATA_KEY_MAX = 64  # characters
METADATA_BYTES = 8 * 1024  # keys and values together, as UTF-8

CODE = re.compile(r"[A-Za-z0-9_-]{1,255}\Z")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL and UTF-8 refuse these


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about a link that did not work.

    `value` is only ever a code; never what somebody typed about a person.
    """

    problem: str
    parameter: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class LinkParameters:
    """A link taken apart. Codes are as sent: nobody has looked them up yet."""

    segments: tuple[str, ...] = ()
    subject: str = ""
    category: str = ""
    channels: tuple[str, ...] = ()
    is_one_channel: bool = False  # one value preselects, several restrict
    office: str = ""
    advisor: str = ""
    advisor_mode: str = ""
    date: dt.date | None = None
    tz: str = ""
    lang: str = ""
    prefill: dict[str, str] = field(default_factory=dict)
    address: dict[str, str] = field(default_factory=dict)
    questions: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    attribution: dict[str, str] = field(default_factory=dict)
    return_url: str = ""
    ctx: str = ""
    sig: str = ""
    exp: str = ""
    kid: str = ""
    locked: tuple[str, ...] = ()
    passed: frozenset[str] = frozenset()  # canonical names that came, even if blank
    problems: tuple[Problem, ...] = ()
    ignored: int = 0

    @property
    def carries_signature(self) -> bool:
        """Tell whether the link says that it is signed: then it must be."""
        return "sig" in self.passed

    @property
    def has_blank_segment(self) -> bool:
        """Tell whether a segment was meant but none is there."""
        return "segment" in self.passed and not self.segments


def clean(text: str) -> str:
    """Return text that can be stored; what cannot be is replaced, never left out.

    Leaving it out would turn a wrong code into a right one.
    """
    return UNSTORABLE.sub("\ufffd", text)


def decode_query(raw: bytes) -> list[tuple[str, str]]:
    """Return the pairs of a query or a form body, decoded once; `+` is a space.

    Bytes that are no UTF-8 become replacement characters.
    """
    pairs = []
    for piece in raw.split(b"&"):
        if piece:
            name, _, value = piece.replace(b"+", b" ").partition(b"=")
            pairs.append((_decode(name), _decode(value)))
    return pairs


def _decode(piece: bytes) -> str:
    return unquote_to_bytes(piece).decode("utf-8", "replace")


# --- Signing


def canonical_text(pairs: Pairs) -> str:
    """Return the text that a signature covers.

    Pairs as sent, aliases and repetitions included; without the signature itself and
    without what advertisements append.
    """
    kept = sorted(
        (encode(name), encode(value))
        for name, value in pairs
        if name != "sig" and name not in TRACKERS and not name.startswith("utm_")
    )
    return "&".join(f"{name}={value}" for name, value in kept)


def sign(pairs: Pairs, *, key: bytes) -> str:
    """Return the signature of a link with these parameters."""
    return _mac(key, b"parlour-link-v1\n" + canonical_text(pairs).encode())


def verify(pairs: Pairs, *, key: bytes, signature: str) -> bool:
    """Tell in constant time whether the signature is the right one."""
    return _is_same(sign(pairs, key=key), signature)


def sign_context(body: bytes, *, time: str, key: bytes) -> str:
    """Return the signature of a request for a context; `time` is in Unix seconds."""
    return _mac(key, b"parlour-ctx-v1\n" + time.encode() + b"\n" + body)


def verify_context(body: bytes, *, time: str, key: bytes, signature: str) -> bool:
    """Tell in constant time whether the signature is the right one."""
    return _is_same(sign_context(body, time=time, key=key), signature)


def build_link(base: str, pairs: Pairs) -> str:
    """Return the address of a link; `base` is the address of /schedule/."""
    query = "&".join(f"{encode(name)}={encode(value)}" for name, value in pairs)
    return f"{base}?{query}" if query else base


def build_signed_link(
    base: str, pairs: Pairs, *, key: bytes, kid: str, expires: dt.datetime
) -> str:
    """Return the address of a signed link that works until `expires`."""
    signed = [(name, value) for name, value in pairs if name not in SIGNATURE]
    signed += [("exp", str(int(expires.timestamp()))), ("kid", kid)]
    return build_link(base, [*signed, ("sig", sign(signed, key=key))])


SIGNATURE = frozenset({"sig", "exp", "kid"})


def encode(text: str) -> str:
    """Return a name or a value as links and signatures write it."""
    return quote(text, safe="", errors="replace")


def _mac(key: bytes, text: bytes) -> str:
    digest = hmac.new(key, text, hashlib.sha256).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def _is_same(right: str, given: str) -> bool:
    return hmac.compare_digest(right.encode(), given.encode("utf-8", "replace"))


# --- Reading


def read(pairs: Pairs) -> LinkParameters:
    """Return what a link says. Never fails: what is wrong is among its problems."""
    values, ignored = _collect(pairs)
    problems: list[Problem] = []
    channels = _items(values, "channel")
    return LinkParameters(
        segments=_items(values, "segment"),
        subject=_last(values, "subject"),
        category=_last(values, "category"),
        channels=_known_channels(channels, problems),
        is_one_channel=len(channels) == 1,
        office=_last(values, "office"),
        advisor=_last(values, "advisor"),
        advisor_mode=_advisor_mode(_last(values, "advisor_mode"), problems),
        date=_date(_last(values, "date"), problems),
        tz=_zone(_last(values, "tz"), problems),
        lang=_last(values, "lang"),
        prefill=_texts(_with_names(values), PREFILL, problems),
        address=_texts(values, ADDRESS, problems),
        questions=_questions(values, problems),
        metadata=_metadata(values, problems),
        attribution=_texts(values, ATTRIBUTION, problems),
        return_url=_last(values, "return_url"),
        ctx=_last(values, "ctx"),
        sig=_last(values, "sig"),
        exp=_last(values, "exp"),
        kid=_last(values, "kid"),
        locked=_items(values, "lock"),
        passed=frozenset(values),
        problems=tuple(problems),
        ignored=ignored,
    )


class Fate(StrEnum):
    """What becomes of one pair of a link, by its name alone."""

    COUNTS = "counts"
    UNKNOWN = "unknown"  # no parameter of ours: ignored and counted
    BEATEN = "beaten"  # an alias, and the canonical name is there too
    REPLACED = "replaced"  # a later value of the same name wins


@dataclass(frozen=True, slots=True)
class SentPair:
    """A pair as it was sent, and the canonical name that it stands for; '' if unknown."""

    sent: str
    name: str
    value: str
    fate: Fate = Fate.COUNTS

    @property
    def is_alias(self) -> bool:
        return bool(self.name) and self.name != self.sent


def sort_out(pairs: Pairs) -> list[SentPair]:
    """Return every pair in the order sent, and whether it is one that counts.

    Exact names beat aliases, and the last value wins except for the lists.
    """
    sent = [_named(clean(name), clean(value)) for name, value in pairs]
    exact = {pair.name for pair in sent if pair.name == pair.sent}
    last: dict[str, int] = {}
    for place, pair in enumerate(sent):
        if not (pair.is_alias and pair.name in exact):
            last[pair.name] = place
    return [
        replace(pair, fate=_fate(pair, exact, is_last=last.get(pair.name) == place))
        for place, pair in enumerate(sent)
    ]


def _named(sent: str, value: str) -> SentPair:
    name = canonical_name(sent)
    if name == "channel" and sent != name:
        value = value.lower()  # other schedulers write PHONE where we write phone
    return SentPair(sent, name, value)


def _fate(pair: SentPair, exact: set[str], *, is_last: bool) -> Fate:
    if not pair.name:
        return Fate.UNKNOWN
    if pair.is_alias and pair.name in exact:
        return Fate.BEATEN
    return Fate.COUNTS if is_last or pair.name in LISTS else Fate.REPLACED


def _collect(pairs: Pairs) -> tuple[dict[str, list[str]], int]:
    """Return the values of each canonical name, and how many names are unknown."""
    values: dict[str, list[str]] = {}
    ignored = 0
    for pair in sort_out(pairs):
        if pair.fate == Fate.UNKNOWN:
            ignored += 1
            continue
        found = values.setdefault(pair.name, [])
        if pair.fate == Fate.COUNTS:
            found.append(pair.value)
    return values, ignored


def _last(values: dict[str, list[str]], name: str) -> str:
    found = values.get(name)
    return found[-1] if found else ""


def _items(values: dict[str, list[str]], name: str) -> tuple[str, ...]:
    """Return a list that came as repeated names, with commas, or both; each item once."""
    found = (item for value in values.get(name, []) for item in value.split(","))
    return tuple(dict.fromkeys(item for item in found if item))


def code_or_nothing(value: str) -> str:
    """Return a value that staff may see among the broken links: only ever a code."""
    return value if CODE.match(value) else ""


def _known_channels(
    channels: Iterable[str], problems: list[Problem]
) -> tuple[str, ...]:
    known = []
    for channel in channels:
        if channel in Channel.values:
            known.append(channel)
        else:
            problems.append(
                Problem("unknown_channel", "channel", code_or_nothing(channel))
            )
    return tuple(known)


def _advisor_mode(value: str, problems: list[Problem]) -> str:
    if value in ("", "prefer", "only"):
        return value
    problems.append(Problem("bad_advisor_mode", "advisor_mode", code_or_nothing(value)))
    return ""


def _date(value: str, problems: list[Problem]) -> dt.date | None:
    if not value:
        return None
    if DATE.match(value):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            pass  # the 30th of February
    problems.append(Problem("bad_date", "date"))
    return None


@cache
def zone_names() -> frozenset[str]:
    """Return every IANA time zone; without the files that stand for a machine's own."""
    return frozenset(available_timezones() - {"Factory", "localtime"})


def _zone(value: str, problems: list[Problem]) -> str:
    if not value or value in zone_names():
        return value
    problems.append(Problem("bad_zone", "tz"))
    return ""


def _with_names(values: dict[str, list[str]]) -> dict[str, list[str]]:
    """Let `name` fill the first and the last name, if neither is given."""
    name = _last(values, "name").strip()
    if not name or _last(values, "first_name") or _last(values, "last_name"):
        return values
    first, _, last = name.partition(" ")
    return {**values, "first_name": [first], "last_name": [last.strip()]}


def _texts(
    values: dict[str, list[str]], names: Iterable[str], problems: list[Problem]
) -> dict[str, str]:
    """Return what is not blank, as typed but for its length."""
    return {
        name: _cut(text, name, problems)
        for name in names
        if (text := _last(values, name))
    }


def _cut(text: str, parameter: str, problems: list[Problem]) -> str:
    if len(text) > TEXT_MAX:
        problems.append(Problem("cut", parameter))
    return text[:TEXT_MAX]


def _questions(values: dict[str, list[str]], problems: list[Problem]) -> dict[str, str]:
    return {
        match[1]: _cut(text, "q", problems)
        for name in values
        if (match := QUESTION.match(name)) and (text := _last(values, name))
    }


def _metadata(values: dict[str, list[str]], problems: list[Problem]) -> dict[str, str]:
    """Return the metadata within its limits; whatever is beyond them is cut."""
    kept: dict[str, str] = {}
    room = METADATA_BYTES
    is_cut = False
    for name in values:
        match = METADATA.match(name)
        if not match:
            continue
        key, value = match[1][:METADATA_KEY_MAX], _last(values, name)
        is_cut = is_cut or key != match[1] or len(value) > TEXT_MAX
        left = room - len(key.encode())
        fitting = _cut_bytes(value[:TEXT_MAX], left)
        if key in kept or len(kept) == METADATA_KEYS or left < 0:
            is_cut = True
            continue
        is_cut = is_cut or fitting != value[:TEXT_MAX]
        kept[key] = fitting
        room = left - len(fitting.encode())
    if is_cut:
        problems.append(Problem("cut", "metadata"))
    return kept


def _cut_bytes(text: str, room: int) -> str:
    return text.encode()[: max(room, 0)].decode("utf-8", "ignore")
