"""What all configured objects share: a stable code and an optional external id."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower

from directory.choices import Channel

CODE_PATTERN = r"^[A-Za-z0-9_-]{1,255}$"
validate_code = RegexValidator(
    CODE_PATTERN, "Use letters, digits, _ and -, at most 255 of them."
)


class CodedModel(models.Model):
    """An object that links name by `code`: compared exactly, never reused."""

    code = models.CharField(
        max_length=255,
        validators=[validate_code],
        help_text="Letters, digits, _ and -. Links use it, so keep it once it is out.",
    )
    external_id = models.CharField(
        max_length=255,
        blank=True,
        help_text="The same object's id in your other systems.",
    )

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                Lower("code"),
                name="%(class)s_code_unique",
                violation_error_message="Another one has this code already "
                "(upper and lower case count as the same here).",
            ),
            models.UniqueConstraint(
                fields=["external_id"],
                condition=~models.Q(external_id=""),
                name="%(class)s_external_id_unique",
                violation_error_message="Another one has this external id already.",
            ),
            models.CheckConstraint(
                condition=models.Q(code__regex=CODE_PATTERN),
                name="%(class)s_code_pattern",
                violation_error_message="Use letters, digits, _ and -.",
            ),
        ]


class ChannelsField(ArrayField):  # type: ignore[type-arg]
    """A set of channels, stored as an array of their codes."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs["base_field"] = models.CharField(max_length=20, choices=Channel.choices)
        kwargs.setdefault("default", list)
        super().__init__(**kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("base_field")
        return name, path, args, kwargs


def channels_are_known(field: str) -> models.Q:
    """Return the condition that an array column holds nothing but the four channels."""
    return models.Q(**{f"{field}__contained_by": list(Channel.values)})
