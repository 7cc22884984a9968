"""All meetings of a customer, and one with all that is to know about it."""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from directory.choices import Channel
from directory.models import Customer
from portal import queries
from portal.access import customer_page, meeting_or_404
from portal.hours import hours_text
from portal.pictures import picture_or_nothing
from portal.views import beside, cards, wording
from portal.views.documents import papers_of
from portal.views.history import history_of
from portal.views.scene import Scene, draw, load_scene
from scheduling.models import Appointment
from scheduling.views.join import OPENS_BEFORE, room_state
from scheduling.views.meeting import describe, shown_zone
from scheduling.wizard.wording import start_text

PAGE = 20
Status = Appointment.Status


@require_safe
@customer_page
def meetings(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Show every meeting, 20 a page: what is coming first, then what has been."""
    scene = load_scene()
    rows = queries.all_meetings(customer, now=scene.now)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    upcoming: list[cards.Card] = []
    past: list[cards.Card] = []
    for row in page:
        is_coming = queries.is_coming(row, now=scene.now)
        (upcoming if is_coming else past).append(cards.card(row, scene))
    context = {"tab": "meetings", "page": page, "upcoming": upcoming, "past": past}
    return draw(request, "portal/meetings.html", scene, context)


@require_safe
@customer_page
def meeting(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """Show one meeting: how to prepare it, or what has come of it."""
    scene = load_scene()
    appointment = meeting_or_404(customer, reference)
    return meeting_page(request, appointment, scene)


def meeting_page(
    request: HttpRequest, appointment: Appointment, scene: Scene, *, status: int = 200
) -> HttpResponse:
    """Return the page of one meeting. At most 12 queries."""
    described = describe(appointment, now=scene.now)
    standing = scene.standing
    advisor = standing.advisors.get(appointment.advisor_id)
    context = {
        "tab": "meetings",
        "appointment": appointment,
        "described": described,
        "meeting": cards.meeting_card(
            appointment, scene, lines=cards.lines_of(appointment, scene)
        ),
        "ways": cards.ways_there(appointment, scene) if described.is_coming else [],
        "join_text": join_text(appointment, scene) if described.is_coming else "",
        "changes": cards.changes(appointment, scene) if described.is_coming else [],
        "may_edit": described.is_coming and scene.now < appointment.starts_at,
        "lead": lead(appointment, scene),
        "papers": papers_of(appointment),
        "told": told(appointment),
        "contact": contact(appointment),
        "history": history_of(appointment, scene),
        "advisor": advisor,
        "portrait": picture_or_nothing(advisor.portrait) if advisor else "",
        "may_meet_again": advisor is not None and advisor.is_bookable,
        "office": office_beside(appointment, scene),
    }
    return draw(request, "portal/meeting.html", scene, context, status=status)


@dataclass(frozen=True, slots=True)
class Told:
    """Something the customer told us."""

    label: str
    text: str


def told(appointment: Appointment) -> list[Told]:
    """Return answers and remarks, in order."""
    rows = [Told(str(row["label"]), str(row["text"])) for row in appointment.answers]
    if appointment.remarks:
        rows.append(Told(_("Remarks"), appointment.remarks))
    return rows


def contact(appointment: Appointment) -> list[Told]:
    """Return who comes and how we reach them."""
    country = appointment.office.country
    rows = [
        Told(_("Name"), appointment.contact_name),
        Told(_("Company"), appointment.company),
        Told(_("E-mail address"), appointment.email),
        Told(_("Phone number"), wording.phone_text(appointment.phone, country)),
    ]
    return [row for row in rows if row.text]


def lead(appointment: Appointment, scene: Scene) -> str:
    """Return the sentence below the title: how it stands with the meeting."""
    coming = queries.is_coming(appointment, now=scene.now)
    if coming and appointment.status == Status.REQUESTED:
        return _("We keep this time for you and tell you as soon as it is confirmed.")
    if appointment.status == Status.CANCELLED:
        return cancelled_text(appointment)
    return ""


def cancelled_text(appointment: Appointment) -> str:
    """Return who cancelled it, and why, as far as the customer should read it."""
    reasons = {
        "declined": _("We could not confirm this meeting."),
        "unanswered": _("Nobody could confirm this meeting in time."),
    }
    return reasons.get(
        appointment.cancel_reason, _("This meeting does not take place.")
    )


def join_text(appointment: Appointment, scene: Scene) -> str:
    """Return when the room opens; nothing while it is open, or without one."""
    is_early = room_state(appointment, now=scene.now) == "early"
    if appointment.channel != Channel.VIDEO or not is_early:
        return ""
    opens = start_text(appointment.starts_at - OPENS_BEFORE, shown_zone(appointment))
    return _("You can join from %(when)s on.") % {"when": opens}


def office_beside(appointment: Appointment, scene: Scene) -> beside.OfficeCard | None:
    """Return the office of a meeting that takes place there."""
    office = scene.standing.offices.get(appointment.office_id)
    if appointment.channel != Channel.OFFICE or office is None:
        return None
    day = appointment.starts_at.astimezone(office.zone).date()
    return beside.office_card(office, _("That day: %s") % hours_text(office, day))
