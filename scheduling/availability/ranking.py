"""Who gets a meeting when several advisors can take it, and why."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

ALWAYS = datetime.min.replace(tzinfo=UTC)  # never assigned waits longest


class Decided(StrEnum):
    """What settled the choice; stored with the appointment."""

    PREFERRED = "preferred"
    ONLY_ONE = "only_one"
    RANK = "rank"
    LEAST_BOOKED = "least_booked"
    LANGUAGE = "language"
    LONGEST_WAITING = "longest_waiting"
    LOWEST_ID = "lowest_id"


@dataclass(frozen=True, slots=True)
class Option:
    """An advisor who can take the meeting at an office."""

    advisor_id: int
    office_id: int
    rank: int
    booked_minutes: int  # in the week of the meeting
    speaks_language: bool
    last_assigned_at: datetime | None


def choose(
    options: Sequence[Option], *, who_first: str, preferred: int | None
) -> tuple[Option, Decided]:
    """Return who gets the meeting and the criterion that left nobody else.

    `who_first` is senior (rank 1 first), junior (rank 3 first) or balanced.
    """
    if not options:
        raise ValueError("There is nobody to choose from.")
    asked = [option for option in options if option.advisor_id == preferred]
    if asked:
        return _narrow(asked, who_first)[0], Decided.PREFERRED
    return _narrow(options, who_first)


def _narrow(options: Sequence[Option], who_first: str) -> tuple[Option, Decided]:
    left, decided = list(options), Decided.ONLY_ONE
    for criterion, key in _criteria(who_first):
        if len(left) == 1:
            break
        best = min(key(option) for option in left)
        left = [option for option in left if key(option) == best]
        decided = criterion
    return left[0], decided


def _criteria(who_first: str) -> list[tuple[Decided, Callable[[Option], Any]]]:
    direction = {"senior": 1, "junior": -1, "balanced": 0}[who_first]
    return [
        (Decided.RANK, lambda option: direction * option.rank),
        (Decided.LEAST_BOOKED, lambda option: option.booked_minutes),
        (Decided.LANGUAGE, lambda option: not option.speaks_language),
        (Decided.LONGEST_WAITING, lambda option: option.last_assigned_at or ALWAYS),
        (Decided.LOWEST_ID, lambda option: (option.advisor_id, option.office_id)),
    ]
