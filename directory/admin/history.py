"""Who changed a configured object, when, and what: on its page; and its restoration."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils import timezone

from config import clock
from directory.grants import PATHS, Span
from directory.history import BEFORE_ALL, FIRST_STATE
from directory.models import User
from directory.roles import is_administrator, may, reach_of, spans_of
from directory.transfer.differences import differences
from directory.transfer.importing import restore, try_restore
from directory.transfer.kinds import Kind, home_of, kind_of, meta_of
from directory.transfer.past import GONE, Archive, Entry, Keep, fingerprint, keep_all

UNPROCESSABLE = 422
NOBODY = "A command"
CHANGED_MEANWHILE = (
    "Somebody changed this in the meantime. Look again at what would change."
)


@dataclass(frozen=True, slots=True)
class Line:
    """A change on the page: who made it, and where its state is restored."""

    entry: Entry
    who: str
    restore_url: str


class KeepsHistory:
    """A page of the changes of each object, and a list of the deleted ones.

    Rows inside an object show the object's page: they are restored with it.
    """

    model: Any
    admin_site: Any

    def get_urls(self) -> list[URLPattern]:
        urls: list[URLPattern] = super().get_urls()  # type: ignore[misc]
        if kind_of(self.model) is None:
            return urls
        meta, wrap = meta_of(self.model), self.admin_site.admin_view
        name = f"{meta.app_label}_{meta.model_name}"
        return [
            path("deleted/", wrap(self.deleted_view), name=f"{name}_deleted"),
            path(
                "<int:pk>/history/restore/",
                wrap(self.restore_view),
                name=f"{name}_restore",
            ),
            *urls,
        ]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Show the changes of an object and of the rows inside it."""
        row = self.get_object(request, unquote(object_id))  # type: ignore[attr-defined]
        home = home_of(row)
        if home is None:
            plain: HttpResponse = super().history_view(  # type: ignore[misc]
                request, object_id, extra_context
            )
            return plain
        kind, pk = home
        home_row = row if kind.model is self.model else kind.model.objects.get(pk=pk)
        if not may(request.user, "view", home_row):
            raise PermissionDenied
        archive = Archive(kind, pk, reach_into(request.user, kind))
        may_restore = is_administrator(request.user)
        context = {
            **self.admin_site.each_context(request),
            "title": f"History: {home_row}",
            "kind": kind,
            "lines": lines_of(archive, pk, may_restore=may_restore),
            "back": page_of(kind, "change", pk),
        }
        return render(request, "admin/directory/history.html", context)

    def restore_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what a restoration changes, and do it when it is posted.

        404: there is no such state. 422: it cannot be restored, or not any more like this.
        """
        kind, now = kind_of(self.model), clock.now()
        if kind is None or not kind.is_restorable or not is_administrator(request.user):
            raise PermissionDenied
        at = moment_of(request.GET.get("at", ""))
        archive = Archive(kind, pk)
        former, present = archive.at(at), archive.at(now)
        if former is None:
            raise Http404
        current = fingerprint(present.plain if present else None)
        sentences: list[str] = []
        if request.method == "POST":
            if request.POST.get("state") == current:
                when = (
                    FIRST_STATE
                    if at == BEFORE_ALL
                    else f"the state of {timezone.localtime(at):%-d %B %Y, %H:%M}"
                )
                report = restore(
                    kind,
                    pk,
                    former.plain,
                    reason=f"restored to {when}",
                    now=now,
                )
                if not report.problems:
                    messages.success(request, "The earlier state is back.")
                    return HttpResponseRedirect(page_of(kind, "history", pk))
            else:
                sentences.append(CHANGED_MEANWHILE)
        sentences += map(str, try_restore(kind, pk, former.plain, now=now).problems)
        context = {
            **self.admin_site.each_context(request),
            "title": "Restore an earlier state",
            "kind": kind,
            "name": kind.title_of(former.plain),
            "at": at,
            "is_first": at == BEFORE_ALL,
            "differences": differences(kind, present.plain, former.plain)
            if present
            else [],
            "is_deleted": present is None,
            "sentences": sentences,
            "state": current,
            "back": page_of(kind, "history", pk)
            if present
            else page_of(kind, "deleted"),
        }
        status = UNPROCESSABLE if sentences and request.method == "POST" else 200
        return render(request, "admin/directory/restore.html", context, status=status)

    def deleted_view(self, request: HttpRequest) -> HttpResponse:
        """List the objects that are not there any more, the last deleted ones first."""
        kind = kind_of(self.model)
        if kind is None or not is_administrator(request.user):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": f"Deleted: {meta_of(self.model).verbose_name_plural}",
            "kind": kind,
            "lines": deleted_lines(kind),
            "back": page_of(kind, "changelist"),
        }
        return render(request, "admin/directory/deleted.html", context)


def reach_into(user: Any, kind: Kind) -> Keep:
    """Return which rows inside an object a person sees, who sees the object."""
    if is_administrator(user):
        return keep_all
    keeps = {
        part.model: reach_of_part(user, part, way) for part, way in ways_up(kind, "")
    }
    return lambda part, row: keeps[part.model](row) if part.owner else True


def ways_up(kind: Kind, way: str) -> Iterator[tuple[Kind, str]]:
    """Yield the rows inside an object with the path that leads from them to it."""
    for part in kind.parts:
        path_up = f"{part.owner}__{way}" if way else part.owner
        yield part, path_up
        yield from ways_up(part, path_up)


def reach_of_part(user: Any, part: Kind, way: str) -> Callable[[Any], bool]:
    """Return which states of rows a person sees: all, none, or those of own offices."""
    label = meta_of(part.model).label_lower
    spans = spans_of(user, "view", label)
    if Span.ALL in spans:
        return lambda _row: True
    paths = PATHS.get(label)
    if paths is None or not spans:
        return lambda _row: False
    if Span.OWN in spans and leads_up(paths.own, way):
        return lambda _row: True
    if Span.OFFICES not in spans:
        return lambda _row: False
    if leads_up(paths.offices, way):
        return lambda _row: True
    offices = reach_of(user).offices
    return lambda row: getattr(row, "office_id", None) in offices


def leads_up(paths: Iterable[str], way: str) -> bool:
    """Tell whether whose a row is, is decided by the object in which it stands."""
    return any(path == way or path.startswith(f"{way}__") for path in paths)


def lines_of(archive: Archive, pk: int, *, may_restore: bool) -> list[Line]:
    """Return the changes of an object; the last one has nothing to restore."""
    entries = archive.entries()
    who = names_of(entry.moment.user for entry in entries)
    return [
        Line(
            entry,
            who.get(entry.moment.user or 0, NOBODY),
            restore_url(archive.kind, pk, entry.moment.at)
            if may_restore and place and entry.is_restorable
            else "",
        )
        for place, entry in enumerate(entries)
    ]


@dataclass(frozen=True, slots=True)
class DeletedLine:
    """A deleted object: who deleted it when, and where it is restored."""

    name: str
    at: datetime
    who: str
    reason: str
    restore_url: str


def deleted_lines(kind: Kind) -> list[DeletedLine]:
    """Return the deleted objects of a kind. Three queries."""
    there = kind.model.objects.values("pk")
    states: dict[int, list[Any]] = {}
    history = kind.model.history.exclude(id__in=there).filter(**kind.limit)
    for state in history.order_by("history_date", "history_id"):
        states.setdefault(state.id, []).append(state)
    gone = {
        pk: kept
        for pk, kept in states.items()
        if kept[-1].history_type == GONE and len(kept) > 1
    }
    who = names_of(kept[-1].history_user_id for kept in gone.values())
    lines = [
        DeletedLine(
            name=kind.title_of(
                {name: getattr(kept[-1], name, "") for name in ("code", "kid", "name")}
            ),
            at=kept[-1].history_date,
            who=who.get(kept[-1].history_user_id or 0, NOBODY),
            reason=kept[-1].history_change_reason or "",
            restore_url=restore_url(kind, pk, kept[-2].history_date)
            if kind.is_restorable
            else "",
        )
        for pk, kept in gone.items()
    ]
    return sorted(lines, key=lambda line: line.at, reverse=True)


def names_of(users: Any) -> dict[int, str]:
    """Return people's names by their id. One query."""
    rows = User.objects.filter(pk__in={pk for pk in users if pk})
    return {row.pk: row.get_full_name() or row.get_username() for row in rows}


def moment_of(text: str) -> datetime:
    """Return a moment of an address.

    Raises:
        Http404: it is none.
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise Http404 from error
    if at.tzinfo is None:
        raise Http404
    return at


def restore_url(kind: Kind, pk: int, at: datetime) -> str:
    """Return the address at which a state is restored."""
    return f"{page_of(kind, 'restore', pk)}?at={at.isoformat().replace('+', '%2B')}"


def page_of(kind: Kind, page: str, pk: int | None = None) -> str:
    """Return the address of one of a kind's pages."""
    meta = meta_of(kind.model)
    name = f"admin:{meta.app_label}_{meta.model_name}_{page}"
    try:
        return reverse(name, args=[] if pk is None else [pk])
    except NoReverseMatch:  # a kind without a page of its own
        return reverse("admin:index")
