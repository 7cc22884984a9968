"""Both rank thresholds or none: NULL let a pair with only T1 pass."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("directory", "0006_configuration_history"),
        ("segments", "0005_whole_thresholds"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="availabilityrule",
            name="rule_thresholds_in_order",
        ),
        migrations.AddConstraint(
            model_name="availabilityrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("threshold_junior", None), ("threshold_regular", None)),
                    models.Q(
                        ("threshold_junior__gte", models.F("threshold_regular")),
                        ("threshold_junior__isnull", False),
                        ("threshold_regular__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="rule_thresholds_in_order",
                violation_error_message="Give both thresholds, T1 not above T2.",
            ),
        ),
    ]
