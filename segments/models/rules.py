"""Availability rules: scoped settings, each blank, a value or explicitly off."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from directory.choices import Channel, Rank, Weekday
from directory.history import ConfigurationHistory
from directory.models import Advisor, Category, Office, Subject
from directory.models.places import closes_after_it_opens
from directory.models.rota import DateSpan
from segments.models.segments import Segment


class AvailabilityRule(models.Model):
    """Settings for a scope. An empty part of the scope matches everything.

    A setting without a value is inherited from the next, less specific rule; one named in
    `switched_off` is explicitly none: no buffer, no notice, all ranks, no threshold, no
    daily maximum, no deadline, no limit, and no extra windows of less specific rules.
    """

    class WhoFirst(models.TextChoices):
        SENIOR = "senior", "Senior advisors first"
        JUNIOR = "junior", "Junior advisors first"
        BALANCED = "balanced", "No regard to rank"

    class Switchable(models.TextChoices):
        BUFFER_BEFORE = "buffer_before", "Buffer before"
        BUFFER_AFTER = "buffer_after", "Buffer after"
        NOTICE = "notice", "Minimum notice"
        RANKS = "ranks", "Restriction of ranks"
        THRESHOLDS = "thresholds", "Rank thresholds"
        DAILY_MAXIMUM = "daily_maximum", "Daily maximum"
        DEADLINE = "deadline", "Change and cancel deadline"
        LIMIT = "limit", "Limit windows"
        EXTRA = "extra", "Extra windows of broader rules"

    name = models.CharField(max_length=200, blank=True, help_text="For staff.")
    segment = models.ForeignKey(
        Segment, models.CASCADE, null=True, blank=True, related_name="rules"
    )
    office = models.ForeignKey(
        Office, models.CASCADE, null=True, blank=True, related_name="+"
    )
    subject = models.ForeignKey(
        Subject, models.CASCADE, null=True, blank=True, related_name="+"
    )
    category = models.ForeignKey(
        Category, models.CASCADE, null=True, blank=True, related_name="+"
    )
    channel = models.CharField(max_length=20, choices=Channel.choices, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True, help_text="Included.")

    duration = models.PositiveIntegerField(null=True, blank=True, help_text="Minutes.")
    interval = models.PositiveIntegerField(
        "slot interval", null=True, blank=True, help_text="Minutes."
    )
    buffer_before = models.PositiveIntegerField(
        null=True, blank=True, help_text="Minutes."
    )
    buffer_after = models.PositiveIntegerField(
        null=True, blank=True, help_text="Minutes."
    )
    notice_hours = models.PositiveIntegerField(null=True, blank=True)
    notice_working_days = models.PositiveIntegerField(null=True, blank=True)
    horizon = models.PositiveIntegerField(
        null=True, blank=True, help_text="Days ahead; the last one is included."
    )
    ranks = ArrayField(
        models.PositiveSmallIntegerField(choices=Rank.choices),
        null=True,
        blank=True,
        verbose_name="advisor ranks allowed",
    )
    who_first = models.CharField(max_length=20, choices=WhoFirst.choices, blank=True)
    threshold_regular = models.PositiveIntegerField(
        "threshold T1",
        null=True,
        blank=True,
        help_text="Regular advisors only when seniors have nothing for so many days.",
    )
    threshold_junior = models.PositiveIntegerField(
        "threshold T2",
        null=True,
        blank=True,
        help_text="Junior advisors only when nobody else has anything for so many days.",
    )
    is_confirmed_automatically = models.BooleanField(
        "automatic confirmation", null=True, blank=True
    )
    daily_maximum = models.PositiveIntegerField(
        null=True, blank=True, help_text="Meetings per advisor and day."
    )
    deadline_hours = models.PositiveIntegerField(
        "change and cancel deadline",
        null=True,
        blank=True,
        help_text="Hours before the start.",
    )
    switched_off = ArrayField(
        models.CharField(max_length=20, choices=Switchable.choices),
        default=list,
        blank=True,
        help_text="Settings that are explicitly none, whatever broader rules say.",
    )
    history = ConfigurationHistory()

    class Meta:
        ordering = ["segment", "office", "subject", "category", "channel", "pk"]
        constraints = [
            ExclusionConstraint(
                name="rule_scope_once",
                expressions=[
                    (Coalesce("segment_id", Value(0)), RangeOperators.EQUAL),
                    (Coalesce("office_id", Value(0)), RangeOperators.EQUAL),
                    (Coalesce("subject_id", Value(0)), RangeOperators.EQUAL),
                    (Coalesce("category_id", Value(0)), RangeOperators.EQUAL),
                    ("channel", RangeOperators.EQUAL),
                    (
                        DateSpan(F("valid_from"), F("valid_until"), Value("[]")),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_message="Another rule has the same scope at that time.",
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None)
                | Q(valid_until=None)
                | Q(valid_until__gte=F("valid_from")),
                name="rule_validity_in_order",
                violation_error_message="The last day must not be before the first.",
            ),
            models.CheckConstraint(
                condition=Q(duration=None) | Q(duration__gte=5, duration__lte=720),
                name="rule_duration_range",
                violation_error_message="A meeting takes 5 to 720 minutes.",
            ),
            models.CheckConstraint(
                condition=Q(interval=None) | Q(interval__gte=5, interval__lte=1440),
                name="rule_interval_range",
                violation_error_message="The slot interval is 5 to 1440 minutes.",
            ),
            models.CheckConstraint(
                condition=(Q(buffer_before=None) | Q(buffer_before__lte=720))
                & (Q(buffer_after=None) | Q(buffer_after__lte=720)),
                name="rule_buffer_range",
                violation_error_message="A buffer takes at most 720 minutes.",
            ),
            models.CheckConstraint(
                condition=Q(horizon=None) | Q(horizon__lte=730),
                name="rule_horizon_range",
                violation_error_message="The horizon is at most 730 days.",
            ),
            models.CheckConstraint(
                condition=Q(notice_hours=None) | Q(notice_working_days=None),
                name="rule_notice_in_one_unit",
                violation_error_message="Give the notice in hours or in working days.",
            ),
            models.CheckConstraint(
                condition=Q(threshold_regular=None, threshold_junior=None)
                | Q(
                    threshold_regular__isnull=False,
                    threshold_junior__isnull=False,
                    threshold_junior__gte=F("threshold_regular"),
                ),
                name="rule_thresholds_in_order",
                violation_error_message="Give both thresholds, T1 not above T2.",
            ),
            models.CheckConstraint(
                condition=Q(ranks=None)
                | Q(ranks__contained_by=list(Rank.values), ranks__len__gte=1),
                name="rule_ranks_known",
                violation_error_message="Choose at least one rank.",
            ),
        ]

    def __str__(self) -> str:
        scope = (
            self.segment and self.segment.code,
            self.office,
            self.subject,
            self.category,
            self.channel,
        )
        return self.name or " / ".join(str(part) for part in scope if part) or "General"


class RuleWindow(models.Model):
    """Hours of a rule, in the office's local time, inside one day."""

    class Kind(models.TextChoices):
        LIMIT = "limit", "Limit to"
        EXTRA = "extra", "Extra"

    rule = models.ForeignKey(AvailabilityRule, models.CASCADE, related_name="windows")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    weekday = models.PositiveSmallIntegerField(choices=Weekday.choices)
    starts = models.TimeField()
    ends = models.TimeField(help_text="00:00 is midnight at the end of the day.")
    advisors = models.ManyToManyField(
        Advisor, blank=True, related_name="+", help_text="Extra hours only; none: all."
    )
    history = ConfigurationHistory(m2m_fields=["advisors"])

    class Meta:
        ordering = ["rule", "kind", "weekday", "starts"]
        constraints = [
            models.CheckConstraint(
                condition=closes_after_it_opens("starts", "ends"),
                name="rule_window_ends_after_it_starts",
                violation_error_message="The end must be after the start.",
            ),
            models.CheckConstraint(
                condition=Q(weekday__in=Weekday.values), name="rule_window_weekday"
            ),
        ]

    def __str__(self) -> str:
        return (
            f"{self.get_kind_display()} {self.get_weekday_display()} "
            f"{self.starts:%H:%M}-{self.ends:%H:%M}"
        )
