"""Each reason in two sentences: one for staff, and a safe one for customers.

The customers' sentence never tells a meeting from a hold or an absence, and does not say
that something exists which they may not have.
"""

from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext_lazy as _

from scheduling.availability.types import Reason

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


class Sentences(NamedTuple):
    """What staff and customers are told."""

    staff: "StrPromise"
    customer: "StrPromise"


NOT_OFFERED = _("This cannot be booked here.")
TAKEN = _("This time is taken.")
CLOSED = _("We are closed at this time.")
NOBODY = _("Nobody is available at this time.")
OTHER_ADVISOR = _("This advisor is not available for this meeting.")

SENTENCES: dict[Reason, Sentences] = {
    Reason.SEGMENT_SUBJECT: Sentences(
        _("The segment does not allow this subject."), NOT_OFFERED
    ),
    Reason.SEGMENT_CHANNEL: Sentences(
        _("The segment or the link does not allow this channel for the subject."),
        NOT_OFFERED,
    ),
    Reason.SUBJECT_INACTIVE: Sentences(
        _("The subject or its category is inactive, or customers may not book it."),
        NOT_OFFERED,
    ),
    Reason.CHANNEL_OFF: Sentences(
        _("The subject does not have this channel, or the office has switched it off."),
        NOT_OFFERED,
    ),
    Reason.OFFICE_OFF: Sentences(_("The office is inactive."), NOT_OFFERED),
    Reason.OFFICE_CLOSED: Sentences(
        _("The office is not open during the whole meeting."), CLOSED
    ),
    Reason.CLOSURE: Sentences(_("The office has a closure or public holiday."), CLOSED),
    Reason.ADVISOR_OFF: Sentences(
        _("The advisor is inactive or without online planning."), OTHER_ADVISOR
    ),
    Reason.NOT_CHOSEN: Sentences(_("Another advisor was asked for."), OTHER_ADVISOR),
    Reason.NO_EXPERTISE: Sentences(
        _("The advisor does not take this subject by this channel at this office."),
        OTHER_ADVISOR,
    ),
    Reason.RANK: Sentences(
        _("The rules do not allow advisors of this rank."), OTHER_ADVISOR
    ),
    Reason.RANK_THRESHOLD: Sentences(
        _("An advisor of a better rank is free soon enough (rank thresholds)."), NOBODY
    ),
    Reason.NOT_WORKING: Sentences(
        _("No working hours or extra hours cover the whole meeting."), NOBODY
    ),
    Reason.ABSENT: Sentences(_("The advisor is absent."), TAKEN),
    Reason.BUSY: Sentences(_("The advisor has something else."), TAKEN),
    Reason.BUFFER: Sentences(
        _("Only the time before or after the meeting touches something else."), TAKEN
    ),
    Reason.HELD: Sentences(_("Another visitor holds this time for a moment."), TAKEN),
    Reason.PAST: Sentences(_("The start has passed."), _("This time has passed.")),
    Reason.TOO_SOON: Sentences(
        _("The start is within the minimum notice."),
        _("This time is too soon to be booked online."),
    ),
    Reason.TOO_FAR: Sentences(
        _("The start is after the horizon."),
        _("This time is too far ahead to be booked yet."),
    ),
    Reason.OUTSIDE_HOURS: Sentences(
        _("A rule limits the hours, and the meeting lies outside them."), NOBODY
    ),
    Reason.DAY_FULL: Sentences(
        _("The advisor has reached the daily maximum of meetings."), NOBODY
    ),
    Reason.NOT_COVERED: Sentences(
        _("The office does not visit this postal code."),
        _("We do not visit this address."),
    ),
    Reason.OFF_GRID: Sentences(
        _("The start does not lie on the slot interval."),
        _("Choose one of the times shown."),
    ),
    Reason.CLOCK_CHANGE: Sentences(
        _("This wall-clock time does not exist: the clock goes forward."),
        _("This time does not exist: the clock goes forward."),
    ),
}


def staff_sentence(reason: Reason) -> str:
    """Return what staff are told about a reason, in the current language."""
    return str(SENTENCES[reason].staff)


def customer_sentence(reason: Reason) -> str:
    """Return what a customer may know of a reason, in the current language."""
    return str(SENTENCES[reason].customer)
