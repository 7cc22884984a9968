"""What staff paste into the link lab: an address, a query, a form's body, or a context."""

import re
from dataclasses import dataclass

from segments.links import decode_query
from segments.services import origin_of

TOKEN = re.compile(r"[A-Za-z0-9_-]{20,}\Z")
LINE_BREAKS = re.compile(r"[\t\r\n]+")  # a browser leaves them out of an address


@dataclass(frozen=True, slots=True)
class Pasted:
    """The pairs of what was pasted, and what is odd about the rest of it."""

    pairs: tuple[tuple[str, str], ...]
    notes: tuple[str, ...] = ()


def read_pasted(text: str, *, base: str) -> Pasted:
    """Return what was pasted as a browser would send it; `base` is our /schedule/."""
    text = LINE_BREAKS.sub("", text.strip())
    if TOKEN.match(text):
        return Pasted((("ctx", text),), ("Read as the ctx of a link.",))
    has_address = "?" in text or "://" in text or text.startswith("/")
    address, mark, query = text.partition("?")
    if not has_address:
        address, query = "", text
    query, _, fragment = query.partition("#")
    if not mark:
        address, _, fragment = address.partition("#")
    notes = list(_notes(address, base))
    if fragment:
        notes.append("What follows # stays in the browser: it is not sent.")
    pairs = decode_query(query.encode("utf-8", "replace"))
    if not pairs:
        notes.append("There are no parameters: this is general scheduling.")
    return Pasted(tuple(pairs), tuple(notes))


def _notes(address: str, base: str) -> list[str]:
    """Return what is odd about an address before its query."""
    if not address:
        return []
    path = base[len(origin_of(base)) :]
    if address.startswith("/"):
        own, found = True, address
    else:
        origin = origin_of(address)
        own, found = origin == origin_of(base), address.partition("://")[2]
        found = found[found.find("/") :] if "/" in found else "/"
    if not own:
        return ["This address is on another site. Its parameters are read as if here."]
    if found != path:
        return [
            f"This is no scheduling link: those begin with {base}. Its parameters are "
            "read as if it were one."
        ]
    return []
