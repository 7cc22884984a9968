"""Read what advisors' time is taken by: one statement, whatever their number."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection

from scheduling.availability.types import Busy

# A meeting and each of its buffers take at most 12 hours (checks on AvailabilityRule).
# A bound below as well as above keeps the read inside a range of the index by start.
LONGEST_BLOCK = timedelta(hours=36)
ABSENCE = "absence"

# Minutes since 1970, rounded outwards, as the engine wants them: reading 50,000 rows of
# timestamps takes ten times as long.
TAKEN = """
WITH taken AS (
SELECT advisor_id, starts_at, ends_at, meeting_starts_at, meeting_ends_at, kind
  FROM scheduling_busyinterval
 WHERE is_active AND kind <> 'imported' AND advisor_id = ANY(%(advisors)s)
   AND starts_at > %(lower)s AND starts_at < %(last)s AND ends_at > %(first)s
   AND (expires_at IS NULL OR expires_at > %(now)s)
   AND (%(flow)s::text IS NULL OR flow_id IS DISTINCT FROM %(flow)s)
   AND (%(claim)s::uuid IS NULL OR claim <> %(claim)s)
UNION ALL
SELECT advisor_id, starts_at, ends_at, meeting_starts_at, meeting_ends_at, kind
  FROM scheduling_busyinterval
 WHERE is_active AND kind = 'imported' AND advisor_id = ANY(%(advisors)s)
   AND starts_at < %(last)s AND ends_at > %(first)s
UNION ALL
SELECT advisor_id, starts_at, ends_at, starts_at, ends_at, 'absence'
  FROM directory_absence
 WHERE advisor_id = ANY(%(advisors)s)
   AND starts_at < %(last)s AND ends_at > %(first)s
)
SELECT floor(date_part('epoch', starts_at) / 60)::int,
       ceil(date_part('epoch', ends_at) / 60)::int,
       floor(date_part('epoch', meeting_starts_at) / 60)::int,
       ceil(date_part('epoch', meeting_ends_at) / 60)::int,
       kind,
       advisor_id
  FROM taken
"""


@dataclass(slots=True)
class Taken:
    """One advisor's taken time."""

    busy: list[Busy] = field(default_factory=list)
    absences: list[tuple[int, int]] = field(default_factory=list)


def load_taken(
    advisor_ids: Sequence[int],
    *,
    first: datetime,
    last: datetime,
    now: datetime,
    flow_id: str | None = None,
    claim: UUID | None = None,
) -> dict[int, Taken]:
    """Return what touches [first, last), by advisor. One query.

    Expired holds are left out, and so is what belongs to the flow or to the claim.
    """
    taken = {advisor_id: Taken() for advisor_id in advisor_ids}
    if not taken:
        return taken
    values: dict[str, Any] = {
        "advisors": list(taken),
        "first": first,
        "last": last,
        "lower": first - LONGEST_BLOCK,
        "now": now,
        "flow": flow_id,
        "claim": claim,
    }
    with connection.cursor() as cursor:
        cursor.execute(TAKEN, values)
        rows = cursor.fetchall()
    # As Busy._make does it, without its check of the length.
    busy = partial(tuple.__new__, Busy)
    for row in rows:
        own = taken[row[5]]
        if row[4] == ABSENCE:
            own.absences.append(row[:2])
        else:
            own.busy.append(busy(row[:5]))
    return taken
