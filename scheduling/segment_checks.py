"""What is wrong with a segment as far as advisors, and links in use, tell."""

from collections.abc import Iterator
from datetime import date, datetime

from directory.catalogue import Catalogue, SubjectData
from directory.choices import Channel
from scheduling.models import Appointment, Flow, StepCount
from scheduling.offering import Choices, choices
from segments.checks import Check, check_segment
from segments.drafts import NEW
from segments.effective import offering_offices
from segments.models import LinkContext
from segments.policy import Policy, SegmentData
from segments.queries import SegmentsData
from segments.wording import ranks_text


def all_checks(
    data: SegmentsData, segment: SegmentData, *, now: datetime
) -> list[Check]:
    """Return everything to mend, faults before hints. One query."""
    found = [
        *check_segment(data, segment, now=now),
        *check_takers(data, segment, now=now),
        *check_use(segment),
    ]
    return sorted(found, key=lambda one: one.is_hint)


def check_takers(
    data: SegmentsData, segment: SegmentData, *, now: datetime
) -> list[Check]:
    """Return the pairs that the segment allows and nobody takes. No query."""
    policy = data.policy([segment.code])
    offer = choices(policy)
    day = now.astimezone(data.catalogue.organisation.zone).date()
    found = []
    for subject in data.catalogue.subjects.values():
        channels = [one for one in Channel if (subject.id, one.value) in policy.pairs]
        missing = [one for one in channels if not offer.allows(subject.id, one.value)]
        if missing:
            found.append(_nobody(policy, subject, channels, missing, day=day))
    return [*found, *_no_areas(offer)]


def check_use(segment: SegmentData) -> list[Check]:
    """Return a hint if no link has ever come with the code. One query, or none.

    A segment that is not saved yet cannot have a link.
    """
    if segment.id == NEW or _is_used(segment.code):
        return []
    return [
        Check(
            "unused",
            f"No link has come with the code {segment.code} so far.",
            "Give the link to those who should use it, or switch the segment off.",
            ("link", segment.id),
            is_hint=True,
        )
    ]


def _nobody(
    policy: Policy,
    subject: SubjectData,
    channels: list[Channel],
    missing: list[Channel],
    *,
    day: date,
) -> Check:
    what = subject.name
    if len(missing) < len(channels):
        what += f" by {' or '.join(str(one.label).lower() for one in missing)}"
    ranks = _allowed_ranks(policy, subject.id, missing, day=day)
    others = _takers_of_any_rank(policy.catalogue, subject.id, missing)
    why = "no bookable advisor takes it at any office"
    if others:
        why = (
            f"the rules allow {ranks_text(ranks)}, and none of the {others} who take it "
            "has such a rank"
            if others > 1
            else f"the rules allow {ranks_text(ranks)}, and the one advisor who takes "
            "it has another rank"
        )
    return Check(
        "no_advisor",
        f"{what} is never shown: {why}.",
        "Give an advisor this expertise, or allow more ranks.",
        ("expertise", subject.id),
    )


def _allowed_ranks(
    policy: Policy, subject_id: int, channels: list[Channel], *, day: date
) -> frozenset[int]:
    return frozenset[int]().union(
        *(
            policy.settings(
                office_id=office.id,
                subject_id=subject_id,
                channel=channel.value,
                day=day,
            ).ranks
            for channel in channels
            for office in offering_offices(policy, subject_id, channel.value)
        )
    )


def _takers_of_any_rank(
    standing: Catalogue, subject_id: int, channels: list[Channel]
) -> int:
    wanted = {channel.value for channel in channels}
    return len(
        {
            row.advisor_id
            for row in standing.expertise_of(subject_id)
            if row.channels & wanted
            and standing.advisors[row.advisor_id].is_bookable
            and standing.offices[row.office_id].is_active
            and any(
                standing.offices[row.office_id].offers(subject_id, channel)
                for channel in row.channels & wanted
            )
        }
    )


def _no_areas(offer: Choices) -> Iterator[Check]:
    for subject in offer.subjects():
        offices = offer.offices_of(subject.id, Channel.ON_LOCATION)
        if offices and not any(office.areas for office in offices):
            yield Check(
                "no_area",
                f"{subject.name} at the customer's place cannot be booked: no office "
                "that offers it has postal areas.",
                "Say where an office goes.",
                ("areas", None),
            )


def _is_used(code: str) -> bool:
    """Tell whether a meeting, a visit or a kept link carries the code. One query."""
    meetings = Appointment.objects.filter(segment_codes__contains=[code])
    visits = Flow.objects.filter(segment_codes__contains=[code])
    steps = StepCount.objects.filter(segment_codes__regex=rf"(^|,){code}(,|$)")
    contexts = LinkContext.objects.filter(parameters__contains=[["segment", code]])
    found = [
        rows.order_by().values_list("pk")[:1] for rows in (visits, steps, contexts)
    ]
    first = meetings.order_by().values_list("pk")[:1]
    return first.union(*found, all=True).exists()
