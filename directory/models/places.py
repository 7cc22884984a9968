"""Offices: where they are, when they are open, and which addresses they visit."""

from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from phonenumber_field.modelfields import PhoneNumberField

from directory.choices import Channel, Weekday
from directory.history import ConfigurationHistory
from directory.models.base import CodedModel
from directory.models.subjects import Subject

MIDNIGHT = "00:00"


def validate_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError("Use a time zone's name, like Europe/Brussels.")


def closes_after_it_opens(opens: str, closes: str) -> Q:
    """Return the condition of a window inside one day; 00:00 as its end is midnight."""
    return Q(**{f"{closes}__gt": F(opens)}) | Q(**{closes: MIDNIGHT})


class Office(CodedModel):
    """A branch. Its hours are wall-clock times in its own zone."""

    name = models.CharField(max_length=200)
    street = models.CharField(max_length=200, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=100, blank=True)
    country = models.CharField(
        max_length=2, default="BE", help_text="Two letters, as in ISO 3166: BE."
    )
    region = models.CharField(
        max_length=10, blank=True, help_text="For regional holidays, as in ISO 3166-2."
    )
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    zone_name = models.CharField(
        "time zone",
        max_length=64,
        default="Europe/Brussels",
        validators=[validate_zone],
    )
    phone = PhoneNumberField(blank=True)
    email = models.EmailField(blank=True)
    directions = models.TextField(blank=True)
    is_active = models.BooleanField("active", default=True)
    sort_order = models.PositiveIntegerField(default=0)
    history = ConfigurationHistory()

    class Meta(CodedModel.Meta):
        ordering = ["sort_order", "name"]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone_name)

    @property
    def address(self) -> str:
        return f"{self.street}, {self.postal_code} {self.city}"


class OpeningHours(models.Model):
    """One opening of an office's week."""

    office = models.ForeignKey(Office, models.CASCADE, related_name="opening_hours")
    weekday = models.PositiveSmallIntegerField(choices=Weekday.choices)
    opens = models.TimeField()
    closes = models.TimeField(help_text="00:00 is midnight at the end of the day.")
    history = ConfigurationHistory()

    class Meta:
        verbose_name_plural = "opening hours"
        ordering = ["office", "weekday", "opens"]
        constraints = [
            models.CheckConstraint(
                condition=closes_after_it_opens("opens", "closes"),
                name="opening_hours_close_after_they_open",
                violation_error_message="The closing time must be after the opening time.",
            ),
            models.CheckConstraint(
                condition=Q(weekday__in=Weekday.values), name="opening_hours_weekday"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}-{self.closes:%H:%M}"


class Closure(models.Model):
    """Days, or part of each of these days, on which an office (or every one) is shut."""

    office = models.ForeignKey(
        Office,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="closures",
        help_text="Empty: every office.",
    )
    name = models.CharField(max_length=200)
    first_day = models.DateField()
    last_day = models.DateField()
    starts = models.TimeField(null=True, blank=True, help_text="Empty: the whole day.")
    ends = models.TimeField(null=True, blank=True)
    is_public_holiday = models.BooleanField(default=False, editable=False)
    is_lifted = models.BooleanField(
        "open all the same",
        default=False,
        help_text="Keeps a public holiday in the list, but the office is open.",
    )
    history = ConfigurationHistory()

    class Meta:
        ordering = ["first_day", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")),
                name="closure_last_day_after_first",
                violation_error_message="The last day must not be before the first day.",
            ),
            models.CheckConstraint(
                condition=Q(starts=None, ends=None)
                | (
                    Q(starts__isnull=False, ends__isnull=False)
                    & closes_after_it_opens("starts", "ends")
                ),
                name="closure_ends_after_it_starts",
                violation_error_message="Give both times, the end after the start, or none.",
            ),
            models.UniqueConstraint(
                fields=["office", "first_day", "name"],
                condition=Q(is_public_holiday=True),
                name="closure_holiday_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.first_day:%-d %B %Y}"


class PostalArea(models.Model):
    """Postal codes whose addresses an office visits, both ends included."""

    office = models.ForeignKey(Office, models.CASCADE, related_name="postal_areas")
    first_code = models.CharField(max_length=20)
    last_code = models.CharField(max_length=20)
    history = ConfigurationHistory()

    class Meta:
        ordering = ["office", "first_code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_code__gte=F("first_code")),
                name="postal_area_in_order",
                violation_error_message="The last code must not be before the first.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_code}-{self.last_code}"


class PostalPlace(models.Model):
    """Where a postal code or town lies, to sort offices by distance."""

    country = models.CharField(max_length=2)
    code = models.CharField(max_length=20)
    town = models.CharField(max_length=200)
    latitude = models.FloatField()
    longitude = models.FloatField()

    class Meta:
        ordering = ["country", "code", "town"]
        constraints = [
            models.UniqueConstraint(
                fields=["country", "code", "town"], name="postal_place_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.town}"


class SwitchedOffChannel(models.Model):
    """A channel that an office does not offer, for one subject or for all."""

    office = models.ForeignKey(Office, models.CASCADE, related_name="switched_off")
    subject = models.ForeignKey(
        Subject,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty: every subject.",
    )
    channel = models.CharField(max_length=20, choices=Channel.choices)
    history = ConfigurationHistory()

    class Meta:
        verbose_name = "channel switched off"
        verbose_name_plural = "channels switched off"
        ordering = ["office", "channel"]
        constraints = [
            models.UniqueConstraint(
                fields=["office", "subject", "channel"],
                nulls_distinct=False,
                name="switched_off_once",
            ),
            models.CheckConstraint(
                condition=Q(channel__in=Channel.values), name="switched_off_channel"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.office}: no {self.get_channel_display()}"
