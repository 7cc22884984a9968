"""Search for anything by a word: meetings, customers, segments, subjects, pages.

Each kind is searched as its own list is, within the person's reach: who may not see a
list finds nothing of it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from directory.models import Customer, Subject
from scheduling.models import Appointment
from segments.models import Segment

AT_MOST = 6  # of a kind; the list has the rest
SHORTEST, LONGEST = 2, 100  # characters: one letter is found everywhere
TEMPLATES = "admin/search"


@dataclass(frozen=True, slots=True)
class Hit:
    """A row or a page that was found."""

    title: str
    about: str
    address: str


@dataclass(frozen=True, slots=True)
class Group:
    """What was found of a kind; `more` is the address of all of it."""

    title: str
    hits: list[Hit]
    more: str = ""


def about_meeting(row: Appointment) -> str:
    start = row.starts_at.astimezone(row.office.zone)
    who = row.contact_name or row.email
    return f"{start:%a %d %b %Y, %H:%M}, {who}, {row.get_status_display()}"


def about_customer(row: Customer) -> str:
    return ", ".join(part for part in (row.email, row.customer_number) if part)


def about_segment(row: Segment) -> str:
    return row.code if row.is_active else f"{row.code}, not active"


def about_subject(row: Subject) -> str:
    return f"{row.code}, {row.category.name}"


ABOUT: dict[type[Model], Callable[[Any], str]] = {
    Appointment: about_meeting,
    Customer: about_customer,
    Segment: about_segment,
    Subject: about_subject,
}


def find(request: HttpRequest, words: str) -> list[Group]:
    """Return what the person sees of what the words fit. One query a kind at most."""
    if not SHORTEST <= len(words) <= LONGEST:
        return []
    found = [rows_found(request, model, words) for model in ABOUT]
    found.append(Group("Pages", list(pages_found(request, words))))
    return [group for group in found if group.hits]


def rows_found(request: HttpRequest, model: type[Model], words: str) -> Group:
    """Return the first rows of a model as its list would. One query."""
    listed = admin.site.get_model_admin(model)
    title = str(model._meta.verbose_name_plural).capitalize()  # noqa: SLF001
    if not listed.has_view_permission(request):
        return Group(title, [])
    rows, _ = listed.get_search_results(request, listed.get_queryset(request), words)
    if isinstance(along := listed.list_select_related, list):
        rows = rows.select_related(*along)
    first = list(rows[: AT_MOST + 1])
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"  # noqa: SLF001
    more = f"{reverse(f'{name}_changelist')}?{urlencode({'q': words})}"
    hits = [
        Hit(str(row), ABOUT[model](row), reverse(f"{name}_change", args=[row.pk]))
        for row in first[:AT_MOST]
    ]
    return Group(title, hits, more if len(first) > AT_MOST else "")


def pages_found(request: HttpRequest, words: str) -> Iterator[Hit]:
    """Yield the sidebar's pages whose title has the words. No query of its own."""
    for group in admin.site.each_context(request)["sidebar_navigation"]:
        for item in group["items"]:
            if item["has_permission"] and words.lower() in str(item["title"]).lower():
                yield Hit(item["title"], str(group["title"]), str(item["link"]))


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Answer a whole page, or the box below the field to the theme's script."""
    words = request.GET.get("s", "").strip()
    context = {
        "words": words,
        "groups": find(request, words),
        "is_too_short": len(words) < SHORTEST,
        "is_too_long": len(words) > LONGEST,
    }
    if request.headers.get("HX-Request"):
        return render(request, f"{TEMPLATES}/_box.html", context)
    context |= {**admin.site.each_context(request), "title": "Search"}
    return render(request, f"{TEMPLATES}/page.html", context)


app_name = "search"
urlpatterns = [path("", admin.site.admin_view(search), name="page")]
