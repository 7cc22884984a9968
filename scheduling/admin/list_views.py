"""Views of the appointment list: some that everybody has, and those that staff keep."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from directory.models import SavedView
from directory.roles import is_administrator
from directory.saved_views import (
    delete_view,
    own_views,
    plain_query,
    save_view,
    saved_views,
)
from scheduling.admin.actions import TEMPLATES, user_of
from scheduling.forms.views import PASSING, SaveViewForm, save_view_form
from scheduling.views.access import UNPROCESSABLE, see_other

LIST = "scheduling.appointment"
STANDARD = [
    ("All", ""),
    ("Today", "when=today"),
    ("The coming 7 days", "when=next_7"),
    ("Needs an outcome", "needs=outcome"),
    ("Waits for an answer", "needs=answer"),
]


@dataclass(frozen=True, slots=True)
class Tab:
    """A view as a link; `is_open` when the list shows it now."""

    name: str
    url: str
    is_open: bool
    is_shared: bool = False


def list_address(query: str = "") -> str:
    """Return the address of the list with a query."""
    address = reverse("admin:scheduling_appointment_changelist")
    return f"{address}?{query}" if query else address


def tabs_of(request: HttpRequest) -> dict[str, Any]:
    """Return what stands above the list: views, and the form to keep this one. One query."""
    user, present = user_of(request), present_query(request)
    kept = [
        (one.name, one.query, one.is_shared and one.owner_id != user.pk)
        for one in saved_views(user, LIST)
    ]
    tabs = [
        Tab(name, list_address(query), query == present, is_shared)
        for name, query, is_shared in [
            *((name, query, False) for name, query in STANDARD),
            *kept,
        ]
    ]
    return {
        "tabs": tabs,
        "has_kept_views": bool(kept),
        "save_form": empty_form(request, present) if present else None,
        "file_url": _with(reverse("admin:scheduling_appointment_file"), request),
    }


def present_query(request: HttpRequest) -> str:
    """Return the list's filters, search and order in one order of writing."""
    return plain_query(request.GET.urlencode(), without=PASSING)


def _with(address: str, request: HttpRequest) -> str:
    present = present_query(request)
    return f"{address}?{present}" if present else address


def empty_form(request: HttpRequest, query: str) -> SaveViewForm:
    return save_view_form(
        initial={"query": query}, may_share=is_administrator(request.user)
    )


def views_page(model_admin: Any, request: HttpRequest) -> HttpResponse:
    """Show the views that the person keeps; a post keeps another one.

    422: it has no name, or too long a one.
    """
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    form = None
    if request.method == "POST":
        user = user_of(request)
        form = save_view_form(request.POST, may_share=is_administrator(user))
        if form.is_valid():
            view = save_view(
                user,
                list_name=LIST,
                name=form.cleaned_data["name"],
                query=form.cleaned_data["query"],
                is_shared=form.cleaned_data.get("is_shared", False),
            )
            messages.success(request, f"The view was saved: {view.name}.")
            return see_other(list_address(view.query))
    user = user_of(request)
    own = set(own_views(user, LIST).values_list("pk", flat=True))
    context = {
        **admin.site.each_context(request),
        "title": "Views of the appointment list",
        "form": form,
        "rows": [
            (one, list_address(one.query), one.owner_id == user.pk, one.pk in own)
            for one in saved_views(user, LIST)
        ],
        "back": list_address(),
    }
    status = UNPROCESSABLE if form else 200
    return render(request, f"{TEMPLATES}/views.html", context, status=status)


def delete(model_admin: Any, request: HttpRequest, view: int) -> HttpResponse:
    """Delete a view of one's own; administrators a shared one too. 404: any other."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    found: SavedView | None = own_views(user_of(request), LIST).filter(pk=view).first()
    if found is None:
        raise Http404
    delete_view(found)
    messages.success(request, f"The view was deleted: {found.name}.")
    return see_other(reverse("admin:scheduling_appointment_views"))
