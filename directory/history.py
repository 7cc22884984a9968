"""Changes to the configuration: what was written together, when, and why."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime


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
