"""A walk that changes a booked meeting: what it moves, and whether it may go on."""

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse

from scheduling.errors import Outdated, TooLate, WrongStatus
from scheduling.models import Appointment, AppointmentEvent, Flow
from scheduling.tokens import manage_token
from segments.errors import SegmentRefused
from segments.queries import policy_for

PORTAL_MEETING = (
    "/portal/meetings/{reference}/"  # a contract: the portal stands above us
)


def load_changed(flow: Flow) -> Appointment:
    """Return the meeting that the walk changes, with all that pages show. One query."""
    together = ("subject", "office", "advisor", "busy")
    return Appointment.objects.select_related(*together).get(change_flows=flow)


def why_over(flow: Flow, appointment: Appointment, *, now: datetime) -> str:
    """Return why the walk cannot go on, or nothing. One query if it can."""
    if not appointment.is_open:
        return str(WrongStatus.sentence)
    if appointment.revision != flow.changes_revision:
        return str(Outdated.sentence)
    if now > appointment.change_until:
        return str(TooLate.sentence)
    is_same_link = flow.needs_sign_in or may_show_link(flow, appointment)
    return "" if is_same_link else str(Outdated.sentence)


def may_show_link(flow: Flow, appointment: Appointment) -> bool:
    """Tell whether the manage link is still the one that the walk began with. One query.

    Whoever kept a walk's address shall not learn the link that replaced a leaked one.
    """
    return not AppointmentEvent.objects.filter(
        appointment=appointment, old__has_key="link_hash", at__gt=flow.created_at
    ).exists()


def home_url(flow: Flow, appointment: Appointment) -> str:
    """Return where the walk came from: the meeting's page in the portal, or behind its link."""
    if flow.needs_sign_in:
        return PORTAL_MEETING.format(reference=appointment.reference)
    token = manage_token(appointment.reference, appointment.link_version)
    return reverse("scheduling:manage", args=[token])


def may_book_again_by(codes: Sequence[str], *, now: datetime) -> bool:
    """Tell whether a plain link with these codes works now. One query."""
    try:
        policy_for(codes, now=now, is_signed=False)
    except SegmentRefused:
        return False
    return True
