"""Every write to a configuration table gives the configuration a new version."""

from django.db import migrations

TABLES = [
    "directory_office",
    "directory_openinghours",
    "directory_closure",
    "directory_postalarea",
    "directory_switchedoffchannel",
    "directory_category",
    "directory_subject",
    "directory_question",
    "directory_questionchoice",
    "directory_advisor",
    "directory_expertise",
    "directory_weektemplate",
    "directory_weekblock",
    "directory_weekblock_subjects",
    "directory_daytemplate",
    "directory_dayblock",
    "directory_dayblock_subjects",
    "directory_organisation",
]

FUNCTION = """
CREATE FUNCTION parlour_new_configuration_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO directory_configurationversion (id, version)
    VALUES (1, gen_random_uuid())
    ON CONFLICT (id) DO UPDATE SET version = EXCLUDED.version;
    RETURN NULL;
END $$
"""


def triggers(tables):
    """Return operations that watch `tables`: once a statement, TRUNCATE included."""
    return [
        migrations.RunSQL(
            f"CREATE TRIGGER new_configuration_version "
            f"AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION parlour_new_configuration_version()",
            f"DROP TRIGGER new_configuration_version ON {table}",
        )
        for table in tables
    ]


class Migration(migrations.Migration):
    dependencies = [("directory", "0001_initial")]
    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION parlour_new_configuration_version"),
        *triggers(TABLES),
    ]
