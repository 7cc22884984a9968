"""What staff may do with an appointment, and the page on which they confirm it.

Each action is a button on the appointment's page while its status allows it. The service
decides in the end: what it refuses comes back as a sentence beside what was typed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse

from config import clock
from config.busy import busy_page
from directory.grants import PLAN
from directory.models import User
from directory.roles import may, may_ever, offices_for
from scheduling.admin.moving import move_form
from scheduling.errors import (
    Busy,
    OnlyCancel,
    SchedulingError,
)
from scheduling.forms.staff import (
    CancelForm,
    CompleteForm,
    DeclineForm,
    NoteForm,
    ReassignForm,
    StaffForm,
)
from scheduling.models import Appointment, AppointmentEvent
from scheduling.reasons import staff_sentence
from scheduling.services.answering import accept_appointment, decline_appointment
from scheduling.services.cancelling import cancel_appointment
from scheduling.services.closing import (
    CLOSED,
    complete_appointment,
    mark_no_show,
    may_correct,
    reopen_appointment,
)
from scheduling.services.editing import renew_link
from scheduling.services.moves import move_appointment
from scheduling.services.noting import add_note
from scheduling.services.reassigning import possible_advisors, reassign_appointment
from scheduling.views.access import UNPROCESSABLE, see_other

Status = Appointment.Status
STAFF = AppointmentEvent.Actor.STAFF
TEMPLATES = "admin/scheduling/appointment"
CHANGE = "change"
Data = QueryDict | None
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Deed:
    """Who does it when; `revision` is the one that their page showed."""

    user: User
    now: datetime
    revision: int


@dataclass(frozen=True, slots=True)
class Asking:
    """When it is asked for, and among which offices the user may plan; None: all."""

    now: datetime
    offices: set[int] | None


@dataclass(frozen=True, slots=True)
class Page:
    """A form to confirm an action, and what else its page shows."""

    form: StaffForm
    context: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A button, its page, and the service behind it."""

    slug: str
    label: str
    question: str
    text: str
    done: str
    is_open: Callable[[Appointment, datetime], bool]
    prepare: Callable[[Appointment, Data, Asking], Page]
    perform: Callable[[Appointment, Values, Deed], Appointment]
    needs: str = CHANGE
    is_grave: bool = False
    template: str = "action.html"


def act(model_admin: Any, request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """Ask for an action, and do it when it is posted.

    403: staff may not do this to it. 404: they do not see it. 422: it was refused.
    """
    action, now = ACTIONS[slug], clock.now()
    appointment = find_to_change(model_admin, request, pk, action.needs)
    if request.method != "POST":
        return _ask(request, action, appointment, now=now)
    try:
        page = action.prepare(appointment, request.POST, asking(request, now))
        if not page.form.is_bound:  # only another look was asked for
            return _draw(request, action, appointment, page)
        if not page.form.is_valid():
            return _draw(request, action, appointment, page, status=UNPROCESSABLE)
        deed = Deed(user_of(request), now, page.form.cleaned_data["revision"])
        action.perform(appointment, page.form.cleaned_data, deed)
    except Busy:
        return busy_page()
    except SchedulingError as error:
        fresh = model_admin.find_or_404(request, pk)
        return _refused(request, action, fresh, error, now=now)
    messages.success(request, action.done)
    return see_other(page_of(appointment))


def open_actions(
    appointment: Appointment, *, now: datetime, user: User
) -> list[Action]:
    """Return what the status and the user's role allow now, in the buttons' order."""
    needs = {one.needs for one in ACTIONS.values()}
    allowed = {one for one in needs if may(user, one, appointment)}
    return [
        one
        for one in ACTIONS.values()
        if one.needs in allowed and one.is_open(appointment, now)
    ]


def find_to_change(
    model_admin: Any, request: HttpRequest, pk: int, action: str = CHANGE
) -> Appointment:
    """Return an appointment to which this user may do that.

    Raises:
        PermissionDenied: they may not, to this one or to any.
        Http404: they do not see it.
    """
    if not may_ever(request.user, action, Appointment):
        raise PermissionDenied
    appointment: Appointment = model_admin.find_or_404(request, pk)
    if not may(request.user, action, appointment):
        raise PermissionDenied
    return appointment


def page_of(appointment: Appointment) -> str:
    """Return the address of the appointment's page."""
    return reverse("admin:scheduling_appointment_change", args=[appointment.pk])


def _ask(
    request: HttpRequest, action: Action, appointment: Appointment, *, now: datetime
) -> HttpResponse:
    if not action.is_open(appointment, now):
        messages.warning(request, "The meeting's status does not allow this.")
        return see_other(page_of(appointment))
    try:
        page = action.prepare(appointment, None, asking(request, now))
    except OnlyCancel as error:
        messages.warning(request, error.message)
        return see_other(page_of(appointment))
    return _draw(request, action, appointment, page)


def _refused(
    request: HttpRequest,
    action: Action,
    appointment: Appointment,
    error: SchedulingError,
    *,
    now: datetime,
) -> HttpResponse:
    """Return the page with the sentence, what was typed, and the meeting as it is now."""
    data = request.POST.copy()
    data["revision"] = str(appointment.revision)
    try:
        page = action.prepare(appointment, data, asking(request, now))
    except OnlyCancel:
        page = Page(StaffForm(data))
    page.form.is_valid()
    page.form.refuse(error)
    return _draw(request, action, appointment, page, status=UNPROCESSABLE)


def _draw(
    request: HttpRequest,
    action: Action,
    appointment: Appointment,
    page: Page,
    *,
    status: int = 200,
) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": action.question,
        "action": action,
        "appointment": appointment,
        "back": page_of(appointment),
        "form": page.form,
        "is_late": clock.now() > appointment.change_until,
        **page.context,
    }
    return render(request, f"{TEMPLATES}/{action.template}", context, status=status)


