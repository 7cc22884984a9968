"""One-time codes: whoever reads the customer's mail may see a meeting's documents."""

import hmac
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import F

from scheduling.errors import CodeRefused, LimitReached
from scheduling.models import AccessCode, Appointment
from scheduling.services.attempts import settle
from scheduling.tokens import hash_code, hash_token, new_grant, one_time_code
from scheduling.unlocking import queue_access_code

CODE_TIME = timedelta(minutes=15)
GRANT_TIME = timedelta(minutes=30)
HOUR = timedelta(hours=1)
CODES_PER_HOUR = 3
TRIES = 5


def request_code(appointment: Appointment, *, now: datetime) -> None:
    """Mail the customer a code; an earlier one ends.

    The job that sends it is part of this transaction. Whether there is an address to send
    it to makes no difference here.

    Raises:
        LimitReached: three were asked for in the last hour.
        Busy.
    """
    settle(partial(request_locked, appointment, now=now))


@transaction.atomic
def request_locked(appointment: Appointment, *, now: datetime) -> None:
    """Count and write while nobody else does either for this appointment."""
    locked = Appointment.objects.select_for_update(no_key=True).get(pk=appointment.pk)
    recent = AccessCode.objects.filter(
        appointment=locked, created_at__gt=now - HOUR
    ).order_by("created_at")
    asked = list(recent.values_list("created_at", flat=True))
    if len(asked) >= CODES_PER_HOUR:
        raise LimitReached(retry_after=asked[-CODES_PER_HOUR] + HOUR - now)
    code = AccessCode.objects.create(
        appointment=locked,
        link_version=locked.link_version,
        created_at=now,
        expires_at=now + CODE_TIME,
    )
    code.code_hash = hash_code(code.pk, one_time_code(code.pk, code.created_at))
    code.save(update_fields=["code_hash"])
    queue_access_code(code)


def use_code(appointment: Appointment, *, typed: str, now: datetime) -> str:
    """Exchange the last code for a grant, which opens the documents for half an hour.

    Each call is a try and is counted before anything is compared, in a statement of its
    own: parallel guesses have five together. So do not call it inside a transaction that
    a refusal rolls back.

    Raises:
        CodeRefused: wrong, used, replaced, too old, or tried too often.
    """
    code = AccessCode.objects.filter(appointment=appointment).order_by("-pk").first()
    if code is None:
        raise CodeRefused
    usable = AccessCode.objects.filter(
        pk=code.pk,
        used_at=None,
        expires_at__gt=now,
        link_version=appointment.link_version,
    )
    counted = usable.filter(tries__lt=TRIES).update(tries=F("tries") + 1)
    is_right = hmac.compare_digest(code.code_hash, hash_code(code.pk, typed))
    if not (counted and is_right):
        raise CodeRefused
    grant = new_grant()
    exchanged = usable.update(
        used_at=now, grant_hash=hash_token(grant), grant_expires_at=now + GRANT_TIME
    )
    if not exchanged:  # by a request that ran beside this one
        raise CodeRefused
    return grant


def find_grant(appointment: Appointment, grant: str) -> AccessCode | None:
    """Return what a grant was made from, over or not. One query.

    None: nobody has got it, or the manage link was replaced since.
    """
    return AccessCode.objects.filter(
        appointment=appointment,
        grant_hash=hash_token(grant),
        link_version=appointment.link_version,
    ).first()
