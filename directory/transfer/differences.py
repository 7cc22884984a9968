"""What differs between two states of an object, in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from directory.transfer.kinds import Kind, Plain, label_of
from directory.transfer.wording import in_words, row_in_words


@dataclass(frozen=True, slots=True)
class Difference:
    """A field or row, and what it said before and after. Empty: it was not there."""

    what: str
    before: str
    after: str

    def __str__(self) -> str:
        if not self.before:
            return f"{self.what}: added {self.after}"
        if not self.after:
            return f"{self.what}: removed {self.before}"
        return f"{self.what}: {self.before} → {self.after}"


def differences(kind: Kind, before: Plain, after: Plain) -> list[Difference]:
    """Return what changed in an object and in the rows inside it."""
    found = [
        Difference(
            label_of(column),
            in_words(column, before[name]),
            in_words(column, after[name]),
        )
        for name, column in kind.columns.items()
        if before[name] != after[name]
    ]
    for part in kind.parts:
        found += part_differences(part, before[part.name], after[part.name])
    return found


def part_differences(
    part: Kind, before: list[Plain], after: list[Plain]
) -> Iterator[Difference]:
    """Yield what changed among the rows inside an object."""
    label = part.word[:1].upper() + part.word[1:]
    old, new = by_key(part, before), by_key(part, after)
    for key, rows in old.items():
        for plain in rows[len(new.get(key, ())) :]:
            yield Difference(label, row_in_words(part, plain), "")
    for key, rows in new.items():
        former = old.get(key, [])
        for plain in rows[len(former) :]:
            yield Difference(label, "", row_in_words(part, plain))
        for one, other in zip(former, rows, strict=False):
            if part.key and one != other:
                yield from within(f"{label} {title(part, one)}", part, one, other)


def within(place: str, part: Kind, before: Plain, after: Plain) -> Iterator[Difference]:
    """Yield what changed in one row inside an object."""
    for difference in differences(part, before, after):
        what = difference.what[:1].lower() + difference.what[1:]
        yield Difference(f"{place}, {what}", difference.before, difference.after)


def by_key(part: Kind, rows: list[Plain]) -> dict[Any, list[Plain]]:
    """Return rows by what finds them again; several may say the same."""
    found: dict[Any, list[Plain]] = {}
    for plain in rows:
        found.setdefault(part.key_of(plain), []).append(plain)
    return found


def title(part: Kind, plain: Plain) -> str:
    words = [
        in_words(part.columns[name], plain[name]) for name in part.key if plain[name]
    ]
    return " / ".join(words) or "default"
