"""Every page of the back office, from the URL configuration: for walks over all of them.

A new model joins by itself with its row in tests/roles.py, a new address without arguments
too. An address with arguments needs a line in ARGUMENTS, what is no page one in NO_PAGES.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.urls import NoReverseMatch, reverse

from tests.access import all_addresses
from tests.roles import World

# Of every model; and what one template of ours draws for all, of some.
KINDS = ("changelist", "add", "change")
SAMPLED = ("history", "delete", "table", "deleted")
SAMPLES = {"directory.advisor", "segments.segment", "scheduling.appointment"}
OF_A_ROW = {"change", "history", "delete"}
# Files, answers for scripts, posts, ways on: nothing to look at.
NO_PAGES = {
    *("admin:", "admin:logout", "admin:login", "admin:jsi18n", "admin:autocomplete"),
    *("admin:view_on_site", "admin:search"),  # that address is search:page
    *("admin:directory_organisation_configuration_file", "mailbox:calendar"),
    *("admin:scheduling_appointment_document", "mailbox:mail"),
    *("admin:scheduling_appointment_documents_zip", "admin:password_change_done"),
    *("admin:scheduling_messagetemplate_preview", "admin:scheduling_appointment_file"),
    *("admin:scheduling_appointment_view_delete", "insights:table"),
}


@dataclass(frozen=True)
class AdminPage:
    """A page of the back office: its address's name, and where it is.

    One that is alike is drawn as many others are: by the theme's templates alone.
    """

    name: str
    address: str
    is_alike: bool = False


OF_A_MEETING = ("accept", "decline", "complete", "no-show", "undo", "move", "reassign")
OF_A_MEETING += ("renew-link", "cancel", "documents", "note")


def of(*labels: str) -> Callable[[World], list[Any]]:
    """Return the keys of a world's rows."""
    return lambda world: [world.here[label].pk for label in labels]


MEETING = "scheduling.appointment"
ARGUMENTS: dict[str, Callable[[World], list[Any]]] = {
    **{f"admin:scheduling_appointment_{one}": of(MEETING) for one in OF_A_MEETING},
    "admin:scheduling_appointment_take_back": of(MEETING, "scheduling.document"),
    "admin:auth_user_password_change": of("directory.user"),
    "admin:segments_segment_duplicate": of("segments.segment"),
    "admin:app_list": lambda _world: ["scheduling"],
    "links:broken": of("segments.linkproblem"),
}
# Pages that show something only when they are asked.
ASKED = {
    "search:page": "?s=max",
    "why:page": "?subject=mortgage&channel=video&date=2026-05-05",
    "links:lab": "?link=/schedule/?segment%3DNONE%26subject%3Dmortgage",
}


def pages_of_models(world: World) -> Iterator[AdminPage]:
    """Yield the pages that each registered model has."""
    for model in admin.site._registry:
        label = model._meta.label_lower
        row = world.here.get(label)  # tables of others stay empty
        for kind in (*KINDS, *(SAMPLED if label in SAMPLES else ())):
            name = f"admin:{label.replace('.', '_')}_{kind}"
            args = [row.pk] if kind in OF_A_ROW and row else []
            if kind in OF_A_ROW and row is None:
                continue
            try:
                yield AdminPage(name, reverse(name, args=args), label not in SAMPLES)
            except NoReverseMatch:
                continue  # the model has no such page


def names_of_other_pages() -> list[str]:
    """Return the names of all other addresses, as the URL configuration has them."""
    of_models = {
        f"admin:{model._meta.app_label}_{model._meta.model_name}_{kind}"
        for model in admin.site._registry
        for kind in (*KINDS, *SAMPLED, "table_file", "restore")
    }
    names = [name for name, route in all_addresses() if route.startswith("admin/")]
    return [
        name
        for name in dict.fromkeys(names)
        if name not in of_models and name not in NO_PAGES
    ]


def other_pages(world: World) -> Iterator[AdminPage]:
    for name in names_of_other_pages():
        args = ARGUMENTS[name](world) if name in ARGUMENTS else []
        yield AdminPage(name, reverse(name, args=args) + ASKED.get(name, ""))


def all_pages(world: World) -> list[AdminPage]:
    """Return every page of the back office that an administrator opens."""
    return [*pages_of_models(world), *other_pages(world)]
