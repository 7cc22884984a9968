"""Read segments and rules: in one piece, kept in memory by the configuration's version."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q

from directory.catalogue import Catalogue
from directory.queries import catalogue, load_together
from directory.snapshot import end_minutes, minutes
from segments.errors import SegmentRefused
from segments.models import AvailabilityRule, RuleWindow, Segment, SegmentOffer
from segments.policy import (
    Notice,
    OfferRow,
    Policy,
    RuleData,
    SegmentData,
    Window,
    general_policy,
    lineage,
    merged_policy,
    segment_policy,
)

MOST_CODES = 5
KEPT_POLICIES = 500
TRIES = 3
Row = dict[str, Any]


@dataclass(frozen=True, eq=False)
class SegmentsData:
    """All segments and rules, with the standing data of the same version."""

    version: UUID | None
    catalogue: Catalogue
    segments: Mapping[int, SegmentData]
    rules: tuple[RuleData, ...]
    by_code: Mapping[str, SegmentData]
    default: SegmentData | None
    _policies: dict[tuple[tuple[str, ...], bool], Policy] = field(
        default_factory=dict, init=False, repr=False
    )

    def policy(self, codes: Sequence[str], *, is_default_open: bool = True) -> Policy:
        """Return the policy of known codes, or of none. Kept once computed."""
        key = (tuple(sorted(set(codes))), is_default_open)
        known = self._policies.get(key)
        if known is None:
            known = self._compute(*key)
            if len(self._policies) >= KEPT_POLICIES:
                self._policies.clear()
            self._policies[key] = known
        return known

    def _compute(self, codes: tuple[str, ...], is_default_open: bool) -> Policy:
        if not codes:
            return general_policy(
                self.catalogue,
                self.rules,
                default=self.default,
                segments=self.segments,
                is_default_open=is_default_open,
            )
        if len(codes) > 1:
            return merged_policy([self.policy((code,)) for code in codes])
        return segment_policy(
            self.by_code[codes[0]],
            self.segments,
            catalogue=self.catalogue,
            rules=self.rules,
        )


_lock = threading.Lock()
_kept: SegmentsData | None = None


def policy_for(codes: Sequence[str], *, now: datetime, is_signed: bool) -> Policy:
    """Return what a link with these codes offers; no codes: general scheduling.

    One query; three when the configuration has changed. Repeated codes count once.

    Raises:
        SegmentRefused: one of the codes fails, so the link does.
    """
    data = segments_data()
    if len(set(codes)) > MOST_CODES:
        raise SegmentRefused("too_many_segments")
    for code in codes:
        if problem := problem_of(data, code, now=now, is_signed=is_signed):
            raise SegmentRefused(problem, code)
    is_default_open = data.default is None or not problem_of(
        data, data.default.code, now=now, is_signed=is_signed
    )
    return data.policy(codes, is_default_open=is_default_open)


def stored_policy(codes: Sequence[str]) -> Policy:
    """Return what existing appointments with these codes may be changed to.

    Validity, activity and signatures do not matter any more. One query; three when the
    configuration has changed.

    Raises:
        SegmentRefused: a code is gone.
    """
    data = segments_data()
    for code in codes:
        if code not in data.by_code:
            raise SegmentRefused("unknown_segment", code)
    return data.policy(codes)


def segments_data() -> SegmentsData:
    """Return all segments and rules. One query; three when the configuration changed."""
    global _kept  # noqa: PLW0603 - one snapshot a process is the point
    standing = catalogue()
    kept = _kept
    if kept is not None and kept.catalogue is standing:
        return kept
    for _ in range(TRIES):
        version, tables = load_together(_tables())
        if version == standing.version:
            break
        standing = catalogue()  # somebody wrote in between
    loaded = _build(version, tables, standing)
    if version is not None and version == standing.version:
        with _lock:
            _kept = loaded
    return loaded


def problem_of(
    data: SegmentsData, code: str, *, now: datetime, is_signed: bool
) -> str | None:
    """Return why a link with this code would be refused."""
    segment = data.by_code.get(code)
    if segment is None:
        return "unknown_segment"
    if not segment.is_active:
        return "inactive_segment"
    if segment.valid_until and now >= segment.valid_until:
        return "expired_segment"
    if segment.valid_from and now < segment.valid_from:
        return "future_segment"
    is_signed_only = any(s.is_signed_only for s in lineage(segment, data.segments))
    return "unsigned_segment" if is_signed_only and not is_signed else None


def _tables() -> dict[str, Any]:
    advisors = ArrayAgg("advisors", filter=Q(advisors__isnull=False), default=[])
    return {
        "segments": Segment.objects.order_by("sort_order", "code").values(),
        "offers": SegmentOffer.objects.order_by("id").values(),
        "rules": AvailabilityRule.objects.order_by("id").values(),
        "windows": RuleWindow.objects.annotate(advisor_ids=advisors)
        .order_by("weekday", "starts", "id")
        .values("rule_id", "kind", "weekday", "starts", "ends", "advisor_ids"),
    }


def _build(
    version: UUID | None, tables: Mapping[str, list[Row]], standing: Catalogue
) -> SegmentsData:
    offers: dict[int, list[OfferRow]] = {}
    for row in tables["offers"]:
        offers.setdefault(row["segment_id"], []).append(_offer(row))
    segments = {
        row["id"]: _segment(row, offers.get(row["id"], ()))
        for row in tables["segments"]
    }
    windows: dict[int, list[Row]] = {}
    for row in tables["windows"]:
        windows.setdefault(row["rule_id"], []).append(row)
    return SegmentsData(
        version=version,
        catalogue=standing,
        segments=segments,
        rules=tuple(
            rule_data(
                row,
                limits=_windows(windows.get(row["id"], ()), "limit"),
                extras=_windows(windows.get(row["id"], ()), "extra"),
                standing=standing,
                segments=segments,
            )
            for row in tables["rules"]
        ),
        by_code={segment.code: segment for segment in segments.values()},
        default=next((one for one in segments.values() if one.is_default), None),
    )


def _segment(row: Row, offers: Iterable[OfferRow]) -> SegmentData:
    return SegmentData(
        id=row["id"],
        code=row["code"],
        name=row["name"],
        is_active=row["is_active"],
        valid_from=_instant(row["valid_from"]),
        valid_until=_instant(row["valid_until"]),
        parent_id=row["parent_id"],
        is_signed_only=row["is_signed_only"],
        is_default=row["is_default"],
        offers=tuple(offers),
    )


def _offer(row: Row) -> OfferRow:
    return OfferRow(
        category_id=row["category_id"],
        subject_id=row["subject_id"],
        channels=frozenset(row["channels"]),
        is_excluded=row["is_excluded"],
    )


def rule_data(
    row: Row,
    *,
    limits: tuple[Window, ...],
    extras: tuple[Window, ...],
    standing: Catalogue,
    segments: Mapping[int, SegmentData],
) -> RuleData:
    """Return a rule from its columns and windows. Its label is its name or its scope."""
    notice = None
    if row["notice_hours"] is not None or row["notice_working_days"] is not None:
        notice = Notice(row["notice_hours"] or 0, row["notice_working_days"] or 0)
    regular, junior = row["threshold_regular"], row["threshold_junior"]
    return RuleData(
        id=row["id"],
        label=_label(row, standing, segments),
        segment_id=row["segment_id"],
        office_id=row["office_id"],
        subject_id=row["subject_id"],
        category_id=row["category_id"],
        channel=row["channel"] or None,
        valid_from=_day(row["valid_from"]),
        valid_until=_day(row["valid_until"]),
        duration=row["duration"],
        interval=row["interval"],
        buffer_before=row["buffer_before"],
        buffer_after=row["buffer_after"],
        notice=notice,
        horizon=row["horizon"],
        ranks=None if row["ranks"] is None else frozenset(row["ranks"]),
        who_first=row["who_first"] or None,
        thresholds=None if regular is None or junior is None else (regular, junior),
        is_confirmed_automatically=row["is_confirmed_automatically"],
        daily_maximum=row["daily_maximum"],
        deadline_hours=row["deadline_hours"],
        limits=limits or None,
        extras=extras,
        switched_off=frozenset(row["switched_off"]),
    )


def _label(row: Row, standing: Catalogue, segments: Mapping[int, SegmentData]) -> str:
    parts = [
        segments.get(row["segment_id"]),
        standing.offices.get(row["office_id"]),
        standing.subjects.get(row["subject_id"]),
        standing.categories.get(row["category_id"]),
    ]
    scope = [part.code for part in parts if part] + [row["channel"]]
    return row["name"] or " / ".join(filter(None, scope)) or "General"


def _windows(rows: Iterable[Row], kind: str) -> tuple[Window, ...]:
    return tuple(_window(row) for row in rows if row["kind"] == kind)


def _window(row: Row) -> Window:
    return Window(
        weekday=row["weekday"],
        starts=minutes(row["starts"]),
        ends=end_minutes(row["ends"]),
        advisors=frozenset(row["advisor_ids"]),
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _day(day: str | date | None) -> date | None:
    return date.fromisoformat(day) if isinstance(day, str) else day
