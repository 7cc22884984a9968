"""How an organisation's own site signs its customers in to the portal: one token."""

import base64
import hashlib
import hmac
import json
import secrets
from datetime import datetime, timedelta

KEY_ID = "demo-portal-1"
KEY = b"parlour-demo-handover-0123456789"  # 32 bytes, known to everybody: demo only
LASTS = timedelta(seconds=60)  # the portal accepts 300 at most


def make_token(customer: str, *, audience: str, now: datetime) -> str:
    """Return a token that signs this customer number in, once and soon.

    The site posts it as `token` to /portal/handover/ from the customer's browser.
    """
    said = {
        "customer": customer,
        "aud": audience,
        "exp": int((now + LASTS).timestamp()),
        "nonce": secrets.token_urlsafe(16),
        "kid": KEY_ID,
    }
    first = _base64url(json.dumps(said).encode())
    signature = hmac.new(KEY, b"parlour-handover-v1\n" + first, hashlib.sha256)
    return (first + b"." + _base64url(signature.digest())).decode()


def _base64url(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")
