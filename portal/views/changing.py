"""What a customer does about a meeting: change, cancel, correct, take along."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from directory.models import Customer, User
from portal.access import customer_page, meeting_or_404
from portal.views import cards
from portal.views.scene import Scene, draw, load_scene
from scheduling.errors import Busy, SchedulingError
from scheduling.forms.editing import EditForm
from scheduling.models import Appointment, AppointmentEvent
from scheduling.services.cancelling import cancel_appointment
from scheduling.services.changes import start_change
from scheduling.services.editing import edit_appointment
from scheduling.views.access import UNPROCESSABLE, see_other
from scheduling.views.manage import calendar_response
from scheduling.views.meeting import describe

LONGEST_REASON = 500


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def change(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """Explain what a change keeps; a post starts the walk to another time or place."""
    scene = load_scene()
    appointment = meeting_or_404(customer, reference)
    refusal, status = "", 200
    if request.method == "POST":
        try:
            flow = start_change(appointment, now=scene.now, needs_sign_in=True)
        except Busy:
            raise
        except SchedulingError as error:
            refusal, status = error.message, UNPROCESSABLE
            appointment = meeting_or_404(customer, reference)
        else:
            step = "place" if request.POST.get("step") == "place" else "time"
            return see_other(reverse(f"scheduling:{step}", args=[flow.pk]))
    context = {"refusal": refusal, **_about(appointment, scene)}
    return draw(request, "portal/change.html", scene, context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def cancel(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    scene = load_scene()
    appointment = meeting_or_404(customer, reference)
    refusal, status, reason = "", 200, ""
    if request.method == "POST":
        reason = request.POST.get("reason", "").replace("\0", "").strip()
        try:
            cancel_appointment(
                appointment,
                actor=AppointmentEvent.Actor.CUSTOMER,
                reason=reason[:LONGEST_REASON],
                now=scene.now,
                user=_user(request),
                revision=_revision(request),
            )
        except Busy:
            raise
        except SchedulingError as error:
            refusal, status = error.message, UNPROCESSABLE
            appointment = meeting_or_404(customer, reference)
        else:
            messages.success(request, _("Your meeting is cancelled."))
            return see_other(_url(appointment))
    context = {"refusal": refusal, "reason": reason, **_about(appointment, scene)}
    return draw(request, "portal/cancel.html", scene, context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def edit(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """Correct contact details, remarks and answers until the meeting starts."""
    scene = load_scene()
    appointment = meeting_or_404(customer, reference)
    subject = scene.standing.subjects.get(appointment.subject_id)
    form = EditForm(
        request.POST if request.method == "POST" else None,
        appointment=appointment,
        questions=subject.questions if subject else (),
    )
    if form.is_bound and form.is_valid():
        try:
            edit_appointment(
                appointment,
                edits=form.edits,
                actor=AppointmentEvent.Actor.CUSTOMER,
                now=scene.now,
                user=_user(request),
                revision=_revision(request),
            )
        except Busy:
            raise
        except SchedulingError as error:
            form.add_error(None, error.message)
            appointment = meeting_or_404(customer, reference)
        else:
            messages.success(request, _("Your details are saved."))
            return see_other(_url(appointment))
    context = {"form": form, **_about(appointment, scene)}
    status = UNPROCESSABLE if form.errors else 200
    return draw(request, "portal/edit.html", scene, context, status=status)


@require_safe
@customer_page
def calendar(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """Return the meeting as a calendar file."""
    return calendar_response(meeting_or_404(customer, reference))


def _about(appointment: Appointment, scene: Scene) -> dict[str, Any]:
    """Return what the pages of this module say about the meeting."""
    described = describe(appointment, now=scene.now)
    return {
        "tab": "meetings",
        "appointment": appointment,
        "described": described,
        "lines": cards.lines_of(appointment, scene),
        "meeting_url": _url(appointment),
        "may_edit": described.is_coming and scene.now < appointment.starts_at,
        "office_phone": scene.standing.offices[appointment.office_id].phone,
    }


def _url(appointment: Appointment) -> str:
    return reverse("portal:meeting", args=[appointment.reference])


def _user(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def _revision(request: HttpRequest) -> int | None:
    """Return the revision that the page showed; a form without it compares nothing."""
    sent = request.POST.get("revision", "")
    return int(sent) if sent.isascii() and sent.isdecimal() and len(sent) < 10 else None
