"""Half a pair of rank thresholds never had an effect: empty it."""

from django.db import migrations
from django.db.models import Q


def empty_halves(apps, _schema_editor):
    rules = apps.get_model("segments", "AvailabilityRule").objects
    half = Q(threshold_regular=None) ^ Q(threshold_junior=None)
    rules.filter(half).update(threshold_regular=None, threshold_junior=None)


class Migration(migrations.Migration):
    dependencies = [("segments", "0004_configuration_history")]
    operations = [migrations.RunPython(empty_halves, migrations.RunPython.noop)]
