"""What the portal shows beside meetings, and how customers come in from elsewhere."""

from django.db import models
from django.db.models import Q

from directory.history import ConfigurationHistory
from directory.models import Customer, Subject
from directory.models.base import CodedModel
from segments.models import Segment


class Account(models.Model):
    """An account that the organisation loads for its customer; read-only here."""

    class Kind(models.TextChoices):
        CURRENT = "current"
        SAVINGS = "savings"
        CREDIT = "credit"
        INVESTMENT = "investment"

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="accounts")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    name = models.CharField(max_length=200)
    masked_number = models.CharField(
        max_length=40, help_text="As customers see it, like BE71 **** **** 4321."
    )
    balance = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3, default="EUR")
    sort_order = models.PositiveIntegerField(default=0)
    as_of = models.DateTimeField(help_text="When the organisation loaded it.")

    class Meta:
        ordering = ["sort_order", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["current", "savings", "credit", "investment"]),
                name="account_kind_known",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.masked_number}"


class Banner(CodedModel):
    """An offer on the overview of customers who carry its segment."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="banners")
    subject = models.ForeignKey(Subject, models.CASCADE, related_name="+")
    title = models.CharField(max_length=120)
    text = models.CharField(max_length=300, blank=True)
    button = models.CharField(max_length=60, default="Schedule an appointment")
    picture = models.CharField(
        max_length=200, blank=True, help_text="A picture below static/: img/dog.svg."
    )
    is_active = models.BooleanField("active", default=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    sort_order = models.PositiveIntegerField(default=0)
    history = ConfigurationHistory()

    class Meta(CodedModel.Meta):
        ordering = ["sort_order", "code"]

    def __str__(self) -> str:
        return self.title


class CalendarFeed(models.Model):
    """A customer's private calendar address. The token is computed, its hash is kept."""

    customer = models.OneToOneField(
        Customer, models.CASCADE, related_name="calendar_feed"
    )
    version = models.PositiveIntegerField(default=1)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"Calendar of {self.customer}"


class HandoverKey(models.Model):
    """A key by which the organisation's own portal signs its customers in here."""

    kid = models.CharField("key id", max_length=64, unique=True)
    secret = models.BinaryField(max_length=256)
    name = models.CharField(max_length=200, blank=True, help_text="Who uses it.")
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    is_demo = models.BooleanField(
        default=False,
        editable=False,
        help_text="Known to everybody: accepted only while the site runs as a demo.",
    )
    history = ConfigurationHistory(excluded_fields=["secret"])

    class Meta:
        verbose_name = "hand-over key"
        ordering = ["kid"]

    def __str__(self) -> str:
        return self.kid


class UsedHandover(models.Model):
    """A hand-over that was used: its nonce works once. Kept until it has expired."""

    key = models.ForeignKey(HandoverKey, models.CASCADE, related_name="used")
    nonce_hash = models.CharField(max_length=64)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["key", "nonce_hash"], name="handover_used_once"
            )
        ]
        indexes = [models.Index("expires_at", name="handover_expiry")]

    def __str__(self) -> str:
        return f"Used until {self.expires_at:%-d %b %H:%M}"
