"""Cells of a table, and the file that holds them."""

import csv
from decimal import Decimal, InvalidOperation
from io import StringIO
from typing import Any

import tablib
from django.contrib.postgres.fields import ArrayField
from django.db import models
from import_export.formats.base_formats import CSV

from directory.transfer.errors import NotUnderstood
from directory.transfer.reading import FileRefused
from directory.transfer.values import is_many, is_reference

YES = ("yes", "true", "1")
NO = ("no", "false", "0")
DANGEROUS = "=+-@\t\r'"
NUMBERS = (models.IntegerField, models.DecimalField, models.FloatField)


class SafeCsv(CSV):  # type: ignore[misc]
    """CSV whose texts no spreadsheet takes for a formula."""

    def export_data(self, dataset: tablib.Dataset, **_kwargs: Any) -> str:
        out = StringIO()
        writer = csv.writer(out)
        writer.writerow(dataset.headers)
        writer.writerows(dataset)
        return out.getvalue()

    def create_dataset(self, in_stream: str, **_kwargs: Any) -> tablib.Dataset:
        """Return a file's rows. Semicolons between the columns are understood too.

        Raises:
            FileRefused: with a sentence.
        """
        text = in_stream.removeprefix("\ufeff")
        first = text.partition("\n")[0]
        delimiter = ";" if first.count(";") > first.count(",") else ","
        try:
            lines = [
                row
                for row in csv.reader(
                    StringIO(text, newline=""), delimiter=delimiter, strict=True
                )
                if any(row)
            ]
        except csv.Error as error:
            raise FileRefused(f"This is no CSV file: {error}.") from error
        if not lines:
            raise FileRefused("The file is empty. Choose another one.")
        headers = [name.strip() for name in lines[0]]
        dataset = tablib.Dataset(headers=headers)
        for number, line in enumerate(lines[1:], start=2):
            if len(line) != len(headers):
                raise FileRefused(
                    f"Row {number} has {len(line)} columns, the first one has "
                    f"{len(headers)}."
                )
            dataset.append(line)
        return dataset


def from_text(column: Any, text: str) -> Any:
    """Return a cell's text as plain data; None: the cell says nothing.

    Raises:
        NotUnderstood: with a sentence.
    """
    cell = unescaped(text)
    if is_many(column) or isinstance(column, ArrayField):
        return _list_from_text(column, cell)
    if is_text(column):
        return cell if column.null is False or cell else None
    cell = cell.strip()
    if not cell:
        return "" if isinstance(column, models.CharField) and column.blank else None
    if isinstance(column, models.BooleanField):
        if cell.lower() not in (*YES, *NO):
            raise NotUnderstood("Write yes or no.")
        return cell.lower() in YES
    if column.name == "weekday":
        return cell.lower()
    if isinstance(column, NUMBERS):
        return _number_from_text(cell)
    return cell


def _list_from_text(column: Any, cell: str) -> Any:
    parts = [part.strip() for part in cell.split(",") if part.strip()]
    if not parts and column.null:
        return None
    base = getattr(column, "base_field", None)
    if isinstance(base, NUMBERS):
        return [_number_from_text(part) for part in parts]
    return parts


def _number_from_text(cell: str) -> Decimal:
    try:
        number = Decimal(cell.replace(",", "."))
    except InvalidOperation as error:
        raise NotUnderstood("Write a number.") from error
    if not number.is_finite():
        raise NotUnderstood("Write a number.")
    return number


def is_text(column: Any) -> bool:
    """Tell whether a cell is taken as it stands, spaces included."""
    return (
        isinstance(column, (models.CharField, models.TextField))
        and not column.choices
        and not is_reference(column)
    )


def to_text(column: Any, value: Any) -> str:
    """Return a plain value as a cell: no spreadsheet takes it for a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, list):
        return escaped(", ".join(str(item) for item in value))
    return escaped(value) if isinstance(value, str) else str(value)


def escaped(text: str) -> str:
    """Return a text that no spreadsheet computes."""
    return f"'{text}" if text and text[0] in DANGEROUS else text


def unescaped(text: str) -> str:
    """Return the text that was escaped."""
    return text[1:] if text[:1] == "'" and text[1:2] in tuple(DANGEROUS) else text
