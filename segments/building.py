"""Scheduling links as staff compose them: fixed values, and gaps that a site fills.

A gap is a value like {first_name}: the site that shows the link writes the visitor's own
first name there, encoded for an address.
"""

import re
from collections.abc import Callable

from segments.links import Pairs, encode

GAP = re.compile(r"\{([^{}]+)\}\Z")


def gap(name: str) -> str:
    """Return the gap with this name."""
    return f"{{{name}}}"


def gap_name(value: str) -> str:
    """Return the name of the gap that a value is; '' if it is none."""
    match = GAP.match(value)
    return match[1] if match else ""


def gaps_of(pairs: Pairs) -> list[str]:
    """Return the names of a link's gaps, each once."""
    names = (gap_name(value) for _, value in pairs)
    return list(dict.fromkeys(name for name in names if name))


def fill(pairs: Pairs, specimen: Callable[[str, str], str]) -> list[tuple[str, str]]:
    """Return the pairs with each gap filled: by what `specimen(parameter, gap)` says."""
    return [
        (name, specimen(name, found) if (found := gap_name(value)) else value)
        for name, value in pairs
    ]


def build_pattern(base: str, pairs: Pairs) -> str:
    """Return the address of a link with its gaps left to be read: &name={first_name}."""
    pieces = (
        f"{encode(name)}={value if gap_name(value) else encode(value)}"
        for name, value in pairs
    )
    query = "&".join(pieces)
    return f"{base}?{query}" if query else base
