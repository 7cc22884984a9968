"""What mails and calendar files say about an appointment, in a person's own words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import structlog
from babel.dates import format_date
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from directory.choices import Channel, Language
from directory.models import Advisor, Organisation
from scheduling.before import Before
from scheduling.kinds import (
    CIRCUMSTANCES,
    EDITED,
    RENEWED,
    REQUESTED,
    TAKEN_OVER,
    UNANSWERED,
    kind_named,
)
from scheduling.models import Appointment, Message, MessageTemplate
from scheduling.tokens import join_token, manage_token
from scheduling.wordings import BrokenWordingError, fill

log = structlog.get_logger(__name__)

Recipient = Message.Recipient

# English dates as Europe writes them: Monday 23 November 2026.
DATE_LOCALES = {"en": "en_GB"}


@dataclass(frozen=True, slots=True)
class Row:
    """A fact with its label; `url` makes the value a link."""

    label: str
    value: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail before it is drawn."""

    title: str
    language: str
    greeting: str
    opening: str
    rows: tuple[Row, ...]
    note: Row | None  # a longer text: what to bring
    actions: tuple[Row, ...]
    closing: str  # staff's own last words
    organisation: Organisation


def organisation() -> Organisation:
    """Return the site's settings. One query."""
    return Organisation.objects.first() or Organisation()


def one_line(text: str, *, limit: int = 200) -> str:
    """Return the text without line breaks and control characters, for a header."""
    printable = "".join(sign if sign.isprintable() else " " for sign in text)
    line = " ".join(printable.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def language_for(
    appointment: Appointment, recipient: str, *, advisor: Advisor | None = None
) -> str:
    """Return the reader's language; `advisor` is the one who reads, if not the present."""
    if recipient == Recipient.CUSTOMER:
        return appointment.language or Language.ENGLISH
    return next(iter((advisor or appointment.advisor).languages), Language.ENGLISH)


class Zoned(Protocol):
    """What tells in which zone somebody reads times: an appointment, or a row of it."""

    @property
    def channel(self) -> str: ...
    @property
    def visitor_zone(self) -> str: ...
    @property
    def office_zone(self) -> str: ...


def zone_for(appointment: Zoned, recipient: str) -> ZoneInfo:
    """Return the zone in which the reader sees times.

    Whoever travels to a place reads that place's clock; whoever is called reads their
    own.
    """
    is_remote = appointment.channel in {Channel.PHONE, Channel.VIDEO}
    if recipient == Recipient.CUSTOMER and is_remote:
        return ZoneInfo(appointment.visitor_zone or appointment.office_zone)
    return ZoneInfo(appointment.office_zone)


def day_and_time(start: datetime, zone: ZoneInfo, language: str) -> str:
    """Return `Monday 23 November 2026, 10:00` on the zone's wall clock."""
    local = start.astimezone(zone)
    day = format_date(local, "full", locale=DATE_LOCALES.get(language, language))
    if language == Language.ENGLISH:
        day = day.replace(",", "")  # one comma, before the time, is enough
    return f"{day}, {local:%H:%M}"


def offset_name(moment: datetime) -> str:
    """Return `UTC+1`, `UTC+5:30` or `UTC` of a local time."""
    minutes = (moment.utcoffset() or timedelta()) // timedelta(minutes=1)
    hours, rest = divmod(abs(minutes), 60)
    sign = "+" if minutes > 0 else "-"
    return f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "") if minutes else "UTC"


def span_text(
    starts_at: datetime, ends_at: datetime, zone: ZoneInfo, language: str
) -> str:
    """Return day, start, end and the zone's name and offset.

    The offset tells the two equal wall clocks apart on the day the clock goes back.
    """
    start, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    begins = day_and_time(start, zone, language)
    return f"{begins}-{end:%H:%M} ({zone.key}, {offset_name(start)})"


def manage_url(appointment: Appointment) -> str:
    """Return the customer's own link to the appointment."""
    token = manage_token(appointment.reference, appointment.link_version)
    return f"{settings.BASE_URL}/m/{token}/"


def join_url(appointment: Appointment, recipient: str) -> str:
    """Return a participant's link into the video call."""
    token = join_token(appointment.reference, appointment.revision, recipient)
    return f"{settings.BASE_URL}/j/{token}/"


def admin_url(appointment: Appointment) -> str:
    """Return the appointment's page in the back office."""
    return f"{settings.BASE_URL}/admin/scheduling/appointment/{appointment.pk}/change/"


