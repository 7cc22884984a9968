"""The insights as staff open them, and their tables read back."""

import csv
from html.parser import HTMLParser
from io import StringIO

from django.test import Client
from django.urls import reverse

from directory.grants import Role
from tests.factories import staff_with

APRIL_TO_MAY = {"from": "2026-04-01", "to": "2026-05-31"}


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def administrator() -> Client:
    return client_of(staff_with(Role.ADMINISTRATOR, username="admin"))


def page(client, **query):
    return client.get(reverse("insights:page"), {**APRIL_TO_MAY, **query})


def table(answer, slug):
    """Return a table of the page; None if the person does not get it."""
    found = {one.slug: one for one, _url in answer.context["tables"]}
    return found.get(slug)


def rows(client, slug, **query):
    return table(page(client, **query), slug).rows


def file_rows(client, slug, **query):
    """Return a file's rows, the headers first."""
    address = reverse("insights:table", args=[slug])
    answer = client.get(address, {**APRIL_TO_MAY, **query})
    assert answer.status_code == 200
    return list(csv.reader(StringIO(answer.content.decode("utf-8-sig"))))


class Cells(HTMLParser):
    """Reads the cells of every table on a page, by the id of the section around it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, list[list[str]]] = {}
        self.section = ""
        self.cell: list[str] | None = None

    def handle_starttag(self, tag, attrs):
        names = dict(attrs)
        if tag == "section":
            self.section = names.get("id") or ""
        elif tag == "tr":
            self.found.setdefault(self.section, []).append([])
        elif tag in ("th", "td"):
            self.cell = []

    def handle_endtag(self, tag):
        if tag in ("th", "td") and self.cell is not None:
            self.found[self.section][-1].append("".join(self.cell).strip())
            self.cell = None

    def handle_data(self, data):
        if self.cell is not None:
            self.cell.append(data)


def cells_on(answer) -> dict[str, list[list[str]]]:
    """Return what the page really shows: section -> rows of cells."""
    parser = Cells()
    parser.feed(answer.content.decode())
    return parser.found
