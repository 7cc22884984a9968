"""Which week the time page shows, and what is free in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from directory.catalogue import AdvisorData
from directory.choices import Channel
from scheduling import queries
from scheduling.models import BusyInterval, Flow
from scheduling.queries import OfferBoard, Wish
from scheduling.wizard.walk import Walk
from scheduling.wizard.week import Shown, Week, bounds, build_week, monday_of
from scheduling.wizard.wording import start_text, time_text
from scheduling.wizard.zones import chosen_zone

EARLIEST_WITHIN = timedelta(days=14)
LONGEST_HORIZON = 400  # days; settings that begin later do not widen the weeks shown


@dataclass(frozen=True, slots=True)
class Calendar:
    """A week of free times. Without a week there is none within the horizon."""

    zone: ZoneInfo
    week: Week | None
    first_start: datetime | None  # known when the week is empty or the first one
    minutes: int | None  # how long a meeting takes, where all of the week's agree
    has_preferred: bool = False  # the link's advisor has times in the week


def find_week(
    walk: Walk,
    *,
    day: date | None,
    advisor: AdvisorData | None,
    zone: ZoneInfo,
    chosen: datetime | None,
) -> Calendar:
    """Return the week that holds `day`, else the one with the first free time.

    `advisor` is one whom the visitor asks for: only their times are shown then.
    """
    wish = walk.wish(advisor_id=advisor.id if advisor else None)
    today = walk.now.astimezone(zone).date()
    last_day = today + timedelta(days=horizon(walk))
    first: datetime | None = None
    board: OfferBoard | None = None
    wanted = day or walk.flow.opens_on
    if wanted and today <= wanted <= last_day:
        board = _week_board(walk, wish, wanted, zone)
    if board is None or not board.starts():
        first, ahead = _first_start(walk, wish, is_any=day is not None)
        if first is None:
            return Calendar(zone, None, None, None)
        if board is None or day is None:
            wanted = first.astimezone(zone).date()
            # What was searched for the first start often holds the whole of its week.
            if ahead and ahead.covers(bounds(monday_of(wanted), zone)[1]):
                board = ahead
            else:
                board = _week_board(walk, wish, wanted, zone)
    assert wanted is not None  # noqa: S101  (a board has its week)
    since, until = bounds(monday_of(wanted), zone)
    starts = [start for start in board.starts() if since <= start < until]
    preferred = _preferred(wish, board, starts)
    shown = Shown(
        day=wanted,
        zone=zone,
        today=today,
        last_day=last_day,
        chosen=chosen,
        preferred=preferred,
    )
    week = build_week(starts, shown)
    lengths = board.durations(since, until)
    minutes = lengths.pop() if len(lengths) == 1 else None
    return Calendar(zone, week, first, minutes, bool(preferred))


def _week_board(walk: Walk, wish: Wish, day: date, zone: ZoneInfo) -> OfferBoard:
    first, last = bounds(monday_of(day), zone)
    return queries.board(wish, now=walk.now, first=first, last=last)


def _first_start(
    walk: Walk, wish: Wish, *, is_any: bool
) -> tuple[datetime | None, OfferBoard | None]:
    """Return the first free time, and the board that it was found on.

    A preferred advisor's own comes first, unless `is_any`; then the board stays unnamed,
    for it holds nobody else's times.
    """
    is_preference = wish.advisor_id and wish.advisor_mode == Flow.AdvisorMode.PREFER
    if is_preference and not is_any:
        own = queries.first_board(walk.wish(is_advisor_only=True), now=walk.now)
        if own is not None:
            return own.first_start(), None
    board = queries.first_board(wish, now=walk.now)
    return (board.first_start(), board) if board else (None, None)


def _preferred(
    wish: Wish, board: OfferBoard, starts: list[datetime]
) -> frozenset[datetime]:
    """Return the starts that the preferred advisor has."""
    if wish.advisor_id is None or wish.advisor_mode != Flow.AdvisorMode.PREFER:
        return frozenset()
    return frozenset(
        start
        for start in starts
        if any(slot.advisor_id == wish.advisor_id for slot in board.offers(start))
    )


def horizon(walk: Walk) -> int:
    """Return the most days ahead that any office offers."""
    flow = walk.flow
    assert flow.subject_id is not None  # noqa: S101
    today = walk.now.date()
    last = today + timedelta(days=LONGEST_HORIZON)
    offices = walk.choices.offices_of(flow.subject_id, flow.channel)
    days = [
        span.settings.horizon
        for office in offices
        if flow.office_id in (None, office.id)
        for span in walk.policy.settings_spans(
            office_id=office.id,
            subject_id=flow.subject_id,
            channel=flow.channel,
            first=today,
            last=last,
        )
    ]
    return max(days, default=0)


@dataclass(frozen=True, slots=True)
class Hold:
    """A time that is kept for the visitor, in words."""

    until: str
    may_extend: bool


def live_hold(walk: Walk, zone: ZoneInfo) -> Hold | None:
    """Return what is kept for this flow now. One query, if it has chosen a time."""
    if walk.flow.slot is None:
        return None
    row = BusyInterval.objects.filter(
        flow=walk.flow,
        kind=BusyInterval.Kind.HOLD,
        is_active=True,
        expires_at__gt=walk.now,
    ).first()
    if row is None or row.expires_at is None:
        return None
    return Hold(time_text(row.expires_at, zone), not row.is_extended)


def eligible_advisors(walk: Walk) -> tuple[AdvisorData, ...]:
    """Return exactly the advisors who can be asked for, the link's one alone if only."""
    flow = walk.flow
    assert flow.subject_id is not None  # noqa: S101
    found = walk.choices.advisors_of(flow.subject_id, flow.channel, flow.office_id)
    is_only = flow.advisor_mode == Flow.AdvisorMode.ONLY or walk.is_locked("advisor")
    if flow.advisor_id and is_only:
        return tuple(each for each in found if each.id == flow.advisor_id)
    return tuple(found)


