"""Counting how far flows come, and what they do not find: without personal data."""

from datetime import date, datetime

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import CharField, F, Func, Value

from directory.queries import catalogue
from scheduling.models import Flow, UnmetDemand

ADD_ONE = """
INSERT INTO scheduling_stepcount (day, step, segment_codes, count) VALUES (%s, %s, %s, 1)
ON CONFLICT (day, step, segment_codes)
DO UPDATE SET count = scheduling_stepcount.count + 1
"""
ADD_UNMET = """
INSERT INTO scheduling_unmetdemand
  (day, reason, segment_codes, subject_id, channel, office_id, count)
VALUES (%s, %s, %s, %s, %s, %s, 1)
ON CONFLICT (day, reason, segment_codes, subject_id, channel, office_id)
DO UPDATE SET count = scheduling_unmetdemand.count + 1
"""
SEGMENT_LETTERS = 1500
UNMET = "unmet"  # among a flow's counted steps


class Append(Func):
    """An array with one more element."""

    function = "array_append"
    output_field = ArrayField(CharField(max_length=20))


def count_step(flow: Flow, step: str, *, now: datetime) -> None:
    """Count that a flow reached a step, once for each flow.

    Two queries the first time, none after that. Call it outside of long transactions:
    the day's row is shared by all flows.
    """
    if _is_first(flow, step):
        day, codes = _day(now), _codes(flow)
        with connection.cursor() as cursor:
            cursor.execute(ADD_ONE, [day, step, codes])


def count_unmet(
    flow: Flow, reason: UnmetDemand.Reason, *, now: datetime, channel: str = ""
) -> None:
    """Count that a flow found nothing to book, once for each flow: the first time.

    `channel` is one that was asked for and not kept. Two queries the first time, none
    after that. Call it outside of long transactions.
    """
    if _is_first(flow, UNMET):
        office_id = None if channel else flow.office_id
        day, codes = _day(now), _codes(flow)
        wanted = [flow.subject_id, channel or flow.channel, office_id]
        with connection.cursor() as cursor:
            cursor.execute(ADD_UNMET, [day, reason.value, codes, *wanted])


def _is_first(flow: Flow, step: str) -> bool:
    """Mark a flow as counted; tell whether it was not. One query, or none."""
    if step in flow.reached_steps or flow.changes_id is not None:
        return False  # who changes a booked meeting is not on the way to one
    flow.reached_steps = [*flow.reached_steps, step]
    return bool(
        Flow.objects.filter(pk=flow.pk)
        .exclude(reached_steps__contains=[step])
        .update(reached_steps=Append(F("reached_steps"), Value(step)))
    )


def _day(now: datetime) -> date:
    return now.astimezone(catalogue().organisation.zone).date()


def _codes(flow: Flow) -> str:
    return ",".join(sorted(set(flow.segment_codes)))[:SEGMENT_LETTERS]
