from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0005_fill_announced_at")]

    operations = [
        migrations.AlterField(
            model_name="appointment",
            name="announced_at",
            field=models.DateTimeField(
                help_text="When everybody was last told the time: no reminder is due before."
            ),
        ),
    ]
