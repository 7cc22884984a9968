"""The appointment as an iCalendar file, and as links that add it to a calendar."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from urllib.parse import urlencode, urlsplit

import icalendar
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from directory.choices import Channel
from directory.models import Advisor, Organisation
from scheduling.kinds import Method
from scheduling.letters import (
    admin_url,
    join_url,
    language_for,
    manage_url,
    one_line,
    organisation,
    place_text,
)
from scheduling.models import Appointment, Message

Recipient = Message.Recipient
Status = Appointment.Status
REFRESHED_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class CalendarLinks:
    """Web calendars' pages that are filled in with the meeting."""

    google: str
    outlook: str


def host() -> str:
    """Return our name in identifiers."""
    return urlsplit(settings.BASE_URL).hostname or "parlour"


def uid(appointment: Appointment) -> str:
    """Return the identifier that every file of the appointment carries, for life."""
    return f"{appointment.reference}@{host()}"


def calendar_file(
    appointment: Appointment,
    *,
    method: Method = "REQUEST",
    recipient: str = Recipient.CUSTOMER,
    address: str = "",
    advisor: Advisor | None = None,
) -> bytes:
    """Return the `.ics` file for one participant, in their language.

    The same appointment and revision always give the same bytes. Times are in UTC, so a
    clock change cannot move them. `PUBLISH` is for downloads: it invites nobody.

    Args:
        appointment: with subject, office and advisor loaded, or they cost a query each.
        method: REQUEST adds or updates the event in place, CANCEL removes it.
        recipient: whose file it is: one of Message.Recipient.
        address: the participant's e-mail address; empty: the one we know.
        advisor: the former advisor whose file it is; None: the present one.
    """
    calendar = empty_calendar(method)
    calendar.add_component(
        calendar_event(
            appointment,
            method=method,
            recipient=recipient,
            address=address,
            advisor=advisor,
        )
    )
    file: bytes = calendar.to_ical()
    return file