def place_text(appointment: Appointment) -> str:
    """Return where the meeting is, in one line; a call's number or nothing."""
    if appointment.channel == Channel.OFFICE:
        office = appointment.office
        return one_line(f"{office.name}, {office.address}")
    if appointment.channel == Channel.ON_LOCATION:
        address = appointment.address
        town = f"{address.get('postal_code', '')} {address.get('city', '')}".strip()
        return one_line(", ".join(filter(None, [address.get("street", ""), town])))
    if appointment.channel == Channel.PHONE:
        return one_line(appointment.phone)
    return ""


def write_letter(
    appointment: Appointment,
    *,
    kind: str,
    recipient: str,
    advisor: Advisor | None = None,
    before: Before | None = None,
    own: MessageTemplate | None = None,
) -> Letter:
    """Return what the mail says, in the language that is active. One query.

    Args:
        appointment: with subject, office and advisor loaded.
        kind: a name that `kind_named` knows.
        recipient: who reads it.
        advisor: a former advisor who reads it; None: the present one.
        before: what held before the change that the mail tells.
        own: staff's own words; a broken text gives way to Parlour's own.
    """
    found = kind_named(kind)
    if found is None:
        raise LookupError(kind)
    us = organisation()
    reader = reader_of(appointment, recipient, advisor=advisor, before=before)
    is_on = found.method_for(recipient) != "CANCEL"
    words = found.words[reader.recipient]
    true = circumstances(appointment, before)
    fields = merge_fields(appointment, reader, us)
    own = own or MessageTemplate()
    title = chosen(own.title, words.title, words.titles, true)
    opening = chosen(own.opening, words.opening, words.openings, true)
    rows, note, actions = PARTS[reader.recipient](appointment, is_on=is_on)
    return Letter(
        title=one_line(filled(title, fields, otherwise=words.title)),
        language=reader.language,
        greeting=greeting(fields["first_name"]),
        opening=filled(opening, fields, otherwise=words.opening),
        rows=(
            Row(_("Subject"), one_line(appointment.subject.name)),
            Row(
                _("When"),
                span_text(reader.start, reader.end, reader.zone, reader.language),
            ),
            *before_rows(appointment, reader, before),
            *rows,
            Row(_("Reference"), appointment.reference),
        ),
        note=note,
        actions=actions,
        closing=filled(own.closing.strip(), fields, otherwise=""),
        organisation=us,
    )


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a mail, and which time concerns them."""

    recipient: Recipient
    first_name: str
    person: str  # whom they meet
    language: str
    zone: ZoneInfo
    start: datetime
    end: datetime


def reader_of(
    appointment: Appointment,
    recipient: str,
    *,
    advisor: Advisor | None,
    before: Before | None,
) -> Reader:
    """Return who reads: a former advisor's time is the one that was theirs."""
    is_customer = recipient == Recipient.CUSTOMER
    told = advisor or appointment.advisor
    start, end = appointment.starts_at, appointment.ends_at
    if recipient == Recipient.FORMER_ADVISOR and before is not None:
        start, end = before.starts_at, before.ends_at
    return Reader(
        recipient=Recipient(recipient),
        first_name=appointment.first_name if is_customer else told.first_name,
        person=appointment.advisor.name
        if is_customer
        else appointment.contact_name or _("a customer"),
        language=language_for(appointment, recipient, advisor=advisor),
        zone=zone_for(appointment, recipient),
        start=start,
        end=end,
    )


def circumstances(appointment: Appointment, before: Before | None) -> list[str]:
    """Return what holds of CIRCUMSTANCES, in their order."""
    holds = {
        UNANSWERED: appointment.cancel_reason == UNANSWERED,
        EDITED: before is not None and before.is_edited,
        RENEWED: before is not None and before.is_link_renewed,
        REQUESTED: appointment.status == Appointment.Status.REQUESTED,
        TAKEN_OVER: before is not None and before.is_handed_over,
    }
    return [name for name in CIRCUMSTANCES if holds[name]]


def chosen(
    own: str, usual: Promise, special: Mapping[str, Promise], true: Iterable[str]
) -> str:
    """Return the text for the circumstances, merge fields not filled yet.

    Staff's own words stand for the usual ones only: what is special must not get lost.
    """
    found = next((special[name] for name in true if name in special), None)
    return str(found) if found is not None else own.strip() or str(usual)


def merge_fields(
    appointment: Appointment, reader: Reader, us: Organisation
) -> Mapping[str, str]:
    """Return the values of `wordings.FIELDS`: each one line without control signs."""
    values = {
        "subject": appointment.subject.name,
        "person": reader.person,
        "when": day_and_time(reader.start, reader.zone, reader.language),
        "reference": appointment.reference,
        "office": appointment.office.name,
        "first_name": reader.first_name,
        "organisation": us.name,
        "channel": str(Channel(appointment.channel).label),
    }
    return {name: one_line(value, limit=80) for name, value in values.items()}


