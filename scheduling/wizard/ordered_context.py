"""A back end's order for a context: JSON in, the parameters of a link out."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from scheduling.wizard.entry import LinkRefused, check_parameters
from segments import links, services
from segments.models import LinkContext, LinkKey
from segments.services import SECONDS, LinkFailed

BODY_MAX = 64 * 1024
EXPIRES_IN = "ctx_expires_in"  # seconds; or "exp", as in a signed link
NESTED = ("metadata", "meta", "q", "customer")
MEANINGLESS = frozenset({"ctx", "sig", "kid"})  # a context carries no other proof

BAD_REQUEST = 400
UNAUTHORIZED = 401
FORBIDDEN = 403
UNPROCESSABLE = 422


class ContextRefused(Exception):  # noqa: N818 - a refusal is what it is
    """An order that makes no context, with a sentence for the developer who sent it."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Proof:
    """The three headers of an order."""

    kid: str
    time: str
    signature: str


def make_ordered_context(
    body: bytes, *, proof: Proof, now: datetime
) -> tuple[LinkContext, str]:
    """Return a new context and its token.

    Raises:
        ContextRefused: the proof is not good, or the parameters are not.
    """
    key = _key(body, proof, now)
    pairs, lifetime = _read(body, now)
    parameters = links.read(pairs)
    try:
        services.require_segments(key, parameters.segments)
    except LinkFailed as failure:
        raise ContextRefused(
            FORBIDDEN, "This key may not sign for that segment."
        ) from failure
    try:
        check_parameters(pairs, now=now)
    except LinkRefused as refusal:
        sentence = f"A link with these parameters would be refused: {_words(refusal)}."
        raise ContextRefused(UNPROCESSABLE, sentence) from refusal
    return services.make_context(
        pairs,
        source=LinkContext.Source.BACK_END,
        now=now,
        lifetime=lifetime,
        key=key,
    )


def _key(body: bytes, proof: Proof, now: datetime) -> LinkKey:
    if not (proof.kid and proof.time and proof.signature):
        raise ContextRefused(
            UNAUTHORIZED, "Send Parlour-Key, Parlour-Time and Parlour-Signature."
        )
    try:
        return services.check_context_request(
            body,
            kid=proof.kid,
            time=proof.time,
            signature=proof.signature,
            now=now,
        )
    except LinkFailed as failure:
        if failure.is_over:
            sentence = "Parlour-Time is more than 5 minutes from our clock."
        else:
            sentence = "The key or the signature is not valid."
        raise ContextRefused(UNAUTHORIZED, sentence) from failure


def _words(refusal: LinkRefused) -> str:
    problem = refusal.problem
    about = f" ({problem.parameter} {problem.value})".replace(" )", ")")
    return problem.problem.replace("_", " ") + about


def _read(body: bytes, now: datetime) -> tuple[list[tuple[str, str]], timedelta | None]:
    """Return the pairs and the asked-for life; None says that none was asked for."""
    try:
        # Numbers stay as they were written: 2500.00 is no 2500.0.
        data = json.loads(
            body.decode(), parse_int=str, parse_float=str, parse_constant=str
        )
    except (ValueError, RecursionError) as error:
        raise ContextRefused(BAD_REQUEST, "The body is not valid JSON.") from error
    if not isinstance(data, dict):
        raise ContextRefused(
            BAD_REQUEST, "Send one JSON object: parameter names and their values."
        )
    lifetime = _lifetime(data.pop(EXPIRES_IN, None), data.pop("exp", None), now)
    pairs = [
        pair
        for name, value in data.items()
        if name not in MEANINGLESS
        for pair in _pairs(name, value)
    ]
    return pairs, lifetime


def _pairs(name: str, value: Any) -> list[tuple[str, str]]:
    """Return the pairs of one member: a text, several, or the keys of `metadata`."""
    if isinstance(value, dict) and name in NESTED:
        nested = [(f"{name}[{key}]", one) for key, one in value.items()]
    elif isinstance(value, list):
        nested = [(name, one) for one in value]
    else:
        nested = [(name, value)]
    return [(key, _text(name, one)) for key, one in nested if one is not None]


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    raise ContextRefused(
        BAD_REQUEST, f"The value of {name[:64]} must be a text or a list of texts."
    )


def _lifetime(seconds: Any, until: Any, now: datetime) -> timedelta | None:
    if seconds is None and until is None:
        return None
    given = str(seconds if seconds is not None else until)
    if not SECONDS.match(given):
        raise ContextRefused(
            UNPROCESSABLE, "Give the life of a context in whole seconds."
        )
    asked = int(given) - (0 if seconds is not None else int(now.timestamp()))
    if asked <= 0:
        raise ContextRefused(UNPROCESSABLE, "The end of a context must lie ahead.")
    longest = int(services.CONTEXT_LIFE_MAX.total_seconds())
    return timedelta(seconds=min(asked, longest))
