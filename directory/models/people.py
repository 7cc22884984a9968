"""Users, customers and advisors."""

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from phonenumber_field.modelfields import PhoneNumberField

from directory.choices import Channel, Language, Rank
from directory.models.base import ChannelsField, CodedModel, channels_are_known
from directory.models.places import Office
from directory.models.subjects import Subject


class User(AbstractUser):
    """Someone who signs in: staff, or a customer of the portal."""

    is_demo = models.BooleanField(
        default=False,
        help_text="A sign-in of the demo bank: refused unless the site runs as a demo.",
    )
    managed_offices = models.ManyToManyField(
        Office,
        blank=True,
        related_name="managers",
        help_text="The offices that an office manager runs. The role itself is a group.",
    )


class Advisor(CodedModel):
    """An employee who takes meetings."""

    user = models.OneToOneField(
        User, models.SET_NULL, null=True, blank=True, related_name="advisor"
    )
    first_name = models.CharField(max_length=100)
    last_name = models.CharField(max_length=100)
    role = models.CharField(
        max_length=100, blank=True, help_text="Shown to customers: Mortgage advisor."
    )
    email = models.EmailField(blank=True)
    phone = PhoneNumberField(blank=True)
    languages = ArrayField(
        models.CharField(max_length=5, choices=Language.choices),
        default=list,
        blank=True,
        help_text="Shown to customers, and used to break a tie; they never filter.",
    )
    portrait = models.CharField(
        max_length=200, blank=True, help_text="A picture below static/: img/eva.svg."
    )
    introduction = models.TextField(blank=True)
    is_active = models.BooleanField("active", default=True)
    is_online_planning = models.BooleanField(
        "online planning", default=True, help_text="Customers may book this advisor."
    )

    class Meta(CodedModel.Meta):
        ordering = ["last_name", "first_name"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


class Expertise(models.Model):
    """What an advisor takes at an office: a subject, by which channels, how senior."""

    advisor = models.ForeignKey(Advisor, models.CASCADE, related_name="expertise")
    office = models.ForeignKey(Office, models.CASCADE, related_name="expertise")
    subject = models.ForeignKey(Subject, models.CASCADE, related_name="expertise")
    channels = ChannelsField()
    rank = models.PositiveSmallIntegerField(choices=Rank.choices, default=Rank.REGULAR)

    class Meta:
        verbose_name_plural = "expertise"
        ordering = ["advisor", "subject"]
        constraints = [
            models.UniqueConstraint(
                fields=["advisor", "office", "subject"],
                name="expertise_once",
                violation_error_message="This advisor has this subject at this office.",
            ),
            models.CheckConstraint(
                condition=models.Q(rank__in=Rank.values), name="expertise_rank_known"
            ),
            models.CheckConstraint(
                condition=channels_are_known("channels"),
                name="expertise_channels_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.advisor}: {self.subject} at {self.office}"


class Customer(models.Model):
    """Someone who meets the organisation.

    A booking without a verified identity makes a *provisional* customer: what was typed
    is a claim, and staff decide whether it is somebody known (`may_be`).
    """

    user = models.OneToOneField(
        User, models.SET_NULL, null=True, blank=True, related_name="customer"
    )
    customer_number = models.CharField(max_length=100, blank=True)
    first_name = models.CharField(max_length=500, blank=True)
    last_name = models.CharField(max_length=500, blank=True)
    email = models.EmailField(max_length=500, blank=True)
    phone = models.CharField(max_length=500, blank=True)
    company = models.CharField(max_length=500, blank=True)
    language = models.CharField(
        max_length=5, choices=Language.choices, default=Language.ENGLISH
    )
    segment_codes = ArrayField(
        models.CharField(max_length=255),
        default=list,
        blank=True,
        help_text="Lead segments that the customer's own portal links carry.",
    )
    preferred_office = models.ForeignKey(
        Office, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    preferred_advisor = models.ForeignKey(
        Advisor, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    preferred_channel = models.CharField(
        max_length=20, choices=Channel.choices, blank=True
    )
    is_provisional = models.BooleanField(
        default=False, help_text="Made by a booking whose identity nobody has verified."
    )
    may_be = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="lookalikes",
        verbose_name="may be the same as",
    )
    is_demo = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["last_name", "first_name"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer_number"],
                condition=models.Q(is_provisional=False)
                & ~models.Q(customer_number=""),
                name="customer_number_unique",
                violation_error_message="Another customer has this number already.",
            ),
        ]
        indexes = [
            models.Index("email", name="customer_email"),
            models.Index("customer_number", name="customer_number"),
        ]

    def __str__(self) -> str:
        return self.name or self.email or f"Customer {self.pk}"

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()
