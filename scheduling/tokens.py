"""Tokens that are computed, not stored: the database keeps their SHA-256 at most."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

LETTERS = 22  # of base64: 132 bits
REFERENCE = 10
DIGITS = 6


def manage_token(reference: str, version: int) -> str:
    """Return the token of an appointment's manage link."""
    return signed("manage-v1", reference, version)


@dataclass(frozen=True, slots=True)
class JoinToken:
    """What a join link says, before it is checked."""

    reference: str
    text: str


def join_token(reference: str, revision: int, party: str) -> str:
    """Return a participant's token for the room of one revision.

    It starts with the reference, by which the appointment is found; `party` is
    `customer` or `advisor`.
    """
    return reference + signed("join-v1", reference, revision, party)


def read_join_token(token: str) -> JoinToken | None:
    """Return what a token says, or None when it cannot be one."""
    if len(token) != REFERENCE + LETTERS:
        return None
    return JoinToken(reference=token[:REFERENCE], text=token)


def joins(token: JoinToken, *, revision: int, party: str) -> bool:
    """Tell whether the token is that party's for that revision."""
    expected = join_token(token.reference, revision, party)
    return hmac.compare_digest(expected.encode(), token.text.encode())


def resume_token(flow_id: str, number: int) -> str:
    """Return the token of the so-manieth link that opens a flow elsewhere."""
    return signed("resume-v1", flow_id, number)


def feed_token(customer_id: int, version: int) -> str:
    """Return the token of a customer's private calendar address."""
    return signed("feed-v1", customer_id, version)


def one_time_code(row_id: int, created_at: datetime) -> str:
    """Return the six digits of a code that was asked for: the worker computes them too."""
    mac = keyed("code-v1", row_id, created_at.isoformat())
    return f"{int.from_bytes(mac) % 10**DIGITS:0{DIGITS}}"


def hash_code(row_id: int, code: str) -> str:
    """Return what the database keeps of a code; without our key it tells nothing."""
    return keyed("code-hash-v1", row_id, code).hex()


def new_grant() -> str:
    """Return 132 random bits that open what a code was mailed for."""
    return secrets.token_urlsafe(17)[:LETTERS]


def hash_token(token: str) -> str:
    """Return what the database keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def signed(purpose: str, *parts: str | int) -> str:
    """Return the first 132 bits of an HMAC over a purpose and its parts, one a line."""
    return urlsafe_b64encode(keyed(purpose, *parts)).decode()[:LETTERS]


def keyed(purpose: str, *parts: str | int) -> bytes:
    """Return an HMAC over a purpose and its parts, one a line."""
    text = "\n".join([purpose, *map(str, parts)])
    return hmac.new(
        settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256
    ).digest()
