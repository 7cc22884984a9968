"""The configuration as a text that people read and compare.

JSON, always in the same order. A row inside an object takes one line as long as it fits;
what such a row does not say is empty.
"""

import json
from decimal import Decimal
from typing import Any

from directory.transfer.kinds import Kind, Plain, all_kinds
from directory.transfer.names import Names
from directory.transfer.rows import PresentRows, empty, items_of

FORMAT = "parlour-configuration-1"
WIDTH = 120
INDENT = "  "


def export_configuration() -> str:
    """Return the whole configuration as a text.

    The number of queries does not depend on the configuration's size.
    """
    names, rows = Names(), PresentRows()
    document: Plain = {"format": FORMAT}
    for kind in all_kinds():
        items = [item.plain for item in items_of(kind, rows, names)]
        written = [sparse(kind, plain, names) for plain in items]
        if not kind.is_single:
            document[kind.name] = written
        elif written:
            document[kind.name] = written[0]
    return dump(document)


def sparse(kind: Kind, plain: Plain, names: Names) -> Plain:
    """Return a plain object without what goes without saying."""
    unsaid = empty(kind, names) if kind.is_sparse else {}
    parts = {part.name: part for part in kind.parts}
    return {
        name: [sparse(parts[name], one, names) for one in value]
        if name in parts
        else value
        for name, value in plain.items()
        if not (name in unsaid and is_empty(value) and value == unsaid[name])
    }


def is_empty(value: Any) -> bool:
    return value is False or value is None or value in ("", [])


def dump(document: Plain) -> str:
    """Return plain data as JSON in the layout of the file."""
    return written(document, 0) + "\n"


def written(value: Any, depth: int) -> str:
    """Return a value as JSON, its further lines indented to its depth."""
    line = in_one_line(value)
    fits = len(line) + len(INDENT) * depth <= WIDTH
    if not isinstance(value, (dict, list)) or not value:
        return line
    if fits and depth > 2 and not holds_rows(value):
        return line
    if fits and isinstance(value, list) and not any(map(is_row, value)):
        return line
    inner, outer = INDENT * (depth + 1), INDENT * depth
    if isinstance(value, dict):
        lines = [
            f"{inner}{in_one_line(name)}: {written(one, depth + 1)}"
            for name, one in value.items()
        ]
        return "{\n" + ",\n".join(lines) + f"\n{outer}}}"
    lines = [f"{inner}{written(one, depth + 1)}" for one in value]
    return "[\n" + ",\n".join(lines) + f"\n{outer}]"


def is_row(value: Any) -> bool:
    return isinstance(value, dict)


def holds_rows(value: Any) -> bool:
    """Tell whether rows stand in a value, so that each gets a line of its own."""
    inside = value.values() if isinstance(value, dict) else value
    return any(
        is_row(one) or (isinstance(one, list) and any(map(is_row, one)))
        for one in inside
    )


def in_one_line(value: Any) -> str:
    if isinstance(value, dict):
        pairs = (
            f"{in_one_line(name)}: {in_one_line(one)}" for name, one in value.items()
        )
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(in_one_line, value)) + "]"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return json.dumps(value, ensure_ascii=False)
