"""Writes to the standing data that are more than one form's save."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import holidays
from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db import transaction

from directory.grants import OUR_APPS, Role, codenames
from directory.models import Closure, Office, Organisation

YEARS_AHEAD = 2
ENGLISH = "en_US"


class HolidaysUnknownError(Exception):
    """Nobody knows the public holidays of this country or region."""

    def __init__(self, country: str, region: str) -> None:
        self.message = (
            f"No public holidays are known for {country} {region}".rstrip()
            + ". Check the country and region of the office, or add closures by hand."
        )
        super().__init__(self.message)


@transaction.atomic
def add_public_holidays(
    office: Office, years: Iterable[int] | None = None, *, now: datetime
) -> list[Closure]:
    """Add the public holidays of an office's country and region as closures.

    A date that has a holiday row already stays as it is: also one that staff have lifted.
    Without years: this one and the next two, in the office's zone.

    Returns:
        The added rows, by date.

    Raises:
        HolidaysUnknownError: the country or region is not in the holiday tables.
    """
    if years is None:
        this_year = now.astimezone(office.zone).year
        years = range(this_year, this_year + YEARS_AHEAD + 1)
    calendar = _calendar(office, list(years))
    Office.objects.select_for_update(no_key=True).get(pk=office.pk)
    known = set(
        Closure.objects.filter(office=office, is_public_holiday=True).values_list(
            "first_day", flat=True
        )
    )
    return Closure.objects.bulk_create(
        Closure(
            office=office,
            name=name[:200],
            first_day=day,
            last_day=day,
            is_public_holiday=True,
        )
        for day, name in sorted(calendar.items())
        if day not in known
    )


def lift_closure(closure: Closure) -> None:
    """Open the office on a closure's days after all.

    A public holiday keeps its row, marked as lifted, so that it is not added again; any
    other closure is deleted.
    """
    if closure.is_public_holiday:
        closure.is_lifted = True
        closure.save(update_fields=["is_lifted"])
    else:
        closure.delete()


def _calendar(office: Office, years: list[int]) -> Any:
    country, region = office.country.upper(), office.region or None
    organisation = Organisation.objects.first() or Organisation()
    language: str | None = organisation.language
    try:
        supported = holidays.country_holidays(country).supported_languages
        if language not in supported:
            language = ENGLISH if ENGLISH in supported else None
        return holidays.country_holidays(
            country, subdiv=region, years=years, language=language
        )
    except NotImplementedError as error:
        raise HolidaysUnknownError(country, office.region) from error


@transaction.atomic
def load_roles() -> dict[Role, Group]:
    """Return the groups of the roles; what is missing of them is made first.

    A migration makes them too; a database that was flushed has none. What staff added to
    a group stays.
    """
    for label in OUR_APPS:
        create_permissions(apps.get_app_config(label), verbosity=0)
    ids = {
        f"{app}.{code}": pk
        for app, code, pk in Permission.objects.filter(
            content_type__app_label__in=OUR_APPS
        ).values_list("content_type__app_label", "codename", "pk")
    }
    groups = {}
    for role in Role:
        groups[role], _ = Group.objects.get_or_create(name=role.value)
        names = ids if role == Role.ADMINISTRATOR else codenames(role)
        groups[role].permissions.add(*(ids[name] for name in names))
    return groups
