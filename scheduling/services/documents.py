"""Files of visitors: checked, kept outside every web-served folder, replaced, removed."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from scheduling.errors import FlowGone, UploadRefused
from scheduling.models import Appointment, Document, Flow
from scheduling.models.document import private_storage
from scheduling.services.uploads import check_upload


def keep_upload(
    flow: Flow,
    *,
    question_code: str,
    name: str,
    content: File,  # type: ignore[type-arg]
    now: datetime,
) -> Document:
    """Keep a file as the answer to a question; an earlier one for it goes.

    Raises:
        UploadRefused: the file may not be kept, or there are too many.
        FlowGone: the flow was deleted or booked meanwhile.
    """
    checked = check_upload(name, content)
    document = Document(
        flow=flow,
        side=Document.Side.CUSTOMER,
        question_code=question_code,
        name=checked.name,
        content_type=checked.content_type,
        size=checked.size,
        created_at=now,
    )
    try:
        with transaction.atomic():
            store(document, content)
    except BaseException:
        if document.file:
            remove_file(document.file.name or "")  # no row points at it
        raise
    return document


def store(document: Document, content: File) -> None:  # type: ignore[type-arg]
    """Write the file and its row, in place of an earlier answer to the question."""
    flow = document.flow
    if flow is None or not lock_open_flow(flow):
        raise FlowGone
    others = Document.objects.filter(flow=flow)
    if code := document.question_code:
        remove_documents(others.filter(question_code=code))
    if others.count() >= settings.UPLOADS_PER_APPOINTMENT:
        raise UploadRefused(_("There are 20 files already. Remove one first."))
    document.file.save(document.name, content, save=False)
    document.save(force_insert=True)


def lock_open_flow(flow: Flow) -> bool:
    """Lock the flow's row; False when it is gone or booked."""
    rows = Flow.objects.select_for_update(no_key=True)
    return rows.filter(pk=flow.pk, is_booked=False).first() is not None


def remove_upload(flow: Flow, *, question_code: str) -> None:
    """Delete the file that answers a question of a flow."""
    with transaction.atomic():
        remove_documents(
            Document.objects.filter(flow=flow, question_code=question_code)
        )


def remove_documents(documents: Iterable[Document]) -> None:
    """Delete rows now, and their files when the transaction has committed."""
    for document in list(documents):
        document.delete()
        transaction.on_commit(partial(remove_file, document.file.name or ""))


def remove_file(stored_name: str) -> None:
    private_storage().delete(stored_name)


def move_documents(flow: Flow, appointment: Appointment) -> None:
    """Hand a flow's files over to its appointment, in the booking's transaction."""
    Document.objects.filter(flow=flow).update(flow=None, appointment=appointment)
