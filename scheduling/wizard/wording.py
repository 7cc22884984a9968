"""Dates, times and zones in the visitor's words."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

SLOT_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def day_text(day: date) -> str:
    """Return "Monday 23 November"."""
    return date_format(day, "l j F")


def time_text(instant: datetime, zone: ZoneInfo) -> str:
    """Return "09:00" on the zone's wall clock."""
    return clock_text(instant.astimezone(zone))


def clock_text(wall: datetime) -> str:
    """Return "09:00" of a time on a wall clock."""
    return wall.isoformat()[11:16]  # many times as fast as strftime, which pages feel


def start_text(instant: datetime, zone: ZoneInfo) -> str:
    """Return "Monday 23 November, 09:00"."""
    day = day_text(instant.astimezone(zone).date())
    return on_day(day, time_text(instant, zone))


def on_day(day: str, time: str) -> str:
    """Return a day and a time of it, both in words, as one."""
    return f"{day}, {time}"


def span_text(starts: datetime, ends: datetime, zone: ZoneInfo) -> str:
    """Return "Monday 23 November 2026, 09:00 to 10:00"."""
    day = date_format(starts.astimezone(zone).date(), "l j F Y")
    return _("%(day)s, %(start)s to %(end)s") % {
        "day": day,
        "start": time_text(starts, zone),
        "end": time_text(ends, zone),
    }


def zone_text(zone: ZoneInfo, at: datetime) -> str:
    """Return "Brussels time (CET)": the zone's town and its short name at that time."""
    town = zone.key.rsplit("/", 1)[-1].replace("_", " ")
    if zone.key in {"UTC", "Etc/UTC"}:
        return "UTC"
    short = at.astimezone(zone).tzname() or ""
    if not short or short[0] in "+-":
        offset = f"{at.astimezone(zone):%z}"
        short = f"UTC{offset[:3]}:{offset[3:]}"
    return _("%(town)s time (%(short)s)") % {"town": town, "short": short}


def week_text(first: date, last: date) -> str:
    """Return "23 - 29 November", or with both months where they differ."""
    if first.month == last.month:
        return f"{first.day} – {date_format(last, 'j F')}"  # noqa: RUF001
    return f"{date_format(first, 'j F')} – {date_format(last, 'j F')}"  # noqa: RUF001
