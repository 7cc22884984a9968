"""Plain values in the words of the back office."""

from typing import Any

from directory.transfer.kinds import Kind, Plain
from directory.transfer.values import DAYS, is_reference

SPANS = {
    "opens": "closes",
    "starts": "ends",
    "first_day": "last_day",
    "first_code": "last_code",
}
UNSAID = ("sort_order",)


def in_words(column: Any, value: Any) -> str:
    """Return a field's plain value as staff read it."""
    if value is None or value in ("", []):
        return "empty"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        base = getattr(column, "base_field", column)
        return ", ".join(in_words(base, item) for item in value)
    if column.name == "weekday" and value in DAYS:
        return str(value).capitalize()
    if column.choices and not is_reference(column):
        return str(dict(column.flatchoices).get(value, value))
    return str(value)


def row_in_words(kind: Kind, plain: Plain) -> str:
    """Return a row inside an object in words: `Monday, 09:00-17:00`."""
    words = []
    said: set[str] = set()
    for name, column in kind.columns.items():
        value = plain[name]
        if name in said or name in UNSAID or value in (None, "", []) or value is False:
            continue
        text = in_words(column, value)
        last = SPANS.get(name, "")
        if plain.get(last):
            said.add(last)
            if plain[last] != value:
                text = f"{text}-{in_words(kind.columns[last], plain[last])}"
        if value is True:
            text = name.removeprefix("is_").replace("_", " ")
        words.append(text)
    for part in kind.parts:
        words += [row_in_words(part, one) for one in plain[part.name]]
    return ", ".join(words) or "empty"
