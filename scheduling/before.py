"""What an appointment was before its last change, as its history tells it."""

from dataclasses import dataclass
from datetime import datetime

from directory.choices import Channel
from directory.models import Advisor, Office
from scheduling.models import Appointment

EDITED = "edited"
RENEWED = "link_renewed"
CHANGES = ("moved", "reassigned", EDITED, RENEWED)


@dataclass(frozen=True, slots=True)
class Before:
    """The values before one change; those that stayed are the present ones."""

    starts_at: datetime
    ends_at: datetime
    channel: str
    office_name: str  # of another office at which they would have met
    advisor_name: str  # of another advisor
    is_moved: bool  # in time
    is_handed_over: bool  # from one advisor to another
    is_edited: bool  # contact details only
    is_link_renewed: bool  # the manage link only


def what_was(appointment: Appointment, *, revision: int) -> Before | None:
    """Return what held before the change that made this revision; None: no change did.

    Later changes are looked at too: what they changed as well was the earlier value's.
    One query, and one each for the names of a former advisor and office.
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
    channel = str(old.get("channel", appointment.channel))
    was_at_an_office = channel == Channel.OFFICE
    return Before(
        starts_at=instant(old.get("starts_at"), appointment.starts_at),
        ends_at=instant(old.get("ends_at"), appointment.ends_at),
        channel=channel,
        office_name=office_name(change.old.get("office")) if was_at_an_office else "",
        advisor_name=advisor_name(change.old.get("advisor")),
        is_moved="starts_at" in change.old,
        is_handed_over="advisor" in change.old,
        is_edited=change.kind == EDITED,
        is_link_renewed=change.kind == RENEWED,
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


def office_name(office_id: int | None) -> str:
    """Return the office's name; nothing when none was or the row has gone."""
    if office_id is None:
        return ""
    office = Office.objects.filter(pk=office_id).first()
    return office.name if office else ""
