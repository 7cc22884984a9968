"""The one table of taken time, and the constraint that ends every race."""

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import (
    DateTimeRangeField,
    RangeBoundary,
    RangeOperators,
)
from django.db import models
from django.db.models import F, Func, Q

from directory.models import Advisor
from scheduling.models.appointment import Appointment
from scheduling.models.flow import Flow

NO_OVERLAP = "busy_advisor_no_overlap"


class TimeSpan(Func):
    """A half-open range of instants."""

    function = "tstzrange"
    output_field = DateTimeRangeField()


class BusyInterval(models.Model):
    """Time of an advisor that is taken, buffers included.

    `starts_at`/`ends_at` bound the blocked time; the meeting itself lies inside, between
    `meeting_starts_at` and `meeting_ends_at`. Rows with the same claim may overlap: a
    change's hold and the appointment that it changes. Imported events may overlap each
    other, so the constraint leaves them out; the engine does not.
    """

    class Kind(models.TextChoices):
        HOLD = "hold"
        APPOINTMENT = "appointment"
        IMPORTED = "imported"

    advisor = models.ForeignKey(Advisor, models.CASCADE, related_name="busy_intervals")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    meeting_starts_at = models.DateTimeField()
    meeting_ends_at = models.DateTimeField()
    claim = models.UUIDField(default=uuid.uuid4)
    is_active = models.BooleanField(default=True)
    flow = models.OneToOneField(
        Flow, models.CASCADE, null=True, blank=True, related_name="hold"
    )
    office_id_held = models.BigIntegerField(
        null=True, blank=True, help_text="The office a hold was made for."
    )
    assignment = models.JSONField(
        default=dict,
        help_text="Why a hold took this advisor: kept until the meeting is booked.",
    )
    expires_at = models.DateTimeField(null=True, blank=True)
    is_extended = models.BooleanField(default=False)
    client = models.CharField(
        max_length=64, blank=True, help_text="Whose hold: the hashed address."
    )
    appointment = models.OneToOneField(
        Appointment, models.CASCADE, null=True, blank=True, related_name="busy"
    )
    uid = models.CharField(
        max_length=255, blank=True, help_text="Imported events only."
    )

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            ExclusionConstraint(
                name=NO_OVERLAP,
                expressions=[
                    ("advisor", RangeOperators.EQUAL),
                    (
                        TimeSpan(F("starts_at"), F("ends_at"), RangeBoundary()),
                        RangeOperators.OVERLAPS,
                    ),
                    ("claim", RangeOperators.NOT_EQUAL),
                ],
                condition=Q(is_active=True) & ~Q(kind="imported"),
            ),
            models.CheckConstraint(
                condition=Q(
                    starts_at__lte=F("meeting_starts_at"),
                    meeting_starts_at__lt=F("meeting_ends_at"),
                    meeting_ends_at__lte=F("ends_at"),
                ),
                name="busy_meeting_inside_blocked_time",
            ),
            models.CheckConstraint(
                condition=Q(kind="hold", flow__isnull=False, appointment=None)
                & Q(expires_at__isnull=False)
                | Q(kind="appointment", flow=None, appointment__isnull=False)
                | Q(kind="imported", flow=None, appointment=None),
                name="busy_kind_names_its_owner",
            ),
        ]
        indexes = [
            models.Index(
                "starts_at",
                "advisor",
                name="busy_by_start",
                include=["ends_at"],
                condition=Q(is_active=True),
            ),
            models.Index(
                "advisor",
                "starts_at",
                name="busy_by_advisor",
                condition=Q(is_active=True),
            ),
            # Imported events last as long as they like, so their start bounds nothing.
            models.Index(
                "ends_at",
                "advisor",
                name="busy_imported_by_end",
                condition=Q(is_active=True, kind="imported"),
            ),
            models.Index(
                "client",
                name="busy_by_client",
                condition=Q(is_active=True, kind="hold"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.starts_at:%-d %b %H:%M}-{self.ends_at:%H:%M}"
