"""A booked meeting as its customer sees it: after booking, and behind the manage link."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext as _

from directory.choices import Channel
from scheduling.ical import CalendarLinks, calendar_links
from scheduling.models import Appointment, Message
from scheduling.tokens import join_token, manage_token
from scheduling.wizard import wording
from scheduling.wizard.steps import SummaryRow
from scheduling.wizard.walk import zone_of

Status = Appointment.Status


class Stage(Enum):
    """Where a meeting stands in its life, as its customer sees it."""

    REQUESTED = "requested"
    UPCOMING = "upcoming"
    RUNNING = "running"
    PAST = "past"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Meeting:
    """An appointment in words."""

    appointment: Appointment
    stage: Stage
    rows: list[SummaryRow]
    status_kind: str
    status_text: str
    is_coming: bool
    may_change: bool
    change_until: str
    instructions: str
    directions: str
    token: str
    links: CalendarLinks | None
    join_url: str


def describe(appointment: Appointment, *, now: datetime) -> Meeting:
    """Return an appointment in words; subject, office and advisor must be loaded."""
    zone = shown_zone(appointment)
    stage = stage_of(appointment, now=now)
    is_coming = stage in {Stage.REQUESTED, Stage.UPCOMING, Stage.RUNNING}
    is_at_office = appointment.channel == Channel.OFFICE
    return Meeting(
        appointment=appointment,
        stage=stage,
        rows=_rows(appointment, zone),
        status_kind=_kind(appointment, stage),
        status_text=_status_text(appointment, stage),
        is_coming=is_coming,
        may_change=is_coming and now <= appointment.change_until,
        change_until=wording.start_text(appointment.change_until, zone),
        instructions=appointment.subject.instructions.strip(),
        directions=appointment.office.directions.strip() if is_at_office else "",
        token=manage_token(appointment.reference, appointment.link_version),
        links=calendar_links(appointment) if is_coming else None,
        join_url=_join_url(appointment) if is_coming else "",
    )


def stage_of(appointment: Appointment, *, now: datetime) -> Stage:
    """Return where the meeting stands; one that nobody closed yet is past all the same."""
    if appointment.status == Status.CANCELLED:
        return Stage.CANCELLED
    if not appointment.is_open or appointment.ends_at <= now:
        return Stage.PAST
    if appointment.status == Status.REQUESTED:
        return Stage.REQUESTED
    return Stage.RUNNING if appointment.starts_at <= now else Stage.UPCOMING


def _join_url(appointment: Appointment) -> str:
    """Return the customer's way into the video call."""
    if appointment.channel != Channel.VIDEO:
        return ""
    party = Message.Recipient.CUSTOMER
    token = join_token(appointment.reference, appointment.revision, party)
    return reverse("scheduling:join", args=[token])


def shown_zone(appointment: Appointment) -> ZoneInfo:
    """Return the zone of the place, or the visitor's own for a call."""
    office = zone_of(appointment.office_zone) or appointment.office.zone
    if appointment.channel in {Channel.PHONE, Channel.VIDEO}:
        return zone_of(appointment.visitor_zone) or office
    return office


def _kind(appointment: Appointment, stage: Stage) -> str:
    if stage == Stage.PAST:
        return "muted"
    return {
        Status.REQUESTED: "warn",
        Status.CONFIRMED: "ok",
        Status.COMPLETED: "muted",
        Status.NO_SHOW: "muted",
        Status.CANCELLED: "danger",
    }[Status(appointment.status)]


def _status_text(appointment: Appointment, stage: Stage) -> str:
    """Return the status in the customer's words, which are not always the staff's."""
    if appointment.status == Status.NO_SHOW:
        return _("Missed")
    if stage == Stage.PAST and appointment.is_open:
        return _("Past")
    return str(appointment.get_status_display())


def _rows(appointment: Appointment, zone: ZoneInfo) -> list[SummaryRow]:
    starts, ends = appointment.starts_at, appointment.ends_at
    return [
        SummaryRow(_("Topic"), appointment.subject.name),
        SummaryRow(_("When"), wording.span_text(starts, ends, zone)),
        SummaryRow(_("Time zone"), wording.zone_text(zone, starts)),
        SummaryRow(_("How"), str(Channel(appointment.channel).label)),
        SummaryRow(_("Where"), where(appointment)),
        SummaryRow(_("With"), appointment.advisor.name),
        SummaryRow(_("Reference"), appointment.reference),
    ]


def where(appointment: Appointment) -> str:
    """Return where the meeting is, or how it comes about."""
    match appointment.channel:
        case Channel.OFFICE:
            return f"{appointment.office.name}, {appointment.office.address}"
        case Channel.PHONE:
            return _("We call you on %(phone)s") % {"phone": appointment.phone}
        case Channel.VIDEO:
            return _("Online, by the link in your confirmation")
        case _:
            address = appointment.address
            town = f"{address.get('postal_code', '')} {address.get('city', '')}".strip()
            parts = (address.get("street", ""), town)
            return ", ".join(part for part in parts if part)
