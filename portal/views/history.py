"""What happened to a meeting, in plain words for its customer.

No names of staff but the advisor's, no notes of theirs, nothing that was passed along.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from directory.choices import Channel
from portal.views.scene import Scene
from scheduling.models import Appointment, AppointmentEvent
from scheduling.views.meeting import shown_zone
from scheduling.wizard import wording

Actor = AppointmentEvent.Actor


@dataclass(frozen=True, slots=True)
class Happening:
    """One line: when, and what."""

    at: str
    text: str
    note: str = ""


def history_of(appointment: Appointment, scene: Scene) -> list[Happening]:
    """Return the meeting's history, oldest first. One query."""
    zone = shown_zone(appointment)
    return list(_happenings(appointment.events.all(), scene, zone))


def _happenings(
    events: Iterable[AppointmentEvent], scene: Scene, zone: ZoneInfo
) -> Iterable[Happening]:
    for event in events:
        words = WORDS.get(event.kind)
        text = words(event, scene, zone) if words else ""
        if text:
            day = event.at.astimezone(zone).date()
            at = wording.on_day(
                wording.day_text(day), wording.time_text(event.at, zone)
            )
            yield Happening(at, text, _own_reason(event))


def _own_reason(event: AppointmentEvent) -> str:
    """Return what the customer wrote themselves."""
    is_theirs = event.kind == "cancelled" and event.actor == Actor.CUSTOMER
    return event.note if is_theirs else ""


def _by(event: AppointmentEvent, own: str, ours: str) -> str:
    return own if event.actor == Actor.CUSTOMER else ours


def _booked(event: AppointmentEvent, scene: Scene, zone: ZoneInfo) -> str:
    start = _start(event.new, zone)
    is_request = event.new.get("status") == Appointment.Status.REQUESTED
    if is_request:
        text = _by(event, _("You asked for this meeting"), _("We planned this meeting"))
    else:
        text = _by(event, _("You booked this meeting"), _("We booked this meeting"))
    if not start:
        return text
    return _("%(what)s for %(when)s") % {"what": text, "when": start}


def _moved(event: AppointmentEvent, scene: Scene, zone: ZoneInfo) -> str:
    """Return what a change changed: time, way to meet, office, advisor."""
    old, new = event.old, event.new
    parts = []
    before, after = _start(old, zone), _start(new, zone)
    if after and before != after:
        sentence = _("Moved from %(old)s to %(new)s")
        parts.append(sentence % {"old": before, "new": after})
    if "channel" in new and old.get("channel") != new["channel"]:
        names = {"old": _channel(old), "new": _channel(new)}
        parts.append(_("Changed from “%(old)s” to “%(new)s”") % names)
    if office := _named(new, "office", scene.standing.offices):
        parts.append(_("Now at %(office)s") % {"office": office})
    if advisor := _named(new, "advisor", scene.standing.advisors):
        parts.append(_("Now with %(advisor)s") % {"advisor": advisor})
    text = ". ".join(parts)
    if text and event.actor != Actor.CUSTOMER:
        return _("%(what)s, by us") % {"what": text}
    return text or _("Changed")


def _reassigned(event: AppointmentEvent, scene: Scene, zone: ZoneInfo) -> str:
    advisor = _named(event.new, "advisor", scene.standing.advisors)
    return _("Now with %(advisor)s") % {"advisor": advisor} if advisor else ""


def _cancelled(event: AppointmentEvent, scene: Scene, zone: ZoneInfo) -> str:
    return _by(event, _("You cancelled this meeting"), _("We cancelled this meeting"))


def _edited(event: AppointmentEvent, scene: Scene, zone: ZoneInfo) -> str:
    return _by(event, _("You changed your details"), _("We changed your details"))


def _document_added(event: AppointmentEvent, scene: Scene, zone: ZoneInfo) -> str:
    return _by(event, _("You added a document"), _("We shared a document with you"))


def _document_removed(event: AppointmentEvent, scene: Scene, zone: ZoneInfo) -> str:
    return _by(event, _("You removed a document"), _("We removed a document"))


def _accepted(event: AppointmentEvent, scene: Scene, zone: ZoneInfo) -> str:
    return _("We confirmed this meeting")


def _declined(event: AppointmentEvent, scene: Scene, zone: ZoneInfo) -> str:
    return _("We could not confirm this meeting")


def _completed(event: AppointmentEvent, scene: Scene, zone: ZoneInfo) -> str:
    return _("The meeting took place")


def _missed(event: AppointmentEvent, scene: Scene, zone: ZoneInfo) -> str:
    return _("We noted that we missed you")


def _reopened(event: AppointmentEvent, scene: Scene, zone: ZoneInfo) -> str:
    return _("We took our last note back")


WORDS: Mapping[str, Callable[[AppointmentEvent, Scene, ZoneInfo], str]] = {
    "booked": _booked,
    "moved": _moved,
    "reassigned": _reassigned,
    "accepted": _accepted,
    "declined": _declined,
    "cancelled": _cancelled,
    "edited": _edited,
    "document_added": _document_added,
    "document_removed": _document_removed,
    "completed": _completed,
    "no_show": _missed,
    "reopened": _reopened,
}


def _start(values: Mapping[str, Any], zone: ZoneInfo) -> str:
    """Return "Monday 4 May, 11:00" of a stored start; nothing if there is none."""
    try:
        start = datetime.fromisoformat(values["starts_at"])
    except (KeyError, TypeError, ValueError):
        return ""
    return wording.start_text(start, zone)


def _channel(values: Mapping[str, Any]) -> str:
    code = values.get("channel")
    return str(Channel(code).label) if code in Channel.values else ""


def _named(values: Mapping[str, Any], key: str, rows: Mapping[int, Any]) -> str:
    """Return the name of what a stored id stands for, while it exists."""
    found = rows.get(values.get(key, 0))
    return found.name if found else ""
