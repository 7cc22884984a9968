"""Step two: how to meet, and where."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from babel import Locale
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext as _say, gettext_lazy as _

from directory.catalogue import OfficeData
from directory.choices import Channel
from directory.queries import offices_near
from scheduling.errors import NotOffered
from scheduling.forms.choosing import PlaceForm
from scheduling.models import UnmetDemand
from scheduling.services import flows
from scheduling.views.access import (
    flow_page,
    load_step,
    note_nothing_found,
    to_next_step,
)
from scheduling.views.page import step_page
from scheduling.wizard.calendar import earliest_by_channel
from scheduling.wizard.steps import step_url
from scheduling.wizard.walk import ADDRESS_FIELDS, Walk

STEP = "place"
PARTIAL = "scheduling/_offices.html"
MANY_OFFICES = 12
LONGEST_SEARCH = 200

WAYS: Mapping[str, tuple[str, Promise]] = {
    Channel.OFFICE: ("map-pin", _("You come to one of our offices")),
    Channel.PHONE: ("phone", _("We call you")),
    Channel.VIDEO: ("video", _("We send you a link")),
    Channel.ON_LOCATION: ("house", _("We come to you")),
}


@dataclass(frozen=True, slots=True)
class ChannelCard:
    """A way to meet, as a radio card."""

    id: str
    code: str
    label: Promise
    icon: str
    line: Promise
    note: str
    is_checked: bool


@dataclass(frozen=True, slots=True)
class OfficeRow:
    """An office in the list; `channels` says for which ways it can be chosen."""

    id: str
    office: OfficeData
    distance: str
    channels: str
    is_checked: bool


@flow_page
def place(request: HttpRequest, flow_id: str) -> HttpResponse:
    walk = load_step(request, flow_id, STEP)
    form = _form(request, walk)
    if form.is_bound and form.is_valid():
        try:
            flows.answer_place(
                walk.flow,
                channel=form.cleaned_data["channel"],
                office_id=form.office_id,
                address=form.address or walk.flow.address,
                now=walk.now,
            )
        except NotOffered as error:
            form.add_error(None, error.message)
        else:
            return to_next_step(walk)
    form.mark_required()
    if not _channels(walk):
        note_nothing_found(request, walk, UnmetDemand.Reason.NOTHING)
    context = {
        "form": form,
        "address_fields": [form[name] for name in ADDRESS_FIELDS],
        "place_url": step_url(walk, STEP),
        "cards": _cards(walk, form),
        "has_address": Channel.ON_LOCATION in _channels(walk),
        "locked": _locked(walk),
        "is_channel_locked": walk.is_locked("channel"),
        **_lists(request, walk, form),
    }
    return step_page(request, walk, STEP, context, partial=PARTIAL)


def _form(request: HttpRequest, walk: Walk) -> PlaceForm:
    flow = walk.flow
    channels = _channels(walk)
    asked = request.GET.get("channel", "")
    near = request.GET.get("near")
    channel = asked if asked in channels else flow.channel
    if not channel and near is not None and Channel.OFFICE in channels:
        channel = Channel.OFFICE  # who looks for an office wants to go there
    prefill = {name: flow.prefill.get(name, "") for name in ADDRESS_FIELDS}
    return PlaceForm(
        request.POST if request.method == "POST" else None,
        channels=channels,
        offices={channel: _offices(walk, channel) for channel in channels},
        locked=_locked(walk),
        initial={
            "country": _country_name(walk),
            **{name: text for name, text in prefill.items() if text},
            **flow.address,
            "channel": channel,
            "office": walk.office.code if walk.office else "",
        },
    )


def _channels(walk: Walk) -> tuple[str, ...]:
    """Return the ways to meet that may be posted."""
    assert walk.flow.subject_id is not None  # noqa: S101  (the first step is answered)
    offered = tuple(walk.choices.channels_of(walk.flow.subject_id))
    if walk.is_locked("channel"):
        return tuple(channel for channel in offered if channel == walk.flow.channel)
    if walk.is_locked("office"):
        here = (channel for channel in offered if channel != Channel.ON_LOCATION)
        return tuple(channel for channel in here if _offices(walk, channel))
    return offered


def _offices(walk: Walk, channel: str) -> tuple[OfficeData, ...]:
    assert walk.flow.subject_id is not None  # noqa: S101
    offices = walk.choices.offices_of(walk.flow.subject_id, channel)
    if walk.is_locked("office"):
        return tuple(each for each in offices if each.id == walk.flow.office_id)
    return tuple(offices)


def _locked(walk: Walk) -> dict[str, str]:
    """Return the values of the fields that the link fixed."""
    values = {"channel": walk.flow.channel}
    if walk.office:
        values["office"] = walk.office.code
    for name in ADDRESS_FIELDS:
        values[name] = walk.flow.address.get(name) or walk.flow.prefill.get(name, "")
    return {name: text for name, text in values.items() if walk.is_locked(name)}


def _country_name(walk: Walk) -> str:
    code = walk.catalogue.organisation.country
    locale = Locale.parse(get_language() or "en", sep="-")
    return str(locale.territories.get(code, code))


def _cards(walk: Walk, form: PlaceForm) -> list[ChannelCard]:
    checked = form["channel"].value() or ""
    first_free = earliest_by_channel(walk, _channels(walk))
    return [
        ChannelCard(
            id=f"id_channel_{number}" if number else "id_channel",
            code=channel,
            label=Channel(channel).label,
            icon=WAYS[channel][0],
            line=WAYS[channel][1],
            note=first_free.get(channel, ""),
            is_checked=channel == checked,
        )
        for number, channel in enumerate(_channels(walk))
    ]


def _lists(request: HttpRequest, walk: Walk, form: PlaceForm) -> dict[str, Any]:
    """Return the offices, nearest first when a place was asked for."""
    channels = _channels(walk)
    takes: dict[int, list[str]] = {}
    offices: dict[int, OfficeData] = {}
    for channel in channels:
        if channel != Channel.ON_LOCATION:
            for office in _offices(walk, channel):
                offices[office.id] = office
                takes.setdefault(office.id, []).append(channel)
    near = request.GET.get("near", "").replace("\0", "").strip()[:LONGEST_SEARCH]
    ordered, is_known = _ordered(walk, offices.values(), near)
    chosen = form["office"].value() or ""
    rows = [
        OfficeRow(
            id=f"id_office_{number}" if number else "id_office",
            office=office,
            distance=_distance_text(distance),
            channels=" ".join(takes[office.id]),
            is_checked=office.code == chosen,
        )
        for number, (office, distance) in enumerate(ordered)
    ]
    has_all = "all" in request.GET or len(rows) <= MANY_OFFICES
    calls = {Channel.PHONE, Channel.VIDEO} & set(channels)
    is_any = form["channel"].value() in calls and not chosen
    return {
        "offices": rows if has_all else _first_and_chosen(rows),
        "office_count": len(rows),
        "has_all_offices": has_all,
        "may_be_any": bool(calls) and not walk.is_locked("office"),
        "is_any_checked": is_any,
        "near": near,
        "is_near_known": is_known,
        "offices_news": _news(rows, is_known=is_known) if near else "",
    }


def _ordered(
    walk: Walk, offices: Iterable[OfficeData], near: str
) -> tuple[list[tuple[OfficeData, float | None]], bool]:
    """Return offices by distance, and whether the place is known. One query if asked."""
    if near:
        country = walk.catalogue.organisation.country
        return offices_near(near, offices, country=country)
    in_order = sorted(offices, key=lambda office: (office.sort_order, office.name))
    return [(office, None) for office in in_order], True


def _news(rows: Sequence[OfficeRow], *, is_known: bool) -> str:
    """Return what a screen reader says after a search."""
    if not is_known or not rows:
        return _say("We do not know this place.")
    return _say("Nearest office: %(name)s") % {"name": rows[0].office.name}


def _first_and_chosen(rows: list[OfficeRow]) -> list[OfficeRow]:
    return rows[:MANY_OFFICES] + [row for row in rows[MANY_OFFICES:] if row.is_checked]


def _distance_text(distance: float | None) -> str:
    if distance is None:
        return ""
    return f"{distance:.1f} km" if distance < 10 else f"{distance:.0f} km"
