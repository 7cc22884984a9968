"""The four roles, as groups with their permissions."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

OUR_APPS = ["directory", "segments", "scheduling", "portal"]
ADMINISTRATOR = "Administrator"
EVERY = "view add change delete"
BOOKED = {
    "scheduling.appointmentevent": "view",
    "scheduling.message": "view",
    "scheduling.document": "view",
}
WHAT_CAN_BE_BOOKED = {
    "directory.category": "view",
    "directory.subject": "view",
    "directory.question": "view",
    "directory.questionchoice": "view",
    "segments.segment": "view",
    "segments.segmentoffer": "view",
    "segments.availabilityrule": "view",
    "segments.rulewindow": "view",
}
ROLES = {
    "Office manager": {
        "scheduling.appointment": "view add change",
        **BOOKED,
        "directory.customer": "view change",
        "directory.office": "view change",
        "directory.openinghours": EVERY,
        "directory.closure": EVERY,
        "directory.switchedoffchannel": "view add",
        "directory.postalarea": "view",
        "directory.advisor": "view add change",
        "directory.expertise": EVERY,
        "directory.weektemplate": EVERY,
        "directory.weekblock": EVERY,
        "directory.daytemplate": EVERY,
        "directory.dayblock": EVERY,
        "directory.absence": EVERY,
        **WHAT_CAN_BE_BOOKED,
    },
    "Advisor": {
        "scheduling.appointment": "view change",
        **BOOKED,
        "directory.customer": "view",
        "directory.office": "view",
        "directory.category": "view",
        "directory.subject": "view",
        "directory.advisor": "view",
        "directory.expertise": "view",
        "directory.weektemplate": "view",
        "directory.weekblock": "view",
        "directory.daytemplate": "view",
        "directory.dayblock": "view",
        "directory.absence": EVERY,
    },
    "Planner": {
        "scheduling.appointment": "view add change",
        **BOOKED,
        "directory.customer": "view change",
        "directory.office": "view",
        "directory.openinghours": "view",
        "directory.closure": "view",
        "directory.switchedoffchannel": "view",
        "directory.postalarea": "view",
        "directory.advisor": "view",
        "directory.expertise": "view",
        "directory.weektemplate": "view",
        "directory.weekblock": "view",
        "directory.daytemplate": "view",
        "directory.dayblock": "view",
        "directory.absence": "view",
        **WHAT_CAN_BE_BOOKED,
    },
}


def codenames(grants):
    """Return (app, code name) of each permission: ("directory", "view_office")."""
    return {
        (app, f"{action}_{model}")
        for label, actions in grants.items()
        for app, model in [label.split(".")]
        for action in actions.split()
    }


def make_roles(apps, schema_editor):
    """Make the groups, or give those that are there the permissions that they lack.

    On an empty database no permission exists yet: Django makes them after all migrations.
    """
    for label in OUR_APPS:
        app = apps.get_app_config(label)
        app.models_module = True  # else Django believes that it has no models
        create_permissions(
            app, verbosity=0, apps=apps, using=schema_editor.connection.alias
        )
        app.models_module = None
    groups = apps.get_model("auth", "Group").objects
    permissions = apps.get_model("auth", "Permission").objects
    ours = permissions.filter(content_type__app_label__in=OUR_APPS)
    ids = {
        (app, code): pk
        for app, code, pk in ours.values_list(
            "content_type__app_label", "codename", "pk"
        )
    }
    administrators, _ = groups.get_or_create(name=ADMINISTRATOR)
    administrators.permissions.add(*ids.values())
    for name, grants in ROLES.items():
        group, _ = groups.get_or_create(name=name)
        group.permissions.add(*(ids[found] for found in codenames(grants)))


def keep_people_out(apps, schema_editor):
    """Delete the groups: without the code behind them they would reach every office."""
    apps.get_model("auth", "Group").objects.filter(
        name__in=[ADMINISTRATOR, *ROLES]
    ).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("directory", "0004_user_managed_offices"),
        # All models that the roles name.
        ("segments", "0003_no_cycles"),
        ("scheduling", "0006_announced_at_is_known"),
        ("portal", "0001_initial"),
    ]
    operations = [migrations.RunPython(make_roles, keep_people_out)]
