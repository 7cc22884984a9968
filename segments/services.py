"""Signed links, server-made contexts, and the record of links that did not work."""

import hashlib
import re
import secrets
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import F

from directory.models import Customer
from directory.queries import catalogue
from segments import links
from segments.links import LinkParameters, Pairs, Problem
from segments.models import LinkContext, LinkKey, LinkProblem

SECONDS = re.compile(r"[0-9]{1,12}\Z")
CONTEXT_LIFE = {
    LinkContext.Source.PORTAL: timedelta(minutes=15),
    LinkContext.Source.WEB: timedelta(hours=24),
    LinkContext.Source.BACK_END: timedelta(hours=24),
}
CONTEXT_LIFE_MAX = timedelta(days=30)
REQUEST_WINDOW = timedelta(minutes=5)
PROBLEMS_A_DAY = 1000  # rows; then the origin, which anybody can make up, is left out
ORIGIN_MAX = 200


class LinkFailed(Exception):  # noqa: N818 - a refusal is what it is
    """A signature or a context that must not be used: the whole link fails closed."""

    def __init__(self, problem: Problem, *, is_over: bool = False) -> None:
        super().__init__(problem.problem)
        self.problem = problem
        self.is_over = is_over  # it was good, and its time has passed


# --- Keys


def check_signature(
    parameters: LinkParameters, pairs: Pairs, *, now: datetime
) -> LinkKey:
    """Return the key that signed this link. Two queries at most.

    Raises:
        LinkFailed: the signature is not good, or its time has passed.
    """
    if not SECONDS.match(parameters.exp):
        raise LinkFailed(Problem("signature_without_expiry", "exp"))
    key = usable_key(parameters.kid, now=now)
    if not links.verify(pairs, key=bytes(key.secret), signature=parameters.sig):
        raise LinkFailed(_key_problem("bad_signature", "sig", key.kid))
    require_segments(key, parameters.segments)
    if now.timestamp() > int(parameters.exp):
        raise LinkFailed(_key_problem("expired_link", "exp", key.kid), is_over=True)
    return key


def check_context_request(
    body: bytes, *, kid: str, time: str, signature: str, now: datetime
) -> LinkKey:
    """Return the key that signed a request for a context. One query.

    Raises:
        LinkFailed: the signature is not good, or not of these five minutes.
    """
    key = usable_key(kid, now=now)
    if not SECONDS.match(time) or not links.verify_context(
        body, time=time, key=bytes(key.secret), signature=signature
    ):
        raise LinkFailed(_key_problem("bad_signature", "sig", key.kid))
    if abs(now.timestamp() - int(time)) > REQUEST_WINDOW.total_seconds():
        raise LinkFailed(_key_problem("expired_link", "exp", key.kid), is_over=True)
    return key


def usable_key(kid: str, *, now: datetime) -> LinkKey:
    """Return the key with this id, if it may sign now. One query.

    Raises:
        LinkFailed: there is none, it was revoked, or it is the demo's and this is none.
    """
    key = LinkKey.objects.filter(kid=links.clean(kid)).first() if kid else None
    if key is None:
        raise LinkFailed(_key_problem("unknown_key", "kid", kid))
    if not _may_sign(key, now):
        raise LinkFailed(_key_problem("revoked_key", "kid", kid))
    return key


def usable_keys(*, now: datetime) -> list[LinkKey]:
    """Return the keys that may sign now, by their ids. One query."""
    return [key for key in LinkKey.objects.order_by("kid") if _may_sign(key, now)]


def require_segments(key: LinkKey, codes: Sequence[str]) -> None:
    """Refuse segments that the key may not sign for. One query, or none.

    Raises:
        LinkFailed: one of them is not among the key's.
    """
    if key.signs_every_segment or not codes:
        return
    allowed = set(key.segments.values_list("code", flat=True))
    for code in codes:
        if code not in allowed:
            value = links.code_or_nothing(code)
            raise LinkFailed(Problem("key_not_for_segment", "segment", value))


def _may_sign(key: LinkKey, now: datetime) -> bool:
    is_revoked = key.revoked_at is not None and key.revoked_at <= now
    return not is_revoked and (settings.DEMO or not key.is_demo)


def _key_problem(problem: str, parameter: str, kid: str) -> Problem:
    return Problem(problem, parameter, links.code_or_nothing(kid))


# --- Contexts


