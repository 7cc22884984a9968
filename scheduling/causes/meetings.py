"""Causes in taken time: appointments, holds and imported events."""

from collections.abc import Iterable, Iterator

from scheduling.candidates import Wish
from scheduling.causes.rows import Rows
from scheduling.causes.rules import rule_of
from scheduling.causes.types import MINUTE, Case, Cause, hours_text, row
from scheduling.models import BusyInterval

Kind = BusyInterval.Kind


def busy(_wish: Wish, rows: Rows, case: Case) -> Iterator[Cause]:
    """Yield what takes the meeting's time, and what its buffers would touch besides."""
    yield from _told(
        case, (one for one in _meetings_in(rows, case) if not _is_hold(one))
    )
    yield from _told(case, _beside(rows, case), "Within the buffers: ")


def held(_wish: Wish, rows: Rows, case: Case) -> Iterator[Cause]:
    """Yield the same of others' holds."""
    yield from _told(case, (one for one in _meetings_in(rows, case) if _is_hold(one)))
    yield from _told(case, _beside(rows, case), "Within the buffers: ")


def buffer(_wish: Wish, rows: Rows, case: Case) -> Iterator[Cause]:
    """Yield what lies too near, and the rules of the meeting's own buffers if they reach it."""
    near = _beside(rows, case)
    yield from _told(case, near)
    if any(one.ends_at <= case.start for one in near):
        yield from rule_of("buffer_before", case.settings)
    if any(one.starts_at >= case.ends for one in near):
        yield from rule_of("buffer_after", case.settings)


def full_day(rows: Rows, case: Case) -> Iterator[Cause]:
    """Yield the meetings and holds that the daily maximum counts."""
    zone = case.candidate.place.zone
    yield from _told(
        case,
        (
            one
            for one in rows.busy.get(case.advisor_id, ())
            if one.kind != Kind.IMPORTED
            and one.meeting_starts_at.astimezone(zone).date() == case.day
        ),
    )


def _meetings_in(rows: Rows, case: Case) -> Iterator[BusyInterval]:
    for one in rows.busy.get(case.advisor_id, ()):
        if one.meeting_starts_at < case.ends and one.meeting_ends_at > case.start:
            yield one


def _beside(rows: Rows, case: Case) -> list[BusyInterval]:
    """Return what touches the meeting by nothing but buffers, its own or the other's."""
    before = case.settings.buffer_before * MINUTE
    after = case.settings.buffer_after * MINUTE
    inside = {one.pk for one in _meetings_in(rows, case)}
    return [
        one
        for one in rows.busy.get(case.advisor_id, ())
        if one.starts_at < case.ends + after
        and one.ends_at > case.start - before
        and one.pk not in inside
    ]


def _is_hold(one: BusyInterval) -> bool:
    return one.kind == Kind.HOLD


def _told(case: Case, taken: Iterable[BusyInterval], lead: str = "") -> Iterator[Cause]:
    zone = case.candidate.place.zone
    for one in taken:
        hours = hours_text(one.meeting_starts_at, one.meeting_ends_at, zone)
        if one.appointment is not None:
            meeting = one.appointment
            text = f"{lead}Appointment {meeting.reference}, {hours}"
            plain = f"{lead}An appointment, {hours}"
            yield row("scheduling.appointment", meeting.pk, text, plain)
        elif one.kind == Kind.HOLD and one.expires_at is not None:
            until = f"{one.expires_at.astimezone(zone):%H:%M}"
            text = f"{lead}A visitor's hold until {until}: {hours}"
            yield row("scheduling.busyinterval", one.pk, text)
        else:
            text = f"{lead}From the advisor's own calendar: {hours}"
            yield row("scheduling.busyinterval", one.pk, text)
