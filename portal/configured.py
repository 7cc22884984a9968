"""What the file of the whole configuration holds of the portal."""

from directory.transfer.kinds import Kind
from portal.models import Banner, HandoverKey
from segments.configured import make_secret, stays_revoked

BANNERS = Kind(
    name="banners",
    model=Banner,
    word="banner",
    key=("code",),
    order=("code",),
    fields=(
        "code",
        "external_id",
        "segment",
        "subject",
        "title",
        "text",
        "button",
        "picture",
        "is_active",
        "valid_from",
        "valid_until",
        "sort_order",
    ),
)
HANDOVER_KEYS = Kind(
    name="handover_keys",
    model=HandoverKey,
    word="hand-over key",
    key=("kid",),
    order=("kid",),
    fields=("kid", "name", "revoked_at"),
    checks=(stays_revoked,),
    make=make_secret,
    is_restorable=False,
)
KINDS = [BANNERS, HANDOVER_KEYS]
