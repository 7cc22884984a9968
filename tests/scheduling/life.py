"""Random lives of meetings: what people do, and what must hold after each of it."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from directory.models import Advisor
from scheduling.management.commands.verify import count_everything
from scheduling.models import Appointment, AppointmentEvent, Flow
from scheduling.services.answering import accept_appointment, decline_appointment
from scheduling.services.asking import ask_for_another_time
from scheduling.services.booking import book
from scheduling.services.cancelling import cancel_appointment
from scheduling.services.changes import confirm_change, start_change
from scheduling.services.closing import (
    complete_appointment,
    mark_no_show,
    reopen_appointment,
)
from scheduling.services.desk import Order, book_for_customer
from scheduling.services.editing import Edits, edit_appointment, renew_link
from scheduling.services.flows import answer_place
from scheduling.services.holds import hold_slot
from scheduling.services.moves import Wanted, move_appointment
from scheduling.services.reassigning import reassign_appointment
from tests.factories import (
    NINE,
    AvailabilityRuleFactory,
    Bank,
    flow_at_time,
    make_bank,
    working_advisor,
)
from tests.scheduling.meetings import MAX

QUARTER = timedelta(minutes=15)
STARTS = [NINE + n * QUARTER for n in range(10)]
CHANNELS = ("video", "phone", "office")
REPLAYED = (
    "status",
    "starts_at",
    "ends_at",
    "channel",
    "office",
    "advisor",
    "revision",
)


def bank_of_three() -> Bank:
    """Return a bank where three advisors share a morning; calls must be accepted."""
    bank = make_bank()
    for code in ("tom-wouters", "lotte-claes"):
        working_advisor(bank.office, bank.subject, code=code)
    AvailabilityRuleFactory(
        subject=bank.subject, channel="phone", is_confirmed_automatically=False
    )
    AvailabilityRuleFactory(subject=bank.subject, channel="office", buffer_after=10)
    return bank


class People:
    """Everybody who has something to do with the bank's meetings."""

    def __init__(self, bank: Bank, dice: random.Random) -> None:
        self.bank = bank
        self.dice = dice
        self.advisors = list(Advisor.objects.values_list("pk", flat=True))

    def deeds(self) -> list[Callable[[datetime], object]]:
        """Return what can be done; each takes the time at which it is done."""
        return [
            self.book_a_new_one,
            self.hold_and_leave,
            self.change,
            self.switch_channel,
            self.move,
            self.cancel,
            self.reassign,
            self.accept,
            self.decline,
            self.close,
            self.miss,
            self.reopen,
            self.edit,
            self.renew,
            self.ask,
            self.book_at_the_desk,
        ]

    def some(self) -> Appointment:
        """Return one of the meetings, as it is now."""
        keys = list(Appointment.objects.order_by("pk").values_list("pk", flat=True))
        if not keys:
            raise LookupError
        return Appointment.objects.get(pk=self.dice.choice(keys))

    def start(self) -> datetime:
        return self.dice.choice(STARTS)

    def held(self, now: datetime) -> Flow:
        walk = flow_at_time(
            self.bank, channel=self.dice.choice(CHANNELS[:2]), created_at=now
        )
        hold_slot(walk, start=self.start(), now=now)
        return walk

    def hold_and_leave(self, now: datetime) -> None:
        self.held(now)

    def book_a_new_one(self, now: datetime) -> None:
        book(self.held(now), details=MAX, now=now)

    def change(self, now: datetime) -> None:
        walk = start_change(self.some(), now=now)
        hold_slot(walk, start=self.start(), now=now)
        confirm_change(walk, now=now)

    def switch_channel(self, now: datetime) -> None:
        meeting = self.some()
        walk = start_change(meeting, now=now)
        channel = self.dice.choice(CHANNELS)
        office = self.bank.office.pk if channel == "office" else None
        answer_place(walk, channel=channel, office_id=office, address={}, now=now)
        hold_slot(walk, start=meeting.starts_at, now=now)
        confirm_change(walk, now=now)

    def move(self, now: datetime) -> None:
        meeting = self.some()
        wanted = Wanted(
            start=self.start(),
            channel=meeting.channel,
            office_id=None,
            advisor_id=self.dice.choice([None, *self.advisors]),
        )
        move_appointment(
            meeting, wanted=wanted, actor="staff", now=now, revision=meeting.revision
        )

    def cancel(self, now: datetime) -> None:
        actor = self.dice.choice(["customer", "staff"])
        cancel_appointment(self.some(), actor=actor, reason="A cold", now=now)

    def reassign(self, now: datetime) -> None:
        advisor_id = self.dice.choice(self.advisors)
        reassign_appointment(self.some(), advisor_id=advisor_id, now=now, user=None)

    def accept(self, now: datetime) -> None:
        accept_appointment(self.some(), now=now, user=None)

    def decline(self, now: datetime) -> None:
        decline_appointment(self.some(), reason="", now=now, user=None)

    def close(self, now: datetime) -> None:
        complete_appointment(self.some(), outcome="Done", now=now, user=None)

    def miss(self, now: datetime) -> None:
        mark_no_show(self.some(), now=now, user=None)

    def reopen(self, now: datetime) -> None:
        reopen_appointment(self.some(), now=now, user=None)

    def edit(self, now: datetime) -> None:
        phone = f"+3247{self.dice.randrange(10)}000000"
        edits = Edits(phone=phone, remarks=f"Remark {self.dice.randrange(5)}")
        edit_appointment(self.some(), edits=edits, actor="customer", now=now)

    def renew(self, now: datetime) -> None:
        renew_link(self.some(), actor="staff", now=now)

    def ask(self, now: datetime) -> None:
        ask_for_another_time(self.some(), now=now, user=None, reason="Ill")

    def book_at_the_desk(self, now: datetime) -> None:
        order = Order(
            key=f"desk-{self.dice.randrange(10**16):017}",
            segment_codes=(),
            subject_id=self.bank.subject.pk,
            channel=self.dice.choice(CHANNELS[:2]),
            start=self.start(),
            details=MAX,
            advisor_id=self.dice.choice([None, *self.advisors]),
        )
        book_for_customer(order, now=now, user=None)


