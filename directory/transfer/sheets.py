"""Tables of the configuration for spreadsheets: CSV out, and in after a look.

A table is a kind of objects, or of the rows inside them with a column for the object. A
row of a file finds its object by its key, or by the external id, and changes it; else it
makes one. Nothing is deleted but rows whose column `remove` says yes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import tablib
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from import_export.instance_loaders import BaseInstanceLoader
from import_export.resources import Resource

from directory.history import one_change
from directory.roles import Person, may
from directory.transfer.cells import NO, YES, SafeCsv, from_text, to_text
from directory.transfer.checking import faults, refusal
from directory.transfer.differences import Difference, differences, title
from directory.transfer.errors import NotUnderstood
from directory.transfer.importing import Report, Written
from directory.transfer.kinds import Kind, Plain, all_kinds
from directory.transfer.names import Names
from directory.transfer.reading import (
    FileRefused,
    Problem,
    Reader,
    Wanted,
    full_plain,
    unknown_sentence,
)
from directory.transfer.rows import Item, PresentRows, items_of
from directory.transfer.values import is_many

REMOVE = "remove"
NOT_YOURS = "This is not yours to write: it belongs to others, or to several offices."


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A table: the kind of its rows, and whether rows may be removed by it."""

    kind: Kind
    may_remove: bool

    @property
    def columns(self) -> list[str]:
        return [*self.kind.fields, *([REMOVE] if self.may_remove else [])]


def sheet_of(kind: Kind) -> Sheet:
    """Return the table of objects: their own fields, without the rows inside them."""
    return Sheet(kind=replace(kind, parts=(), written_in_full=False), may_remove=False)


def part_sheet(part: Kind) -> Sheet:
    """Return the table of rows inside objects, with the object in the first column."""
    kind = replace(
        part,
        fields=(part.owner, *part.fields),
        key=(part.owner, *part.sheet_key),
        order=(part.owner, *part.order),
        owner="",
        parts=(),
    )
    return Sheet(kind=kind, may_remove=True)


@dataclass(slots=True)
class Line:
    """One row of a file, and what it would do."""

    wanted: Wanted
    item: Item | None = None
    removes: bool = False
    changes: list[Difference] = field(default_factory=list)