def asking(request: HttpRequest, now: datetime) -> Asking:
    offices = offices_for(request.user, PLAN, "scheduling.appointment")
    return Asking(now, offices)


def user_of(request: HttpRequest) -> User:
    """Return who is signed in."""
    assert isinstance(request.user, User)  # noqa: S101  (admin_view lets in nobody else)
    return request.user


# Which form an action asks for.


def _plain(form: type[StaffForm]) -> Callable[[Appointment, Data, Asking], Page]:
    def prepare(appointment: Appointment, data: Data, _asking: Asking) -> Page:
        shown = {"revision": appointment.revision, "outcome": appointment.outcome}
        return Page(form(data, initial=shown))

    return prepare


def _advisors(appointment: Appointment, data: Data, asking: Asking) -> Page:
    """Return the free advisors to choose from, and why the others are not. 3 queries."""
    found = possible_advisors(appointment, now=asking.now)
    form = ReassignForm(
        data,
        initial={"revision": appointment.revision},
        advisors=[one.advisor for one in found if not one.reasons],
    )
    others = [
        (one.advisor.name, [staff_sentence(reason) for reason in one.reasons])
        for one in found
        if one.reasons
    ]
    return Page(form, {"others": others})


def _times(appointment: Appointment, data: Data, asking: Asking) -> Page:
    form, context = move_form(appointment, data, now=asking.now, within=asking.offices)
    return Page(form, context)


# When an action is shown.


def _is_request(appointment: Appointment, now: datetime) -> bool:
    return appointment.status == Status.REQUESTED and now < appointment.starts_at


def _is_open(appointment: Appointment, _now: datetime) -> bool:
    return appointment.is_open


def _is_coming(appointment: Appointment, now: datetime) -> bool:
    return appointment.is_open and now < appointment.starts_at


def _may_complete(appointment: Appointment, now: datetime) -> bool:
    return _has_started(appointment, now) or _may_undo(appointment, now)


def _may_miss(appointment: Appointment, now: datetime) -> bool:
    is_missed = appointment.status == Status.NO_SHOW
    return not is_missed and _may_complete(appointment, now)


def _may_undo(appointment: Appointment, now: datetime) -> bool:
    return appointment.status in CLOSED and may_correct(appointment, now=now)


def _has_started(appointment: Appointment, now: datetime) -> bool:
    return appointment.status == Status.CONFIRMED and appointment.starts_at <= now


def _always(_appointment: Appointment, _now: datetime) -> bool:
    return True


# What an action does.


def _accept(appointment: Appointment, _given: Values, deed: Deed) -> Appointment:
    return accept_appointment(
        appointment, now=deed.now, user=deed.user, revision=deed.revision
    )


def _decline(appointment: Appointment, given: Values, deed: Deed) -> Appointment:
    return decline_appointment(
        appointment,
        reason=given["reason"],
        now=deed.now,
        user=deed.user,
        revision=deed.revision,
    )


def _cancel(appointment: Appointment, given: Values, deed: Deed) -> Appointment:
    return cancel_appointment(
        appointment,
        actor=STAFF,
        reason=given["reason"],
        now=deed.now,
        user=deed.user,
        revision=deed.revision,
    )


def _complete(appointment: Appointment, given: Values, deed: Deed) -> Appointment:
    return complete_appointment(
        appointment,
        outcome=given["outcome"],
        now=deed.now,
        user=deed.user,
        revision=deed.revision,
    )