def is_own_choice(walk: Walk) -> bool:
    """Tell whether the visitor asked for the advisor; not the link, nor the meeting."""
    flow = walk.flow
    if walk.changes is not None:
        return flow.advisor_id not in (None, walk.changes.advisor_id)
    return flow.advisor_id is not None and "advisor" not in flow.preset


def other_channels(walk: Walk) -> tuple[str, ...]:
    """Return the ways to meet that the visitor may take instead."""
    if walk.is_locked("channel") or walk.flow.subject_id is None:
        return ()
    offered = walk.choices.channels_of(walk.flow.subject_id)
    return tuple(Channel(each) for each in offered if each != walk.flow.channel)


def earliest_by_channel(walk: Walk, channels: Sequence[str]) -> dict[str, str]:
    """Return the first free time of each channel, in words. One query a channel.

    Only the coming two weeks are looked at: later times are left for the next step.
    """
    subject = walk.subject
    assert subject is not None  # noqa: S101  (the first step is answered)
    own_zone = chosen_zone(walk) or walk.catalogue.organisation.zone
    found = {}
    for channel in channels:
        if channel == Channel.ON_LOCATION:  # depends on the address
            continue
        wish = Wish(
            policy=walk.policy,
            subject_id=subject.id,
            channel=channel,
            office_id=walk.flow.office_id if walk.is_locked("office") else None,
            postal_code=None,
            advisor_id=walk.flow.advisor_id,
            advisor_mode=walk.flow.advisor_mode,
            flow_id=walk.flow.pk,
            claim=walk.claim,
            restricted_channels=tuple(walk.flow.channels),
        )
        board = queries.board(
            wish, now=walk.now, first=walk.now, last=walk.now + EARLIEST_WITHIN
        )
        if start := board.first_start():
            office = walk.catalogue.offices[board.offers(start)[0].office_id]
            zone = office.zone if channel == Channel.OFFICE else own_zone
            found[channel] = _("First free: %(when)s") % {
                "when": start_text(start, zone)
            }
    return found
