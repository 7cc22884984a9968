"""One field's value: as a row has it, as the file has it, and in words."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from phonenumber_field.modelfields import PhoneNumberField

from directory.choices import Weekday
from directory.transfer.errors import NotUnderstood
from directory.transfer.names import Names

Column = Any  # a model field
DAYS = {day.name.lower(): day.value for day in Weekday}
DAY_NAMES = {number: name for name, number in DAYS.items()}


def is_many(column: Column) -> bool:
    """Tell whether a field names any number of other objects."""
    return isinstance(column, models.ManyToManyField)


def is_reference(column: Column) -> bool:
    """Tell whether a field names another object."""
    return isinstance(column, models.ForeignKey)


def encode(column: Column, value: Any, names: Names) -> Any:
    """Return a row's value as the file has it. References are codes."""
    if value is None:
        return None
    if is_reference(column):
        return names.code(column.related_model, value)
    if column.name == "weekday":
        return DAY_NAMES[value]
    if isinstance(value, (bool, int, float)):
        return value
    if is_many(column):
        return sorted(names.code(column.related_model, pk) for pk in value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else value.normalize()
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, time):
        return value.isoformat(
            "auto" if value.second or value.microsecond else "minutes"
        )
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return list(value)
    return str(value)


def default(column: Column) -> Any:
    """Return what a new row has when nobody says anything."""
    return [] if is_many(column) else column.get_default()


def is_required(column: Column) -> bool:
    """Tell whether a new row needs a value from somebody."""
    return not column.blank and not column.has_default() and not is_many(column)


def decode(column: Column, value: Any, names: Names) -> Any:
    """Return a value of the file as a row has it. References become primary keys.

    Raises:
        NotUnderstood: with a sentence.
    """
    if is_many(column):
        items = checked_list(value)
        return [names.find(column.related_model, item) for item in items]
    if value is None:
        if column.null:
            return None
        raise NotUnderstood("This cannot be null: write a value.")
    if is_reference(column):
        return names.find(column.related_model, value)
    if column.name == "weekday":
        return DAYS[checked_choice(value, DAYS)]
    if isinstance(column, ArrayField):
        return [decode(column.base_field, item, names) for item in checked_list(value)]
    decoded = _decode_simple(column, value)
    if column.choices and decoded not in ("", None):
        checked_choice(decoded, [choice for choice, _ in column.flatchoices])
    return decoded


def _decode_simple(column: Column, value: Any) -> Any:
    for of, read in READERS:
        if isinstance(column, of):
            return read(value)
    return checked_text(value)


def checked_list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise NotUnderstood("Write a list in square brackets.")
    return value


def checked_choice(value: Any, known: Iterable[Any]) -> Any:
    choices = list(known)
    if not isinstance(value, (str, int)) or value not in choices:
        raise NotUnderstood(
            f"{shown(value)} is not known here. Write one of: "
            f"{', '.join(str(choice) for choice in choices)}."
        )
    return value


def checked_text(value: Any) -> str:
    if not isinstance(value, str):
        raise NotUnderstood("Write a text in quotes.")
    if "\0" in value:
        raise NotUnderstood("A text cannot hold a NUL character.")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise NotUnderstood("A text cannot hold half of a character.") from error
    return value


def checked_bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise NotUnderstood("Write true or false.")
    return value


def checked_int(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise NotUnderstood("Write a whole number.")
    if value != int(value):
        raise NotUnderstood("Write a whole number.")
    return int(value)


def checked_decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal, str)):
        raise NotUnderstood("Write a number.")
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise NotUnderstood("Write a number.") from error
    if not number.is_finite():
        raise NotUnderstood("Write a number.")
    return number


def checked_float(value: Any) -> float:
    return float(checked_decimal(value))


def checked_time(value: Any) -> time:
    try:
        found = time.fromisoformat(checked_text(value))
    except ValueError as error:
        raise NotUnderstood("Write a time of day like 09:00.") from error
    if found.tzinfo is not None:
        raise NotUnderstood("Write a time of day like 09:00, without a zone.")
    return found


def checked_day(value: Any) -> date:
    try:
        return date.fromisoformat(checked_text(value))
    except ValueError as error:
        raise NotUnderstood("Write a date like 2026-05-04.") from error


def checked_instant(value: Any) -> datetime:
    try:
        found = datetime.fromisoformat(checked_text(value))
    except ValueError as error:
        raise NotUnderstood(
            "Write a date and time like 2026-05-04T09:00:00Z."
        ) from error
    if found.tzinfo is None:
        raise NotUnderstood("Write the time zone too: 2026-05-04T09:00:00Z.")
    try:
        return found.astimezone(UTC)
    except OverflowError as error:
        raise NotUnderstood("Write a date that calendars know.") from error


READERS: tuple[tuple[Any, Any], ...] = (
    (models.BooleanField, checked_bool),
    (models.DateTimeField, checked_instant),  # before the date: it is one
    (models.DateField, checked_day),
    (models.TimeField, checked_time),
    (models.DecimalField, checked_decimal),
    (models.FloatField, checked_float),
    (models.IntegerField, checked_int),
    (PhoneNumberField, checked_text),
)


def shown(value: Any) -> str:
    """Return a value of the file in quotation marks, cut when it is long."""
    text = str(value)
    return f"“{text[:60]}…”" if len(text) > 60 else f"“{text}”"
