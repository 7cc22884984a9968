"""One-time codes, by which whoever reads the customer's mail may see the documents."""

from django.db import models

from scheduling.models.appointment import Appointment


class AccessCode(models.Model):
    """A code that was mailed, and the grant that it was exchanged for. Only hashes."""

    appointment = models.ForeignKey(
        Appointment, models.CASCADE, related_name="access_codes", editable=False
    )
    link_version = models.PositiveIntegerField(
        help_text="The manage link it was asked through: a replaced link ends it."
    )
    code_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)
    grant_hash = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001
    grant_expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index("appointment", "created_at", name="access_code_latest"),
            models.Index("expires_at", name="access_code_expiry"),
        ]

    def __str__(self) -> str:
        return f"Code of {self.created_at:%-d %b %H:%M}"
