"""Which time zone a page shows, and why."""

from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import get_timezone_location
from django.utils.translation import get_language

from directory.choices import Channel
from scheduling.wizard.walk import Walk, zone_of

# One or two towns for every hour of the day; the visitor's own zone is added.
COMMON = (
    "Pacific/Honolulu",
    "America/Anchorage",
    "America/Los_Angeles",
    "America/Denver",
    "America/Chicago",
    "America/New_York",
    "America/Halifax",
    "America/Sao_Paulo",
    "Atlantic/Azores",
    "Europe/Lisbon",
    "Europe/London",
    "Europe/Brussels",
    "Europe/Paris",
    "Europe/Berlin",
    "Europe/Athens",
    "Europe/Istanbul",
    "Africa/Johannesburg",
    "Asia/Dubai",
    "Asia/Karachi",
    "Asia/Kolkata",
    "Asia/Dhaka",
    "Asia/Bangkok",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Pacific/Auckland",
)


def is_zone_free(walk: Walk) -> bool:
    """Tell whether the visitor may choose the zone: nobody travels to the meeting."""
    return walk.flow.channel in {Channel.PHONE, Channel.VIDEO}


def is_zone_open(walk: Walk) -> bool:
    """Tell whether nobody has said yet which zone to show: the browser may."""
    return is_zone_free(walk) and chosen_zone(walk) is None


def chosen_zone(walk: Walk) -> ZoneInfo | None:
    """Return the zone that the visitor or the link asks for."""
    return zone_of(walk.flow.chosen_zone) or zone_of(walk.flow.link_zone)


def zone_shown(walk: Walk) -> ZoneInfo:
    """Return the zone that times are shown in.

    At an office or at the customer's: the office's. By phone or video: the visitor's
    choice (or the browser's, sent once by a script), else the link's, else the office's,
    else ours.
    """
    own = chosen_zone(walk) if is_zone_free(walk) else None
    return own or place_zone(walk)


def place_zone(walk: Walk) -> ZoneInfo:
    """Return the zone of the office, or of the one that visits the address, or ours."""
    if walk.office:
        return walk.office.zone
    if walk.flow.channel == Channel.ON_LOCATION and walk.flow.subject_id:
        code = walk.flow.address.get("postal_code", "")
        for office in walk.choices.offices_of(walk.flow.subject_id, walk.flow.channel):
            if office.covers(code):
                return office.zone
    return walk.catalogue.organisation.zone


def zone_choices(shown: ZoneInfo) -> list[tuple[str, str]]:
    """Return zones to choose from, by name, the one that is shown among them."""
    language = get_language() or "en"
    names = {*COMMON, shown.key}
    found = [(name, _location(name, language)) for name in names]
    return sorted(found, key=lambda pair: pair[1])


@lru_cache(maxsize=4096)
def _location(name: str, language: str) -> str:
    """Return where a zone is. Kept: its tables are read from files each time."""
    if name in {"UTC", "Etc/UTC"}:
        return "UTC"  # the tables know no place for it
    return get_timezone_location(name, locale=Locale.parse(language, sep="-"))
