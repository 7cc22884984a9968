"""What meetings are about, and what is asked beforehand."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from directory.history import ConfigurationHistory
from directory.models.base import ChannelsField, CodedModel, channels_are_known


class Category(CodedModel):
    """A group of subjects, as customers see them."""

    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    is_active = models.BooleanField("active", default=True)
    sort_order = models.PositiveIntegerField(default=0)
    history = ConfigurationHistory()

    class Meta(CodedModel.Meta):
        verbose_name_plural = "categories"
        ordering = ["sort_order", "name"]

    def __str__(self) -> str:
        return self.name


class Subject(CodedModel):
    """What a meeting can be about, and the channels that suit it."""

    category = models.ForeignKey(Category, models.PROTECT, related_name="subjects")
    name = models.CharField(max_length=200)
    description = models.CharField(
        max_length=300, blank=True, help_text="One line below the name."
    )
    instructions = models.TextField(
        "what to bring", blank=True, help_text="Shown and mailed after booking."
    )
    channels = ChannelsField()
    is_segment_only = models.BooleanField(
        "only through a segment",
        default=False,
        help_text="Never offered by a link without a segment.",
    )
    segment_only_channels = ChannelsField(
        verbose_name="channels only through a segment", blank=True
    )
    is_active = models.BooleanField("active", default=True)
    is_customer_facing = models.BooleanField(
        "customers may book it", default=True, help_text="Off: staff only."
    )
    sort_order = models.PositiveIntegerField(default=0)
    history = ConfigurationHistory()

    class Meta(CodedModel.Meta):
        ordering = ["category", "sort_order", "name"]
        constraints = [
            *CodedModel.Meta.constraints,
            models.CheckConstraint(
                condition=channels_are_known("channels")
                & channels_are_known("segment_only_channels"),
                name="subject_channels_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Question(models.Model):
    """A question of a subject's questionnaire."""

    class Kind(models.TextChoices):
        SHORT_TEXT = "short_text", _("Short text")
        LONG_TEXT = "long_text", _("Long text")
        NUMBER = "number", _("Number")
        DATE = "date", _("Date")
        YES_NO = "yes_no", _("Yes or no")
        CHOICE = "choice", _("One of several")
        CHOICES = "choices", _("Some of several")
        EMAIL = "email", _("E-mail address")
        PHONE = "phone", _("Phone number")
        FILE = "file", _("File")

    subject = models.ForeignKey(Subject, models.CASCADE, related_name="questions")
    code = models.CharField(max_length=64)
    label = models.CharField(max_length=300)
    help_text = models.CharField(max_length=500, blank=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    is_required = models.BooleanField("required", default=False)
    minimum = models.DecimalField(
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="Numbers only.",
    )
    maximum = models.DecimalField(
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="Numbers only.",
    )
    max_length = models.PositiveIntegerField(
        null=True, blank=True, help_text="Texts only, in characters."
    )
    sort_order = models.PositiveIntegerField(default=0)
    history = ConfigurationHistory()

    class Meta:
        ordering = ["subject", "sort_order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "code"],
                name="question_code_once",
                violation_error_message="This subject has a question with this code.",
            ),
            models.CheckConstraint(
                condition=Q(code__regex=r"^[A-Za-z0-9_-]{1,64}$"),
                name="question_code_pattern",
                violation_error_message="Use letters, digits, _ and -.",
            ),
        ]

    def __str__(self) -> str:
        return self.label


class QuestionChoice(models.Model):
    """One answer that a choice question allows."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="choices")
    code = models.CharField(max_length=64)
    label = models.CharField(max_length=300)
    sort_order = models.PositiveIntegerField(default=0)
    history = ConfigurationHistory()

    class Meta:
        ordering = ["question", "sort_order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["question", "code"], name="question_choice_once"
            ),
        ]

    def __str__(self) -> str:
        return self.label
