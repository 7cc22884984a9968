"""Sign-ins that the organisation's own portal vouches for."""

import secrets
from datetime import UTC, datetime

import psycopg
from django.conf import settings
from django.db import IntegrityError, transaction

from directory.models import Customer, User
from portal.errors import HandoverRefused
from portal.handover_tokens import Handover, is_signed_by, read
from portal.models import HandoverKey, UsedHandover
from scheduling.tokens import hash_token

USED_ONCE = "handover_used_once"
LONGEST_LIFE = 300  # seconds
SHORTEST_NONCE, LONGEST_NONCE = 16, 200
EMAIL = 254  # characters that a user's address may have


def open_handover(token: str, *, now: datetime) -> User:
    """Return the user whom a token signs in; it works once. Six queries at most.

    A customer without a user gets one whose password nobody knows.

    Raises:
        HandoverRefused: the token is not right, or its customer may not sign in.
    """
    handover = read(token)
    if handover is None:
        raise HandoverRefused("malformed")
    key = usable_key(handover.kid)
    if not is_signed_by(handover, key=bytes(key.secret)):
        raise HandoverRefused("signature")
    check_claims(handover, now=now)
    try:
        with transaction.atomic():
            use_up(handover, key=key)
            return user_of(handover.customer)
    except IntegrityError as error:
        cause = error.__cause__
        if (
            isinstance(cause, psycopg.errors.UniqueViolation)
            and cause.diag.constraint_name == USED_ONCE
        ):
            raise HandoverRefused("used") from None
        raise


def usable_key(kid: str) -> HandoverKey:
    """Return the key if it may vouch for anybody now. One query."""
    key = HandoverKey.objects.filter(kid=kid).first()
    if key is None:
        raise HandoverRefused("unknown_key")
    if key.revoked_at is not None:
        raise HandoverRefused("revoked_key")
    if key.is_demo and not settings.DEMO:
        raise HandoverRefused("demo_key")
    return key


def check_claims(handover: Handover, *, now: datetime) -> None:
    """Refuse a token that is meant for others, or not for now."""
    if handover.audience != audience():
        raise HandoverRefused("audience")
    life = handover.expires - now.timestamp()
    if life <= 0:
        raise HandoverRefused("expired")
    if life > LONGEST_LIFE:
        raise HandoverRefused("too_long")
    if not SHORTEST_NONCE <= len(handover.nonce) <= LONGEST_NONCE:
        raise HandoverRefused("nonce")


def audience() -> str:
    """Return the address that a token must be meant for: ours, without a slash."""
    return str(settings.BASE_URL).rstrip("/")


def use_up(handover: Handover, *, key: HandoverKey) -> None:
    """Note the nonce; a second time breaks the constraint."""
    UsedHandover.objects.create(
        key=key,
        nonce_hash=hash_token(handover.nonce),
        expires_at=datetime.fromtimestamp(handover.expires, tz=UTC),
    )


def user_of(customer_number: str) -> User:
    """Return the user of a verified customer, made now if there is none.

    The customer's row stays locked, so two hand-overs at once make one user.
    """
    customer = (
        Customer.objects.select_for_update(no_key=True)
        .filter(customer_number=customer_number, is_provisional=False)
        .exclude(customer_number="")
        .first()
    )
    if customer is None:
        raise HandoverRefused("unknown_customer")
    if customer.user_id is None:
        return make_user(customer)
    user = User.objects.get(pk=customer.user_id)
    if not user.is_active or (user.is_demo and not settings.DEMO):
        raise HandoverRefused("disabled_user")
    if user.is_staff or user.is_superuser:
        # Another site's key opens what customers may see, not the back office.
        raise HandoverRefused("staff")
    return user


def make_user(customer: Customer) -> User:
    """Give a customer a user who signs in by hand-over only."""
    user = User(
        username=f"customer-{customer.pk}-{secrets.token_hex(4)}",
        first_name=customer.first_name[:150],
        last_name=customer.last_name[:150],
        email=customer.email if len(customer.email) <= EMAIL else "",
        is_demo=customer.is_demo,
    )
    user.set_unusable_password()
    user.save(force_insert=True)
    customer.user = user
    customer.save(update_fields=["user"])
    return user