def check_everything(*, now: datetime) -> None:
    """Assert what holds whatever was done, in whatever order."""
    counts = count_everything(now=now)
    assert counts["faults"] == 0, counts
    for meeting in Appointment.objects.prefetch_related("events"):
        check_history(meeting)


def check_history(meeting: Appointment) -> None:
    """Assert that the history tells the whole life, and that revisions only rise."""
    events = sorted(meeting.events.all(), key=lambda event: event.pk)
    assert events[0].kind == "booked"
    state = {**events[0].new, "revision": 0}
    for event in events[1:]:
        for name in REPLAYED:
            if name in event.new and name in state:
                assert state[name] == event.old[name], (event.kind, name)
        if "revision" in event.new:
            assert event.new["revision"] == state["revision"] + 1
        assert is_told(event) == ("revision" in event.new), event.kind
        state |= event.new
    now = {
        "status": meeting.status,
        "starts_at": meeting.starts_at.isoformat(),
        "channel": meeting.channel,
        "office": meeting.office_id,
        "advisor": meeting.advisor_id,
        "revision": meeting.revision,
    }
    assert {name: state[name] for name in now} == now


def is_told(event: AppointmentEvent) -> bool:
    """Tell whether people hear of such a change: then the revision rises."""
    if event.kind == "edited":
        return bool({"email", "phone"} & event.new.keys())
    if event.kind == "link_renewed":
        return "revision" in event.new  # a meeting that is over needs no mail
    return event.kind not in {"completed", "no_show", "reopened"}


def try_to(deed: Callable[[datetime], object], now: datetime, *refusals: type) -> None:
    """Do something; that it is refused is a result like another."""
    try:
        partial(deed, now)()
    except (LookupError, *refusals):
        pass
