"""Signing keys, server-made contexts, and links that did not work."""

from django.db import models
from django.db.models import Q

from directory.history import ConfigurationHistory
from segments.models.segments import Segment


class LinkKey(models.Model):
    """A key that signs scheduling links and context requests."""

    kid = models.CharField("key id", max_length=64, unique=True)
    secret = models.BinaryField(max_length=256)
    name = models.CharField(max_length=200, blank=True, help_text="Who uses it.")
    signs_every_segment = models.BooleanField(default=False)
    segments = models.ManyToManyField(Segment, blank=True, related_name="keys")
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    is_demo = models.BooleanField(
        default=False,
        editable=False,
        help_text="Known to everybody: accepted only while the site runs as a demo.",
    )
    history = ConfigurationHistory(excluded_fields=["secret"], m2m_fields=["segments"])

    class Meta:
        ordering = ["kid"]

    def __str__(self) -> str:
        return self.kid


class LinkContext(models.Model):
    """Parameters of a link kept on the server; the link carries an opaque token.

    Only the token's SHA-256 is stored. `parameters` is a list of [name, value] pairs as
    they were sent.
    """

    class Source(models.TextChoices):
        PORTAL = "portal"
        WEB = "web"
        BACK_END = "back_end"

    token_hash = models.CharField(max_length=64, unique=True)
    source = models.CharField(max_length=20, choices=Source.choices)
    key = models.ForeignKey(LinkKey, models.CASCADE, null=True, blank=True)
    parameters = models.JSONField()
    customer = models.ForeignKey(
        "directory.Customer",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text="Whose sign-in the flow then asks for (portal only).",
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    is_single_use = models.BooleanField(default=False)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index("expires_at", name="link_context_expiry")]

    def __str__(self) -> str:
        return f"{self.get_source_display()} context of {self.created_at:%-d %b %H:%M}"


class LinkProblem(models.Model):
    """Links that were refused or partly ignored: one row a day, without personal data."""

    day = models.DateField()
    problem = models.CharField(max_length=50)
    parameter = models.CharField(max_length=100, blank=True)
    origin = models.CharField(max_length=200, blank=True)
    value = models.CharField(
        max_length=255, blank=True, help_text="The last one seen; codes only."
    )
    count = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        verbose_name = "broken link"
        ordering = ["-last_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["day", "problem", "parameter", "origin"],
                name="link_problem_once_a_day",
            ),
            models.CheckConstraint(
                condition=Q(value="") | Q(value__regex=r"^[A-Za-z0-9_-]{1,255}$"),
                name="link_problem_value_is_a_code",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.problem} {self.parameter}"
