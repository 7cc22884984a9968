"""Step three: when. A slot is kept for the visitor as soon as it is chosen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time as time_of_day
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _, ngettext

from directory.catalogue import AdvisorData
from directory.choices import Channel
from scheduling.errors import NotOffered, SchedulingError
from scheduling.forms.choosing import TimeForm, read_slot
from scheduling.forms.telling import typed_details
from scheduling.models import Flow, UnmetDemand
from scheduling.services import flows, holds
from scheduling.views.access import (
    client_of,
    flow_page,
    load_step,
    note_nothing_found,
    see_other,
    to_next_step,
)
from scheduling.views.page import step_page
from scheduling.wizard import wording
from scheduling.wizard.calendar import (
    Calendar,
    eligible_advisors,
    find_week,
    is_own_choice,
    live_hold,
    other_channels,
)
from scheduling.wizard.steps import step_url
from scheduling.wizard.switching import suggestions
from scheduling.wizard.walk import Walk, zone_of
from scheduling.wizard.week import slot_value
from scheduling.wizard.zones import is_zone_free, is_zone_open, zone_choices, zone_shown

STEP = "time"
PARTIAL = "scheduling/_week.html"
NOON = time_of_day(12)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks to see. Nonsense in it is left out."""

    day: date | None
    advisor: AdvisorData | None
    slot: datetime | None

    def link(self, day: date | None) -> str:
        """Return the query of a link to another week that keeps the rest."""
        pairs = {
            "date": day.isoformat() if day else "",
            "advisor": self.advisor.code if self.advisor else "",
        }
        return "?" + urlencode({name: text for name, text in pairs.items() if text})

    @property
    def earliest_link(self) -> str:
        """Return the query of a link to the first free time, whatever was chosen."""
        return "?date=" + self.link(None).replace("?", "&").rstrip("&")


@flow_page
def time(request: HttpRequest, flow_id: str) -> HttpResponse:
    walk = load_step(request, flow_id, STEP)
    advisors = eligible_advisors(walk)
    if request.method != "POST":
        asked = _asked(request.GET, advisors)
        if "advisor" not in request.GET and is_own_choice(walk):
            asked = replace(asked, advisor=walk.advisor)
        if not request.GET.keys() & {"date", "advisor"}:
            asked = replace(asked, day=_local_day(_start(walk), zone_shown(walk)))
        return _page(request, walk, TimeForm(advisors=_names(advisors)), asked)
    if "zone" in request.POST:
        return _choose_zone(request, walk)
    if "extend" in request.POST:
        return _extend(request, walk)
    return _choose_slot(request, walk, advisors)


def _start(walk: Walk) -> datetime | None:
    """Return the start that the page opens on: the chosen one, or the booked one."""
    booked = walk.changes.starts_at if walk.changes else None
    return walk.flow.slot or booked


def _choose_slot(
    request: HttpRequest, walk: Walk, advisors: Sequence[AdvisorData]
) -> HttpResponse:
    form = TimeForm(request.POST, advisors=_names(advisors))
    alternatives: Sequence[datetime] = ()
    asked = _asked(_posted(request), advisors)
    if form.is_valid():
        try:
            if asked.advisor is None and is_own_choice(walk):
                flows.choose_advisor(
                    walk.flow, advisor_id=_first_preferred(walk), now=walk.now
                )
            holds.hold_slot(
                walk.flow,
                start=form.cleaned_data["slot"],
                advisor_id=asked.advisor.id if asked.advisor else None,
                client=client_of(request),
                now=walk.now,
            )
        except NotOffered as error:
            form.add_error("slot", error.message)
            alternatives = error.alternatives
        else:
            return to_next_step(walk)
    return _page(request, walk, form, asked, alternatives=alternatives)


def _first_preferred(walk: Walk) -> int | None:
    """Return who is preferred as long as nobody is asked for: a change keeps its advisor."""
    if walk.changes is None:
        return None
    eligible = {advisor.id for advisor in eligible_advisors(walk)}
    return walk.changes.advisor_id if walk.changes.advisor_id in eligible else None


def _choose_zone(request: HttpRequest, walk: Walk) -> HttpResponse:
    """Show times in another zone; an unknown one changes nothing."""
    name = request.POST["zone"]
    if is_zone_free(walk) and zone_of(name):
        flows.choose_zone(walk.flow, zone_name=name, now=walk.now)
    asked = _asked(_posted(request), eligible_advisors(walk))
    return see_other(step_url(walk, STEP) + asked.link(asked.day).rstrip("?"))


def _extend(request: HttpRequest, walk: Walk) -> HttpResponse:
    """Keep the slot longer, and with it what was typed beside the button."""
    if "first_name" in request.POST:
        typed = typed_details(request.POST)
        flows.keep_details(walk.flow, details=typed, now=walk.now)
    try:
        holds.extend_hold(walk.flow, now=walk.now)
    except SchedulingError as error:
        advisors = eligible_advisors(walk)
        form = TimeForm(
            {"slot": slot_value(walk.flow.slot) if walk.flow.slot else ""},
            advisors=_names(advisors),
        )
        form.add_error("slot", error.message)
        return _page(request, walk, form, _asked({}, advisors))
    return to_next_step(walk)


