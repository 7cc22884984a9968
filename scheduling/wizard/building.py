"""A link as staff compose it, judged by the code that starts flows before they get it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from directory.catalogue import Catalogue
from scheduling.wizard.entry import refusal_of
from scheduling.wizard.explaining import Explanation, explain_link, explain_signed
from segments.building import build_pattern, fill, gaps_of
from segments.links import Pairs, build_link, build_signed_link, decode_query
from segments.models import LinkKey
from segments.services import LinkFailed, require_segments

# The web server refuses a longer request line; the method and the version are in it too.
LONGEST_LINK = 4000
SPECIMEN: Mapping[str, str] = {
    "email": "zoe@example.com",
    "phone": "+32 470 12 34 56",
    "postal_code": "1000",
    "country": "BE",
}


@dataclass(frozen=True, slots=True)
class Built:
    """A composed link and how it is understood, its gaps filled by a made-up visitor.

    `address` is nothing for a signed link with gaps: only the site that fills them can
    sign it. `pairs` are those that the link carries, but for the signature itself.
    """

    address: str
    pairs: tuple[tuple[str, str], ...]
    judged: Explanation

    @property
    def gaps(self) -> list[str]:
        return gaps_of(self.pairs)

    @property
    def is_too_long(self) -> bool:
        return len(self.address) > LONGEST_LINK


def build_plain(
    base: str, pairs: Pairs, *, catalogue: Catalogue, now: datetime
) -> Built:
    """Return a link without a signature."""
    filled = build_link(base, _filled(pairs, catalogue))
    return Built(build_pattern(base, pairs), tuple(pairs), _judge(filled, now))


def build_signed(
    base: str,
    pairs: Pairs,
    *,
    key: LinkKey,
    expires: datetime,
    catalogue: Catalogue,
    now: datetime,
) -> Built:
    """Return a link signed with a key, to work until `expires`."""
    secret = bytes(key.secret)
    filled = build_signed_link(
        base, _filled(pairs, catalogue), key=secret, kid=key.kid, expires=expires
    )
    ends = [("exp", str(int(expires.timestamp()))), ("kid", key.kid)]
    return Built("" if gaps_of(pairs) else filled, (*pairs, *ends), _judge(filled, now))


def judge_context(pairs: Pairs, *, key: LinkKey, now: datetime) -> Explanation:
    """Return how a context of these parameters would be understood; it is not made."""
    judged = explain_signed(pairs, now=now)
    codes = [value for name, value in pairs if name == "segment"]
    try:
        require_segments(key, codes)
    except LinkFailed as failure:
        return replace(judged, entry=None, policy=None, refusal=refusal_of(failure))
    return judged


def _judge(address: str, now: datetime) -> Explanation:
    query = address.partition("?")[2]
    return explain_link(decode_query(query.encode()), now=now)


def _filled(pairs: Pairs, catalogue: Catalogue) -> list[tuple[str, str]]:
    """Return the pairs as a visitor's site would fill them."""
    codes = dict(pairs)
    office = catalogue.office(codes.get("office", ""))

    def specimen(name: str, found: str) -> str:
        if name == "postal_code" and office and office.areas:
            return office.areas[0][0]
        return SPECIMEN.get(name, found)

    return fill(pairs, specimen)
