"""Counting how far flows come: the funnel, without personal data."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import CharField, F, Func, Value

from directory.queries import catalogue
from scheduling.models import Flow

ADD_ONE = """
INSERT INTO scheduling_stepcount (day, step, segment_codes, count) VALUES (%s, %s, %s, 1)
ON CONFLICT (day, step, segment_codes)
DO UPDATE SET count = scheduling_stepcount.count + 1
"""
SEGMENT_LETTERS = 1500


class Append(Func):
    """An array with one more element."""

    function = "array_append"
    output_field = ArrayField(CharField(max_length=20))


def count_step(flow: Flow, step: str, *, now: datetime) -> None:
    """Count that a flow reached a step, once for each flow.

    Two queries the first time, none after that. Call it outside of long transactions:
    the day's row is shared by all flows.
    """
    if step in flow.reached_steps or flow.changes_id is not None:
        return  # who changes a booked meeting is not on the way to one
    flow.reached_steps = [*flow.reached_steps, step]
    is_first = (
        Flow.objects.filter(pk=flow.pk)
        .exclude(reached_steps__contains=[step])
        .update(reached_steps=Append(F("reached_steps"), Value(step)))
    )
    if is_first:
        day = now.astimezone(catalogue().organisation.zone).date()
        codes = ",".join(sorted(set(flow.segment_codes)))[:SEGMENT_LETTERS]
        with connection.cursor() as cursor:
            cursor.execute(ADD_ONE, [day, step, codes])
