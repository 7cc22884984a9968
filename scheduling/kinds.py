"""The kinds of messages: when each is true, and Parlour's own words for each reader."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from scheduling.models import Appointment, Message
from scheduling.models.appointment import OPEN

Method = Literal["REQUEST", "CANCEL", "PUBLISH"]
Recipient = Message.Recipient
Status = Appointment.Status

REMINDER = "reminder"  # of any code: a message is called `reminder-<code>`

# Circumstances that call for another beginning; more than one may hold.
UNANSWERED = "unanswered"
EDITED = "edited"
RENEWED = "renewed"
TAKEN_OVER = "taken_over"
REQUESTED = "requested"
CIRCUMSTANCES = (UNANSWERED, EDITED, RENEWED, REQUESTED, TAKEN_OVER)


@dataclass(frozen=True, slots=True)
class Words:
    """How a message begins. Texts may use the merge fields of `wordings.FIELDS`."""

    title: Promise
    opening: Promise
    # The first circumstance that holds, in the order of CIRCUMSTANCES, has the say.
    openings: Mapping[str, Promise] = field(default_factory=dict)
    titles: Mapping[str, Promise] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of message: a further kind is a further row of `KINDS`."""

    label: str
    statuses: frozenset[Status]  # of the appointments of which it is true
    method: Method  # of the calendar file that goes along
    words: Mapping[Recipient, Words]

    def method_for(self, recipient: str) -> Method:
        """Return the calendar file's method: a former advisor loses the entry."""
        return "CANCEL" if recipient == Recipient.FORMER_ADVISOR else self.method


def kind_named(name: str) -> Kind | None:
    """Return the kind of a message; all reminders are of one."""
    return KINDS.get(template_kind(name))


def template_kind(name: str) -> str:
    """Return the kind by which staff write words: `reminder` for every reminder."""
    return REMINDER if name.startswith(f"{REMINDER}-") else name


WE_CONFIRM_LATER = _(
    "We have your change and keep the new time for you. It is not confirmed yet: we "
    "confirm the new time in another mail."
)
PLEASE_ANSWER = _(
    "This meeting has changed and needs an answer. Please accept or decline it before "
    "it starts."
)
TAKE_IT_OVER = _("You take over a meeting: {subject} with {person}, {when}")

