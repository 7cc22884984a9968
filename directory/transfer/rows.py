"""Where the present rows of the configuration come from, and what they say as plain data."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from directory.transfer.kinds import Kind, Plain, meta_of
from directory.transfer.names import Names
from directory.transfer.values import default, encode, is_many

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Item:
    """A row, what it says, and the rows inside it."""

    row: Any
    plain: Plain
    parts: dict[str, list["Item"]]


class Rows(Protocol):
    """Rows of every kind at one moment. Their `id` is the primary key."""

    def of(self, kind: Kind, owners: Iterable[int] | None) -> list[Any]:
        """Return all rows of a kind, or those inside the given owners."""

    def many(self, kind: Kind, name: str, rows: list[Any]) -> dict[int, list[int]]:
        """Return what the rows name by a many-to-many field, by their id."""


class PresentRows:
    """The rows as they are now: one query a kind, one more for each many-to-many field."""

    def __init__(self, *, only: int | None = None) -> None:
        self.only = only

    def of(self, kind: Kind, owners: Iterable[int] | None) -> list[Any]:
        """Return all rows of a kind, or those inside the given owners."""
        found = kind.model.objects.filter(**kind.limit).order_by("pk")
        if owners is not None:
            found = found.filter(**{f"{kind.owner}_id__in": list(owners)})
        elif self.only is not None:
            found = found.filter(pk=self.only)
        return list(found)

    def many(self, kind: Kind, name: str, rows: list[Any]) -> dict[int, list[int]]:
        """Return what the rows name by a many-to-many field, by their id."""
        column = kind.columns[name]
        mine, theirs = column.m2m_column_name(), column.m2m_reverse_name()
        through = column.remote_field.through.objects.order_by("pk")
        return grouped(
            through.filter(**{f"{mine}__in": [row.id for row in rows]}).values_list(
                mine, theirs
            )
        )


def grouped(pairs: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    """Return the second values by the first ones."""
    found: dict[int, list[int]] = {}
    for one, other in pairs:
        found.setdefault(one, []).append(other)
    return found


def items_of(
    kind: Kind, rows: Rows, names: Names, owners: Iterable[int] | None = None
) -> list[Item]:
    """Return the objects of a kind with all that stands inside them, in the file's order.

    The number of queries depends on the kind alone.
    """
    found = rows.of(kind, owners)
    many = {
        name: rows.many(kind, name, found)
        for name, column in kind.columns.items()
        if is_many(column)
    }
    inside = {
        part.name: by_owner(part, items_of(part, rows, names, [r.id for r in found]))
        for part in kind.parts
    }
    items = []
    for row in found:
        parts = {name: owned.get(row.id, []) for name, owned in inside.items()}
        plain = {
            name: encode(
                column,
                many[name].get(row.id, [])
                if name in many
                else getattr(row, column.attname),
                names,
            )
            for name, column in kind.columns.items()
        }
        plain |= {name: [item.plain for item in each] for name, each in parts.items()}
        items.append(Item(row, plain, parts))
    return sorted(items, key=lambda item: order_of(kind, item))


def by_owner(kind: Kind, items: list[Item]) -> dict[int, list[Item]]:
    """Return rows by the object in which they stand, their order kept."""
    found: dict[int, list[Item]] = {}
    for item in items:
        found.setdefault(getattr(item.row, f"{kind.owner}_id"), []).append(item)
    return found


def order_of(kind: Kind, item: Item) -> list[tuple[bool, Any]]:
    """Return where an object stands: by what it says, at last by its age."""
    return [rank(item.plain[name], name) for name in kind.order] + [(True, item.row.id)]


def rank(value: Any, name: str) -> tuple[bool, Any]:
    """Return a value to sort by: nothing stands first, days as they follow."""
    if name == "weekday":
        return True, DAYS.index(value)
    return value is not None, value if value is not None else 0


def empty(kind: Kind, names: Names) -> Plain:
    """Return what a new object says that nobody has told anything."""
    fields: Plain = {
        name: encode(column, default(column), names)
        for name, column in kind.columns.items()
    }
    return fields | {part.name: [] for part in kind.parts}


def table_name(kind: Kind) -> str:
    """Return the name of a kind's table."""
    return str(meta_of(kind.model).db_table)
