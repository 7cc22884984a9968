"""Causes in segments: the offer row, the segment without one, the subject kept to segments."""

from collections.abc import Iterator

from scheduling.availability.types import Reason
from scheduling.candidates import Wish
from scheduling.causes.rows import Rows
from scheduling.causes.standing import channel_name
from scheduling.causes.types import Cause, row
from segments.models import SegmentOffer
from segments.policy import Policy, SegmentData, lineage
from segments.queries import problem_of

PROBLEMS = {
    "inactive_segment": "inactive",
    "expired_segment": "its validity has ended",
    "future_segment": "its validity has not begun",
    "unsigned_segment": "signed links only",
}


def segment_causes(reason: Reason, wish: Wish, rows: Rows) -> Iterator[Cause]:
    """Yield what keeps the subject, or the channel for it, out of each code's offer."""
    for policy in wish.policy.singles or (wish.policy,):
        if _refuses(policy, wish, reason):
            for code in policy.codes:
                segment = rows.segments.by_code[code]
                yield from _row_of(segment, wish, rows)
            if not policy.codes:
                yield from _general(reason, wish, rows)


def _refuses(policy: Policy, wish: Wish, reason: Reason) -> bool:
    allowed = policy.allowed.get(wish.subject_id)
    if reason == Reason.SEGMENT_SUBJECT:
        return allowed is None
    return allowed is not None and wish.channel not in allowed


def _general(reason: Reason, wish: Wish, rows: Rows) -> Iterator[Cause]:
    """Yield what keeps a subject out of links without a segment."""
    subject = rows.subject
    if reason == Reason.SEGMENT_SUBJECT and subject.is_segment_only:
        text = f"{subject.name}: only through a segment"
        yield row("directory.subject", subject.pk, text)
    if wish.channel in subject.segment_only_channels:
        text = f"{subject.name}: {channel_name(wish.channel)} only through a segment"
        yield row("directory.subject", subject.pk, text)
    default = rows.segments.default
    if default is None:
        return
    yield from _row_of(default, wish, rows)
    data = rows.segments
    if problem := problem_of(data, default.code, now=rows.now, is_signed=True):
        text = f"Default segment {default.code}: {PROBLEMS[problem]}"
        yield row("segments.segment", default.id, text)
    for link in lineage(default, data.segments):
        if link.is_signed_only:
            text = f"Segment {link.code}, default or above it: signed links only"
            yield row("segments.segment", link.id, text)


def _row_of(segment: SegmentData, wish: Wish, rows: Rows) -> Iterator[Cause]:
    """Yield the offer row that does not allow it; without a row, the segment."""
    offer = effective_row(segment, rows)
    if offer is None:
        text = f"Segment {segment.code}: no offer for {rows.subject.name}"
        yield row("segments.segment", segment.id, text)
        return
    is_named = not offer.channels or wish.channel in offer.channels
    if offer.is_excluded or not is_named:
        owner = rows.segments.segments[offer.segment_id].code
        yield row(
            "segments.segmentoffer", offer.pk, f"Segment {owner}: {_text(offer, rows)}"
        )


def effective_row(segment: SegmentData, rows: Rows) -> SegmentOffer | None:
    """Return the nearest row: the segment's own first, a subject's before its category's."""
    for link in lineage(segment, rows.segments.segments):
        if own := rows.offers.get(link.id):
            return own[0]
    return None


def _text(offer: SegmentOffer, rows: Rows) -> str:
    subject = rows.subject
    what = subject.name if offer.subject_id else f"category {subject.category.name}"
    if offer.is_excluded:
        return f"{what} is excluded"
    names = ", ".join(channel_name(one) for one in offer.channels)
    return f"{what} only by {names or 'all channels'}"
