"""Count what must never be: overlaps, orphans, missing and double messages."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection, transaction

from config import clock
from scheduling.models import Appointment, BusyInterval
from scheduling.reminders import overdue_reminders

UNSENT_GRACE = timedelta(minutes=5)  # the worker needs a moment
EXPIRED_GRACE = timedelta(minutes=30)  # a job deletes expired holds before that

# Each statement counts faults; one statement sees one state of the database.
FAULTS: Mapping[str, str] = {
    "overlaps": """
        SELECT count(*) FROM scheduling_busyinterval a
          JOIN scheduling_busyinterval b
            ON b.advisor_id = a.advisor_id AND b.id > a.id AND b.claim <> a.claim
           AND b.starts_at < a.ends_at AND b.ends_at > a.starts_at
         WHERE a.is_active AND b.is_active
           AND a.kind <> 'imported' AND b.kind <> 'imported'
    """,
    "overlapping_meetings": """
        SELECT count(*) FROM scheduling_appointment a
          JOIN scheduling_appointment b
            ON b.advisor_id = a.advisor_id AND b.id > a.id
           AND b.starts_at < a.ends_at AND b.ends_at > a.starts_at
         WHERE a.status IN ('requested', 'confirmed')
           AND b.status IN ('requested', 'confirmed')
    """,
    "orphan_holds": """
        SELECT count(*) FROM scheduling_busyinterval busy
          LEFT JOIN scheduling_flow flow ON flow.id = busy.flow_id
         WHERE busy.kind = 'hold' AND busy.is_active
           AND (flow.id IS NULL OR flow.is_booked)
    """,
    "meetings_without_time": """
        SELECT count(*) FROM scheduling_appointment meeting
          LEFT JOIN scheduling_busyinterval busy
            ON busy.appointment_id = meeting.id AND busy.is_active
         WHERE meeting.status IN ('requested', 'confirmed')
           AND (busy.id IS NULL OR busy.advisor_id <> meeting.advisor_id
                OR busy.meeting_starts_at <> meeting.starts_at
                OR busy.meeting_ends_at <> meeting.ends_at)
    """,
    "time_without_meeting": """
        SELECT count(*) FROM scheduling_busyinterval busy
          LEFT JOIN scheduling_appointment meeting ON meeting.id = busy.appointment_id
         WHERE busy.kind = 'appointment' AND busy.is_active
           AND (meeting.id IS NULL OR meeting.status = 'cancelled')
    """,
    "double_appointments": """
        SELECT coalesce(sum(n - 1), 0) FROM (
            SELECT count(*) AS n FROM scheduling_appointment
             WHERE flow_key <> '' GROUP BY flow_key
        ) AS each WHERE n > 1
    """,
    "flows_without_appointment": """
        SELECT count(*) FROM scheduling_flow flow
         WHERE flow.is_booked AND flow.changes_id IS NULL AND NOT EXISTS (
            SELECT 1 FROM scheduling_appointment WHERE flow_key = flow.id)
    """,
    "missing_history": """
        SELECT count(*) FROM scheduling_appointment meeting
         WHERE flow_key <> '' AND NOT EXISTS (
            SELECT 1 FROM scheduling_appointmentevent
             WHERE appointment_id = meeting.id AND kind = 'booked')
    """,
    "missing_messages": """
        SELECT count(*) FROM scheduling_appointment meeting
         WHERE flow_key <> '' AND email <> '' AND (
            NOT EXISTS (
                SELECT 1 FROM scheduling_message
                 WHERE appointment_id = meeting.id AND recipient = 'customer'
                   AND kind IN ('confirmed', 'requested'))
            OR status = 'cancelled' AND NOT EXISTS (
                SELECT 1 FROM scheduling_message
                 WHERE appointment_id = meeting.id AND recipient = 'customer'
                   AND kind IN ('cancelled', 'declined')))
    """,
    "untold_changes": """
        SELECT count(*) FROM scheduling_appointmentevent event
          JOIN scheduling_appointment meeting ON meeting.id = event.appointment_id
         WHERE meeting.flow_key <> '' AND meeting.email <> ''
           AND (event.new ->> 'revision')::int = meeting.revision
           AND NOT EXISTS (
            SELECT 1 FROM scheduling_message message
             WHERE message.appointment_id = meeting.id
               AND message.revision = meeting.revision
               AND message.recipient = 'customer'
               AND message.kind = CASE
                   WHEN event.kind IN ('moved', 'edited', 'link_renewed')
                   THEN 'changed' ELSE event.kind END)
    """,
    "untold_former_advisors": """
        SELECT count(*) FROM scheduling_appointmentevent event
          JOIN scheduling_appointment meeting ON meeting.id = event.appointment_id
          JOIN directory_advisor advisor
            ON advisor.id = (event.old ->> 'advisor')::bigint AND advisor.email <> ''
         WHERE meeting.flow_key <> '' AND event.kind IN ('moved', 'reassigned')
           AND NOT EXISTS (
            SELECT 1 FROM scheduling_message message
             WHERE message.appointment_id = meeting.id
               AND message.revision = (event.new ->> 'revision')::int
               AND message.recipient = 'former_advisor'
               AND message.advisor_id = advisor.id)
    """,
    "lost_messages": """
        SELECT count(*) FROM scheduling_message message
         WHERE sent_at IS NULL AND skipped = '' AND created_at < %(unsent)s
           AND NOT EXISTS (
            SELECT 1 FROM procrastinate_jobs
             WHERE status IN ('todo', 'doing')
               AND task_name = 'scheduling.send_message'
               AND (args ->> 'message_id')::bigint = message.id)
    """,
    "double_messages": """
        SELECT coalesce(sum(n - 1), 0) FROM (
            SELECT count(*) AS n FROM scheduling_message
             GROUP BY appointment_id, kind, revision, recipient, lower(address)
        ) AS each WHERE n > 1
    """,
    "double_reminders": """
        SELECT coalesce(sum(n - 1), 0) FROM (
            SELECT count(*) AS n FROM scheduling_message
             WHERE for_start IS NOT NULL AND sent_at IS NOT NULL
             GROUP BY appointment_id, kind, recipient, for_start
        ) AS each WHERE n > 1
    """,
    "reminders_after_the_start": """
        SELECT count(*) FROM scheduling_message WHERE sent_at >= for_start
    """,
}


class Command(BaseCommand):
    """`manage.py verify --json`: exits with 1 when anything is wrong."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *_args: Any, as_json: bool, **_options: Any) -> None:
        counts = count_everything(now=clock.now())
        if as_json:
            self.stdout.write(json.dumps(counts, indent=2))
        else:
            for name, count in counts.items():
                self.stdout.write(f"{name.replace('_', ' ')}: {count}")
        if counts["faults"]:
            sys.exit(1)


def count_everything(*, now: datetime) -> dict[str, int]:
    """Return the counts of appointments and of each kind of fault."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")  # a big table takes its time
        faults = {}
        for name, statement in FAULTS.items():
            cursor.execute(statement, {"unsent": now - UNSENT_GRACE})
            faults[name] = int(cursor.fetchone()[0])
        holds = BusyInterval.objects.filter(kind=BusyInterval.Kind.HOLD)
        return {
            "appointments": Appointment.objects.count(),
            "cancelled": Appointment.objects.filter(status="cancelled").count(),
            "holds": holds.count(),
            "expired_holds": holds.filter(expires_at__lt=now - EXPIRED_GRACE).count(),
            "overdue_reminders": overdue_reminders(now=now, grace=UNSENT_GRACE),
            **faults,
            "faults": sum(faults.values()),
        }