def _miss(appointment: Appointment, _given: Values, deed: Deed) -> Appointment:
    return mark_no_show(
        appointment, now=deed.now, user=deed.user, revision=deed.revision
    )


def _undo(appointment: Appointment, _given: Values, deed: Deed) -> Appointment:
    return reopen_appointment(
        appointment, now=deed.now, user=deed.user, revision=deed.revision
    )


def _reassign(appointment: Appointment, given: Values, deed: Deed) -> Appointment:
    return reassign_appointment(
        appointment,
        advisor_id=given["advisor"],
        reason=given["reason"],
        now=deed.now,
        user=deed.user,
        revision=deed.revision,
    )


def _move(appointment: Appointment, given: Values, deed: Deed) -> Appointment:
    return move_appointment(
        appointment,
        wanted=given["wanted"],
        actor=STAFF,
        reason=given["reason"],
        now=deed.now,
        user=deed.user,
        revision=deed.revision,
    )


def _renew(appointment: Appointment, _given: Values, deed: Deed) -> Appointment:
    return renew_link(
        appointment,
        actor=STAFF,
        now=deed.now,
        user=deed.user,
        revision=deed.revision,
    )


def _note(appointment: Appointment, given: Values, deed: Deed) -> Appointment:
    add_note(appointment, text=given["note"], user=deed.user, now=deed.now)
    return appointment


ACTIONS: dict[str, Action] = {
    action.slug: action
    for action in (
        Action(
            slug="accept",
            label="Accept",
            question="Accept this request?",
            text="The meeting is confirmed, and everybody is told.",
            done="The request was accepted.",
            is_open=_is_request,
            prepare=_plain(StaffForm),
            perform=_accept,
        ),
        Action(
            slug="decline",
            label="Decline",
            question="Decline this request?",
            text="The time is free again, and everybody is told.",
            done="The request was declined.",
            is_open=_is_request,
            prepare=_plain(DeclineForm),
            perform=_decline,
            is_grave=True,
        ),
        Action(
            slug="complete",
            label="Complete",
            question="How did the meeting go?",
            text="It took place. This can be corrected for seven days.",
            done="The outcome was noted.",
            is_open=_may_complete,
            prepare=_plain(CompleteForm),
            perform=_complete,
        ),
        Action(
            slug="no-show",
            label="No-show",
            question="Did the customer not come?",
            text="Nobody is told. This can be corrected for seven days.",
            done="It was noted that the customer did not come.",
            is_open=_may_miss,
            prepare=_plain(StaffForm),
            perform=_miss,
        ),
        Action(
            slug="undo",
            label="Undo the outcome",
            question="Undo how the meeting went?",
            text="The meeting is confirmed again, as before anybody noted its outcome.",
            done="The outcome was taken back.",
            is_open=_may_undo,
            prepare=_plain(StaffForm),
            perform=_undo,
        ),
        Action(
            slug="move",
            needs=PLAN,
            label="Move",
            question="When and how should they meet?",
            text="The old time is kept until the new one is taken. Everybody is told.",
            done="The meeting was moved.",
            is_open=_is_open,
            prepare=_times,
            perform=_move,
            template="move.html",
        ),
        Action(
            slug="reassign",
            needs=PLAN,
            label="Give to another advisor",
            question="Who should take this meeting?",
            text="Time, place and channel stay. Everybody is told.",
            done="The meeting has another advisor.",
            is_open=_is_coming,
            prepare=_advisors,
            perform=_reassign,
            template="reassign.html",
        ),
        Action(
            slug="renew-link",
            needs=PLAN,
            label="Renew the manage link",
            question="Renew the customer's manage link?",
            text="The link that the customer has stops working at once. While the meeting "
            "is open, the customer gets a mail with the new one.",
            done="The manage link was renewed.",
            is_open=_always,
            prepare=_plain(StaffForm),
            perform=_renew,
        ),
        Action(
            slug="cancel",
            needs=PLAN,
            label="Cancel the meeting",
            question="Cancel this meeting?",
            text="The time is free again, and everybody is told. This cannot be undone.",
            done="The meeting was cancelled.",
            is_open=_is_open,
            prepare=_plain(CancelForm),
            perform=_cancel,
            is_grave=True,
        ),
        Action(
            slug="note",
            label="Add a note",
            question="Add a note",
            text="Notes stay in the meeting's history. Nobody is told.",
            done="The note was added.",
            is_open=_always,
            prepare=_plain(NoteForm),
            perform=_note,
        ),
    )
}
