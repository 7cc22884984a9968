"""The groups of the roles: the migration and the seed make the same ones."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

from directory.grants import Role, codenames
from directory.services import load_roles

OTHERS = set(Role) - {Role.ADMINISTRATOR}


def permissions_of(name):
    found = Permission.objects.filter(group__name=name)
    rows = found.values_list("content_type__app_label", "codename")
    return {f"{app}.{code}" for app, code in rows}


def test_the_groups_carry_what_the_tables_say(db):
    Group.objects.all().delete()
    Permission.objects.all().delete()

    load_roles()
    load_roles()

    assert set(Group.objects.values_list("name", flat=True)) == set(Role)
    for role in OTHERS:
        assert permissions_of(role) == codenames(role), role
    assert permissions_of(Role.ADMINISTRATOR) > codenames(Role.PLANNER)


def test_what_staff_gave_a_group_stays(db):
    load_roles()
    planner = Group.objects.get(name=Role.PLANNER)
    planner.permissions.add(Permission.objects.get(codename="view_banner"))

    load_roles()

    assert permissions_of(planner) == codenames(Role.PLANNER) | {"portal.view_banner"}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_migration_makes_the_same_groups_where_permissions_are_missing():
    call_command("migrate", "directory", "0004", verbosity=0)
    assert not Group.objects.exists()
    Permission.objects.filter(codename__startswith="view_").delete()

    call_command("migrate", verbosity=0)

    assert set(Group.objects.values_list("name", flat=True)) == set(Role)
    for role in OTHERS:
        assert permissions_of(role) == codenames(role), role
    names = dict(Permission.objects.values_list("codename", "name"))
    assert names["view_openinghours"] == "Can view opening hours"
