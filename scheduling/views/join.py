"""The way into a call: open around its time, an explanation before and after."""

from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from config import clock
from config.origin import capability_view
from directory.choices import Channel
from directory.queries import catalogue
from scheduling.models import Appointment, Message
from scheduling.tokens import joins, read_join_token, signed
from scheduling.views.access import draw, use_language
from scheduling.views.behind_link import noindex
from scheduling.views.meeting import shown_zone
from scheduling.wizard import wording

OPENS_BEFORE = timedelta(minutes=15)
CLOSES_AFTER = timedelta(minutes=60)
CALLS = {Channel.PHONE, Channel.VIDEO}


@capability_view
@require_safe
def join(request: HttpRequest, token: str) -> HttpResponse:
    appointment = _find(token)
    if appointment is None:
        gone = {"is_replaced": False}
        page = draw(request, "scheduling/link_unknown.html", gone, status=404)
        return noindex(page)
    now = clock.now()
    state = room_state(appointment, now=now)
    if state == "open":
        response = HttpResponseRedirect(room_url(appointment))
        response["Cache-Control"] = "no-store"
        return noindex(response)
    use_language(request, appointment.language)
    zone = shown_zone(appointment)
    context = {
        "appointment": appointment,
        "state": state,
        "heading": heading(state),
        "when": wording.span_text(appointment.starts_at, appointment.ends_at, zone),
        "zone_text": wording.zone_text(zone, appointment.starts_at),
        "opens": wording.time_text(appointment.starts_at - OPENS_BEFORE, zone),
    }
    return noindex(draw(request, "scheduling/join.html", context))


def _find(token: str) -> Appointment | None:
    """Return the appointment that the token opens a room of. One query."""
    read = read_join_token(token)
    if read is None:
        return None
    appointment = (
        Appointment.objects.select_related("subject", "office", "advisor")
        .filter(reference=read.reference, channel__in=CALLS)
        .first()
    )
    if appointment is None:
        return None
    is_theirs = any(
        joins(read, revision=appointment.revision, party=party)
        for party in Message.Recipient.values
    )
    return appointment if is_theirs else None


def room_state(appointment: Appointment, *, now: datetime) -> str:
    """Return open, early, over, cancelled, or phone: then nobody needs a room."""
    if appointment.status == Appointment.Status.CANCELLED:
        return "cancelled"
    if now > appointment.ends_at + CLOSES_AFTER:
        return "over"
    if appointment.channel == Channel.PHONE:
        return "phone"
    return "open" if now >= appointment.starts_at - OPENS_BEFORE else "early"


def heading(state: str) -> str:
    """Return the page's title."""
    return {
        "early": _("Your meeting has not begun yet"),
        "over": _("Your meeting is over"),
        "cancelled": _("Your meeting is cancelled"),
        "phone": _("We call you"),
    }[state]


def room_url(appointment: Appointment) -> str:
    """Return the room of this revision: a moved meeting has another one."""
    room = signed("room-v1", appointment.reference, appointment.revision)
    return catalogue().organisation.video_room_url.replace("{room}", room)
