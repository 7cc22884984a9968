"""Earlier states of an object and of the rows inside it, from their history."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from directory.history import BEFORE_ALL, FIRST_STATE
from directory.transfer.differences import Difference, differences
from directory.transfer.dumping import dump
from directory.transfer.kinds import Kind, Plain
from directory.transfer.names import Names
from directory.transfer.rows import Item, PresentRows, items_of
from directory.transfer.values import is_many

MOST_MOMENTS = 100
GONE = "-"


Keep = Callable[[Kind, Any], bool]


def keep_all(_kind: Kind, _row: Any) -> bool:
    """Keep every row."""
    return True


@dataclass(frozen=True, slots=True)
class Moment:
    """One change: when, by whom (a user's id), and why."""

    at: datetime
    user: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A change as its object's page tells it. Without a state there is none to restore."""

    moment: Moment
    differences: tuple[Difference, ...]
    made: bool
    deleted: bool
    is_restorable: bool

    @property
    def is_first_state(self) -> bool:
        return self.moment.at == BEFORE_ALL


@dataclass(slots=True)
class Recorded:
    """What is kept of a kind's rows: states by row, oldest first, and rows without any."""

    states: dict[int, list[Any]]
    unrecorded: list[Any]
    many: dict[str, dict[int, list[int]]]  # by history id
    present: dict[str, dict[int, list[int]]]  # by id, of rows without states

    @property
    def ids(self) -> set[int]:
        return {*self.states, *(row.id for row in self.unrecorded)}


class Archive:
    """All that is kept of one object. Its number of queries depends on the kind alone.

    `keep` tells which of the rows inside the object are shown.
    """

    def __init__(self, kind: Kind, pk: int, keep: Keep = keep_all) -> None:
        self.kind = kind
        self.keep = keep
        self.names = Names()
        self.recorded: dict[type[Any], Recorded] = {}
        self._load(kind, [pk])

    def _load(self, kind: Kind, owners: Iterable[int]) -> None:
        model, history = kind.model, kind.model.history
        if kind.owner:
            mine = {f"{kind.owner}_id__in": list(owners)}
            ids = set(history.filter(**mine).values_list("id", flat=True))
            rows = model.objects.filter(**mine)
        else:
            ids = set(owners)
            rows = model.objects.filter(pk__in=ids)
        states: dict[int, list[Any]] = {}
        found = [
            state
            for state in history.filter(id__in=ids).order_by(
                "history_date", "history_id"
            )
            if self.keep(kind, state)
        ]
        for state in found:
            states.setdefault(state.id, []).append(state)
        recorded = {state.id for state in found}
        unrecorded = [
            row
            for row in rows.order_by("pk")
            if row.pk not in recorded and self.keep(kind, row)
        ]
        names = [name for name, column in kind.columns.items() if is_many(column)]
        self.recorded[model] = Recorded(
            states,
            unrecorded,
            {name: many_then(kind, name, found) for name in names},
            {name: PresentRows().many(kind, name, unrecorded) for name in names},
        )
        for part in kind.parts:
            self._load(part, self.recorded[model].ids)

    def moments(self) -> list[Moment]:
        """Return all changes, the latest first. What was written together is one."""
        found: dict[datetime, Moment] = {}
        for recorded in self.recorded.values():
            for states in recorded.states.values():
                for state in states:
                    if state.history_date > BEFORE_ALL:
                        found[state.history_date] = Moment(
                            state.history_date,
                            state.history_user_id,
                            state.history_change_reason or "",
                        )
        return [found[at] for at in sorted(found, reverse=True)]

    def at(self, moment: datetime) -> Item | None:
        """Return the object as it was; None: it was not there."""
        items = items_of(self.kind, PastRows(self.recorded, moment), self.names)
        return items[0] if items else None

    def entries(self) -> list[Entry]:
        """Return the latest changes in words, the last one first."""
        moments = self.moments()
        shown = moments[:MOST_MOMENTS]
        earlier = [moment.at for moment in moments[1:]] + [BEFORE_ALL]
        found = []
        for moment, before in zip(shown, earlier, strict=False):
            entry = self.entry(moment, before)
            if entry.made or entry.deleted or entry.differences:
                found.append(entry)
        if moments and self.at(BEFORE_ALL):
            first = Moment(BEFORE_ALL, None, FIRST_STATE)
            restorable = self.kind.is_restorable
            found.append(
                Entry(first, (), made=False, deleted=False, is_restorable=restorable)
            )
        return found

    def entry(self, moment: Moment, before: datetime) -> Entry:
        """Return one change in words."""
        old, new = self.at(before), self.at(moment.at)
        return Entry(
            moment,
            differences=tuple(differences(self.kind, old.plain, new.plain))
            if old and new
            else (),
            made=old is None and new is not None,
            deleted=old is not None and new is None,
            is_restorable=self.kind.is_restorable and new is not None,
        )


class PastRows:
    """The rows as they were at a moment. A row without any state was always there."""

    def __init__(
        self, recorded: Mapping[type[Any], Recorded], moment: datetime
    ) -> None:
        self.recorded = recorded
        self.moment = moment

    def of(self, kind: Kind, owners: Iterable[int] | None) -> list[Any]:
        """Return the rows of a kind, those inside the given owners."""
        recorded = self.recorded[kind.model]
        rows = [
            *recorded.unrecorded,
            *filter(None, map(self.last, recorded.states.values())),
        ]
        if owners is None:
            return rows
        wanted = set(owners)
        return [row for row in rows if getattr(row, f"{kind.owner}_id") in wanted]

    def last(self, states: list[Any]) -> Any:
        """Return a row's state at the moment; None: it was not there."""
        past = [state for state in states if state.history_date <= self.moment]
        return past[-1] if past and past[-1].history_type != GONE else None

    def many(self, kind: Kind, name: str, rows: list[Any]) -> dict[int, list[int]]:
        """Return what the rows named by a many-to-many field, by their id."""
        recorded = self.recorded[kind.model]
        return {
            row.id: recorded.many[name].get(row.history_id, [])
            if hasattr(row, "history_id")
            else recorded.present[name].get(row.id, [])
            for row in rows
        }


def many_then(kind: Kind, name: str, states: list[Any]) -> dict[int, list[int]]:
    """Return what states named by a many-to-many field, by history id. One query."""
    column = kind.columns[name]
    there = f"{column.m2m_reverse_field_name()}_id"
    kept = getattr(column.model.history.model, name).model
    found: dict[int, list[int]] = {}
    rows = kept.objects.filter(history_id__in=[state.history_id for state in states])
    for history_id, pk in rows.order_by("pk").values_list("history_id", there):
        found.setdefault(history_id, []).append(pk)
    return found


def fingerprint(plain: Plain | None) -> str:
    """Return a short text that changes with what an object says."""
    return hashlib.sha256(dump(plain or {}).encode()).hexdigest()[:16]
