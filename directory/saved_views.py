"""Saved views: the filters that staff keep under a name, for themselves or for all."""

from collections.abc import Collection, Iterable
from urllib.parse import parse_qsl, urlencode

from django.db.models import Q, QuerySet

from directory.models import SavedView, User
from directory.roles import is_administrator


def saved_views(user: User, list_name: str) -> QuerySet[SavedView]:
    """Return a person's own views of a list and those shared with all. One query."""
    rows = SavedView.objects.filter(Q(owner=user) | Q(is_shared=True))
    return rows.filter(list_name=list_name).select_related("owner")


def own_views(user: User, list_name: str) -> QuerySet[SavedView]:
    """Return the views that a person may delete: administrators the shared ones too."""
    rows = saved_views(user, list_name)
    return rows if is_administrator(user) else rows.filter(owner=user)


def save_view(
    owner: User, *, list_name: str, name: str, query: str, is_shared: bool
) -> SavedView:
    """Keep a query under a name; the person's view of that name becomes this one.

    Only what an administrator keeps is shared.
    """
    view, _made = SavedView.objects.update_or_create(
        owner=owner,
        list_name=list_name,
        name=name,
        defaults={
            "query": query,
            "is_shared": is_shared and is_administrator(owner),
        },
    )
    return view


def delete_view(view: SavedView) -> None:
    view.delete()


def plain_query(text: str, *, without: Collection[str] = ()) -> str:
    """Return an address's query in one order, without empty values and some names."""
    pairs: Iterable[tuple[str, str]] = parse_qsl(text.lstrip("?"))
    return urlencode(sorted((name, one) for name, one in pairs if name not in without))