def make_context(
    pairs: Pairs,
    *,
    source: LinkContext.Source,
    now: datetime,
    lifetime: timedelta | None = None,
    key: LinkKey | None = None,
    customer: Customer | None = None,
    is_single_use: bool = False,
) -> tuple[LinkContext, str]:
    """Keep a link's parameters on the server; return the row and the link's `ctx`.

    Only the token's hash is stored. A portal's context always works once and makes the
    flow ask for that customer's sign-in. No context lives longer than 30 days.
    """
    token = secrets.token_urlsafe(32)
    life = min(lifetime or CONTEXT_LIFE[source], CONTEXT_LIFE_MAX)
    context = LinkContext.objects.create(
        token_hash=_hash(token),
        source=source,
        key=key,
        parameters=[[links.clean(name), links.clean(value)] for name, value in pairs],
        customer=customer,
        created_at=now,
        expires_at=now + life,
        is_single_use=is_single_use or source == LinkContext.Source.PORTAL,
    )
    return context, token


def end_contexts(contexts: Iterable[LinkContext], *, now: datetime) -> int:
    """End contexts before their time: links with them are over. Return how many. 1 query."""
    living = LinkContext.objects.filter(
        pk__in=[context.pk for context in contexts], expires_at__gt=now
    )
    return living.update(expires_at=now)


def open_context(token: str, *, now: datetime) -> LinkContext:
    """Return the context of a link's `ctx`; it is not used up by this. One query.

    Raises:
        LinkFailed: nobody made it or its key was revoked; or its time has passed.
    """
    context = (
        LinkContext.objects.select_related("key")
        .filter(token_hash=_hash(token))
        .first()
    )
    if context is None or (context.key and not _may_sign(context.key, now)):
        raise LinkFailed(Problem("unknown_ctx", "ctx"))
    if now >= context.expires_at:
        raise LinkFailed(Problem("expired_ctx", "ctx"), is_over=True)
    if context.is_single_use and context.used_at:
        raise LinkFailed(Problem("used_ctx", "ctx"), is_over=True)
    return context


def use_context(context_id: int, *, now: datetime) -> None:
    """Mark that a flow started with this context. One query.

    Raises:
        LinkFailed: it works once, and another flow was quicker.
    """
    contexts = LinkContext.objects.filter(pk=context_id)
    is_first = contexts.filter(used_at=None).update(used_at=now)
    if not is_first and contexts.filter(is_single_use=True).exists():
        raise LinkFailed(Problem("used_ctx", "ctx"), is_over=True)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


# --- Broken links


def record_problems(problems: Iterable[Problem], *, origin: str, now: datetime) -> None:
    """Count links that did not work: a row a day, problem, parameter and origin.

    Three queries for each problem.
    """
    day = now.astimezone(catalogue().organisation.zone).date()
    for problem in dict.fromkeys(problems):
        row = {
            "day": day,
            "problem": problem.problem,
            "parameter": problem.parameter,
            "origin": _room_for(origin, day=day),
        }
        # First a row that counts nothing, then one more: no race loses a link.
        LinkProblem.objects.bulk_create(
            [LinkProblem(**row, count=0, first_at=now, last_at=now)],
            ignore_conflicts=True,
        )
        fields = {"value": problem.value} if problem.value else {}
        LinkProblem.objects.filter(**row).update(
            count=F("count") + 1, last_at=now, **fields
        )


def _room_for(origin: str, *, day: date) -> str:
    is_full = origin and LinkProblem.objects.filter(day=day).count() >= PROBLEMS_A_DAY
    return "" if is_full else origin


def origin_of(address: str) -> str:
    """Return the origin of an address, like https://www.example.com:8443; '' if none.

    The host is in lower case, a port that the scheme implies is left out.
    """
    if any(character <= " " or character in "\x7f\\" for character in address):
        return ""  # browsers read these in ways of their own
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return ""
    scheme, host = parts.scheme.lower(), parts.hostname or ""
    has_odd_host = not host or "@" in parts.netloc or not host.isascii()
    if scheme not in IMPLIED_PORTS or has_odd_host:
        return ""
    if ":" in host:
        host = f"[{host}]"
    shown = "" if port in (None, IMPLIED_PORTS[scheme]) else f":{port}"
    origin = f"{scheme}://{host}{shown}"
    return origin if len(origin) <= ORIGIN_MAX else ""


IMPLIED_PORTS = {"http": 80, "https": 443}
