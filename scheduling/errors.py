"""What can refuse a change: each error carries a sentence that a visitor may read."""

# The names are the words of the domain (SlotTaken), without a suffix.
# ruff: noqa: N818

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class SchedulingError(Exception):
    """A change was refused and nothing was written."""

    sentence: ClassVar[Text] = _("That is not possible.")

    def __init__(self, message: Text = "") -> None:
        self.words = message or self.sentence
        super().__init__(self.words)

    @property
    def message(self) -> str:
        """Return the sentence in the language that is active now."""
        return str(self.words)

    def __str__(self) -> str:
        return self.message


class FlowGone(SchedulingError):
    """The flow does not exist, or nobody used it for too long."""

    sentence = _("This page is no longer available. Please start again.")


class AlreadyBooked(SchedulingError):
    """The flow has booked: its meeting is changed elsewhere."""

    sentence = _("This meeting is booked already.")


class NotOffered(SchedulingError):
    """The choice lies outside what this flow may have, whoever asks when."""

    sentence = _("This is not available. Please choose something else.")

    def __init__(
        self, message: Text = "", *, alternatives: Sequence[datetime] = ()
    ) -> None:
        self.alternatives = list(alternatives)
        super().__init__(message)


class NotCovered(NotOffered):
    """No office visits that address."""

    sentence = _("We do not visit this address. Please choose another way to meet.")


class SlotTaken(NotOffered):
    """The start is not free (any more); up to three near ones are."""

    sentence = _("Sorry, this time has just been taken. Please choose another one.")


class HoldGone(SchedulingError):
    """There is no live hold to extend."""

    sentence = _("This time is no longer kept for you. Please choose it again.")


class AlreadyExtended(SchedulingError):
    """A hold is extended once."""

    sentence = _("The time was extended already.")


class NotReady(SchedulingError):
    """An earlier step has no answer yet."""

    sentence = _("Please answer the earlier steps first.")


class TooLate(SchedulingError):
    """The deadline for changes by the customer has passed."""

    sentence = _(
        "It is too late to change this meeting online. Please contact the office."
    )


class WrongStatus(SchedulingError):
    """The appointment's status does not allow this."""

    sentence = _("This meeting cannot be changed any more.")


class PhoneNeeded(SchedulingError):
    """A meeting becomes a call and nobody knows the number."""

    sentence = _("Please give a phone number: we call you.")


class NobodyToAsk(SchedulingError):
    """The customer is to be written to, and nobody knows an address."""

    sentence = _("There is no e-mail address to write to. Please call the customer.")


class TooEarly(SchedulingError):
    """Nobody can say how a meeting went that has not started."""

    sentence = _("This meeting has not started yet.")


class Outdated(SchedulingError):
    """Somebody changed the appointment after the page was drawn."""

    sentence = _(
        "This meeting was changed in the meantime. Please look at it again before you "
        "go on."
    )


class ReasonNeeded(SchedulingError):
    """Staff may act after the customer's deadline, but say why."""

    sentence = _("The deadline for changes has passed. Please give a reason.")


class OnlyCancel(NotOffered):
    """A code or the subject is gone: nothing can be offered in its place."""

    sentence = _("This meeting cannot be changed online any more, only cancelled.")


class CodeRefused(SchedulingError):
    """The one-time code is wrong, used or too old."""

    sentence = _("This code is not right, or it is too old.")


class UploadRefused(SchedulingError):
    """The file is not one that may be kept."""

    sentence = _("This file cannot be used.")


class NotYourFile(SchedulingError):
    """Each side of a meeting removes its own files only."""

    sentence = _("Only the side that added a file can remove it.")


class LimitReached(SchedulingError):
    """Too much of it in a short time (429)."""

    sentence = _("That is too many at once. Please try again later.")

    def __init__(self, message: Text = "", *, retry_after: timedelta) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class Busy(SchedulingError):
    """The database could not settle it in time; trying again will help (503)."""

    sentence = _("It is very busy right now. Please try again in a moment.")
    retry_after = timedelta(seconds=5)
