"""What the customer told us about a meeting: looked through and corrected, by its link."""

from django.http import HttpRequest, HttpResponse

from config import clock
from directory.queries import catalogue
from scheduling.errors import (
    Busy,
    LimitReached,
    Outdated,
    SchedulingError,
    TooLate,
    WrongStatus,
)
from scheduling.forms.editing import EditForm
from scheduling.models import Appointment, AppointmentEvent
from scheduling.services.editing import edit_appointment
from scheduling.views.access import UNPROCESSABLE, draw, see_other
from scheduling.views.behind_link import link_page, link_url
from scheduling.views.manage import refused_page
from scheduling.views.meeting import describe


@link_page
def edit(request: HttpRequest, appointment: Appointment) -> HttpResponse:
    now = clock.now()
    meeting = describe(appointment, now=now)
    is_open = meeting.is_coming and now < appointment.starts_at
    if not is_open:
        if request.method != "POST":
            return see_other(link_url(appointment))
        is_over = not appointment.is_open
        return refused_page(
            request, appointment, WrongStatus() if is_over else TooLate()
        )
    form = _form(request, appointment)
    if form.is_bound and form.is_valid():
        try:
            edited = edit_appointment(
                appointment,
                edits=form.edits,
                actor=AppointmentEvent.Actor.CUSTOMER,
                now=now,
                revision=_revision(request),
            )
        except (Busy, LimitReached):
            raise
        except Outdated as error:
            form.add_error(None, error.message)
            appointment.refresh_from_db()
        except SchedulingError as error:
            return refused_page(request, appointment, error)
        else:
            return see_other(
                f"{link_url(edited)}?saved"
            )  # another address: another link
    context = {
        "form": form,
        "meeting": meeting,
        "revision": appointment.revision,
        "url": link_url(appointment),
    }
    status = UNPROCESSABLE if form.errors else 200
    return draw(request, "scheduling/edit.html", context, status=status)


def _form(request: HttpRequest, appointment: Appointment) -> EditForm:
    subject = catalogue().subjects.get(appointment.subject_id)
    return EditForm(
        request.POST if request.method == "POST" else None,
        appointment=appointment,
        questions=subject.questions if subject else (),
    )


def _revision(request: HttpRequest) -> int | None:
    """Return the revision that the page showed; a form without it compares nothing."""
    sent = request.POST.get("revision", "")
    return int(sent) if sent.isascii() and sent.isdecimal() and len(sent) < 10 else None
