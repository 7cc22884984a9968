"""Files of an appointment, kept outside every web-served folder."""

import uuid

from django.core.files.storage import FileSystemStorage, storages
from django.db import models
from django.db.models import Q

from directory.models import User
from scheduling.models.appointment import Appointment
from scheduling.models.flow import Flow


def private_storage() -> FileSystemStorage:
    """Return the storage of uploads, below DATA_DIR."""
    storage = storages["documents"]
    assert isinstance(storage, FileSystemStorage)  # noqa: S101
    return storage


def stored_name(document: "Document", _filename: str) -> str:
    """Return a name of our own: nothing a visitor wrote becomes a path."""
    return f"{uuid.uuid4().hex}"


class Document(models.Model):
    """A file by the customer or the advisor. Before booking it belongs to the flow."""

    class Side(models.TextChoices):
        CUSTOMER = "customer"
        ADVISOR = "advisor"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    flow = models.ForeignKey(
        Flow, models.CASCADE, null=True, blank=True, related_name="documents"
    )
    appointment = models.ForeignKey(
        Appointment, models.CASCADE, null=True, blank=True, related_name="documents"
    )
    side = models.CharField(max_length=20, choices=Side.choices)
    question_code = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    file = models.FileField(storage=private_storage, upload_to=stored_name)
    added_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["created_at"]
        indexes = [models.Index("created_at", name="document_created")]
        constraints = [
            models.CheckConstraint(
                condition=Q(flow__isnull=False) ^ Q(appointment__isnull=False),
                name="document_has_one_owner",
            )
        ]

    def __str__(self) -> str:
        return self.name
