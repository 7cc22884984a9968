"""What a person of the back office reaches: by role, office and advisor.

`scope` keeps of a queryset the rows on which a person may do something, `may` asks about
one row, `may_ever` about none in particular. Each first needs the permission itself, and
then the rows: a role's own (`directory.grants`), or, when the permission came otherwise,
those of the offices that the person runs. Asking for the first time costs one query
beside Django's own two for permissions; then everything is kept with the person.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Model, Q, QuerySet

from directory.grants import GRANTS, PATHS, PLAN, SHARED, SPANS, Paths, Role, Span
from directory.models import Office, User

Person = AbstractBaseUser | AnonymousUser
Row = TypeVar("Row", bound=Model)
Spans = frozenset[Span]
EVERYTHING: Spans = frozenset([Span.ALL])
NOTHING: Spans = frozenset()
NOBODYS = Q(pk__in=[])
KEPT = "_reach"


@dataclass(frozen=True, slots=True)
class Reach:
    """A person's roles, the offices they run, and which advisor they are."""

    roles: frozenset[Role] = frozenset()
    offices: frozenset[int] = frozenset()
    advisor: int | None = None


def reach_of(person: Person) -> Reach:
    """Return what a person reaches, kept with the person. One query at first."""
    if not isinstance(person, User) or not person.is_active:
        return Reach()
    kept: Reach | None = person.__dict__.get(KEPT)
    if kept is None:
        kept = _load(person)
        person.__dict__[KEPT] = kept
    return kept


def _load(user: User) -> Reach:
    if user.is_superuser:
        return Reach(frozenset([Role.ADMINISTRATOR]))
    rows = list(
        User.objects.filter(pk=user.pk).values_list(
            "groups__name", "managed_offices", "advisor"
        )
    )
    groups = {name for name, _, _ in rows}
    return Reach(
        roles=frozenset(role for role in Role if role.value in groups),
        offices=frozenset({office for _, office, _ in rows} - {None}),
        advisor=rows[0][2] if rows else None,
    )


def is_administrator(person: Person) -> bool:
    """Tell whether a person may do everything: by role, or as a superuser."""
    return Role.ADMINISTRATOR in reach_of(person).roles


def offices_of(person: Person) -> set[int] | None:
    """Return the offices all of whose meetings a person sees; None: of every office."""
    return offices_for(person, "view", "scheduling.appointment")


def offices_for(person: Person, action: str, label: str) -> set[int] | None:
    """Return the offices at which a person may do this to such rows; None: at all."""
    spans = spans_of(person, action, label)
    if Span.ALL in spans:
        return None
    return set(reach_of(person).offices) if Span.OFFICES in spans else set()


def advisor_of(person: Person) -> int | None:
    """Return which advisor a person with the advisor's role is."""
    reach = reach_of(person)
    return reach.advisor if Role.ADVISOR in reach.roles else None


def may_ever(person: Person, action: str, model: type[Model]) -> bool:
    """Tell whether a person may do this to any such rows."""
    return bool(spans_of(person, action, _label(model)))


def may(person: Person, action: str, row: Model) -> bool:
    """Tell whether a person may do this to a row. At most one query."""
    spans = spans_of(person, action, _label(type(row)))
    if not spans or Span.ALL in spans:
        return bool(spans)
    if _is_plain(PATHS[_label(type(row))]):
        return _reaches(row, spans, reach_of(person), action)
    return scope(_all(type(row)).filter(pk=row.pk), person, action).exists()


def scope(rows: QuerySet[Row], person: Person, action: str = "view") -> QuerySet[Row]:
    """Return the rows on which a person may do this. They are not doubled by joins."""
    label = _label(rows.model)
    spans = spans_of(person, action, label)
    if Span.ALL in spans:
        return rows
    if not spans:
        return rows.none()
    paths = PATHS[label]
    return rows.filter(_condition(rows.model, paths, spans, reach_of(person), action))


def choosable(
    rows: QuerySet[Row], person: Person, model: type[Model], field: str
) -> QuerySet[Row]:
    """Return the rows that a person may choose for a field of a model's form.

    They are among those that the person sees; where the field makes out whose the form's
    row is, they are among those that keep it within the person's own.
    """
    if _label(rows.model) not in SHARED:
        rows = scope(rows, person)
    spans = _writing(person, model)
    if Span.ALL in spans or not spans:
        return rows
    paths = _behind(PATHS[_label(model)], field)
    decides = {Span.OFFICES: paths.offices, Span.OWN: paths.own}
    if not all(decides[span] for span in spans):
        return rows
    return rows.filter(_condition(rows.model, paths, spans, reach_of(person), "change"))


