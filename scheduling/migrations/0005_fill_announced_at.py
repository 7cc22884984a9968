"""Everybody was told the time of the old rows when they changed last.

The first reminder, a day before, is part of the product: staff change it or switch it off.
"""

from django.db import migrations

FILL = "UPDATE scheduling_appointment SET announced_at = changed_at WHERE announced_at IS NULL"


def add_first_reminder(apps, _schema_editor):
    reminder = apps.get_model("scheduling", "Reminder")
    reminder.objects.get_or_create(
        code="day-before", defaults={"minutes_before": 24 * 60}
    )


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0004_appointment_life")]

    operations = [
        migrations.RunSQL("SET LOCAL statement_timeout = 0", migrations.RunSQL.noop),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunPython(add_first_reminder, migrations.RunPython.noop),
    ]
