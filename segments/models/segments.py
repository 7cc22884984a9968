"""Who may book what: lead segments and their offers."""

from django.db import models
from django.db.models import Q

from directory.history import ConfigurationHistory
from directory.models import Category, Subject
from directory.models.base import ChannelsField, CodedModel, channels_are_known


class Segment(CodedModel):
    """A lead segment: a code that links carry, and what it lets a visitor schedule."""

    name = models.CharField(max_length=200)
    description = models.TextField(blank=True, help_text="For staff.")
    is_active = models.BooleanField("active", default=True)
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        help_text="Starts from the parent's offers and rules.",
    )
    is_signed_only = models.BooleanField(
        "signed links only",
        default=False,
        help_text="Holds for this segment and every segment below it.",
    )
    is_default = models.BooleanField(
        "for links without a segment",
        default=False,
        help_text="At most one: general scheduling then offers what this segment does.",
    )
    sort_order = models.PositiveIntegerField(default=0)
    history = ConfigurationHistory()

    class Meta(CodedModel.Meta):
        ordering = ["sort_order", "code"]
        constraints = [
            *CodedModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["is_default"],
                condition=Q(is_default=True),
                name="segment_one_default",
                violation_error_message="Another segment is the default one.",
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None)
                | Q(valid_until=None)
                | Q(valid_until__gt=models.F("valid_from")),
                name="segment_validity_in_order",
                violation_error_message="The validity must end after it begins.",
            ),
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=models.F("pk")),
                name="segment_not_its_own_parent",
                violation_error_message="A segment cannot be its own parent.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} ({self.name})"


class SegmentOffer(models.Model):
    """One row of what a segment allows: a category or a subject, all or some channels."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="offers")
    category = models.ForeignKey(
        Category, models.CASCADE, null=True, blank=True, related_name="+"
    )
    subject = models.ForeignKey(
        Subject, models.CASCADE, null=True, blank=True, related_name="+"
    )
    channels = ChannelsField(blank=True, help_text="None: all that the subject has.")
    is_excluded = models.BooleanField("excluded", default=False)
    history = ConfigurationHistory()

    class Meta:
        ordering = ["segment", "category", "subject"]
        constraints = [
            models.CheckConstraint(
                condition=Q(category=None) ^ Q(subject=None),
                name="segment_offer_category_or_subject",
                violation_error_message="Choose either a category or a subject.",
            ),
            models.UniqueConstraint(
                fields=["segment", "category"],
                name="segment_offer_category_once",
                violation_error_message="This category has a row already.",
            ),
            models.UniqueConstraint(
                fields=["segment", "subject"],
                name="segment_offer_subject_once",
                violation_error_message="This subject has a row already.",
            ),
            models.CheckConstraint(
                condition=channels_are_known("channels"),
                name="segment_offer_channels_known",
            ),
        ]

    def __str__(self) -> str:
        what = self.subject or self.category
        if self.is_excluded:
            return f"{what}: excluded"
        return f"{what}: {', '.join(self.channels) or 'all channels'}"
