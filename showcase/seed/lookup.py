"""Rows by the code that the demo's papers name them with."""

from collections.abc import Iterable
from typing import TypeVar

from directory.models.base import CodedModel

Row = TypeVar("Row", bound=CodedModel)


def by_code(rows: Iterable[Row]) -> dict[str, Row]:
    return {row.code: row for row in rows}
