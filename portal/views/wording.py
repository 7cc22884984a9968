"""A meeting's facts in the customer's words."""

from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import phonenumbers
from django.urls import reverse
from django.utils.translation import gettext as _, ngettext

from directory.catalogue import OfficeData
from directory.choices import Channel
from directory.models import Advisor, Office
from portal.views.scene import Scene
from scheduling.models import Appointment, Document, Message
from scheduling.models.appointment import OPEN
from scheduling.tokens import join_token
from scheduling.views.meeting import shown_zone
from scheduling.wizard import wording

Status = Appointment.Status
NO_BREAK = "\u00a0"
MAP = "https://www.google.com/maps/dir/"
CHANNEL_ICONS = {
    Channel.OFFICE: "map-pin",
    Channel.PHONE: "phone",
    Channel.VIDEO: "video",
    Channel.ON_LOCATION: "house",
}


def status_of(appointment: Appointment, *, now: datetime) -> tuple[str, str]:
    """Return the status as a tag: its kind and the customer's word for it."""
    status = Status(appointment.status)
    if status in OPEN and appointment.ends_at <= now:
        return "muted", _("Past")
    return {
        Status.REQUESTED: ("warn", _("Waiting for confirmation")),
        Status.CONFIRMED: ("ok", _("Confirmed")),
        Status.COMPLETED: ("muted", _("Took place")),
        Status.NO_SHOW: ("warn", _("Missed")),
        Status.CANCELLED: ("danger", _("Cancelled")),
    }[status]


def countdown(appointment: Appointment, *, now: datetime) -> str:
    """Return "Today", "Tomorrow" or "In 5 days", by the dates of the zone shown."""
    if appointment.starts_at <= now:
        return _("Now")
    zone = shown_zone(appointment)
    starts = appointment.starts_at.astimezone(zone).date()
    days = (starts - now.astimezone(zone).date()).days
    if days == 0:
        return _("Today")
    if days == 1:
        return _("Tomorrow")
    return ngettext("In %(days)d day", "In %(days)d days", days) % {"days": days}


def time_text(appointment: Appointment, scene: Scene) -> str:
    """Return "10:30 - 11:30", with the zone when it is not the organisation's."""
    zone = shown_zone(appointment)
    starts = wording.time_text(appointment.starts_at, zone)
    ends = wording.time_text(appointment.ends_at, zone)
    return with_zone(f"{starts}–{ends}", appointment, zone, scene)  # noqa: RUF001


def when_text(appointment: Appointment, scene: Scene) -> str:
    """Return "Monday 4 May 2026, 11:00 to 12:00", with the zone when it is another."""
    zone = shown_zone(appointment)
    text = wording.span_text(appointment.starts_at, appointment.ends_at, zone)
    return with_zone(text, appointment, zone, scene)


def with_zone(text: str, appointment: Appointment, zone: ZoneInfo, scene: Scene) -> str:
    if zone.key == scene.zone.key:
        return text
    return f"{text}, {wording.zone_text(zone, appointment.starts_at)}"


def place_text(appointment: Appointment) -> str:
    """Return "At Antwerp Meir" or "Video call"."""
    if appointment.channel == Channel.OFFICE:
        return _("At %(office)s") % {"office": appointment.office.name}
    return str(Channel(appointment.channel).label)


def where_text(appointment: Appointment) -> str:
    """Return where to be, and how, in full."""
    match appointment.channel:
        case Channel.OFFICE:
            return f"{appointment.office.name}, {appointment.office.address}"
        case Channel.PHONE:
            phone = phone_text(appointment.phone, appointment.office.country)
            return _("We call you on %(phone)s") % {"phone": phone}
        case Channel.VIDEO:
            return _("Video call")
        case _:
            return _("At your place: %(address)s") % {"address": visited(appointment)}


def visited(appointment: Appointment) -> str:
    """Return the address of a visit."""
    address = appointment.address
    town = f"{address.get('postal_code', '')} {address.get('city', '')}".strip()
    return ", ".join(part for part in (address.get("street", ""), town) if part)


def with_text(advisor: Advisor) -> str:
    """Return "Eva Peeters, Senior advisor"."""
    return f"{advisor.name}, {advisor.role}" if advisor.role else advisor.name


def missing_document(appointment: Appointment, scene: Scene) -> str:
    """Return the document that the subject asks for, while the customer has sent none.

    The appointment's documents must be loaded.
    """
    subject = scene.standing.subjects.get(appointment.subject_id)
    asked = [
        question.label
        for question in (subject.questions if subject else ())
        if question.kind == "file"
    ]
    sides = {document.side for document in appointment.documents.all()}
    if not asked or Document.Side.CUSTOMER in sides:
        return ""
    return _("Document to add: %(name)s") % {"name": asked[0]}


def documents_text(count: int) -> str:
    return ngettext("%(count)d document", "%(count)d documents", count) % {
        "count": count
    }


def join_url(appointment: Appointment) -> str:
    """Return the customer's way into the call."""
    party = Message.Recipient.CUSTOMER
    token = join_token(appointment.reference, appointment.revision, party)
    return reverse("scheduling:join", args=[token])


def route_url(office: Office | OfficeData) -> str:
    """Return a map with the way to an office; it says nothing about the customer."""
    query = {"api": 1, "destination": f"{office.name}, {office.address}"}
    return f"{MAP}?{urlencode(query)}"


def phone_text(phone: str, country: str) -> str:
    """Return a number as people write it, never broken: "+32 3 808 48 00"."""
    try:
        number = phonenumbers.parse(phone, country)
    except phonenumbers.NumberParseException:
        return phone
    style = phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, style).replace(" ", NO_BREAK)
