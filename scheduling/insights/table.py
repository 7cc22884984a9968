"""A table of insights: what the page shows, and what its CSV file holds.

Every cell is a text already, so that the two cannot differ.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO

from directory.transfer.cells import escaped
from scheduling.insights.charts import Chart

Row = tuple[str, ...]
NONE = "\u2013"  # where there is nothing to divide
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number above the tables, and what it counts."""

    label: str
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """`texts` columns of words, then numbers. `links` has an address for each row."""

    slug: str
    title: str
    headers: Row
    rows: Sequence[Row]
    note: str = ""
    texts: int = 1
    chart: Chart | None = None
    links: Sequence[str] = ()
    figures: Sequence[Figure] = ()

    @property
    def cells(self) -> list[tuple[str, list[tuple[str, bool]], str]]:
        """Return each row's head, its other cells with what is a number, and its link."""
        links = self.links or [""] * len(self.rows)
        return [
            (
                row[0],
                [(text, at >= self.texts) for at, text in enumerate(row[1:], start=1)],
                link,
            )
            for row, link in zip(self.rows, links, strict=True)
        ]

    @property
    def columns(self) -> list[tuple[str, bool]]:
        """Return the headers with whether numbers stand below them."""
        return [(text, at >= self.texts) for at, text in enumerate(self.headers)]

    def as_csv(self) -> str:
        """Return the table as a file's text; no spreadsheet takes a cell for a formula."""
        out = StringIO()
        writer = csv.writer(out)
        writer.writerow(self.headers)
        writer.writerows([*map(escaped, row)] for row in self.rows)
        return out.getvalue()


def share(part: int, whole: int) -> str:
    """Return a part in per cent with one decimal, or a dash of nothing."""
    return f"{part / whole:.1%}" if whole else NONE


def span_text(span: timedelta | None) -> str:
    """Return how long something takes, in days from two days on, else in hours."""
    if span is None:
        return NONE
    if span >= 2 * DAY:
        return f"{span / DAY:.1f} days"
    return f"{max(span, timedelta()) / HOUR:.1f} hours"


def as_rows(rows: Iterable[Iterable[object]]) -> list[Row]:
    """Return rows of anything as rows of texts."""
    return [tuple(map(str, row)) for row in rows]
