"""What a flow asks of the calendar, judged by what its link may have now."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from directory.choices import Channel
from scheduling.candidates import Wish
from scheduling.errors import NotOffered, NotReady, OnlyCancel
from scheduling.models import BusyInterval, Flow
from scheduling.offering import Choices, choices
from segments.errors import SegmentRefused
from segments.policy import Policy
from segments.queries import policy_for, stored_policy


def policy_of(flow: Flow, *, now: datetime) -> Policy:
    """Return what the flow's segments allow now; a booked meeting's need not be valid.

    Raises:
        NotOffered: a segment has ended, or is not what it was.
        OnlyCancel: the code of a booked meeting is gone.
    """
    if flow.changes_id is not None:
        return policy_of_booked(flow.segment_codes)
    try:
        return policy_for(flow.segment_codes, now=now, is_signed=flow.is_signed)
    except SegmentRefused as error:
        raise NotOffered(
            _("This link is no longer valid. Please start again.")
        ) from error


def policy_of_booked(codes: Sequence[str]) -> Policy:
    """Return what a booked meeting with these codes may be changed to.

    Raises:
        OnlyCancel: a code is gone.
    """
    try:
        return stored_policy(codes)
    except SegmentRefused as error:
        raise OnlyCancel from error


def claim_of(flow: Flow) -> UUID | None:
    """Return the claim of the meeting that a flow changes. One query, or none."""
    if flow.changes_id is None:
        return None
    return (
        BusyInterval.objects.filter(appointment=flow.changes_id)
        .values_list("claim", flat=True)
        .first()
    )


def choices_of(flow: Flow, *, now: datetime) -> Choices:
    """Return what the flow may choose from."""
    return choices(
        policy_of(flow, now=now),
        category_code=flow.category_code,
        channels=tuple(flow.channels),
    )


def wish_of(flow: Flow, *, now: datetime, advisor_id: int | None = None) -> Wish:
    """Return what a flow asks for; with `advisor_id`, of that advisor alone.

    Raises:
        NotReady: subject or place have no answer yet.
        NotOffered: the link may not have what was chosen, or nobody takes it.
    """
    wish = pair_wish(flow, now=now, advisor_id=advisor_id)
    offer = choices(
        wish.policy, category_code=flow.category_code, channels=tuple(flow.channels)
    )
    if not offer.allows(wish.subject_id, wish.channel, wish.office_id):
        raise NotOffered
    return wish


def pair_wish(flow: Flow, *, now: datetime, advisor_id: int | None = None) -> Wish:
    """Return the same when only the segment counts, not who takes it by today's rules."""
    if flow.subject_id is None or not flow.channel or not flow.is_place_answered:
        raise NotReady
    policy = policy_of(flow, now=now)
    if (flow.subject_id, flow.channel) not in policy.pairs:
        raise NotOffered
    is_home_visit = flow.channel == Channel.ON_LOCATION
    return Wish(
        policy=policy,
        subject_id=flow.subject_id,
        channel=flow.channel,
        office_id=flow.office_id,
        postal_code=flow.address.get("postal_code", "") if is_home_visit else None,
        advisor_id=advisor_id or flow.advisor_id,
        advisor_mode=Flow.AdvisorMode.ONLY if advisor_id else flow.advisor_mode,
        flow_id=flow.pk,
        claim=claim_of(flow),
        restricted_channels=tuple(flow.channels),
        country=flow.address.get("country", "") if is_home_visit else "",
    )
