"""What mails and calendar files say about an appointment, in a person's own words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy

from directory.choices import Channel, Language
from directory.models import Organisation
from scheduling.models import Appointment, Message
from scheduling.tokens import join_token, manage_token

Recipient = Message.Recipient
Status = Appointment.Status

# English dates as Europe writes them: Monday 23 November 2026.
DATE_LOCALES = {"en": "en_GB"}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of message: when it is still true, and how it begins.

    A further kind is a further row of `KINDS`. Texts may use {subject}, {person} (whom
    the reader meets) and {when}.
    """

    statuses: frozenset[Status]
    method: str  # of the calendar file that goes along
    titles: Mapping[Recipient, Promise]
    openings: Mapping[Recipient, Promise]
    # Other words where the reason of a cancellation is known.
    openings_by_reason: Mapping[str, Promise] = field(default_factory=dict)


KINDS: Mapping[str, Kind] = {
    "confirmed": Kind(
        statuses=frozenset({Status.CONFIRMED}),
        method="REQUEST",
        titles={
            Recipient.CUSTOMER: gettext_lazy(
                "Your meeting is booked: {subject}, {when}"
            ),
            Recipient.ADVISOR: gettext_lazy(
                "New meeting: {subject} with {person}, {when}"
            ),
        },
        openings={
            Recipient.CUSTOMER: gettext_lazy(
                "Your meeting is booked. We look forward to seeing you."
            ),
            Recipient.ADVISOR: gettext_lazy("A new meeting is in your calendar."),
        },
    ),
    "requested": Kind(
        statuses=frozenset({Status.REQUESTED}),
        method="REQUEST",
        titles={
            Recipient.CUSTOMER: gettext_lazy("We have your request: {subject}, {when}"),
            Recipient.ADVISOR: gettext_lazy(
                "New request: {subject} with {person}, {when}"
            ),
        },
        openings={
            Recipient.CUSTOMER: gettext_lazy(
                "We have your request and keep this time for you. You get another mail "
                "as soon as we have confirmed it."
            ),
            Recipient.ADVISOR: gettext_lazy(
                "A customer asks for this meeting. Please accept or decline it before "
                "it starts."
            ),
        },
    ),
    "cancelled": Kind(
        statuses=frozenset({Status.CANCELLED}),
        method="CANCEL",
        titles={
            Recipient.CUSTOMER: gettext_lazy(
                "Your meeting is cancelled: {subject}, {when}"
            ),
            Recipient.ADVISOR: gettext_lazy(
                "Meeting cancelled: {subject} with {person}, {when}"
            ),
        },
        openings={
            Recipient.CUSTOMER: gettext_lazy("This meeting does not take place."),
            Recipient.ADVISOR: gettext_lazy(
                "This meeting is cancelled. The time is free again."
            ),
        },
        openings_by_reason={
            "declined": gettext_lazy(
                "We are sorry: we cannot meet you at this time. Please choose another "
                "one."
            ),
            "unanswered": gettext_lazy(
                "We are sorry: nobody could confirm this meeting in time. Please choose "
                "another one."
            ),
        },
    ),
}


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
    organisation: Organisation


def organisation() -> Organisation:
    """Return the site's settings. One query."""
    return Organisation.objects.first() or Organisation()


def one_line(text: str, *, limit: int = 200) -> str:
    """Return the text without line breaks and control characters, for a header."""
    printable = "".join(sign if sign.isprintable() else " " for sign in text)
    line = " ".join(printable.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def language_for(appointment: Appointment, recipient: str) -> str:
    """Return the reader's language."""
    if recipient == Recipient.CUSTOMER:
        return appointment.language or Language.ENGLISH
    return next(iter(appointment.advisor.languages), Language.ENGLISH)


def zone_for(appointment: Appointment, recipient: str) -> ZoneInfo:
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


def span_text(appointment: Appointment, zone: ZoneInfo, language: str) -> str:
    """Return day, start, end and the zone's name and offset.

    The offset tells the two equal wall clocks apart on the day the clock goes back.
    """
    start = appointment.starts_at.astimezone(zone)
    end = appointment.ends_at.astimezone(zone)
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


def write_letter(appointment: Appointment, *, kind: str, recipient: str) -> Letter:
    """Return what the mail says, in the language that is active."""
    reader = Recipient(recipient)
    kind_of_mail = KINDS[kind]
    language = language_for(appointment, reader)
    zone = zone_for(appointment, reader)
    is_customer = reader == Recipient.CUSTOMER
    person = appointment.advisor.name if is_customer else appointment.contact_name
    words = {
        "subject": one_line(appointment.subject.name, limit=80),
        "person": one_line(person, limit=80) or _("a customer"),
        "when": day_and_time(appointment.starts_at, zone, language),
    }
    opening = kind_of_mail.openings[reader]
    if is_customer:
        opening = kind_of_mail.openings_by_reason.get(
            appointment.cancel_reason, opening
        )
    name = appointment.first_name if is_customer else appointment.advisor.first_name
    greeting = _("Hello {name},") if name.strip() else _("Hello,")
    is_on = kind_of_mail.method != "CANCEL"
    write = customer_part if is_customer else advisor_part
    rows, note, actions = write(appointment, is_on=is_on)
    return Letter(
        title=str(kind_of_mail.titles[reader]).format(**words),
        language=language,
        greeting=greeting.format(name=one_line(name, limit=80)),
        opening=str(opening).format(**words),
        rows=(
            Row(_("Subject"), one_line(appointment.subject.name)),
            Row(_("When"), span_text(appointment, zone, language)),
            *rows,
            Row(_("Reference"), appointment.reference),
        ),
        note=note,
        actions=actions,
        organisation=organisation(),
    )


Part = tuple[tuple[Row, ...], Row | None, tuple[Row, ...]]


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