def must_choose(person: Person, model: type[Model], field: str) -> bool:
    """Tell whether an empty field would let a form's row count for every office."""
    if Span.ALL in (spans := _writing(person, model)) or not spans:
        return False
    return field in PATHS[_label(model)].everywhere


def spans_of(person: Person, action: str, label: str) -> Spans:
    """Return whose rows of a model a person may do this to."""
    if is_administrator(person):
        return EVERYTHING
    if label not in PATHS and label not in SHARED:
        return NOTHING
    if not _has_permission(person, action, label):
        return NOTHING
    if label in SHARED:
        return EVERYTHING
    needed = "change" if action == PLAN else action
    grants = {role: GRANTS[role].get(label, NOTHING) for role in reach_of(person).roles}
    granting = {role for role, actions in grants.items() if needed in actions}
    if not granting:  # the permission came otherwise
        return frozenset([Span.OFFICES])
    return frozenset(SPANS[role] for role in granting if action in grants[role])


def _has_permission(person: Person, action: str, label: str) -> bool:
    app, model = label.split(".")
    names = {PLAN: ["change"], "view": ["view", "change"]}.get(action, [action])
    return isinstance(person, User) and any(
        person.has_perm(f"{app}.{name}_{model}") for name in names
    )


def _writing(person: Person, model: type[Model]) -> Spans:
    """Return whose rows of a model a person may add or change."""
    label = _label(model)
    return spans_of(person, "add", label) | spans_of(person, "change", label)


def _condition(
    model: type[Model], paths: Paths, spans: Spans, reach: Reach, action: str
) -> Q:
    found = NOBODYS
    if Span.OFFICES in spans:
        found |= _of_offices(model, paths, reach.offices, action)
    if Span.OWN in spans and reach.advisor is not None:
        found |= _leading(model, paths.own, [reach.advisor])
    return found


def _of_offices(
    model: type[Model], paths: Paths, offices: frozenset[int], action: str
) -> Q:
    found = _leading(model, paths.offices, offices)
    if action == "view":
        for path in paths.everywhere if offices else ():
            found |= Q(**{f"{path}__isnull": True})
        return found
    elsewhere = Office.objects.exclude(pk__in=offices)
    for path in paths.wholly:
        there = _all(model).filter(**{f"{path}__in": elsewhere})
        found &= ~Q(pk__in=there.values("pk"))
    return found


def _leading(model: type[Model], paths: Iterable[str], ids: Iterable[int]) -> Q:
    """Return the condition that a path leads to one of the ids."""
    found = NOBODYS
    for path in paths:
        leads = Q(**{f"{path}__in": list(ids)})
        if _is_many(model, path):
            leads = Q(pk__in=_all(model).filter(leads).values("pk"))
        found |= leads
    return found


@cache
def _is_many(model: type[Model], path: str) -> bool:
    """Tell whether one row can lead to several by a path."""
    for name in path.split("__"):
        if name == "pk":
            return False
        field = model._meta.get_field(name)  # noqa: SLF001
        if field.one_to_many or field.many_to_many:
            return True
        model = field.related_model  # type: ignore[assignment]
    return False


def _behind(paths: Paths, field: str) -> Paths:
    """Return the paths that go through a field, from what it points to on."""

    def behind(found: Iterable[str]) -> tuple[str, ...]:
        return tuple(
            path.removeprefix(field).removeprefix("__") or "pk"
            for path in found
            if path == field or path.startswith(f"{field}__")
        )

    return Paths(behind(paths.offices), behind(paths.own), wholly=behind(paths.wholly))


def _is_plain(paths: Paths) -> bool:
    """Tell whether a row's own columns say whose it is."""
    used = (*paths.offices, *paths.own, *paths.everywhere)
    return not paths.wholly and not any("__" in path for path in used)


def _reaches(row: Model, spans: Spans, reach: Reach, action: str) -> bool:
    """Tell the same as `_condition` for a row in memory."""
    paths = PATHS[_label(type(row))]
    owners = {_id(row, path) for path in paths.own} - {None}
    if Span.OWN in spans and reach.advisor in owners:
        return True
    if Span.OFFICES not in spans:
        return False
    if any(_id(row, path) in reach.offices for path in paths.offices):
        return True
    if action != "view" or not reach.offices:
        return False
    return any(_id(row, path) is None for path in paths.everywhere)


def _id(row: Model, path: str) -> int | None:
    found: int | None = row.pk if path == "pk" else getattr(row, f"{path}_id")
    return found


def _all(model: type[Row]) -> QuerySet[Row]:
    return model._base_manager.all()  # noqa: SLF001  no manager of ours hides rows


def _label(model: type[Model]) -> str:
    """Return a model's name in the tables: `directory.office`."""
    return model._meta.label_lower  # noqa: SLF001
