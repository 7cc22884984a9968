"""One visitor's walk through the wizard."""

import secrets

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from directory.choices import Channel
from directory.models import Advisor, Customer, Office, Subject
from directory.models.base import ChannelsField


def new_flow_id() -> str:
    """Return 132 random bits: knowing a flow's address is the permission to use it."""
    return secrets.token_urlsafe(17)[:22]


class Flow(models.Model):
    """What a link passed in, and what the visitor answered so far."""

    class AdvisorMode(models.TextChoices):
        PREFER = "prefer"
        ONLY = "only"

    id = models.CharField(primary_key=True, max_length=22, default=new_flow_id)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField()

    # What the link said. It does not change.
    segment_codes = ArrayField(models.CharField(max_length=255), default=list)
    is_signed = models.BooleanField(default=False)
    locked = ArrayField(models.CharField(max_length=64), default=list)
    category_code = models.CharField(max_length=255, blank=True)
    channels = ChannelsField(help_text="A restriction by the link; none: all.")
    prefill = models.JSONField(default=dict, help_text="Field name -> text.")
    question_prefill = models.JSONField(
        default=dict, help_text="Question code -> text."
    )
    metadata = models.JSONField(default=dict)
    attribution = models.JSONField(default=dict)
    return_url = models.CharField(max_length=2000, blank=True)
    opens_on = models.DateField(null=True, blank=True)
    language = models.CharField(max_length=5, blank=True)
    link_zone = models.CharField(max_length=64, blank=True)
    chosen_zone = models.CharField(max_length=64, blank=True)
    notices = models.JSONField(default=list, help_text="Codes of neutral sentences.")
    ignored_parameters = models.PositiveIntegerField(default=0)
    verified_customer = models.ForeignKey(
        Customer,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Known by the portal, a signed customer number or staff.",
    )
    needs_sign_in = models.BooleanField(default=False)

    # What the visitor chose, or the link chose for them.
    preset = ArrayField(
        models.CharField(max_length=20),
        default=list,
        help_text="Answers that came with the link: subject, channel, office, advisor.",
    )
    subject = models.ForeignKey(
        Subject, models.CASCADE, null=True, blank=True, related_name="+"
    )
    channel = models.CharField(max_length=20, choices=Channel.choices, blank=True)
    office = models.ForeignKey(
        Office, models.CASCADE, null=True, blank=True, related_name="+"
    )
    is_place_answered = models.BooleanField(
        default=False, help_text="Tells 'any office' from 'not asked yet'."
    )
    address = models.JSONField(
        default=dict, help_text="street, postal_code, city, country"
    )
    advisor = models.ForeignKey(
        Advisor, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    advisor_mode = models.CharField(
        max_length=10, choices=AdvisorMode.choices, default=AdvisorMode.PREFER
    )
    slot = models.DateTimeField(null=True, blank=True)
    answers = models.JSONField(default=dict, help_text="Question code -> answer.")
    are_questions_answered = models.BooleanField(default=False)
    details = models.JSONField(default=dict, help_text="Step five as typed.")

    # A walk that changes a booked meeting instead of booking one.
    changes = models.ForeignKey(
        "scheduling.Appointment",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="change_flows",
        help_text="The meeting that this walk changes.",
    )
    changes_revision = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="What the visitor saw: a later change of the meeting ends this walk.",
    )

    # How it went on.
    reached_steps = ArrayField(
        models.CharField(max_length=20),
        default=list,
        help_text="Steps that were counted: a flow counts once for each.",
    )
    resume_hash = models.CharField(max_length=64, blank=True)
    resume_expires_at = models.DateTimeField(null=True, blank=True)
    resume_count = models.PositiveSmallIntegerField(default=0)
    is_booked = models.BooleanField(default=False)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(changes=None, changes_revision=None)
                | Q(changes__isnull=False, changes_revision__isnull=False),
                name="flow_knows_what_it_changes",
            )
        ]
        indexes = [
            models.Index("last_used_at", name="flow_last_used"),
            models.Index(
                "resume_hash", name="flow_resume", condition=~Q(resume_hash="")
            ),
        ]

    def __str__(self) -> str:
        return f"Flow of {self.created_at:%-d %b %H:%M}"


class StepCount(models.Model):
    """How many flows reached a step on a day. No personal data; kept when flows go."""

    day = models.DateField()
    step = models.CharField(max_length=20)
    segment_codes = models.CharField(max_length=1500, blank=True)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-day", "step"]
        constraints = [
            models.UniqueConstraint(
                fields=["day", "step", "segment_codes"], name="step_count_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.step}: {self.count}"


class PostCount(models.Model):
    """How many posts an address (hashed) made in a window of time: the rate limit."""

    key = models.CharField(max_length=64)
    window_start = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["key", "window_start"], name="post_count_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.count} since {self.window_start:%H:%M}"