class SheetResource(Resource):  # type: ignore[misc]
    """Moves one table. Subclasses name their sheet; `person` may write what is theirs."""

    sheet: Sheet

    def __init__(self, *, person: Person | None = None) -> None:
        super().__init__()
        self.person = person
        self.names = Names()
        self.items: dict[int, Item] = {}
        self.by_key: dict[Any, Item] = {}
        self.by_external_id: dict[str, Item] = {}
        self.seen: set[Any] = set()
        self.line = Line(Wanted(""))

    # Out.

    def get_export_headers(self, **_kwargs: Any) -> list[str]:
        return self.sheet.columns

    def before_export(self, queryset: Any, **_kwargs: Any) -> None:
        self.load()

    def export_resource(self, instance: Any, **_kwargs: Any) -> list[str]:
        plain = self.items[instance.pk].plain
        return [
            to_text(column, plain[name])
            for name, column in self.sheet.kind.columns.items()
        ] + ([""] if self.sheet.may_remove else [])

    # In.

    def load(self) -> None:
        """Read the present rows. The number of queries depends on the kind alone."""
        kind = self.sheet.kind
        for item in items_of(kind, PresentRows(), self.names):
            self.items[item.row.pk] = item
            self.by_key.setdefault(kind.key_of(item.plain), item)
            if item.plain.get("external_id"):
                self.by_external_id[item.plain["external_id"]] = item

    def get_import_id_fields(self) -> list[str]:
        return ["id"]  # rows are found by `find`

    def get_diff_headers(self) -> list[str]:
        return []

    def before_import(self, dataset: tablib.Dataset, **_kwargs: Any) -> None:
        self.load()

    def before_import_row(self, row: Mapping[str, str], **_kwargs: Any) -> None:
        """Read one row.

        Raises:
            ValidationError: it cannot be understood.
        """
        self.line = Line(Wanted(""))
        data, errors = self.data_of(row)
        reader = Reader(self.names)
        key = self.key_of(data, reader)
        if key is not None and not errors:
            if key in self.seen:
                errors[""] = ["This one stands twice in the file."]
            self.seen.add(key)
            self.line.item = self.find(key, data)
        former = self.line.item.plain if self.line.item else None
        self.line.removes = former is not None and self.says_remove(row, errors)
        reader.problems.clear()
        self.line.wanted = reader.read(self.sheet.kind, data, "", former)
        for problem in reader.problems:
            name = problem.place.removeprefix(" / ")
            errors.setdefault(name, []).append(problem.sentence)
        if errors:
            raise refused(
                (name, one) for name, found in errors.items() for one in found
            )

    def data_of(self, row: Mapping[str, str]) -> tuple[Plain, dict[str, list[str]]]:
        """Return a row's texts as plain data, and what is wrong with them by column."""
        data: Plain = {}
        errors: dict[str, list[str]] = {}
        for name, column in self.sheet.kind.columns.items():
            if name not in row:
                continue
            try:
                value = from_text(column, row[name] or "")
            except NotUnderstood as error:
                errors[name] = [error.message]
            else:
                if value is not None or column.null:
                    data[name] = value
        return data, errors

    def key_of(self, data: Plain, reader: Reader) -> Any:
        """Return what finds a row again; None: something of it is not understood."""
        wanted = Wanted("")
        for name in self.sheet.kind.key:
            column = self.sheet.kind.columns[name]
            if name in data:
                reader.read_value(wanted, column, name, data[name])
            else:
                wanted.plain[name] = column.get_default()
        return self.sheet.kind.key_of(wanted.plain) if wanted.is_good else None

    def find(self, key: Any, data: Plain) -> Item | None:
        """Return the present row: by its key, or else by its external id."""
        found = self.by_key.get(key)
        if found is None and self.sheet.kind.is_coded:
            found = self.by_external_id.get(data.get("external_id") or "")
        return found

    def says_remove(self, row: Mapping[str, str], errors: dict[str, list[str]]) -> bool:
        """Tell whether a row asks for its removal."""
        text = (row.get(REMOVE) or "").strip().lower()
        if text and text not in (*YES, *NO):
            errors[REMOVE] = ["Write yes or no, or nothing."]
        return text in YES

    def get_or_init_instance(self, _loader: Any, _row: Any) -> tuple[Any, bool]:
        item = self.line.item
        if item is None:
            return self.sheet.kind.model(), True
        self.check_reach("delete" if self.line.removes else "change", item.row)
        return item.row, False

    def for_delete(self, _row: Any, _instance: Any) -> bool:
        return self.line.removes

    def import_instance(self, instance: Any, _row: Any, **_kwargs: Any) -> None:
        for name, value in self.line.wanted.values.items():
            column = self.sheet.kind.columns[name]
            if not is_many(column):
                setattr(instance, column.attname, value)

    def skip_row(self, *_args: Any, **_kwargs: Any) -> bool:
        """Skip what is as the file says already; note what is not."""
        kind, item = self.sheet.kind, self.line.item
        if item is None:
            return False
        plain = full_plain(kind, self.line.wanted, item.plain, self.names)
        self.line.changes = differences(kind, item.plain, plain)
        return not self.line.changes

    def validate_instance(self, instance: Any, *_args: Any, **_kwargs: Any) -> None:
        """Check a row as its form does.

        Raises:
            ValidationError: with sentences.
        """
        found = list(faults(self.sheet.kind, instance, self.line.item))
        if found:
            raise refused(found)

    def save_instance(
        self, instance: Any, is_create: bool, _row: Any, **_kwargs: Any
    ) -> None:
        """Write a row, if it is then the person's own.

        Raises:
            ValidationError: the database refuses it, or it is not theirs.
        """
        try:
            with transaction.atomic():
                instance.save()
        except DatabaseError as error:
            raise ValidationError(refusal(self.sheet.kind, error)) from error
        self.check_reach("add" if is_create else "change", instance)
        if self.sheet.kind.is_coded:
            self.names.learn(instance)

    def save_m2m(self, instance: Any, _row: Any, **_kwargs: Any) -> None:
        for name, value in self.line.wanted.values.items():
            if is_many(self.sheet.kind.columns[name]):
                getattr(instance, name).set(value)

    def check_reach(self, action: str, row: Any) -> None:
        """Refuse what is not the person's own.

        Raises:
            ValidationError: it is not.
        """
        if self.person is not None and not may(self.person, action, row):
            raise ValidationError(NOT_YOURS)

    def after_import_row(self, _row: Any, row_result: Any, **_kwargs: Any) -> None:
        row_result.changes = self.line.changes
        item, wanted = self.line.item, self.line.wanted
        plain = item.plain if item else wanted.plain
        row_result.title = title_of(self.sheet.kind, plain)


