"""A made-up meeting, never saved: previews of messages are written about it."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from directory.choices import Channel
from directory.models import Advisor, Customer, Office, Organisation, Subject
from scheduling.before import Before
from scheduling.kinds import KINDS, REMINDER
from scheduling.models import Appointment, Message, MessageTemplate

AHEAD = timedelta(days=7)
HOUR = timedelta(hours=1)
Recipient = Message.Recipient
Status = Appointment.Status
MOVED = "changed"
HANDED_OVER = "reassigned"


@dataclass(frozen=True, slots=True)
class Specimen:
    """A message about the made-up meeting; nothing of it is in the database."""

    message: Message
    appointment: Appointment
    before: Before | None


def specimen(words: MessageTemplate, *, us: Organisation, now: datetime) -> Specimen:
    """Return a message of the kind, reader and language that the words are for."""
    eva = Advisor(
        first_name="Eva",
        last_name="Peeters",
        role="Mortgage advisor",
        email="eva.peeters@example.com",
        languages=[words.language],
    )
    tom = Advisor(first_name="Tom", last_name="Wouters", languages=[words.language])
    appointment = made_up(words, eva, zone=ZoneInfo(us.zone_name), now=now)
    former = words.recipient == Recipient.FORMER_ADVISOR
    message = Message(
        appointment=appointment,
        kind=f"{REMINDER}-1" if words.kind == REMINDER else words.kind,
        revision=appointment.revision,
        recipient=words.recipient,
        address=appointment.email
        if words.recipient == Recipient.CUSTOMER
        else eva.email,
        advisor=tom if former else None,
        created_at=now,
    )
    return Specimen(message, appointment, before_of(words.kind, appointment, tom))


def made_up(
    words: MessageTemplate, advisor: Advisor, *, zone: ZoneInfo, now: datetime
) -> Appointment:
    """Return Max Murdoch's meeting, a week ahead at 11:00."""
    day = (now + AHEAD).astimezone(zone).date()
    starts_at = datetime.combine(day, time(11), zone)
    statuses = KINDS[words.kind].statuses
    return Appointment(
        pk=0,
        reference="EXAMPLE234",
        status=Status.CONFIRMED if Status.CONFIRMED in statuses else min(statuses),
        customer=Customer(first_name="Max", last_name="Murdoch"),
        subject=Subject(name="Mortgage", instructions="Your identity card"),
        channel=Channel.OFFICE,
        office=Office(
            name="Antwerp Meir", street="Meir 48", postal_code="2000", city="Antwerpen"
        ),
        advisor=advisor,
        starts_at=starts_at,
        ends_at=starts_at + HOUR,
        office_zone=zone.key,
        visitor_zone=zone.key,
        language=words.language,
        first_name="Max",
        last_name="Murdoch",
        email="max.murdoch@example.com",
        phone="+32 470 12 34 56",
        revision=1,
        created_at=now,
        changed_at=now,
    )


def before_of(kind: str, appointment: Appointment, former: Advisor) -> Before | None:
    """Return what held before: another day, or another advisor."""
    if kind not in {MOVED, HANDED_OVER}:
        return None
    earlier = timedelta(days=1) if kind == MOVED else timedelta(0)
    return Before(
        starts_at=appointment.starts_at - earlier,
        ends_at=appointment.ends_at - earlier,
        channel=appointment.channel,
        office_name="",
        advisor_name=former.name if kind == HANDED_OVER else "",
        is_moved=kind == MOVED,
        is_handed_over=kind == HANDED_OVER,
        is_edited=False,
        is_link_renewed=False,
    )
