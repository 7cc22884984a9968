"""What staff decide about messages: their words, and when reminders go out."""

from datetime import time

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from directory.choices import Language
from directory.history import ConfigurationHistory
from directory.models.base import ChannelsField, channels_are_known, validate_code
from scheduling.models.appointment import Message


class MessageTemplate(models.Model):
    """Staff's own words for one kind of message, to one reader, in one language.

    Empty fields keep Parlour's own words.
    """

    kind = models.CharField(max_length=30)
    recipient = models.CharField(max_length=20, choices=Message.Recipient.choices)
    language = models.CharField(max_length=5, choices=Language.choices)
    title = models.CharField("subject line", max_length=200, blank=True)
    opening = models.TextField(blank=True, help_text="What the mail begins with.")
    closing = models.TextField(blank=True, help_text="What stands below the details.")
    history = ConfigurationHistory()

    class Meta:
        ordering = ["kind", "recipient", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "recipient", "language"],
                name="message_template_once",
                violation_error_message="There is a text for this message already.",
            )
        ]

    def __str__(self) -> str:
        recipient = self.get_recipient_display()
        return f"{self.kind} to {recipient} ({self.get_language_display()})"


class Reminder(models.Model):
    """A reminder before each meeting: how long before, to whom, at what time of day."""

    code = models.CharField(max_length=20, unique=True, validators=[validate_code])
    minutes_before = models.PositiveIntegerField(
        validators=[MinValueValidator(5), MaxValueValidator(60 * 24 * 30)],
        help_text="Minutes before the start: 1440 is a day.",
    )
    recipient = models.CharField(
        max_length=20,
        choices=[
            (Message.Recipient.CUSTOMER, "Customer"),
            (Message.Recipient.ADVISOR, "Advisor"),
        ],
        default=Message.Recipient.CUSTOMER,
    )
    channels = ChannelsField(blank=True, help_text="None: all channels.")
    sends_from = models.TimeField(
        default=time(8), help_text="Not earlier in the day, on the reader's clock."
    )
    sends_until = models.TimeField(
        default=time(20), help_text="Not later in the day, on the reader's clock."
    )
    is_active = models.BooleanField("active", default=True)
    history = ConfigurationHistory()

    class Meta:
        ordering = ["-minutes_before", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(sends_until__gt=F("sends_from")),
                name="reminder_window_ends_after_it_starts",
                violation_error_message="The window must end after it starts.",
            ),
            models.CheckConstraint(
                condition=Q(minutes_before__gte=5, minutes_before__lte=60 * 24 * 30),
                name="reminder_minutes_before_sensible",
            ),
            models.CheckConstraint(
                condition=channels_are_known("channels"),
                name="reminder_channels_known",
            ),
        ]

    def __str__(self) -> str:
        hours, minutes = divmod(self.minutes_before, 60)
        text = f"{hours} h" if not minutes else f"{hours} h {minutes} min"
        return f"{self.code}: {text} before"
