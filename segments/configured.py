"""What the file of the whole configuration holds of segments, rules and keys."""

import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from directory.transfer.kinds import Kind
from segments.models import (
    AvailabilityRule,
    LinkKey,
    RuleWindow,
    Segment,
    SegmentOffer,
)

Former = Mapping[str, Any] | None
SECRET_BYTES = 32
REVOKED = "This key is revoked here, and stays so. Make a new one instead."


def stays_revoked(row: Any, before: Former) -> Iterator[tuple[str, str]]:
    """Refuse to make a revoked key good again, or good for longer."""
    former = before["revoked_at"] if before else None
    if former and (
        row.revoked_at is None or row.revoked_at > datetime.fromisoformat(former)
    ):
        yield "revoked_at", REVOKED


def make_secret(row: Any, now: datetime) -> str:
    """Give a new key a secret of its own: none is ever in the file."""
    row.secret = secrets.token_bytes(SECRET_BYTES)
    row.created_at = now
    return "A new secret was made: give it to whoever signs with this key."


SEGMENTS = Kind(
    name="segments",
    model=Segment,
    word="segment",
    key=("code",),
    has_sheet=True,
    order=("code",),
    fields=(
        "code",
        "external_id",
        "name",
        "description",
        "parent",
        "is_active",
        "valid_from",
        "valid_until",
        "is_signed_only",
        "is_default",
        "sort_order",
    ),
    parts=(
        Kind(
            name="offers",
            model=SegmentOffer,
            word="offer",
            owner="segment",
            key=("category", "subject"),
            sheet_key=("category", "subject"),
            order=("category", "subject"),
            fields=("category", "subject", "channels", "is_excluded"),
        ),
    ),
)
SCOPE = ("segment", "office", "subject", "category", "channel")
RULES = Kind(
    name="rules",
    model=AvailabilityRule,
    word="rule",
    key=(*SCOPE, "valid_from"),
    has_sheet=True,
    order=(*SCOPE, "valid_from"),
    written_in_full=True,
    fields=(
        "name",
        *SCOPE,
        "valid_from",
        "valid_until",
        "duration",
        "interval",
        "buffer_before",
        "buffer_after",
        "notice_hours",
        "notice_working_days",
        "horizon",
        "ranks",
        "who_first",
        "threshold_regular",
        "threshold_junior",
        "is_confirmed_automatically",
        "daily_maximum",
        "deadline_hours",
        "switched_off",
    ),
    parts=(
        Kind(
            name="windows",
            model=RuleWindow,
            word="window",
            owner="rule",
            order=("kind", "weekday", "starts", "ends", "advisors"),
            fields=("kind", "weekday", "starts", "ends", "advisors"),
        ),
    ),
)
LINK_KEYS = Kind(
    name="link_keys",
    model=LinkKey,
    word="signing key",
    key=("kid",),
    order=("kid",),
    fields=("kid", "name", "signs_every_segment", "segments", "revoked_at"),
    checks=(stays_revoked,),
    make=make_secret,
    is_restorable=False,
)
KINDS = [SEGMENTS, RULES, LINK_KEYS]
