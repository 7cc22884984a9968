"""Writes of the segment editor: the hours of rules, and copies of segments."""

from collections.abc import Iterable
from datetime import time

from django.db import transaction

from segments.hours import END_OF_DAY
from segments.models import AvailabilityRule, RuleWindow, Segment, SegmentOffer
from segments.settings import Window

HOUR = 60


@transaction.atomic
def write_hours(
    rule: AvailabilityRule, *, kind: RuleWindow.Kind, windows: Iterable[Window]
) -> None:
    """Make these the rule's windows of a kind. Rows that stay are not touched.

    Two queries, and two more for windows that come or go.
    """
    wanted = dict.fromkeys(windows)
    rows = rule.windows.filter(kind=kind).prefetch_related("advisors")
    gone = []
    for row in rows:
        known = window_of(row)
        if known in wanted:
            del wanted[known]
        else:
            gone.append(row.pk)
    if gone:
        RuleWindow.objects.filter(pk__in=gone).delete()
    _add_windows({rule.pk: [(kind, window) for window in wanted]})


@transaction.atomic
def duplicate_segment(segment: Segment, *, code: str, name: str) -> Segment:
    """Return a copy with its offers, rules and windows: inactive, and never the default.

    The same number of queries, however much there is to copy.
    """
    copy = Segment.objects.create(
        code=code,
        name=name,
        description=segment.description,
        is_active=False,
        valid_from=segment.valid_from,
        valid_until=segment.valid_until,
        parent_id=segment.parent_id,
        is_signed_only=segment.is_signed_only,
        sort_order=segment.sort_order,
    )
    SegmentOffer.objects.bulk_create(
        SegmentOffer(
            segment=copy,
            category_id=row.category_id,
            subject_id=row.subject_id,
            channels=row.channels,
            is_excluded=row.is_excluded,
        )
        for row in segment.offers.all()
    )
    old_rules = list(segment.rules.prefetch_related("windows__advisors"))
    new_rules = AvailabilityRule.objects.bulk_create(
        _copy_of(rule, copy) for rule in old_rules
    )
    _add_windows(
        {
            new.pk: [(row.kind, window_of(row)) for row in old.windows.all()]
            for old, new in zip(old_rules, new_rules, strict=True)
        }
    )
    return copy


def window_of(row: RuleWindow) -> Window:
    """Return a window's data. No query when its advisors were fetched."""
    return Window(
        weekday=row.weekday,
        starts=row.starts.hour * HOUR + row.starts.minute,
        ends=row.ends.hour * HOUR + row.ends.minute or END_OF_DAY,
        advisors=frozenset(advisor.pk for advisor in row.advisors.all()),
    )


def _copy_of(rule: AvailabilityRule, segment: Segment) -> AvailabilityRule:
    fields = rule._meta.concrete_fields  # noqa: SLF001 - Django's way to the columns
    columns = {
        field.attname: getattr(rule, field.attname)
        for field in fields
        if not field.primary_key
    }
    return AvailabilityRule(**{**columns, "segment_id": segment.pk})


def _add_windows(added: dict[int, list[tuple[str, Window]]]) -> None:
    wanted = [
        (rule_id, kind, window)
        for rule_id, windows in added.items()
        for kind, window in windows
    ]
    rows = RuleWindow.objects.bulk_create(
        RuleWindow(
            rule_id=rule_id,
            kind=kind,
            weekday=window.weekday,
            starts=_time(window.starts),
            ends=_time(window.ends),
        )
        for rule_id, kind, window in wanted
    )
    chosen = RuleWindow.advisors.through
    chosen.objects.bulk_create(
        chosen(rulewindow_id=row.pk, advisor_id=advisor_id)
        for row, (_, _, window) in zip(rows, wanted, strict=True)
        for advisor_id in sorted(window.advisors)
    )


def _time(minutes: int) -> time:
    return time(minutes % END_OF_DAY // HOUR, minutes % HOUR)
