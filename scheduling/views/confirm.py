"""The last step of a change: old and new side by side, and one button."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from directory.choices import Channel
from scheduling.errors import (
    NotOffered,
    OnlyCancel,
    Outdated,
    PhoneNeeded,
    TooLate,
    WrongStatus,
)
from scheduling.forms.confirming import ConfirmForm
from scheduling.services.changes import Effect, Side, change_effect, confirm_change
from scheduling.views.access import (
    client_of,
    flow_page,
    load_step,
    over_page,
    see_other,
)
from scheduling.views.meeting import shown_zone, where
from scheduling.views.page import step_page
from scheduling.wizard import wording
from scheduling.wizard.calendar import live_hold
from scheduling.wizard.steps import place_text, step_url
from scheduling.wizard.walk import Walk
from scheduling.wizard.week import slot_value
from scheduling.wizard.zones import zone_shown

STEP = "confirm"


@dataclass(frozen=True, slots=True)
class Row:
    """One fact of the meeting, as it is and as it would be."""

    label: str
    old: str
    new: str

    @property
    def is_same(self) -> bool:
        return self.old == self.new


@flow_page
def confirm(request: HttpRequest, flow_id: str) -> HttpResponse:
    walk = load_step(request, flow_id, STEP)
    form = _form(request, walk)
    if not (form.is_bound and form.is_valid()):
        return _page(request, walk, form)
    try:
        confirm_change(
            walk.flow, now=walk.now, client=client_of(request), phone=form.phone_text
        )
    except (OnlyCancel, Outdated, TooLate, WrongStatus) as error:
        return over_page(request, walk.flow, error.message)
    except PhoneNeeded as error:  # the number was taken away meanwhile
        form.add_error(None, error.message)
    except NotOffered as error:
        form.add_error(None, error.message)
        return _lost_page(request, walk, form, error)
    else:
        return see_other(reverse("scheduling:done", args=[walk.flow.pk]))
    return _page(request, walk, form)


def _form(request: HttpRequest, walk: Walk) -> ConfirmForm:
    assert walk.changes is not None  # noqa: S101  (only changes have this step)
    is_call = walk.flow.channel == Channel.PHONE
    return ConfirmForm(
        request.POST if request.method == "POST" else None,
        is_phone_needed=is_call and not walk.changes.phone.strip(),
    )


def _page(request: HttpRequest, walk: Walk, form: ConfirmForm) -> HttpResponse:
    """Return the page with what confirming would do, as long as the time can be had."""
    try:
        effect = change_effect(walk.flow, now=walk.now)
    except NotOffered as error:
        return _lost_page(request, walk, form, error)
    zone = zone_shown(walk)
    is_changeable_later = effect.change_until > walk.now
    context = {
        "rows": _rows(walk, effect, zone),
        "is_unchanged": is_unchanged(walk, effect),
        "becomes_requested": effect.becomes_requested,
        "change_until": wording.start_text(effect.change_until, zone)
        if is_changeable_later
        else "",
        "hold": live_hold(walk, zone),
        "held": _chosen_text(walk, zone),
    }
    return _draw(request, walk, form, context)


def _lost_page(
    request: HttpRequest, walk: Walk, form: ConfirmForm, error: NotOffered
) -> HttpResponse:
    """Return the page for a time that somebody else has got: the nearest three."""
    zone = zone_shown(walk)
    context = {
        "lost": error.message,
        "held": _chosen_text(walk, zone),
        "alternatives": [
            (slot_value(start), wording.start_text(start, zone))
            for start in error.alternatives
        ],
    }
    return _draw(request, walk, form, context)


def _draw(
    request: HttpRequest, walk: Walk, form: ConfirmForm, context: dict[str, Any]
) -> HttpResponse:
    shared = {"form": form, "time_url": step_url(walk, "time"), "summary": []}
    return step_page(request, walk, STEP, {**shared, **context})


def _chosen_text(walk: Walk, zone: ZoneInfo) -> str:
    assert walk.flow.slot is not None  # noqa: S101  (the time comes before)
    return wording.start_text(walk.flow.slot, zone)


def is_unchanged(walk: Walk, effect: Effect) -> bool:
    """Tell whether the walk has led back to where the meeting is."""
    assert walk.changes is not None  # noqa: S101
    is_visit = effect.new.channel == Channel.ON_LOCATION
    is_same_place = not is_visit or walk.flow.address == walk.changes.address
    return effect.old == effect.new and is_same_place


def _rows(walk: Walk, effect: Effect, zone: ZoneInfo) -> list[Row]:
    """Return what is asked of both; the subject and the answers stay as they are."""
    booked = walk.changes
    assert booked is not None  # noqa: S101
    old_zone = shown_zone(booked)
    old, new = effect.old, effect.new
    return [
        Row(
            _("When"),
            wording.span_text(old.starts_at, old.ends_at, old_zone),
            wording.span_text(new.starts_at, new.ends_at, zone),
        ),
        Row(
            _("Time zone"),
            wording.zone_text(old_zone, old.starts_at),
            wording.zone_text(zone, new.starts_at),
        ),
        Row(_("How"), _way(old), _way(new)),
        Row(_("Where"), where(booked), _new_place(walk, new)),
        Row(_("With"), booked.advisor.name, _new_advisor(walk, new)),
    ]


def _way(side: Side) -> str:
    return str(Channel(side.channel).label)


def _new_place(walk: Walk, new: Side) -> str:
    booked = walk.changes
    assert booked is not None  # noqa: S101
    match new.channel:
        case Channel.OFFICE if new.office_id is not None:
            office = walk.catalogue.offices[new.office_id]
            return f"{office.name}, {office.address}"
        case Channel.PHONE:
            if not booked.phone.strip():
                return _("We call you")
            return _("We call you on %(phone)s") % {"phone": booked.phone}
        case Channel.VIDEO:
            return _("Online, by the link in your confirmation")
        case _:
            return place_text(walk)


def _new_advisor(walk: Walk, new: Side) -> str:
    advisor = walk.catalogue.advisors.get(new.advisor_id or 0)
    return advisor.name if advisor else _("One of our advisors")
