"""Segments as they are typed and not yet saved: the same data, made from unsaved rows."""

from collections.abc import Iterable
from dataclasses import replace

from segments.models import AvailabilityRule, Segment, SegmentOffer
from segments.policy import OfferRow, RuleData, SegmentData, Window
from segments.queries import SegmentsData, rule_data

NEW = -1  # a new row's id; further ones count down


def with_segment(
    data: SegmentsData, segment: SegmentData, rules: Iterable[RuleData]
) -> SegmentsData:
    """Return all segments with this one and its own rules as they would be.

    Nothing is kept of it: its policies are its own.
    """
    segments = {**data.segments, segment.id: segment}
    default = data.default
    if segment.is_default:
        default = segment
    elif default is not None and default.id == segment.id:
        default = None
    others = tuple(rule for rule in data.rules if rule.segment_id != segment.id)
    return replace(
        data,
        segments=segments,
        rules=(*others, *rules),
        by_code={one.code: one for one in segments.values()},
        default=default,
    )


def with_rule(data: SegmentsData, rule: RuleData) -> SegmentsData:
    """Return all segments and rules with this rule as it would be."""
    others = tuple(one for one in data.rules if one.id != rule.id)
    return replace(data, rules=(*others, rule))


def without_rule(data: SegmentsData, rule_id: int) -> SegmentsData:
    """Return all segments and rules but this one."""
    return replace(data, rules=tuple(one for one in data.rules if one.id != rule_id))


def segment_from(segment: Segment, offers: Iterable[SegmentOffer]) -> SegmentData:
    """Return the data of a row that may not be saved. No query."""
    return SegmentData(
        id=segment.pk or NEW,
        code=segment.code,
        name=segment.name,
        is_active=segment.is_active,
        valid_from=segment.valid_from,
        valid_until=segment.valid_until,
        parent_id=segment.parent_id,
        is_signed_only=segment.is_signed_only,
        is_default=segment.is_default,
        offers=tuple(
            OfferRow(
                category_id=row.category_id,
                subject_id=row.subject_id,
                channels=frozenset(row.channels),
                is_excluded=row.is_excluded,
            )
            for row in offers
        ),
    )


def rule_from(
    rule: AvailabilityRule,
    *,
    row_id: int,
    segment_id: int | None,
    limits: tuple[Window, ...],
    extras: tuple[Window, ...],
    data: SegmentsData,
) -> RuleData:
    """Return the data of a rule that may not be saved. No query."""
    fields = rule._meta.concrete_fields  # noqa: SLF001 - Django's way to the columns
    row = {field.attname: getattr(rule, field.attname) for field in fields}
    return rule_data(
        {**row, "id": row_id, "segment_id": segment_id},
        limits=limits,
        extras=extras,
        standing=data.catalogue,
        segments=data.segments,
    )
