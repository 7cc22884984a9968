"""A segment's ancestors never lead back to it, whoever writes the row."""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION parlour_segment_has_no_cycle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        WITH RECURSIVE above (id, parent_id) AS (
            SELECT id, parent_id FROM segments_segment WHERE id = NEW.parent_id
            UNION
            SELECT s.id, s.parent_id FROM segments_segment s JOIN above a
                ON s.id = a.parent_id
        )
        SELECT FROM above WHERE id = NEW.id
    ) THEN
        RAISE EXCEPTION 'segment % would be its own ancestor', NEW.code
            USING ERRCODE = 'check_violation', CONSTRAINT = 'segment_no_cycle';
    END IF;
    RETURN NEW;
END $$
"""
TRIGGER = """
CREATE TRIGGER segment_no_cycle BEFORE INSERT OR UPDATE OF parent_id ON segments_segment
FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL)
EXECUTE FUNCTION parlour_segment_has_no_cycle()
"""


class Migration(migrations.Migration):
    dependencies = [("segments", "0002_configuration_version")]
    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION parlour_segment_has_no_cycle"),
        migrations.RunSQL(TRIGGER, "DROP TRIGGER segment_no_cycle ON segments_segment"),
    ]
