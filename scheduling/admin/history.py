"""An appointment's history in words: who did what when, and what it was before."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from directory.catalogue import Catalogue
from directory.choices import Channel
from scheduling.models import Appointment, AppointmentEvent

NOTHING = "-"
KINDS = {
    "booked": "Booked",
    "moved": "Moved",
    "accepted": "Accepted",
    "declined": "Declined",
    "cancelled": "Cancelled",
    "reassigned": "Given to another advisor",
    "asked": "Customer asked to choose another time",
    "completed": "Took place",
    "no_show": "Customer did not come",
    "reopened": "Reopened",
    "edited": "Details corrected",
    "link_renewed": "Manage link renewed",
    "document_added": "Document added",
    "document_removed": "Document removed",
    "noted": "Note added",
}
ACTORS = {
    AppointmentEvent.Actor.CUSTOMER: "Customer",
    AppointmentEvent.Actor.STAFF: "Staff",
    AppointmentEvent.Actor.SYSTEM: "Automatic",
}
LABELS = {
    "starts_at": "start",
    "ends_at": "end",
    "change_until": "customer may change until",
    "cancel_reason": "reason",
    "name": "file",
}
# What staff need not read: it follows from the rest, or is for programs.
HIDDEN = frozenset(
    [
        "announced_at",
        "assignment_reason",
        "buffer_after",
        "buffer_before",
        "closed_at",
        "document",
        "link_hash",
        "link_version",
        "offer_reason",
        "office_zone",
        "revision",
        "visitor_zone",
    ]
)
INSTANTS = frozenset(["starts_at", "ends_at", "change_until"])
CHOICES: dict[str, dict[str, Any]] = {
    "status": dict(Appointment.Status.choices),
    "channel": dict(Channel.choices),
    "side": {"customer": "customer", "advisor": "advisor"},
}


@dataclass(frozen=True, slots=True)
class Difference:
    """A column before and after, in words."""

    label: str
    old: str
    new: str


def what_happened(event: AppointmentEvent) -> str:
    """Return the kind of a change in words."""
    return KINDS.get(event.kind, event.kind.replace("_", " ").capitalize())


def who_did_it(event: AppointmentEvent) -> str:
    """Return "Staff: Eva Peeters". The user must be loaded."""
    actor = ACTORS.get(AppointmentEvent.Actor(event.actor), event.actor)
    if event.user is None:
        return actor
    return f"{actor}: {who_wrote_it(event)}"


def who_wrote_it(event: AppointmentEvent) -> str:
    """Return the person's name; "Staff" once their sign-in is gone."""
    if event.user is None:
        return ACTORS[AppointmentEvent.Actor.STAFF]
    return event.user.get_full_name() or event.user.get_username()


def differences(
    event: AppointmentEvent, *, standing: Catalogue
) -> Iterator[Difference]:
    """Yield what changed, in the active zone; names come from the standing data."""
    for name in dict.fromkeys([*event.old, *event.new]):
        if name not in HIDDEN:
            yield Difference(
                LABELS.get(name, name.replace("_", " ")),
                in_words(name, event.old.get(name), standing),
                in_words(name, event.new.get(name), standing),
            )


def in_words(name: str, value: Any, standing: Catalogue) -> str:
    """Return a column's value as staff read it."""
    if value in (None, "", [], {}):
        return NOTHING
    if name in INSTANTS:
        return instant_text(datetime.fromisoformat(str(value)))
    if name in CHOICES:
        return str(CHOICES[name].get(str(value), value))
    if name == "advisor" and value in standing.advisors:
        return standing.advisors[value].name
    if name == "office" and value in standing.offices:
        return standing.offices[value].name
    if isinstance(value, dict):
        return ", ".join(str(part) for part in value.values() if part) or NOTHING
    if isinstance(value, list):
        return ", ".join(one.get("text", "") for one in value if isinstance(one, dict))
    return str(value)


def instant_text(instant: datetime) -> str:
    """Return "Mon 04 May 2026, 11:00" in the active zone: the organisation's."""
    return f"{timezone.localtime(instant):%a %d %b %Y, %H:%M}"
