"""What the configuration consists of: kinds of objects, their fields and their parts.

Each app lists its own in `<app>/configured.py`; a higher app's stand after a lower one's, so
that what is named has been read before.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.module_loading import module_has_submodule

from directory.models.base import CodedModel

Plain = dict[str, Any]
# From a row with its new values and its former plain state: (field, sentence) pairs.
Check = Callable[[Any, Mapping[str, Any] | None], Iterable[tuple[str, str]]]


def make_nothing(_row: Any, _now: datetime) -> str:
    """Leave a new row as it is."""
    return ""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of configured object, or of rows inside one (then it has an `owner`).

    `key` finds an object again; rows without a key are only added and removed. An object
    that is `written_in_full` (as all rows inside others are) has no other values than those
    in the file; a field that the file leaves out of any other object stays as it is.
    """

    name: str
    model: type[Any]
    word: str
    fields: tuple[str, ...]
    key: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    owner: str = ""
    parts: tuple["Kind", ...] = ()
    checks: tuple[Check, ...] = ()
    make: Callable[[Any, datetime], str] = make_nothing  # gives a note for staff
    written_in_full: bool = False
    is_single: bool = False
    has_sheet: bool = False  # for spreadsheets; rows inside objects: by `sheet_key`
    sheet_key: tuple[str, ...] = ()
    may_repeat: bool = False  # two objects may have the same key
    limit: Mapping[str, Any] = field(default_factory=dict)  # which of the model's rows
    is_restorable: bool = True
    columns: Mapping[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        columns = {name: meta_of(self.model).get_field(name) for name in self.fields}
        object.__setattr__(self, "columns", columns)

    @property
    def is_coded(self) -> bool:
        return issubclass(self.model, CodedModel)

    @property
    def is_sparse(self) -> bool:
        return self.written_in_full or bool(self.owner)

    def part(self, name: str) -> "Kind":
        return next(part for part in self.parts if part.name == name)

    def family(self) -> Iterator["Kind"]:
        """Yield this kind and all that stands inside it."""
        yield self
        for part in self.parts:
            yield from part.family()

    def key_of(self, plain: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return what finds a row again: its key, or all that it says."""
        names = self.key or (*self.fields, *(part.name for part in self.parts))
        return tuple(frozen(plain.get(name)) for name in names)

    def title_of(self, plain: Mapping[str, Any]) -> str:
        """Return what people call an object: its code, its name, or its key."""
        for name in ("code", "kid", "name"):
            if plain.get(name):
                return str(plain[name])
        key = [str(plain[name]) for name in self.key if plain.get(name)]
        return " / ".join(key) or ("everywhere" if self.key else self.word)


def frozen(value: Any) -> Any:
    """Return a plain value as one that can be a key."""
    if isinstance(value, list):
        return tuple(frozen(item) for item in value)
    if isinstance(value, dict):
        return tuple((name, frozen(item)) for name, item in value.items())
    return value


def meta_of(model: Any) -> Any:
    """Return a model's description of itself."""
    return model._meta  # noqa: SLF001


def label_of(column: "models.Field[Any, Any]") -> str:
    """Return a field's name in words."""
    text = str(column.verbose_name)
    return text[:1].upper() + text[1:]


def all_kinds() -> list[Kind]:
    """Return the kinds of all installed apps, lower apps first."""
    found: list[Kind] = []
    for app in apps.get_app_configs():
        if app.module is not None and module_has_submodule(app.module, "configured"):
            found += import_module(f"{app.name}.configured").KINDS
    return found


def kind_of(model: type[Any]) -> Kind | None:
    """Return the kind of a model whose rows are objects of their own."""
    return next((kind for kind in all_kinds() if kind.model is model), None)


def home_of(row: Any) -> tuple[Kind, int] | None:
    """Return the object in which a row stands, or the row's own, by its primary key."""
    for kind in all_kinds():
        if kind.model is type(row) and all(
            getattr(row, name) == value for name, value in kind.limit.items()
        ):
            return kind, row.pk
    for kind in all_kinds():
        for part in kind.parts:
            if part.model is type(row):
                return kind, getattr(row, f"{part.owner}_id")
            if any(inner.model is type(row) for inner in part.parts):
                inner = next(one for one in part.parts if one.model is type(row))
                return home_of(getattr(row, inner.owner))
    return None
