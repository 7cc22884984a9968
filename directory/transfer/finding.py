"""Which present object one of the file means, where it stands, and what comes first."""

from typing import Any

from directory.transfer.errors import NotUnderstood
from directory.transfer.kinds import Kind, Plain
from directory.transfer.names import Names
from directory.transfer.reading import Reader, Wanted
from directory.transfer.rows import Item


class Finder:
    """Finds the present object that one of the file means, each once."""

    def __init__(self, kind: Kind, present: list[Item]) -> None:
        self.kind = kind
        self.taken: set[int] = set()
        self.seen: set[Any] = set()
        self.by_key: dict[Any, list[Item]] = {}
        for item in present:
            self.by_key.setdefault(kind.key_of(item.plain), []).append(item)
        self.by_external_id = {
            item.plain["external_id"]: item
            for item in present
            if item.plain.get("external_id")
        }
        if kind.is_single:
            self.by_key = {(): present}

    def find(self, data: Any, names: Names) -> Item | None:
        """Return the present object, by its key or else by its external id.

        Raises:
            NotUnderstood: the file has it twice.
        """
        if not isinstance(data, dict):
            return None
        key = self.key_of(data, names)
        if key is None:
            return None
        if key in self.seen and not self.kind.may_repeat:
            word = self.kind.word
            raise NotUnderstood(f"This {word} stands twice in the file.")
        self.seen.add(key)
        found = [one for one in self.by_key.get(key, ()) if self.is_free(one)]
        item = found[0] if found else None
        if item is None and self.kind.is_coded:
            item = self.by_other_id(data.get("external_id"))
        if item is not None:
            self.taken.add(item.row.id)
        return item

    def by_other_id(self, external_id: Any) -> Item | None:
        """Return the object with this external id: the file gives it another code."""
        if not isinstance(external_id, str):
            return None
        item = self.by_external_id.get(external_id)
        return item if item is not None and self.is_free(item) else None

    def is_free(self, item: Item) -> bool:
        return item.row.id not in self.taken

    def key_of(self, data: Plain, names: Names) -> tuple[Any, ...] | None:
        """Return the key of the file's object as the present ones have it."""
        if self.kind.is_single:
            return ()
        reader = Reader(names)
        wanted = Wanted("")
        for name in self.kind.key:
            column = self.kind.columns[name]
            if name in data:
                reader.read_value(wanted, column, name, data[name])
            else:
                blank = column.get_default()
                wanted.plain[name] = None if blank is None else blank
        return self.kind.key_of(wanted.plain) if wanted.is_good else None


def place_of(kind: Kind, data: Any, number: int) -> str:
    """Return where an object stands, in words: `offices / antwerp`."""
    if isinstance(data, dict):
        for name in ("code", "kid"):
            if isinstance(data.get(name), str) and data[name]:
                return f"{kind.name} / {data[name][:60]}"
        if isinstance(data.get("name"), str) and data["name"]:
            return f"{kind.name} {number} ({data['name'][:60]})"
    return f"{kind.name} {number}"


def parents_first(
    placed: list[tuple[str, Any]],
) -> tuple[list[tuple[str, Any]], list[tuple[str, Any]]]:
    """Return objects so that each stands after its parent, and those in a circle.

    The default one stands last, so that another can cease to be it before.
    """
    by_code = {
        one["code"]: (place, one)
        for place, one in placed
        if isinstance(one, dict) and isinstance(one.get("code"), str)
    }
    order: list[tuple[str, Any]] = []
    circles: list[tuple[str, Any]] = []
    done: set[int] = set()

    def visit(place: str, one: Any, below: tuple[str, ...]) -> None:
        if id(one) in done:
            return
        parent = one.get("parent") if isinstance(one, dict) else None
        if isinstance(parent, str) and parent in by_code:
            if parent in below or parent == one.get("code"):
                done.add(id(one))
                circles.append((place, one))
                return
            visit(*by_code[parent], (*below, str(one.get("code"))))
        if id(one) not in done:
            done.add(id(one))
            order.append((place, one))

    for place, one in sorted(placed, key=lambda pair: is_default(pair[1])):
        visit(place, one, ())
    return order, circles


def is_default(data: Any) -> bool:
    return isinstance(data, dict) and data.get("is_default") is True
