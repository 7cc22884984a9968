"""Write what a file wants: everything or nothing."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import DatabaseError, transaction

from directory.history import one_change
from directory.transfer.checking import faults, refusal
from directory.transfer.differences import Difference, differences
from directory.transfer.errors import NotUnderstood
from directory.transfer.finding import Finder, parents_first, place_of
from directory.transfer.kinds import Kind, Plain, all_kinds
from directory.transfer.names import Names
from directory.transfer.reading import (
    FileRefused,
    Problem,
    Reader,
    Wanted,
    full_plain,
    parse,
    unknown_sentence,
)
from directory.transfer.rows import Item, PresentRows, items_of, rank
from directory.transfer.values import is_many, shown


@dataclass(frozen=True, slots=True)
class Written:
    """An object that the import makes or changes."""

    word: str
    title: str
    differences: tuple[Difference, ...] = ()
    note: str = ""


@dataclass(slots=True)
class Report:
    """What an import did, or would do. With problems nothing is written."""

    created: list[Written] = field(default_factory=list)
    changed: list[Written] = field(default_factory=list)
    unchanged: int = 0
    untouched: list[Written] = field(default_factory=list)  # here, but not in the file
    problems: list[Problem] = field(default_factory=list)

    @property
    def writes(self) -> bool:
        return bool(self.created or self.changed)


def import_configuration(text: str, *, reason: str, now: datetime) -> Report:
    """Write what the file says, if all of it can be written.

    Objects that the file does not name stay as they are. The number of queries grows with
    what changes. `reason` is what the history tells.
    """
    return _run(text, reason=reason, now=now, keep=True)


def try_configuration(text: str, *, now: datetime) -> Report:
    """Return what an import would do. Nothing is written: its transaction is taken back."""
    return _run(text, reason="", now=now, keep=False)


def _run(text: str, *, reason: str, now: datetime, keep: bool) -> Report:
    report = Report()
    try:
        document = parse(text)
    except FileRefused as error:
        report.problems.append(Problem("", error.sentence))
        return report
    with transaction.atomic(), one_change(reason, at=now):
        Importer(report, now).run(document)
        if report.problems or not keep:
            transaction.set_rollback(True)
    return report


def restore(kind: Kind, pk: int, plain: Plain, *, reason: str, now: datetime) -> Report:
    """Make an object again what it once was, with all that stood inside it."""
    return _restore(kind, pk, plain, reason=reason, now=now, keep=True)


def try_restore(kind: Kind, pk: int, plain: Plain, *, now: datetime) -> Report:
    """Return what a restoration would do. Nothing is written."""
    return _restore(kind, pk, plain, reason="", now=now, keep=False)


def _restore(
    kind: Kind, pk: int, plain: Plain, *, reason: str, now: datetime, keep: bool
) -> Report:
    report = Report()
    with transaction.atomic(), one_change(reason, at=now):
        importer = Importer(report, now)
        present = items_of(kind, PresentRows(only=pk), importer.names)
        item = present[0] if present else None
        importer.put(kind, kind.title_of(plain), plain, item, pk)
        if report.problems or not keep:
            transaction.set_rollback(True)
    return report


class Importer:
    """Writes objects kind by kind; the transaction around it is its caller's."""

    def __init__(self, report: Report, now: datetime) -> None:
        self.report = report
        self.now = now
        self.names = Names()
        self.reader = Reader(self.names)
        self.reader.problems = report.problems

    def run(self, document: Plain) -> None:
        """Write all that a file says."""
        kinds = all_kinds()
        known = [kind.name for kind in kinds]
        for name in document:
            if name not in known:
                self.report.problems.append(Problem("", unknown_sentence(name, known)))
        for kind in kinds:
            if kind.name in document:
                self.take(kind, document[kind.name])

    def take(self, kind: Kind, data: Any) -> None:
        """Write the objects of one kind."""
        if kind.is_single:
            data = [data]
        elif not isinstance(data, list):
            sentence = "Write a list in square brackets."
            self.report.problems.append(Problem(kind.name, sentence))
            return
        present = items_of(kind, PresentRows(), self.names)
        finder = Finder(kind, present)
        for place, one in self.in_order(kind, data):
            self.take_one(kind, place, one, finder)
        self.report.untouched += [
            Written(kind.word, kind.title_of(item.plain))
            for item in present
            if item.row.id not in finder.taken
        ]

    def in_order(self, kind: Kind, data: list[Any]) -> list[tuple[str, Any]]:
        """Return the objects with their places; what others stand below comes first."""
        placed = [
            (kind.name if kind.is_single else place_of(kind, one, number), one)
            for number, one in enumerate(data, start=1)
        ]
        if "parent" not in kind.fields:
            return placed
        order, circles = parents_first(placed)
        for place, one in circles:
            sentence = f"{shown(one['parent'])} is below this one already."
            self.report.problems.append(Problem(f"{place} / parent", sentence))
            self.names.give_up(kind.model, one.get("code"))
        return order

    def take_one(self, kind: Kind, place: str, data: Any, finder: "Finder") -> None:
        """Read one object, compare it with the present one, and write what differs."""
        try:
            item = finder.find(data, self.names)
        except NotUnderstood as error:
            self.report.problems.append(Problem(place, error.message))
            return
        self.put(kind, place, data, item)

    def put(
        self,
        kind: Kind,
        place: str,
        data: Any,
        item: Item | None,
        pk: int | None = None,
    ) -> None:
        """Make an object what the data says. `pk` is that of a new row."""
        former = item.plain if item else None
        wanted = self.reader.read(kind, data, place, former)
        if wanted.is_good:
            plain = full_plain(kind, wanted, former, self.names)
            if former == reordered(kind, plain):
                self.report.unchanged += 1
                return
            note = self.write(kind, wanted, item, pk)
        if not wanted.is_good:
            if kind.is_coded and isinstance(data, dict):
                self.names.give_up(kind.model, data.get("code"))
            return
        if former is None:
            created = Written(kind.word, kind.title_of(plain), note=note)
            self.report.created.append(created)
        else:
            found = tuple(differences(kind, former, plain))
            changed = Written(kind.word, kind.title_of(plain), found, note)
            self.report.changed.append(changed)

    def write(
        self, kind: Kind, wanted: Wanted, item: Item | None, pk: int | None = None
    ) -> str:
        """Write an object and the rows inside it; return a note for staff."""
        note = ""
        row = item.row if item else kind.model(pk=1 if kind.is_single else pk)
        if item is None:
            note = kind.make(row, self.now)
        self.save(kind, wanted, row, item)
        if not wanted.is_good:
            return note
        if kind.is_coded:
            self.names.learn(row)
        for part in kind.parts:
            rows = wanted.parts[part.name]
            if rows is not None:
                self.write_rows(part, rows, row, item.parts[part.name] if item else [])
                wanted.is_good &= all(one.is_good for one in rows)
        return note

    def write_rows(
        self, part: Kind, rows: list[Wanted], owner: Any, present: list[Item]
    ) -> None:
        """Make the rows inside an object those that the file has."""
        left: dict[Any, list[Item]] = {}
        for one in present:
            left.setdefault(part.key_of(one.plain), []).append(one)
        pairs: list[tuple[Wanted, Plain, Item | None]] = []
        for wanted in rows:
            plain = full_plain(part, wanted, None, self.names)
            same = left.get(part.key_of(plain))
            pairs.append((wanted, plain, same.pop(0) if same else None))
        for gone in left.values():
            for each in gone:
                each.row.delete()
        for wanted, plain, item in sorted(pairs, key=lambda pair: pair[2] is None):
            if item is not None and item.plain == reordered(part, plain):
                continue
            if item is None:
                wanted.values[part.owner] = owner.pk
            self.write(part, wanted, item)

    def save(self, kind: Kind, wanted: Wanted, row: Any, item: Item | None) -> None:
        """Check and save one row; what the checks and the database refuse is noted."""
        many = {}
        for name, value in wanted.values.items():
            if name == kind.owner:
                setattr(row, f"{name}_id", value)
            elif is_many(kind.columns[name]):
                many[name] = value
            else:
                setattr(row, kind.columns[name].attname, value)
        for name, sentence in faults(kind, row, item):
            self.reader.complain(wanted, name, sentence)
        if not wanted.is_good:
            return
        try:
            with transaction.atomic():
                row.save()
                for name, pks in many.items():
                    if item is None and not pks:
                        continue
                    getattr(row, name).set(pks)
        except DatabaseError as error:
            self.reader.complain(wanted, "", refusal(kind, error))


def reordered(kind: Kind, plain: Plain) -> Plain:
    """Return a plain object with its rows in the order of the present ones."""
    return plain | {
        part.name: in_order(part, [reordered(part, one) for one in plain[part.name]])
        for part in kind.parts
    }


def in_order(part: Kind, rows: list[Plain]) -> list[Plain]:
    """Return plain rows in the order of their kind."""

    def place(plain: Plain) -> list[tuple[bool, Any]]:
        return [rank(plain[name], name) for name in part.order]

    return sorted(rows, key=place)
