"""For what and when a rule holds: two rules never have the same scope at one time.

The database refuses it in the end. Forms say it first, each in its own way: Django's own
check of that constraint does not see the columns inside its expressions, and so takes
any rule by the same channel for one of the same scope.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms

from segments.models import AvailabilityRule

PARTS = ("segment", "office", "subject", "category")
SAME = (
    "Another rule has the same scope at that time: put both into one, or choose another "
    "office, subject or channel."
)


@dataclass(frozen=True, slots=True)
class Scope:
    """The parts of a rule's scope by their ids, and the dates, both included."""

    parts: tuple[int | None, ...]
    channel: str
    first: date | None
    last: date | None

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Scope":
        """Return the scope in a form's values: rows or their ids."""
        found = [values.get(name) for name in PARTS]
        return cls(
            tuple(getattr(one, "pk", one) for one in found),
            values.get("channel") or "",
            values.get("valid_from"),
            values.get("valid_until"),
        )

    @classmethod
    def saved(cls, rule: AvailabilityRule) -> "Scope":
        """Return the scope of a row, which is that of the form before it is typed in."""
        return cls.of(
            {
                **{name: getattr(rule, f"{name}_id") for name in PARTS},
                "channel": rule.channel,
                "valid_from": rule.valid_from,
                "valid_until": rule.valid_until,
            }
        )

    def clashes(self, other: "Scope") -> bool:
        """Tell whether both are the same at some date."""
        return (
            (self.parts, self.channel) == (other.parts, other.channel)
            and _begins_in_time(self, other)
            and _begins_in_time(other, self)
        )


class ScopedForm(forms.ModelForm):
    """A form of a rule that leaves the scope's own constraint to others."""

    def _get_validation_exclusions(self) -> set[str]:
        found: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return {*found, "channel"}


class RuleAdminForm(ScopedForm):
    """A rule on a page of its own: no other one has its scope at that time."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        scope = Scope.of(cleaned)
        pairs = zip(PARTS, scope.parts, strict=True)
        others = AvailabilityRule.objects.filter(
            channel=scope.channel, **{f"{name}_id": value for name, value in pairs}
        ).exclude(pk=self.instance.pk)
        if any(scope.clashes(Scope.saved(other)) for other in others):
            self.add_error(None, SAME)
        return cleaned


def _begins_in_time(one: Scope, other: Scope) -> bool:
    return one.first is None or other.last is None or one.first <= other.last
