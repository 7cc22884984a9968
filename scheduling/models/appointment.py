"""The booked meeting, its history, and what was sent about it."""

import secrets

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from directory.choices import Channel, Language
from directory.models import Advisor, Customer, Office, Subject, User

REFERENCE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without I, O, 0 and 1


def new_reference() -> str:
    """Return ten letters and digits without look-alikes (50 bits)."""
    return "".join(secrets.choice(REFERENCE_LETTERS) for _ in range(10))


class Appointment(models.Model):
    """A booked meeting. It keeps what was true when it was booked."""

    class Status(models.TextChoices):
        REQUESTED = "requested", _("Requested")
        CONFIRMED = "confirmed", _("Confirmed")
        COMPLETED = "completed", _("Completed")
        NO_SHOW = "no_show", _("No-show")
        CANCELLED = "cancelled", _("Cancelled")

    reference = models.CharField(max_length=10, unique=True, default=new_reference)
    flow_key = models.CharField(
        max_length=22,
        blank=True,
        editable=False,
        help_text="The flow that booked it: a flow books once.",
    )
    status = models.CharField(max_length=20, choices=Status.choices)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="appointments")
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="+")
    channel = models.CharField(max_length=20, choices=Channel.choices)
    office = models.ForeignKey(Office, models.PROTECT, related_name="appointments")
    advisor = models.ForeignKey(Advisor, models.PROTECT, related_name="appointments")
    assignment_reason = models.JSONField(
        default=dict, help_text="Why this advisor: code, sentence and the figures."
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    buffer_before = models.DurationField()
    buffer_after = models.DurationField()
    office_zone = models.CharField(max_length=64)
    visitor_zone = models.CharField(max_length=64)
    language = models.CharField(
        max_length=5, choices=Language.choices, default=Language.ENGLISH
    )
    change_until = models.DateTimeField(
        help_text="Customers change or cancel until then."
    )

    # Who comes, as typed: a matched customer's own data may differ.
    first_name = models.CharField(max_length=500, blank=True)
    last_name = models.CharField(max_length=500, blank=True)
    email = models.CharField(max_length=500, blank=True)
    phone = models.CharField(max_length=500, blank=True)
    company = models.CharField(max_length=500, blank=True)
    customer_number = models.CharField(max_length=500, blank=True)
    remarks = models.TextField(blank=True)
    address = models.JSONField(default=dict)
    consent_version = models.CharField(max_length=20, blank=True)
    consent_at = models.DateTimeField(null=True, blank=True)

    # Where it came from.
    segment_codes = ArrayField(models.CharField(max_length=255), default=list)
    is_signed = models.BooleanField(default=False)
    offer_reason = models.JSONField(
        default=dict, help_text="Which rule gave each setting when it was booked."
    )
    answers = models.JSONField(
        default=list, help_text="[{code, label, kind, value, text}] in order."
    )
    metadata = models.JSONField(default=dict)
    attribution = models.JSONField(default=dict)

    revision = models.PositiveIntegerField(
        default=0, help_text="Rises with each change; SEQUENCE of the calendar file."
    )
    link_version = models.PositiveIntegerField(default=1)
    link_hash = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001
    cancel_reason = models.CharField(max_length=500, blank=True)
    outcome = models.CharField(max_length=500, blank=True)
    closed_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When staff first noted how it went; they may correct it for a week.",
    )
    is_demo = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    announced_at = models.DateTimeField(
        help_text="When everybody was last told the time: no reminder is due before."
    )

    class Meta:
        ordering = ["-starts_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["flow_key"],
                condition=~Q(flow_key=""),
                name="appointment_flow_books_once",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="appointment_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(reference__regex=r"^[A-HJ-NP-Z2-9]{10}$"),
                name="appointment_reference_pattern",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "requested",
                        "confirmed",
                        "completed",
                        "no_show",
                        "cancelled",
                    ]
                ),
                name="appointment_status_known",
            ),
        ]
        indexes = [
            models.Index("starts_at", name="appointment_start"),
            models.Index("advisor", "starts_at", name="appointment_advisor_start"),
            models.Index("office", "starts_at", name="appointment_office_start"),
            models.Index("status", "starts_at", name="appointment_status_start"),
            models.Index("email", name="appointment_email"),
            models.Index("advisor", "created_at", name="appointment_last_assigned"),
            # Staff type a part of any of these.
            GinIndex(
                OpClass(Upper("reference"), name="gin_trgm_ops"),
                OpClass(Upper("first_name"), name="gin_trgm_ops"),
                OpClass(Upper("last_name"), name="gin_trgm_ops"),
                OpClass(Upper("email"), name="gin_trgm_ops"),
                OpClass(Upper("customer_number"), name="gin_trgm_ops"),
                name="appointment_search",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference}: {self.subject}"

    @property
    def is_open(self) -> bool:
        """Tell whether the meeting is still to take place, as far as anybody noted."""
        return self.status in OPEN

    @property
    def contact_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


# What still takes time: everything else is over.
OPEN = (Appointment.Status.REQUESTED, Appointment.Status.CONFIRMED)


class AppointmentEvent(models.Model):
    """One change of an appointment. Rows are only added."""

    class Actor(models.TextChoices):
        CUSTOMER = "customer"
        STAFF = "staff"
        SYSTEM = "system"

    appointment = models.ForeignKey(
        Appointment, models.CASCADE, related_name="events", editable=False
    )
    at = models.DateTimeField()
    kind = models.CharField(max_length=40, help_text="booked, cancelled, moved ...")
    actor = models.CharField(max_length=20, choices=Actor.choices)
    user = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    old = models.JSONField(default=dict)
    new = models.JSONField(default=dict)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["at", "pk"]
        indexes = [
            models.Index("at", name="event_at"),
            GinIndex(
                OpClass(Upper("note"), name="gin_trgm_ops"),
                name="event_search",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%-d %b %Y %H:%M}"


class Message(models.Model):
    """A message about an appointment; its key makes sure that it goes out once."""

    class Recipient(models.TextChoices):
        CUSTOMER = "customer"
        ADVISOR = "advisor"
        FORMER_ADVISOR = "former_advisor"

    appointment = models.ForeignKey(
        Appointment, models.CASCADE, related_name="messages", editable=False
    )
    kind = models.CharField(max_length=30, help_text="confirmed, cancelled, ...")
    for_start = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Reminders: the start they remind of, whatever the revision.",
    )
    revision = models.PositiveIntegerField()
    recipient = models.CharField(max_length=20, choices=Recipient.choices)
    address = models.CharField(max_length=500, help_text="Where it goes.")
    advisor = models.ForeignKey(
        Advisor, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    skipped = models.CharField(
        max_length=200, blank=True, help_text="Why it was not sent after all."
    )

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index("created_at", name="message_created"),
            GinIndex(
                OpClass(Upper("address"), name="gin_trgm_ops"),
                name="message_search",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["appointment", "kind", "revision", "recipient", "address"],
                name="message_once",
            ),
            models.UniqueConstraint(
                fields=["appointment", "kind", "recipient", "for_start"],
                condition=Q(for_start__isnull=False, skipped=""),
                name="message_reminds_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.recipient}"
