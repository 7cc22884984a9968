"""Which reasons staff may overrule when they book for a customer, and which nobody may.

Soft is what the organisation has decided for visitors who book alone: a person who knows
the case may decide otherwise, and says why. Hard is what is so, whatever anybody decides:
somebody would stand before a closed door, or be in two places at once.
"""

from collections.abc import Iterable, Mapping

from directory.catalogue import AdvisorData
from scheduling.availability.types import Reason

SOFT: Mapping[Reason, str] = {
    Reason.SEGMENT_SUBJECT: "a segment is what links offer, not what may ever be met about",
    Reason.SEGMENT_CHANNEL: "the same for how they meet",
    Reason.RANK: "a rule says which ranks visitors get; staff may know who suits",
    Reason.RANK_THRESHOLD: "it only spares the less senior while somebody senior is free",
    Reason.ADVISOR_OFF: "without online planning only staff book them; never inactive ones",
    Reason.NOT_WORKING: "an advisor may agree to come in; the office must still be open",
    Reason.OUTSIDE_HOURS: "a rule limits the hours that visitors are offered",
    Reason.TOO_SOON: "the notice is time to prepare, and staff can see that it is enough",
    Reason.TOO_FAR: "the horizon keeps visitors from far dates, not staff",
    Reason.DAY_FULL: "a daily maximum is a measure, not a wall",
    Reason.OFF_GRID: "the interval makes a list of times short",
    Reason.NOT_COVERED: "areas say where visitors may ask for a visit",
}
HARD: Mapping[Reason, str] = {
    Reason.SUBJECT_INACTIVE: "the organisation does not do it (any more)",
    Reason.CHANNEL_OFF: "the subject cannot be met about like this, or not at this office",
    Reason.OFFICE_OFF: "there is no such office (any more)",
    Reason.OFFICE_CLOSED: "nobody opens the door",
    Reason.CLOSURE: "nobody opens the door",
    Reason.NOT_CHOSEN: "staff choose the advisor: another one is another booking",
    Reason.NO_EXPERTISE: "the advisor cannot help with it",
    Reason.ABSENT: "the advisor is not there",
    Reason.BUSY: "nobody is in two places at once",
    Reason.BUFFER: "the way or the preparation would be cut; the database holds it free",
    Reason.HELD: "somebody was quicker; it is free again in minutes",
    Reason.PAST: "it is over",
    Reason.CLOCK_CHANGE: "no clock ever shows it",
}


def hard_among(reasons: Iterable[Reason], advisor: AdvisorData) -> list[Reason]:
    """Return the reasons that nobody may overrule, of those against an advisor."""
    return [
        one
        for one in reasons
        if one in HARD or (one == Reason.ADVISOR_OFF and not advisor.is_active)
    ]