def refused(sentences: Iterable[tuple[str, str]]) -> ValidationError:
    """Return an error with sentences, each behind its column."""
    return ValidationError(
        [f", {name}\t{one}" if name else one for name, one in sentences]
    )


def title_of(kind: Kind, plain: Plain) -> str:
    """Return what people call a row: its object's code, or its key in words."""
    return kind.title_of(plain) if kind.is_coded else title(kind, plain)


def resource_of(sheet: Sheet) -> type[SheetResource]:
    """Return the class that moves a sheet."""
    options = {
        "model": sheet.kind.model,
        "skip_diff": True,
        "instance_loader_class": BaseInstanceLoader,  # `find` does it
    }
    meta = type("Meta", (), options)
    return type("SheetResource", (SheetResource,), {"sheet": sheet, "Meta": meta})


def find_sheet(model: type[Any]) -> Sheet | None:
    """Return the table of a model, if it has one."""
    for kind in all_kinds():
        if kind.model is model and kind.has_sheet:
            return sheet_of(kind)
        for part in (one for one in kind.family() if one.model is model):
            if part.sheet_key:
                return part_sheet(part)
    return None


def export_sheet(sheet: Sheet, rows: Any) -> str:
    """Return the rows as CSV. The number of queries depends on the kind alone."""
    return SafeCsv().export_data(resource_of(sheet)().export(rows))


def import_sheet(
    sheet: Sheet, text: str, *, person: Person | None, reason: str, now: datetime
) -> Report:
    """Write a table's rows, all or none of them, as far as they are the person's."""
    return _move(sheet, text, person=person, reason=reason, now=now, keep=True)


def try_sheet(
    sheet: Sheet, text: str, *, person: Person | None, now: datetime
) -> Report:
    """Return what an import would do. Nothing is written."""
    return _move(sheet, text, person=person, reason="", now=now, keep=False)


def _move(
    sheet: Sheet,
    text: str,
    *,
    person: Person | None,
    reason: str,
    now: datetime,
    keep: bool,
) -> Report:
    report = Report()
    try:
        dataset = SafeCsv().create_dataset(text)
        check_headers(sheet, dataset.headers or [])
    except FileRefused as error:
        report.problems.append(Problem("", error.sentence))
        return report
    with one_change(reason, at=now):
        result = resource_of(sheet)(person=person).import_data(
            dataset, dry_run=not keep, rollback_on_validation_errors=True
        )
    for row in result.invalid_rows:
        for sentence in row.error.messages:
            place, _, rest = sentence.rpartition("\t")
            report.problems.append(Problem(f"row {row.number + 1}{place}", rest))
    for number, errors in result.row_errors():
        for one in errors:
            report.problems.append(Problem(f"row {number + 1}", str(one.error)))
    for row in result.rows:
        tell(report, sheet, row)
    return report


def tell(report: Report, sheet: Sheet, row: Any) -> None:
    """Note in the report what became of a row."""
    word = sheet.kind.word
    if row.import_type == row.IMPORT_TYPE_SKIP:
        report.unchanged += 1
    elif row.import_type == row.IMPORT_TYPE_NEW:
        report.created.append(Written(word, row.title))
    elif row.import_type == row.IMPORT_TYPE_DELETE:
        gone = Difference(word.capitalize(), row.title, "")
        report.changed.append(Written(word, row.title, (gone,)))
    elif row.import_type == row.IMPORT_TYPE_UPDATE:
        report.changed.append(Written(word, row.title, tuple(row.changes)))


def check_headers(sheet: Sheet, headers: list[str]) -> None:
    """Check the first row.

    Raises:
        FileRefused: a column is unknown, twice or missing.
    """
    for name in headers:
        if name not in sheet.columns:
            raise FileRefused(unknown_sentence(name, sheet.columns))
        if headers.count(name) > 1:
            raise FileRefused(f"The column {name} stands twice in the file.")
    for name in sheet.kind.key:
        if name not in headers and not sheet.kind.columns[name].blank:
            raise FileRefused(f"The column {name} is missing.")