KINDS: Mapping[str, Kind] = {
    "confirmed": Kind(
        label="Booked",
        statuses=frozenset({Status.CONFIRMED}),
        method="REQUEST",
        words={
            Recipient.CUSTOMER: Words(
                title=_("Your meeting is booked: {subject}, {when}"),
                opening=_("Your meeting is booked. We look forward to seeing you."),
            ),
            Recipient.ADVISOR: Words(
                title=_("New meeting: {subject} with {person}, {when}"),
                opening=_("A new meeting is in your calendar."),
            ),
        },
    ),
    "requested": Kind(
        label="Requested",
        statuses=frozenset({Status.REQUESTED}),
        method="REQUEST",
        words={
            Recipient.CUSTOMER: Words(
                title=_("We have your request: {subject}, {when}"),
                opening=_(
                    "We have your request and keep this time for you. You get another "
                    "mail as soon as we have confirmed it."
                ),
            ),
            Recipient.ADVISOR: Words(
                title=_("New request: {subject} with {person}, {when}"),
                opening=_(
                    "A customer asks for this meeting. Please accept or decline it "
                    "before it starts."
                ),
            ),
        },
    ),
    "accepted": Kind(
        label="Request accepted",
        statuses=frozenset({Status.CONFIRMED}),
        method="REQUEST",
        words={
            Recipient.CUSTOMER: Words(
                title=_("Your meeting is confirmed: {subject}, {when}"),
                opening=_(
                    "We have confirmed your meeting. We look forward to seeing you."
                ),
            ),
            Recipient.ADVISOR: Words(
                title=_("Meeting confirmed: {subject} with {person}, {when}"),
                opening=_("This request is accepted: the meeting takes place."),
            ),
        },
    ),
    "declined": Kind(
        label="Request declined",
        statuses=frozenset({Status.CANCELLED}),
        method="CANCEL",
        words={
            Recipient.CUSTOMER: Words(
                title=_("We cannot meet you at this time: {subject}, {when}"),
                opening=_(
                    "We are sorry: we cannot meet you at this time. Please choose "
                    "another one."
                ),
            ),
            Recipient.ADVISOR: Words(
                title=_("Request declined: {subject} with {person}, {when}"),
                opening=_("This request is declined. The time is free again."),
            ),
        },
    ),
    "changed": Kind(
        label="Changed",
        statuses=frozenset(OPEN),
        method="REQUEST",
        words={
            Recipient.CUSTOMER: Words(
                title=_("Your meeting has changed: {subject}, {when}"),
                titles={
                    RENEWED: _("Your new link: {subject}, {when}"),
                    REQUESTED: _("We have your change: {subject}, {when}"),
                },
                opening=_("Your meeting has changed. This is how it stands now."),
                openings={
                    EDITED: _(
                        "The contact details of your meeting have changed. The meeting "
                        "itself stays the same."
                    ),
                    RENEWED: _(
                        "This mail has a new link to your meeting. Earlier links no "
                        "longer work. The meeting itself stays the same."
                    ),
                    REQUESTED: WE_CONFIRM_LATER,
                },
            ),
            Recipient.ADVISOR: Words(
                title=_("Meeting changed: {subject} with {person}, {when}"),
                titles={TAKEN_OVER: TAKE_IT_OVER},
                opening=_("This meeting has changed. This is how it stands now."),
                openings={
                    EDITED: _(
                        "The customer's contact details have changed. The meeting "
                        "itself stays the same."
                    ),
                    RENEWED: _(
                        "The customer has a new link to this meeting. The meeting "
                        "itself stays the same."
                    ),
                    REQUESTED: PLEASE_ANSWER,
                    TAKEN_OVER: _(
                        "This meeting was a colleague's. It has changed, and you take "
                        "it now."
                    ),
                },
            ),
            Recipient.FORMER_ADVISOR: Words(
                title=_(
                    "Meeting moved to a colleague: {subject} with {person}, {when}"
                ),
                opening=_(
                    "This meeting has changed and a colleague takes it now. Your time "
                    "is free again."
                ),
            ),
        },
    ),
    "reassigned": Kind(
        label="Handed over to another advisor",
        statuses=frozenset(OPEN),
        method="REQUEST",
        words={
            Recipient.CUSTOMER: Words(
                title=_("You meet {person}: {subject}, {when}"),
                opening=_(
                    "Your meeting is now with {person}. Day, time and place stay the "
                    "same."
                ),
            ),
            Recipient.ADVISOR: Words(
                title=TAKE_IT_OVER,
                opening=_("This meeting was a colleague's. You take it now."),
                openings={
                    REQUESTED: _(
                        "This request was a colleague's. Please accept or decline it "
                        "before it starts."
                    )
                },
            ),
            Recipient.FORMER_ADVISOR: Words(
                title=_("Meeting handed over: {subject} with {person}, {when}"),
                opening=_(
                    "A colleague takes this meeting now. Your time is free again."
                ),
            ),
        },
    ),
    "asked": Kind(
        label="Asked to choose another time",
        statuses=frozenset(OPEN),
        method="REQUEST",
        words={
            Recipient.CUSTOMER: Words(
                title=_("Please choose another time: {subject}, {when}"),
                opening=_(
                    "We are sorry: {person} cannot meet you at this time. Please choose "
                    "another time, by the link at the end of this mail. You keep your "
                    "reference and all that you told us."
                ),
            ),
            Recipient.ADVISOR: Words(
                title=_("Another time is asked for: {subject} with {person}, {when}"),
                opening=_(
                    "The customer is asked to choose another time. Until then the "
                    "meeting stays in your calendar."
                ),
            ),
        },
    ),
    "cancelled": Kind(
        label="Cancelled",
        statuses=frozenset({Status.CANCELLED}),
        method="CANCEL",
        words={
            Recipient.CUSTOMER: Words(
                title=_("Your meeting is cancelled: {subject}, {when}"),
                opening=_("This meeting does not take place."),
                openings={
                    UNANSWERED: _(
                        "We are sorry: nobody could confirm this meeting in time. "
                        "Please choose another one."
                    )
                },
            ),
            Recipient.ADVISOR: Words(
                title=_("Meeting cancelled: {subject} with {person}, {when}"),
                opening=_("This meeting is cancelled. The time is free again."),
            ),
        },
    ),
    REMINDER: Kind(
        label="Reminder",
        statuses=frozenset({Status.CONFIRMED}),
        method="REQUEST",
        words={
            Recipient.CUSTOMER: Words(
                title=_("Reminder: {subject}, {when}"),
                opening=_("This is a reminder of your meeting. See you soon."),
            ),
            Recipient.ADVISOR: Words(
                title=_("Reminder: {subject} with {person}, {when}"),
                opening=_("This is a reminder of your meeting."),
            ),
        },
    ),
}
