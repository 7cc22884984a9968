"""The start times to which staff can move an appointment: those of the engine."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict

from directory.catalogue import AdvisorData, OfficeData
from scheduling.candidates import Wish
from scheduling.errors import NotOffered
from scheduling.forms.staff import ADDRESS, MoveForm, MoveWithinForm
from scheduling.models import Appointment
from scheduling.offering import Choices
from scheduling.queries import OfferBoard, board, first_board
from scheduling.services.changes import offer_for
from scheduling.services.moves import Wanted, wish_for

DAY = timedelta(days=1)
MOST_NAMES = 2


def move_form(
    appointment: Appointment,
    data: QueryDict | None,
    *,
    now: datetime,
    within: set[int] | None = None,
) -> tuple[MoveForm, dict[str, Any]]:
    """Return the form with the starts of its date, and what its page says about them.

    "Show times" gives a form that is not judged yet. `within` are the offices among
    which they may move it; without it, all. At most seven queries.

    Raises:
        OnlyCancel: the meeting's segment or subject is gone.
    """
    offer = offer_for(appointment)
    initial = present(appointment, now=now)
    if data is not None and "show" in data:
        initial |= data.dict()
        data = None
    form_class = MoveForm if within is None else MoveWithinForm
    form = form_class(
        data,
        initial=initial,
        channels=offer.channels_of(appointment.subject_id),
        offices=offices_of(offer, appointment, within),
        advisors=advisors_of(offer, appointment, within),
    )
    wanted = form.first_look()
    zone = zone_for(appointment, offer, wanted)
    starts: dict[datetime, str] = {}
    sentence = "Choose a channel, a date and, to meet at an office, which one."
    if wanted is not None:
        starts, sentence = free_starts(appointment, wanted, zone, now=now)
    form.offer_starts(starts)
    return form, {"sentence": sentence, "zone": zone.key, "has_starts": bool(starts)}


def present(appointment: Appointment, *, now: datetime) -> dict[str, Any]:
    """Return what the form starts with: how the meeting stands."""
    zone = appointment.office.zone
    day = max(appointment.starts_at, now).astimezone(zone).date()
    return {
        "revision": appointment.revision,
        "channel": appointment.channel,
        "office": appointment.office_id,
        "date": day.isoformat(),
        **{name: appointment.address.get(name, "") for name in ADDRESS},
    }


def offices_of(
    offer: Choices, appointment: Appointment, within: set[int] | None
) -> list[OfficeData]:
    """Return the offices that take the subject by any channel."""
    subject = appointment.subject_id
    found = {
        office.id: office
        for channel in offer.channels_of(subject)
        for office in offer.offices_of(subject, channel)
        if within is None or office.id in within
    }
    return list(found.values())


def advisors_of(
    offer: Choices, appointment: Appointment, within: set[int] | None
) -> list[AdvisorData]:
    """Return who takes the subject by any channel."""
    subject = appointment.subject_id
    offices: set[int | None] = {None} if within is None else {*within}
    found = {
        advisor.id: advisor
        for channel in offer.channels_of(subject)
        for office in offices
        for advisor in offer.advisors_of(subject, channel, office)
    }
    return sorted(found.values(), key=lambda one: one.name)


def zone_for(
    appointment: Appointment, offer: Choices, wanted: Wanted | None
) -> ZoneInfo:
    """Return the zone of the office that was chosen, else of the present one."""
    chosen = wanted.office_id if wanted else None
    office = offer.catalogue.offices.get(chosen or 0)
    return office.zone if office else appointment.office.zone


def free_starts(
    appointment: Appointment, wanted: Wanted, zone: ZoneInfo, *, now: datetime
) -> tuple[dict[datetime, str], str]:
    """Return the starts of a date, each in words, and a sentence if there is none."""
    try:
        wish = wish_for(appointment, wanted)
    except NotOffered as error:
        return {}, error.message
    day = wanted.start.date()
    first = datetime(day.year, day.month, day.day, tzinfo=zone)
    following = day + DAY
    last = datetime(following.year, following.month, following.day, tzinfo=zone)
    found = board(wish, now=now, first=first, last=last)
    starts = {
        start: start_text(found, start, wish, zone)
        for start in found.starts()
        if first <= start < last
    }
    return starts, "" if starts else nothing_text(wish, zone, now=now)


def start_text(found: OfferBoard, start: datetime, wish: Wish, zone: ZoneInfo) -> str:
    """Return "11:00, Eva Peeters", or who else could take it."""
    everybody = wish.policy.catalogue.advisors
    free = list(dict.fromkeys(offer.advisor_id for offer in found.offers(start)))
    if wish.advisor_id in free:
        free = [wish.advisor_id]
    names = [everybody[one].name for one in free[:MOST_NAMES]]
    more = f" and {len(free) - MOST_NAMES} more" if len(free) > MOST_NAMES else ""
    return f"{start.astimezone(zone):%H:%M}, {' or '.join(names)}{more}"


def nothing_text(wish: Wish, zone: ZoneInfo, *, now: datetime) -> str:
    """Return that the date has no free time, and where the first one is."""
    found = first_board(wish, now=now)
    first = found.first_start() if found else None
    if first is None:
        return "There is no free time like this at all."
    return (
        "There is no free time on this date. "
        f"The first one is on {first.astimezone(zone):%A %-d %B %Y, %H:%M}."
    )
