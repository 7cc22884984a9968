"""From a text to plain data, and from plain data to the values of rows."""

import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from directory.transfer.dumping import FORMAT
from directory.transfer.errors import NotUnderstood
from directory.transfer.kinds import Kind, Plain, label_of
from directory.transfer.names import Names
from directory.transfer.rows import empty
from directory.transfer.values import decode, default, encode, is_required, shown

MOST_BYTES = 2_000_000
MOST_DEPTH = 20


@dataclass(frozen=True, slots=True)
class Problem:
    """A sentence, and where in the file it belongs."""

    place: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.place}: {self.sentence}" if self.place else self.sentence


class FileRefused(Exception):  # noqa: N818 - it is a sentence for people
    """The text is no configuration at all."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(sentence)


@dataclass(slots=True)
class Wanted:
    """What the file wants of one object or row: values for its columns, and its rows.

    `plain` is the same as the file would have it. Rows: None leaves them as they are.
    """

    place: str
    values: dict[str, Any] = field(default_factory=dict)
    plain: Plain = field(default_factory=dict)
    parts: dict[str, list["Wanted"] | None] = field(default_factory=dict)
    is_good: bool = True


def parse(text: str) -> Plain:
    """Return the plain data of a file.

    Raises:
        FileRefused: it is no JSON, or no configuration of ours.
    """
    if len(text) > MOST_BYTES:
        raise FileRefused(f"The file is longer than {MOST_BYTES:,} characters.")
    try:
        document = json.loads(
            text.removeprefix("\ufeff"),
            parse_float=Decimal,
            parse_constant=_refuse_constant,
            object_pairs_hook=_without_repetition,
        )
    except json.JSONDecodeError as error:
        raise FileRefused(
            f"This is not JSON: line {error.lineno}, column {error.colno}: {error.msg}."
        ) from error
    except RecursionError as error:
        raise FileRefused("This file is nested too deeply.") from error
    except ValueError as error:  # a number of thousands of digits
        raise FileRefused(f"This cannot be read: {error}.") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise FileRefused(
            f"This is no configuration file: it must begin with “format”: “{FORMAT}”."
        )
    return {name: value for name, value in document.items() if name != "format"}


def _without_repetition(pairs: list[tuple[str, Any]]) -> Plain:
    found: Plain = {}
    for name, value in pairs:
        if name in found:
            raise FileRefused(f"{shown(name)} stands twice in the same braces.")
        found[name] = value
    return found


def _refuse_constant(name: str) -> Any:
    raise FileRefused(f"{name} is not a number that can be used.")


class Reader:
    """Turns plain data into values, and gathers what is wrong."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.problems: list[Problem] = []

    def complain(self, wanted: Wanted, name: str, sentence: str) -> None:
        """Note a problem; an object with one is not written. No sentence: known before."""
        wanted.is_good = False
        if sentence:
            place = f"{wanted.place} / {name}" if name else wanted.place
            self.problems.append(Problem(place, sentence))

    def read(
        self, kind: Kind, data: Any, place: str, former: Plain | None = None
    ) -> Wanted:
        """Return what an object of the file wants; `former`: what the object says now."""
        wanted = Wanted(place)
        if not isinstance(data, dict):
            self.complain(wanted, "", f"Write the {kind.word} in braces.")
            return wanted
        self.refuse_unknown(wanted, data, [*kind.fields, *(p.name for p in kind.parts)])
        keeps = former is not None and not kind.is_sparse
        for name, column in kind.columns.items():
            if name in data:
                self.read_value(wanted, column, name, data[name])
            elif keeps and former is not None:
                wanted.plain[name] = former[name]
            elif is_required(column):
                self.complain(wanted, name, f"{label_of(column)} is missing.")
            else:
                wanted.values[name] = default(column)
                wanted.plain[name] = encode(column, wanted.values[name], self.names)
        for part in kind.parts:
            if part.name in data:
                self.read_rows(wanted, part, data[part.name])
            else:
                wanted.parts[part.name] = None if keeps else []
        return wanted

    def read_value(self, wanted: Wanted, column: Any, name: str, value: Any) -> None:
        """Take one value of the file."""
        try:
            wanted.values[name] = decode(column, value, self.names)
        except NotUnderstood as error:
            self.complain(wanted, name, error.message)
        else:
            wanted.plain[name] = encode(column, wanted.values[name], self.names)

    def read_rows(self, wanted: Wanted, part: Kind, data: Any) -> None:
        """Take the rows inside an object."""
        if not isinstance(data, list):
            self.complain(wanted, part.name, "Write a list in square brackets.")
            return
        rows = [
            self.read(part, one, f"{wanted.place} / {part.name} {number}")
            for number, one in enumerate(data, start=1)
        ]
        seen: set[Any] = set()
        for row in rows:
            if not row.is_good:
                wanted.is_good = False
                continue
            key = part.key_of(row.plain)
            if part.key and key in seen:
                self.complain(row, "", f"This {part.word} stands twice in the file.")
                wanted.is_good = False
            seen.add(key)
        wanted.parts[part.name] = rows

    def refuse_unknown(
        self, wanted: Wanted, data: Mapping[str, Any], known: Iterable[str]
    ) -> None:
        """Note the names that nobody knows."""
        names = list(known)
        for name in data:
            if name not in names:
                self.complain(wanted, "", unknown_sentence(name, names))


def unknown_sentence(name: str, known: list[str]) -> str:
    """Return that a name is not known, and which one may be meant."""
    close = difflib.get_close_matches(name, known, n=1)
    hint = f" Did you mean “{close[0]}”?" if close else ""
    return f"{shown(name)} is not known here.{hint}"


def full_plain(kind: Kind, wanted: Wanted, former: Plain | None, names: Names) -> Plain:
    """Return what an object says once it is as the file wants it."""
    before = former or empty(kind, names)
    plain: Plain = {name: wanted.plain[name] for name in kind.fields}
    for part in kind.parts:
        rows = wanted.parts[part.name]
        plain[part.name] = (
            before[part.name]
            if rows is None
            else [full_plain(part, row, None, names) for row in rows]
        )
    return plain
