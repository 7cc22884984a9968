"""Using a flow's hold, whatever it is for; a lost one is claimed anew."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from scheduling.availability.types import Reason
from scheduling.errors import AlreadyBooked, NotReady, SlotTaken
from scheduling.models import Appointment, BusyInterval, Flow
from scheduling.queries import nearest_starts
from scheduling.services.attempts import settle
from scheduling.services.holds import claim_slot, lock_advisors
from scheduling.services.wishes import wish_of

ROUNDS = 3  # an advisor who drops out while another is asked is rare; twice is odd


@dataclass(frozen=True, slots=True)
class HoldLost:
    """The flow holds nothing that can be used; `ignored` while the old hold lives."""

    ignored: frozenset[Reason]


def use_hold(
    flow: Flow,
    work: Callable[[], Appointment | HoldLost],
    *,
    now: datetime,
    client: str,
) -> Appointment:
    """Return what `work` makes of the flow's hold, claimed again when it was lost.

    Raises:
        SlotTaken: nobody can take the start now; carries the nearest three.
        NotReady: no start was chosen.
        Busy, and whatever `work` raises.
    """
    for _round in range(ROUNDS):
        outcome = settle(work)
        if isinstance(outcome, Appointment):
            return outcome
        start = chosen_start(flow)
        try:
            claim_slot(
                flow, start=start, now=now, client=client, ignored=outcome.ignored
            )
        except AlreadyBooked:
            continue  # by a request that ran beside this one
    start = chosen_start(flow)
    raise SlotTaken(alternatives=nearest_starts(wish_of(flow, now=now), start, now=now))


def chosen_start(flow: Flow) -> datetime:
    """Return the start that the visitor chose last, whether or not it is held."""
    start = Flow.objects.values_list("slot", flat=True).filter(pk=flow.pk).first()
    if start is None:
        raise NotReady
    return start


def lock_hold(
    flow: Flow, *, now: datetime, other_advisors: tuple[int, ...] = ()
) -> BusyInterval | None:
    """Return the flow's live hold with its advisor locked, so that nothing moves.

    `other_advisors` are locked too: those whose time the work gives back.
    """
    hold = BusyInterval.objects.filter(flow=flow).first()
    if hold is None:
        return None
    lock_advisors(flow, hold.advisor_id, *other_advisors)
    return BusyInterval.objects.filter(
        flow=flow, is_active=True, expires_at__gt=now
    ).first()
