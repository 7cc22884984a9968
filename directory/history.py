"""Changes to the configuration: what was written together, when, and why."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import models
from simple_history.models import HistoricalRecords

from config import clock

BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST_REASON = 100
FIRST_STATE = "the first recorded state"


@dataclass(frozen=True, slots=True)
class Change:
    """Writes that belong together: they share their time and their reason."""

    at: datetime
    reason: str


_current: ContextVar[Change | None] = ContextVar("change", default=None)


@contextmanager
def one_change(reason: str, *, at: datetime) -> Iterator[None]:
    """Let all that is written inside count as one change, with its reason."""
    token = _current.set(Change(at, reason))
    try:
        yield
    finally:
        _current.reset(token)


def current_change() -> Change | None:
    """Return the change that the present writes belong to."""
    return _current.get()


class ConfigurationHistory(HistoricalRecords):  # type: ignore[misc]
    """Keeps every state of a model's rows, with who wrote it, when and why.

    Rows that were written in bulk have no first state: it is kept, dated before all
    others, when one of them is about to change. One more query a save, two at first.
    """

    def finalize(self, sender: Any, **kwargs: Any) -> None:
        super().finalize(sender, **kwargs)
        if sender is self.cls:
            models.signals.pre_save.connect(self.pre_save, sender=sender, weak=False)

    def pre_save(self, instance: Any, raw: Any = None, **_kwargs: Any) -> None:
        if not raw and instance.pk is not None:
            self.keep_first_state(instance)

    def pre_delete(self, instance: Any, **kwargs: Any) -> None:
        super().pre_delete(instance, **kwargs)
        self.keep_first_state(instance)

    def m2m_changed(self, instance: Any, action: str, **kwargs: Any) -> None:
        if action.startswith("pre_"):
            self.keep_first_state(instance)
        super().m2m_changed(instance, action, **kwargs)

    def keep_first_state(self, instance: Any) -> None:
        """Keep the state that the database has, if none of the row is kept yet."""
        model = type(instance)
        if model.history.filter(id=instance.pk).exists():
            return
        former = model.objects.filter(pk=instance.pk).first()
        if former is not None:
            former._history_date = BEFORE_ALL  # noqa: SLF001 - how the library is told
            former._history_user = None  # noqa: SLF001
            former._change_reason = FIRST_STATE  # noqa: SLF001
            self.create_historical_record(former, "+")

    def create_historical_record(
        self, instance: Any, history_type: str, using: Any = None
    ) -> None:
        """Keep a state; what is written in one change has one time."""
        if not hasattr(instance, "_history_date"):
            change = current_change()
            instance._history_date = change.at if change else clock.now()  # noqa: SLF001
        try:
            super().create_historical_record(instance, history_type, using)
        finally:
            del instance._history_date  # noqa: SLF001

    def get_change_reason_for_object(
        self, instance: Any, history_type: str, using: Any
    ) -> str | None:
        """Return why: what the change says, else what the row was told."""
        own = super().get_change_reason_for_object(instance, history_type, using)
        change = current_change()
        reason = own or (change.reason if change else "")
        return reason[:LONGEST_REASON] or None
