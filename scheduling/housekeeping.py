"""What is deleted when its time has passed. Each function commits by itself."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from scheduling.models import AccessCode, BusyInterval, Document, Flow, PostCount
from segments.models import LinkContext, LinkProblem

BATCH = 500
EXPIRED_CONTEXTS_KEPT = timedelta(days=30)
ACCESS_CODES_KEPT = timedelta(days=1)  # they are counted for an hour
POST_COUNTS_KEPT = timedelta(days=1)  # the longest window is an hour


def purge(*, now: datetime) -> dict[str, int]:
    """Delete what nobody may keep longer; return how many rows of each went."""
    return {
        "flows": delete_old_flows(now=now),
        "contexts_emptied": empty_expired_contexts(now=now),
        "contexts": _delete(
            LinkContext.objects.filter(expires_at__lt=now - EXPIRED_CONTEXTS_KEPT)
        ),
        "link_problems": _delete(
            LinkProblem.objects.filter(last_at__lt=now - settings.LINK_PROBLEMS_KEPT)
        ),
        "post_counts": _delete(
            PostCount.objects.filter(window_start__lt=now - POST_COUNTS_KEPT)
        ),
        "access_codes": _delete(
            AccessCode.objects.filter(created_at__lt=now - ACCESS_CODES_KEPT)
        ),
        "holds": delete_expired_holds(now=now),
    }


def delete_old_flows(*, now: datetime) -> int:
    """Delete flows that nobody used for `FLOW_KEPT`, with their holds and uploads.

    The files go after the rows are gone for good: a rollback loses no upload.
    """
    deleted = 0
    old = Flow.objects.filter(last_used_at__lt=now - settings.FLOW_KEPT)
    while True:
        with transaction.atomic():
            flows = list(
                old.select_for_update(skip_locked=True).values_list("pk", flat=True)[
                    :BATCH
                ]
            )
            if not flows:
                return deleted
            uploads = [
                (document.file.storage, document.file.name)
                for document in Document.objects.filter(flow__in=flows)
            ]
            Flow.objects.filter(pk__in=flows).delete()
        for storage, name in uploads:
            storage.delete(name)
        deleted += len(flows)


def delete_expired_holds(*, now: datetime) -> int:
    """Delete holds whose time is over; rows that a booking has in hand are left out."""
    return _delete(
        BusyInterval.objects.filter(
            kind=BusyInterval.Kind.HOLD, expires_at__lte=now
        ).order_by("pk")
    )


def empty_expired_contexts(*, now: datetime) -> int:
    """Forget what expired contexts carried; the row still answers `expired` for a while."""
    return (
        LinkContext.objects.filter(expires_at__lte=now)
        .exclude(parameters=[])
        .update(parameters=[])
    )


def _delete(rows: QuerySet) -> int:  # type: ignore[type-arg]
    """Delete the rows in batches, leaving out those that are locked; return how many."""
    deleted = 0
    while True:
        with transaction.atomic():
            found = list(
                rows.select_for_update(skip_locked=True, of=("self",)).values_list(
                    "pk", flat=True
                )[:BATCH]
            )
            if not found:
                return deleted
            rows.model._default_manager.filter(pk__in=found).delete()  # noqa: SLF001
        deleted += len(found)
