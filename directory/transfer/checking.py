"""What a row's own checks and the database say against it."""

from collections.abc import Iterable
from typing import Any

import psycopg
from django.contrib.postgres.constraints import ExclusionConstraint
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import DatabaseError, IntegrityError

from directory.transfer.kinds import Kind, meta_of
from directory.transfer.rows import Item


def faults(kind: Kind, row: Any, item: Item | None) -> Iterable[tuple[str, str]]:
    """Return what is wrong with a row, field by field, before it is written."""
    found: list[tuple[str, str]] = []
    references = [
        column.name for column in meta_of(row).concrete_fields if column.is_relation
    ]
    for check in (
        lambda: row.clean_fields(exclude=references),
        row.validate_unique,
        lambda: check_constraints(row),
    ):
        try:
            check()
        except ValidationError as error:
            by_field = (
                error.message_dict
                if hasattr(error, "error_dict")
                else {NON_FIELD_ERRORS: error.messages}
            )
            for name, sentences in by_field.items():
                place = "" if name == NON_FIELD_ERRORS else name
                found += [(place, sentence) for sentence in sentences]
        if found:
            return found
    for own in kind.checks:
        found += own(row, item.plain if item else None)
    return found


def check_constraints(row: Any) -> None:
    """Check a row's constraints, but leave those about overlaps to the database.

    Raises:
        ValidationError: with the sentence of the first that does not hold.
    """
    for constraint in meta_of(row).constraints:
        if not isinstance(constraint, ExclusionConstraint):
            constraint.validate(type(row), row)


def refusal(kind: Kind, error: DatabaseError) -> str:
    """Return the sentence of the constraint that refused a row."""
    cause = error.__cause__
    name = ""
    if isinstance(error, IntegrityError) and isinstance(cause, psycopg.Error):
        name = cause.diag.constraint_name or ""
    for constraint in meta_of(kind.model).constraints:
        if constraint.name == name:
            return str(constraint.get_violation_error_message())
    return f"The database refuses this{f' ({name})' if name else ''}."