def calendar_feed(appointments: Iterable[Appointment], *, name: str) -> bytes:
    """Return a customer's meetings as one calendar that programs fetch again and again.

    Events are the same as in the mails: a program that has both shows one. No query,
    with subject, office and advisor loaded.
    """
    calendar = empty_calendar("PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESHED_EVERY, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for appointment in appointments:
        calendar.add_component(calendar_event(appointment, method="PUBLISH"))
    file: bytes = calendar.to_ical()
    return file


def empty_calendar(method: Method) -> icalendar.Calendar:
    """Return a calendar without events."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Parlour//Scheduling//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    return calendar


def calendar_event(
    appointment: Appointment,
    *,
    method: Method,
    recipient: str = Recipient.CUSTOMER,
    address: str = "",
    advisor: Advisor | None = None,
) -> icalendar.Event:
    """Return the appointment as an event for one participant, in their language."""
    language = language_for(appointment, recipient, advisor=advisor)
    with translation.override(language):
        event = icalendar.Event()
        event.add("uid", uid(appointment))
        event.add("sequence", appointment.revision)
        event.add("dtstamp", whole_seconds(appointment.changed_at))
        event.add("created", whole_seconds(appointment.created_at))
        event.add("last-modified", whole_seconds(appointment.changed_at))
        event.add("dtstart", whole_seconds(appointment.starts_at))
        event.add("dtend", whole_seconds(appointment.ends_at))
        event.add("summary", summary(appointment, recipient))
        event.add("location", location(appointment, recipient))
        event.add("description", description(appointment, recipient))
        event.add("url", own_url(appointment, recipient))
        event.add("status", status(appointment, method))
        event.add("transp", "OPAQUE")
        if method != "PUBLISH":
            event.add("organizer", organizer(organisation()), encode=False)
            attendee = invited(appointment, recipient, address, advisor=advisor)
            if attendee:
                event.add("attendee", attendee, encode=False)
    return event


def calendar_links(appointment: Appointment) -> CalendarLinks:
    """Return links to Google's and Outlook's calendars, for the customer.

    They carry no manage link: another site's address is no place for it.
    """
    start, end = appointment.starts_at, appointment.ends_at
    title = summary(appointment, Recipient.CUSTOMER)
    place = place_text(appointment) if is_a_place(appointment) else ""
    details = _("Reference: {reference}").format(reference=appointment.reference)
    google = {
        "action": "TEMPLATE",
        "text": title,
        "dates": "/".join(
            f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}" for at in (start, end)
        ),
        "details": details,
        "location": place,
    }
    outlook = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "subject": title,
        "startdt": f"{start.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "enddt": f"{end.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "body": details,
        "location": place,
    }
    return CalendarLinks(
        google=f"https://calendar.google.com/calendar/render?{urlencode(google)}",
        outlook="https://outlook.live.com/calendar/0/deeplink/compose?"
        + urlencode(outlook),
    )


def whole_seconds(moment: datetime) -> datetime:
    """Return the instant in UTC as precisely as the format writes it."""
    return moment.astimezone(UTC).replace(microsecond=0)


def is_a_place(appointment: Appointment) -> bool:
    """Tell whether somebody travels to the meeting."""
    return appointment.channel in {Channel.OFFICE, Channel.ON_LOCATION}


def summary(appointment: Appointment, recipient: str) -> str:
    """Return the event's title: the subject, and whom the reader meets."""
    person = (
        appointment.advisor.name
        if recipient == Recipient.CUSTOMER
        else appointment.contact_name
    )
    subject = one_line(appointment.subject.name)
    person = one_line(person)
    if not person:
        return subject
    return _("{subject} with {person}").format(subject=subject, person=person)


def location(appointment: Appointment, recipient: str) -> str:
    """Return the place, or how to get into the call."""
    if recipient == Recipient.FORMER_ADVISOR:
        return ""
    if appointment.channel == Channel.VIDEO:
        return join_url(appointment, recipient)
    place = place_text(appointment)
    if appointment.channel == Channel.PHONE:
        return f"{Channel.PHONE.label}: {place}" if place else str(Channel.PHONE.label)
    return place


def own_url(appointment: Appointment, recipient: str) -> str:
    """Return the participant's page of the meeting; a former advisor has none."""
    if recipient == Recipient.CUSTOMER:
        return manage_url(appointment)
    if recipient == Recipient.FORMER_ADVISOR:
        return f"{settings.BASE_URL}/admin/"
    return admin_url(appointment)


def description(appointment: Appointment, recipient: str) -> str:
    """Return a few lines: reference, what to bring, and the link to change it."""
    lines = [_("Reference: {reference}").format(reference=appointment.reference)]
    if recipient == Recipient.CUSTOMER and appointment.subject.instructions.strip():
        instructions = appointment.subject.instructions.replace("\r\n", "\n").strip()
        lines += ["", _("What to bring"), *map(one_line, instructions.split("\n"))]
    lines += ["", own_url(appointment, recipient)]
    return "\n".join(lines)


def status(appointment: Appointment, method: Method) -> str:
    """Return the event's status: a request is tentative until staff accept it."""
    if method == "CANCEL" or appointment.status == Status.CANCELLED:
        return "CANCELLED"
    return "TENTATIVE" if appointment.status == Status.REQUESTED else "CONFIRMED"


def organizer(us: Organisation) -> icalendar.vCalAddress:
    """Return the organisation as the one who invites."""
    address = us.email or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    found = icalendar.vCalAddress(f"mailto:{one_line(address)}")
    found.params["CN"] = common_name(us.name)
    return found


def invited(
    appointment: Appointment, recipient: str, address: str, *, advisor: Advisor | None
) -> icalendar.vCalAddress | None:
    """Return the participant, who has accepted by booking; None without an address."""
    if recipient == Recipient.CUSTOMER:
        name, known = appointment.contact_name, appointment.email
    else:
        told = advisor or appointment.advisor
        name, known = told.name, told.email
    mail = one_line(address or known)
    if not mail:
        return None
    found = icalendar.vCalAddress(f"mailto:{mail}")
    found.params["CN"] = common_name(name) or mail
    found.params["ROLE"] = "REQ-PARTICIPANT"
    found.params["PARTSTAT"] = "ACCEPTED"
    found.params["RSVP"] = "FALSE"
    return found


def common_name(name: str) -> str:
    """Return a name that fits a parameter: no quotes, no line breaks."""
    return one_line(name).replace('"', "'")
