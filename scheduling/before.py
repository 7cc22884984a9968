"""What an appointment was before its last change, as its history tells it."""

from dataclasses import dataclass
from datetime import datetime

from directory.models import Advisor
from scheduling.models import Appointment

CHANGES = ("moved", "reassigned", "edited")


@dataclass(frozen=True, slots=True)
class Before:
    """The values before one change; those that stayed are the present ones."""

    starts_at: datetime
    ends_at: datetime
    channel: str
    advisor_name: str
    is_moved: bool  # in time
    is_handed_over: bool  # from one advisor to another
    is_edited: bool  # contact details only


def what_was(appointment: Appointment, *, revision: int) -> Before | None:
    """Return what held before the change that made this revision; None: no change did.

    Later changes are looked at too: what they changed as well was the earlier value's.
    One query, a second one for the name of a former advisor.
    """
    changes = list(
        appointment.events.filter(
            kind__in=CHANGES, new__revision__gte=revision
        ).order_by("at", "pk")
    )
    if not changes or changes[0].new["revision"] != revision:
        return None
    change = changes[0]
    old: dict[str, object] = {}
    for later in reversed(changes):
        old |= later.old
    return Before(
        starts_at=instant(old.get("starts_at"), appointment.starts_at),
        ends_at=instant(old.get("ends_at"), appointment.ends_at),
        channel=str(old.get("channel", appointment.channel)),
        advisor_name=advisor_name(change.old.get("advisor")),
        is_moved="starts_at" in change.old,
        is_handed_over="advisor" in change.old,
        is_edited=change.kind == "edited",
    )


def instant(text: object, otherwise: datetime) -> datetime:
    """Return the time that the history wrote, or the other one."""
    return datetime.fromisoformat(text) if isinstance(text, str) else otherwise


def advisor_name(advisor_id: int | None) -> str:
    """Return the advisor's name; nothing when nobody was or the row has gone."""
    if advisor_id is None:
        return ""
    advisor = Advisor.objects.filter(pk=advisor_id).first()
    return advisor.name if advisor else ""
