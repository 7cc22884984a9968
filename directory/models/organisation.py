"""The organisation itself, and the version of its configuration."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models

from directory.choices import Language, Typeface
from directory.history import ConfigurationHistory
from directory.models.places import validate_zone


class Organisation(models.Model):
    """The site's settings: one row."""

    name = models.CharField(max_length=200, default="Parlour")
    zone_name = models.CharField(
        "time zone",
        max_length=64,
        default="Europe/Brussels",
        validators=[validate_zone],
    )
    country = models.CharField(max_length=2, default="BE")
    language = models.CharField(
        max_length=5, choices=Language.choices, default=Language.ENGLISH
    )
    phone = models.CharField(max_length=50, blank=True)
    email = models.EmailField(blank=True)
    website = models.URLField(blank=True)
    return_origins = ArrayField(
        models.CharField(max_length=200),
        default=list,
        blank=True,
        help_text="Sites that return_url may lead to: https://www.example.com",
    )
    video_room_url = models.CharField(
        max_length=300,
        default="https://meet.jit.si/parlour-{room}",
        help_text="Where a video meeting takes place; {room} is different each time.",
    )
    consent_text = models.TextField(
        default="I agree that my details are used to prepare and hold this meeting."
    )
    consent_version = models.CharField(max_length=20, default="1")
    brand = models.CharField(max_length=7, default="#0d5e82")
    brand_hover = models.CharField(max_length=7, default="#0a4a67")
    brand_tint = models.CharField(max_length=7, default="#e6f1f6")
    on_brand = models.CharField(max_length=7, default="#ffffff")
    font = models.CharField(
        max_length=20, choices=Typeface.choices, default=Typeface.PUBLIC_SANS
    )
    radius = models.PositiveSmallIntegerField(
        default=10,
        validators=[MaxValueValidator(24)],
        help_text="How round the corners of cards are, in pixels: 0 to 24.",
    )
    history = ConfigurationHistory()

    class Meta:
        verbose_name_plural = "organisation"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(pk=1), name="organisation_one_row"
            ),
            models.CheckConstraint(
                condition=models.Q(font__in=Typeface.values),
                name="organisation_font_known",
            ),
            models.CheckConstraint(
                condition=models.Q(radius__lte=24), name="organisation_radius_range"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ConfigurationVersion(models.Model):
    """Changes with every write to a configuration table (by database triggers).

    Processes keep the configuration in memory and compare this one value: a random id,
    so that a version never comes back for other data.
    """

    version = models.UUIDField(default=uuid.uuid4)

    def __str__(self) -> str:
        return str(self.version)
