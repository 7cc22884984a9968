"""The signed token of a hand-over: how it is made, and how it is taken apart.

Pure functions: no clock, no database. Whether a token is right for us, now, is for
`portal.services.handover` to say. docs/handover.md describes the format.
"""

import hashlib
import hmac
import json
from base64 import b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import Any

PURPOSE = b"parlour-handover-v1\n"
LONGEST = 4096  # characters


@dataclass(frozen=True, slots=True)
class Handover:
    """What a token says. Nothing of it is true before the signature was checked."""

    kid: str
    customer: str
    audience: str
    nonce: str
    expires: int  # Unix seconds
    signed: str  # the first part, as it came
    signature: bytes


def make_token(
    *,
    key: bytes,
    kid: str,
    customer: str,
    audience: str,
    nonce: str,
    expires: datetime,
) -> str:
    """Return the token that signs a customer in at `audience` until `expires`."""
    claims = {
        "customer": customer,
        "aud": audience,
        "exp": int(expires.timestamp()),
        "nonce": nonce,
        "kid": kid,
    }
    first = encode(json.dumps(claims, separators=(",", ":")).encode())
    return f"{first}.{encode(mac(first, key=key))}"


def read(token: str) -> Handover | None:
    """Return what a token says, or None when it is none."""
    first, dot, second = token.partition(".")
    if not dot or len(token) > LONGEST:
        return None
    try:
        claims = json.loads(decode(first))
        signature = decode(second)
    except (ValueError, RecursionError):
        return None
    if not isinstance(claims, dict):
        return None
    texts = [claims.get(name) for name in ("kid", "customer", "aud", "nonce")]
    expires = claims.get("exp")
    if not all(map(_is_text, texts)) or type(expires) is not int:
        return None
    kid, customer, audience, nonce = map(str, texts)
    return Handover(
        kid=kid,
        customer=customer,
        audience=audience,
        nonce=nonce,
        expires=expires,
        signed=first,
        signature=signature,
    )


def is_signed_by(handover: Handover, *, key: bytes) -> bool:
    """Tell in constant time whether the signature is the right one."""
    return hmac.compare_digest(mac(handover.signed, key=key), handover.signature)


def mac(first: str, *, key: bytes) -> bytes:
    """Return the bytes of the signature over a first part."""
    return hmac.new(key, PURPOSE + first.encode(), hashlib.sha256).digest()


def encode(content: bytes) -> str:
    """Return base64url without padding."""
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Return the bytes of base64url, with or without padding; ValueError otherwise."""
    if "+" in text or "/" in text:
        raise ValueError
    bare = text.rstrip("=")
    padded = bare + "=" * (-len(bare) % 4)
    return b64decode(padded.encode("ascii"), altchars=b"-_", validate=True)


def _is_text(value: Any) -> bool:
    """Tell whether this is a text that a database can hold."""
    if not isinstance(value, str) or "\0" in value:
        return False
    return not any("\ud800" <= sign <= "\udfff" for sign in value)