def filled(text: str, fields: Mapping[str, str], *, otherwise: Promise | str) -> str:
    """Return the text filled; the other one filled if this one is broken."""
    try:
        return fill(text, fields)
    except BrokenWordingError:
        log.warning("wording_broken")
    return fill(str(otherwise), fields)


def greeting(name: str) -> str:
    """Return the mail's first line."""
    return _("Hello {name},").format(name=name) if name else _("Hello,")


def before_rows(
    appointment: Appointment, reader: Reader, before: Before | None
) -> list[Row]:
    """Return what is no longer true, in one row at most."""
    if before is None or reader.recipient == Recipient.FORMER_ADVISOR:
        return []
    facts = []
    if before.is_moved:
        facts.append(
            span_text(before.starts_at, before.ends_at, reader.zone, reader.language)
        )
    if before.channel != appointment.channel:
        facts.append(str(Channel(before.channel).label))
    if before.office_name:
        facts.append(one_line(before.office_name))
    if before.advisor_name:
        facts.append(_("with {person}").format(person=one_line(before.advisor_name)))
    return [Row(_("Instead of"), "; ".join(facts))] if facts else []


Part = tuple[tuple[Row, ...], Row | None, tuple[Row, ...]]


class Writer(Protocol):
    """Writes what only one reader is told: facts, a note, and links."""

    def __call__(self, appointment: Appointment, *, is_on: bool) -> Part: ...


def how_row(appointment: Appointment, recipient: str, *, is_on: bool) -> Row:
    """Return the row that says where or how they meet."""
    channel = Channel(appointment.channel)
    if channel == Channel.VIDEO:
        url = join_url(appointment, recipient) if is_on else ""
        return Row(str(channel.label), url or str(channel.label), url)
    place = place_text(appointment)
    if channel == Channel.PHONE and recipient == Recipient.CUSTOMER:
        place = _("We call you: {phone}").format(phone=place)
    label = channel.label if recipient == Recipient.CUSTOMER else _("Channel")
    if recipient == Recipient.ADVISOR:
        names = {Channel.ON_LOCATION: _("At the customer's place")}
        place = f"{names.get(channel, channel.label)}: {place}"
    return Row(str(label), place)


def customer_part(appointment: Appointment, *, is_on: bool) -> Part:
    """Return what only the customer reads: never metadata, never segment codes."""
    advisor = appointment.advisor
    office = appointment.office
    rows = [
        how_row(appointment, Recipient.CUSTOMER, is_on=is_on),
        Row(_("With"), one_line(", ".join(filter(None, [advisor.name, advisor.role])))),
    ]
    if is_on and appointment.channel == Channel.OFFICE and office.directions:
        rows.append(Row(_("How to get there"), one_line(office.directions, limit=500)))
    if office.phone:
        rows.append(Row(_("Questions?"), str(office.phone)))
    note = None
    if is_on and appointment.subject.instructions.strip():
        note = Row(_("What to bring"), appointment.subject.instructions.strip())
    label = _("Change or cancel this meeting") if is_on else _("Book again")
    return tuple(rows), note, (Row(label, label, manage_url(appointment)),)


def advisor_part(appointment: Appointment, *, is_on: bool) -> Part:
    """Return what only staff reads: who comes, from where, and what they told."""
    facts = [
        (_("Customer"), appointment.contact_name),
        (_("E-mail"), appointment.email),
        (_("Phone"), appointment.phone),
        (_("Company"), appointment.company),
        (_("Customer number"), appointment.customer_number),
        (_("Segments"), ", ".join(appointment.segment_codes)),
        *(
            (str(answer.get("label", "")), str(answer.get("text", "")))
            for answer in appointment.answers
        ),
        *((str(key), str(value)) for key, value in appointment.metadata.items()),
        (_("Reason"), "" if is_on else appointment.cancel_reason),
    ]
    rows = [how_row(appointment, Recipient.ADVISOR, is_on=is_on)]
    rows += [
        Row(one_line(label), one_line(value, limit=1000))
        for label, value in facts
        if value.strip()
    ]
    note = None
    if appointment.remarks.strip():
        note = Row(_("Remarks"), appointment.remarks.strip())
    label = _("Open the meeting")
    return tuple(rows), note, (Row(label, label, admin_url(appointment)),)


def former_advisor_part(appointment: Appointment, *, is_on: bool) -> Part:
    """Return what somebody reads who no longer takes the meeting: next to nothing.

    What the customer told is no longer their business, so no link leads to it.
    """
    person = one_line(appointment.contact_name)
    rows = (Row(_("Customer"), person),) if person else ()
    return rows, None, ()


PARTS: Mapping[Recipient, Writer] = {
    Recipient.CUSTOMER: customer_part,
    Recipient.ADVISOR: advisor_part,
    Recipient.FORMER_ADVISOR: former_advisor_part,
}
