"""Read what advisors' time is taken by: one statement, whatever their number."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from scheduling.availability.types import Busy

# A meeting and each of its buffers take at most 12 hours (checks on AvailabilityRule).
# A bound below as well as above keeps the read inside a range of the index by start.
LONGEST_BLOCK = timedelta(hours=36)
ABSENCE = "absence"

# Minutes since 1970, rounded outwards, in columns, as the engine wants them. Rows of
# timestamps take ten times as long to read, and 50,000 objects wake the collector.
TAKEN = """
WITH taken AS (
SELECT advisor_id, starts_at, ends_at, meeting_starts_at, meeting_ends_at, kind
  FROM scheduling_busyinterval
 WHERE is_active AND kind <> 'imported' AND advisor_id = ANY(%(advisors)s::bigint[])
   AND starts_at > %(lower)s AND starts_at < %(last)s AND ends_at > %(first)s
   AND (expires_at IS NULL OR expires_at > %(now)s)
   AND (%(flow)s::text IS NULL OR flow_id IS DISTINCT FROM %(flow)s)
   AND (%(claim)s::uuid IS NULL OR claim <> %(claim)s)
UNION ALL
SELECT advisor_id, starts_at, ends_at, meeting_starts_at, meeting_ends_at, kind
  FROM scheduling_busyinterval
 WHERE is_active AND kind = 'imported' AND advisor_id = ANY(%(advisors)s::bigint[])
   AND starts_at < %(last)s AND ends_at > %(first)s
UNION ALL
SELECT advisor_id, starts_at, ends_at, starts_at, ends_at, 'absence'
  FROM directory_absence
 WHERE advisor_id = ANY(%(advisors)s::bigint[])
   AND starts_at < %(last)s AND ends_at > %(first)s
)
SELECT advisor_id, kind, before, after,
       string_agg(since::text, ','), string_agg(until::text, ',')
  FROM (
SELECT advisor_id, kind,
       floor(date_part('epoch', starts_at) / 60)::int AS since,
       ceil(date_part('epoch', ends_at) / 60)::int AS until,
       CASE WHEN meeting_starts_at = starts_at THEN 0
            ELSE (floor(date_part('epoch', meeting_starts_at) / 60)
                  - floor(date_part('epoch', starts_at) / 60))::int END AS before,
       CASE WHEN meeting_ends_at = ends_at THEN 0
            ELSE (ceil(date_part('epoch', ends_at) / 60)
                  - ceil(date_part('epoch', meeting_ends_at) / 60))::int END AS after
  FROM taken
) rounded
 GROUP BY 1, 2, 3, 4
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
        "advisors": f"{{{','.join(map(str, taken))}}}",  # quicker than a list
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
    for advisor_id, kind, before, after, since, until in rows:
        own = taken[advisor_id]
        starts, ends = [[*map(int, text.split(","))] for text in (since, until)]
        if kind == ABSENCE:
            own.absences.extend(zip(starts, ends, strict=True))
        else:
            own.busy.append(Busy(kind, starts, ends, before, after))
    return taken
