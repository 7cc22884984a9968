"""Meetings as cards: the next one at large, the others in brief."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from directory.choices import Channel
from portal.queries import is_coming
from portal.views import wording
from portal.views.scene import Scene
from scheduling.archives import archive_size, is_there
from scheduling.models import Appointment
from scheduling.views.documents import size_text
from scheduling.views.join import room_state
from scheduling.views.meeting import shown_zone


@dataclass(frozen=True, slots=True)
class Action:
    """A link of a meeting card."""

    url: str
    label: str
    kind: str = "ghost"
    full_label: str = ""
    icon: str = ""
    is_outside: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A fact with its icon, in the large card."""

    icon: str
    text: str


@dataclass(frozen=True, slots=True)
class MeetingCard:
    """A meeting as templates/components/meeting_card.html draws it."""

    weekday: str
    day: str
    month: str
    year: str  # "" this year
    date: str  # in full, for screen readers
    subject: str
    time: str
    place: str
    advisor: str
    status_kind: str
    status_text: str
    url: str = ""
    countdown: str = ""
    missing: str = ""  # a document to add
    documents: str = ""  # how many there are
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """A meeting with what can be done about it."""

    meeting: MeetingCard
    actions: list[Action]


def upcoming_card(appointment: Appointment, scene: Scene) -> Card:
    """Return a coming meeting in brief. Its documents must be loaded."""
    meeting = meeting_card(appointment, scene)
    return Card(meeting, changes(appointment, scene))


def next_card(appointment: Appointment, scene: Scene) -> Card:
    """Return the meeting that comes next, at large: with how to get there."""
    meeting = meeting_card(appointment, scene, lines=lines_of(appointment, scene))
    actions = ways_there(appointment, scene)
    actions.append(_details(appointment))
    return Card(meeting, actions + changes(appointment, scene))


def past_card(appointment: Appointment, scene: Scene) -> Card:
    """Return a meeting that has been, or was cancelled."""
    actions = [_details(appointment)]
    documents = list(appointment.documents.all())
    if any(map(is_there, documents)):
        size = size_text(archive_size(documents))
        label = _("Download all (zip, %(size)s)") % {"size": size}
        url = reverse("portal:documents-zip", args=[appointment.reference])
        actions.append(Action(url, label, full_label=named(label, appointment)))
    return Card(meeting_card(appointment, scene), actions)


def card(appointment: Appointment, scene: Scene) -> Card:
    """Return a meeting in brief, coming or past."""
    if is_coming(appointment, now=scene.now):
        return upcoming_card(appointment, scene)
    return past_card(appointment, scene)


def meeting_card(
    appointment: Appointment, scene: Scene, *, lines: tuple[Line, ...] = ()
) -> MeetingCard:
    """Return a meeting's facts. Its documents must be loaded."""
    now = scene.now
    starts = appointment.starts_at.astimezone(shown_zone(appointment))
    kind, text = wording.status_of(appointment, now=now)
    coming = is_coming(appointment, now=now)
    count = len(appointment.documents.all())
    return MeetingCard(
        weekday=date_format(starts, "D"),
        day=str(starts.day),
        month=date_format(starts, "M"),
        year="" if starts.year == scene.today.year else str(starts.year),
        date=full_date(appointment),
        subject=appointment.subject.name,
        time=wording.time_text(appointment, scene),
        place=wording.place_text(appointment),
        advisor=appointment.advisor.name,
        status_kind=kind,
        status_text=text,
        url=reverse("portal:meeting", args=[appointment.reference]),
        countdown=wording.countdown(appointment, now=now) if coming else "",
        missing=wording.missing_document(appointment, scene) if coming else "",
        documents=wording.documents_text(count) if count and not coming else "",
        lines=lines,
    )


def lines_of(appointment: Appointment, scene: Scene) -> tuple[Line, ...]:
    """Return when, where and with whom, a line each."""
    icon = wording.CHANNEL_ICONS[Channel(appointment.channel)]
    return (
        Line("calendar", wording.when_text(appointment, scene)),
        Line(icon, wording.where_text(appointment)),
        Line("user", wording.with_text(appointment.advisor)),
    )


def changes(appointment: Appointment, scene: Scene) -> list[Action]:
    """Return Change and Cancel while the customer may."""
    if scene.now > appointment.change_until:
        return []
    return [
        Action(
            reverse(f"portal:{name}-meeting", args=[appointment.reference]),
            label,
            kind,
            named(label, appointment),
        )
        for name, label, kind in (
            ("change", _("Change"), "ghost"),
            ("cancel", _("Cancel"), "danger"),
        )
    ]


def ways_there(appointment: Appointment, scene: Scene) -> list[Action]:
    """Return how to join the call, or how to get to the office."""
    if appointment.channel == Channel.VIDEO:
        is_open = room_state(appointment, now=scene.now) == "open"
        kind = "" if is_open else "ghost"
        label = _("Join the video call")
        return [Action(wording.join_url(appointment), label, kind, icon="video")]
    if appointment.channel == Channel.OFFICE:
        office = appointment.office
        spoken = _("Route to %(office)s (opens in a new tab)") % {"office": office.name}
        url = wording.route_url(office)
        return [Action(url, _("Route"), "ghost", spoken, "map-pin", is_outside=True)]
    return []


def _details(appointment: Appointment) -> Action:
    url = reverse("portal:meeting", args=[appointment.reference])
    label = _("See details")
    return Action(url, label, full_label=named(label, appointment))


def named(label: str, appointment: Appointment) -> str:
    """Return what a screen reader says of a button that stands on many cards."""
    return f"{label}: {appointment.subject.name}, {full_date(appointment)}"


def full_date(appointment: Appointment) -> str:
    """Return "Monday 4 May 2026"."""
    starts = appointment.starts_at.astimezone(shown_zone(appointment))
    return date_format(starts.date(), "l j F Y")
