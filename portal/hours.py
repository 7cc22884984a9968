"""An office's hours on one day, in words."""

from datetime import date

from django.utils.translation import gettext as _

from directory.catalogue import OfficeData
from scheduling.availability.intervals import paint

MIDNIGHT = 24 * 60


def hours_text(office: OfficeData, day: date) -> str:
    """Return "open 09:00 to 12:00, 13:00 to 17:00" or "closed, Labour Day". No query."""
    shut = [one for one in office.closures if one.first <= day <= one.last]
    hours = [
        (one.starts, one.ends) for one in office.opening if one.weekday == day.weekday()
    ]
    closed = paint(((one.starts, one.ends) for one in shut), MIDNIGHT)
    spans = stretches(paint(hours, MIDNIGHT) & ~closed)
    if spans:
        text = ", ".join(f"{clock(start)}–{clock(end)}" for start, end in spans)  # noqa: RUF001
        return _("open %(hours)s") % {"hours": text}
    if hours and shut and shut[0].name:
        return _("closed, %(why)s") % {"why": shut[0].name}
    return _("closed")


def stretches(mask: int) -> list[tuple[int, int]]:
    """Return the runs of minutes in a mask: their starts and their ends."""
    found, start = [], 0
    while mask >> start:
        start += ((mask >> start) & -(mask >> start)).bit_length() - 1
        length = ((~mask >> start) & -(~mask >> start)).bit_length() - 1
        found.append((start, start + length))
        start += length
    return found


def clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"
