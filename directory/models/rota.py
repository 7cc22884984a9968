"""When advisors work: week templates, single days, absences."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from directory.choices import Weekday
from directory.history import ConfigurationHistory
from directory.models.base import ChannelsField
from directory.models.people import Advisor
from directory.models.places import Office, closes_after_it_opens
from directory.models.subjects import Subject


class DateSpan(Func):
    """A range of dates with both ends inside; an empty end is open."""

    function = "daterange"
    output_field = DateRangeField()


class WeekTemplate(models.Model):
    """An advisor's week: the default one (no dates), or one for a span of dates."""

    advisor = models.ForeignKey(Advisor, models.CASCADE, related_name="week_templates")
    name = models.CharField(max_length=100, blank=True)
    first_day = models.DateField(
        null=True, blank=True, help_text="Both days empty: the default week."
    )
    last_day = models.DateField(null=True, blank=True)
    history = ConfigurationHistory()

    class Meta:
        ordering = ["advisor", F("first_day").asc(nulls_first=True)]
        constraints = [
            models.UniqueConstraint(
                fields=["advisor"],
                condition=Q(first_day=None),
                name="week_template_one_default",
                violation_error_message="This advisor has a default week already.",
            ),
            models.CheckConstraint(
                condition=Q(first_day=None, last_day=None)
                | Q(first_day__isnull=False, last_day__gte=F("first_day")),
                name="week_template_span",
                violation_error_message="Give both days, in order, or none.",
            ),
            ExclusionConstraint(
                name="week_template_spans_apart",
                expressions=[
                    ("advisor", RangeOperators.EQUAL),
                    (
                        DateSpan(F("first_day"), F("last_day"), Value("[]")),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(first_day__isnull=False),
                violation_error_message="Another week of this advisor has these dates.",
            ),
        ]

    def __str__(self) -> str:
        if self.first_day is None:
            return self.name or "Default week"
        return f"{self.name or 'Week'} {self.first_day} to {self.last_day}"


class DayTemplate(models.Model):
    """What an advisor works on one date instead of the week's template.

    Without blocks the date is off.
    """

    advisor = models.ForeignKey(Advisor, models.CASCADE, related_name="day_templates")
    day = models.DateField()
    history = ConfigurationHistory()

    class Meta:
        ordering = ["advisor", "day"]
        constraints = [
            models.UniqueConstraint(
                fields=["advisor", "day"],
                name="day_template_once",
                violation_error_message="This advisor has this day already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day}"


class Block(models.Model):
    """A stretch of work at an office, in the office's local time, inside one day."""

    starts = models.TimeField()
    ends = models.TimeField(help_text="00:00 is midnight at the end of the day.")
    office = models.ForeignKey(Office, models.CASCADE, related_name="+")
    channels = ChannelsField(blank=True, help_text="None: all channels.")
    subjects = models.ManyToManyField(
        Subject, blank=True, related_name="+", help_text="None: all subjects."
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=closes_after_it_opens("starts", "ends"),
                name="%(class)s_ends_after_it_starts",
                violation_error_message="The end must be after the start.",
            ),
        ]


class WeekBlock(Block):
    """A block of a week template."""

    template = models.ForeignKey(WeekTemplate, models.CASCADE, related_name="blocks")
    weekday = models.PositiveSmallIntegerField(choices=Weekday.choices)
    history = ConfigurationHistory(m2m_fields=["subjects"])

    class Meta(Block.Meta):
        ordering = ["template", "weekday", "starts"]
        constraints = [
            *Block.Meta.constraints,
            models.CheckConstraint(
                condition=Q(weekday__in=Weekday.values), name="week_block_weekday"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.starts:%H:%M}-{self.ends:%H:%M}"


class DayBlock(Block):
    """A block of a single day."""

    template = models.ForeignKey(DayTemplate, models.CASCADE, related_name="blocks")
    history = ConfigurationHistory(m2m_fields=["subjects"])

    class Meta(Block.Meta):
        ordering = ["template", "starts"]

    def __str__(self) -> str:
        return f"{self.starts:%H:%M}-{self.ends:%H:%M}"


class Absence(models.Model):
    """A stretch of time in which an advisor is away, whatever the rota says."""

    advisor = models.ForeignKey(Advisor, models.CASCADE, related_name="absences")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True, help_text="For staff only.")
    is_demo = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["-starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="absence_ends_after_it_starts",
                violation_error_message="The end must be after the start.",
            ),
        ]
        indexes = [models.Index("ends_at", "advisor", name="absence_by_end")]

    def __str__(self) -> str:
        return f"{self.advisor} away from {self.starts_at:%-d %b %H:%M}"
