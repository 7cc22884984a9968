"""Writes to segments and rules give the configuration a new version too."""

from django.db import migrations

TABLES = [
    "segments_segment",
    "segments_segmentoffer",
    "segments_availabilityrule",
    "segments_rulewindow",
    "segments_rulewindow_advisors",
]


class Migration(migrations.Migration):
    dependencies = [
        ("segments", "0001_initial"),
        ("directory", "0002_configuration_version"),
    ]
    operations = [
        migrations.RunSQL(
            f"CREATE TRIGGER new_configuration_version "
            f"AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION parlour_new_configuration_version()",
            f"DROP TRIGGER new_configuration_version ON {table}",
        )
        for table in TABLES
    ]