def _asked(query: Mapping[str, str], advisors: Sequence[AdvisorData]) -> Asked:
    by_code = {advisor.code: advisor for advisor in advisors}
    return Asked(
        day=_read_day(query.get("date", "")),
        advisor=by_code.get(query.get("advisor", "")),
        slot=read_slot(query.get("slot", "")),
    )


def _posted(request: HttpRequest) -> dict[str, str]:
    """Return what a form says, and beside it the address of the week it stands on."""
    return {**request.GET.dict(), **request.POST.dict()}


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _names(advisors: Sequence[AdvisorData]) -> dict[str, str]:
    return {advisor.code: advisor.name for advisor in advisors}


def _page(
    request: HttpRequest,
    walk: Walk,
    form: TimeForm,
    asked: Asked,
    *,
    alternatives: Sequence[datetime] = (),
) -> HttpResponse:
    zone = zone_shown(walk)
    advisors = eligible_advisors(walk)
    posted = read_slot(form.data.get("slot", "")) if form.is_bound else None
    chosen = posted or asked.slot or walk.flow.slot
    calendar = find_week(
        walk,
        day=asked.day or _local_day(posted, zone),
        advisor=asked.advisor,
        zone=zone,
        chosen=chosen,
    )
    if walk.changes and not request.GET and is_without_times(calendar):
        # Nobody asked for the booked meeting's week: the first one with times is better.
        asked = replace(asked, day=_local_day(calendar.first_start, zone))
        calendar = find_week(
            walk, day=asked.day, advisor=asked.advisor, zone=zone, chosen=chosen
        )
    if calendar.week is None and asked.advisor is None:
        note_nothing_found(request, walk, UnmetDemand.Reason.NO_TIME)
    context = {
        "form": form,
        "week": _week_links(calendar, asked),
        "days": calendar.week.days if calendar.week else (),
        "zone_text": wording.zone_text(zone, _instant_shown(calendar, walk)),
        "zones": zone_choices(zone) if is_zone_free(walk) else [],
        "zone": zone.key,
        "asks_browser": is_zone_open(walk),
        "asked": asked,
        "alternatives": [
            (slot_value(start), wording.start_text(start, zone))
            for start in alternatives
        ],
        "suggestions": [] if alternatives else suggestions(walk, zone),
        "advisors": advisors,
        "any_advisor": _any_advisor(walk),
        "has_preferred": calendar.has_preferred,
        "may_change_office": _may_change_office(walk),
        "is_only": walk.flow.advisor_mode == Flow.AdvisorMode.ONLY,
        "hold": live_hold(walk, zone),
        "held": _text(walk.flow.slot, zone),
        "channels": [Channel(each) for each in other_channels(walk)],
        "place_url": step_url(walk, "place"),
        "time_url": step_url(walk, STEP),
        "minutes": calendar.minutes,
    }
    return step_page(request, walk, STEP, context, zone=zone, partial=PARTIAL)


def _local_day(instant: datetime | None, zone: ZoneInfo) -> date | None:
    return instant.astimezone(zone).date() if instant else None


def _text(instant: datetime | None, zone: ZoneInfo) -> str:
    return wording.start_text(instant, zone) if instant else ""


def _instant_shown(calendar: Calendar, walk: Walk) -> datetime:
    """Return an instant of the week on the page: zones have other names in summer."""
    if calendar.week is None:
        return walk.now
    return datetime.combine(calendar.week.first, NOON, calendar.zone)


def _any_advisor(walk: Walk) -> str:
    """Return what it means to name no advisor."""
    if walk.advisor and not is_own_choice(walk):
        return _("%(name)s if free, else a colleague") % {"name": walk.advisor.name}
    return _("Any advisor")


def _may_change_office(walk: Walk) -> bool:
    """Tell whether there is another office to go to."""
    if walk.is_locked("office") or walk.flow.channel == Channel.ON_LOCATION:
        return False
    assert walk.flow.subject_id is not None  # noqa: S101  (the first step is answered)
    offices = walk.choices.offices_of(walk.flow.subject_id, walk.flow.channel)
    return walk.flow.office_id is not None and len(offices) > 1


def _week_links(calendar: Calendar, asked: Asked) -> dict[str, str]:
    """Return what the head of the week shows, and where its links lead."""
    week = calendar.week
    if week is None:
        return {}
    count = ngettext("%(count)s time", "%(count)s times", week.count)
    return {
        "title": week.title,
        "announce": f"{week.title}: " + count % {"count": week.count},
        "previous_url": asked.link(week.previous) if week.previous else "",
        "next_url": asked.link(week.following) if week.following else "",
        "earliest_url": asked.earliest_link if asked.day else "",
        "date": asked.day.isoformat() if asked.day else "",
        "empty_text": _empty_text(calendar),
    }


def is_without_times(calendar: Calendar) -> bool:
    """Tell whether the week shown is empty while another one is not."""
    is_empty = calendar.week is not None and not calendar.week.count
    return is_empty and calendar.first_start is not None


def _empty_text(calendar: Calendar) -> str:
    """Return what leads on from a week without a time."""
    if calendar.first_start is None or not is_without_times(calendar):
        return ""
    first = wording.start_text(calendar.first_start, calendar.zone)
    return _("No times this week. The first free time is %(first)s.") % {"first": first}
