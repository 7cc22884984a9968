"""Files of visitors: checked, kept outside every web-served folder, replaced, removed."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from directory.models import User
from scheduling.errors import FlowGone, NotYourFile, UploadRefused, WrongStatus
from scheduling.models import Appointment, AppointmentEvent, Document, Flow
from scheduling.models.document import private_storage
from scheduling.services.attempts import settle
from scheduling.services.history import Change, record
from scheduling.services.uploads import check_upload

Actor = AppointmentEvent.Actor
SIDES = {Actor.CUSTOMER: Document.Side.CUSTOMER, Actor.STAFF: Document.Side.ADVISOR}
FULL = _("There are 20 files already. Remove one first.")


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
        raise UploadRefused(FULL)
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


def add_document(
    appointment: Appointment,
    *,
    side: str,
    name: str,
    content: File,  # type: ignore[type-arg]
    actor: str,
    now: datetime,
    user: User | None = None,
) -> Document:
    """Add a file to a meeting, also to a past one, for its customer and its staff.

    `side` is one of Document.Side, `actor` one of AppointmentEvent.Actor. Each side has
    room for UPLOADS_PER_APPOINTMENT files.

    Raises:
        UploadRefused: the file may not be kept, or there are too many.
        WrongStatus: the meeting is cancelled.
        Busy.
    """
    checked = check_upload(name, content)
    document = Document(
        appointment=appointment,
        side=side,
        name=checked.name,
        content_type=checked.content_type,
        size=checked.size,
        added_by=user,
        created_at=now,
    )
    try:
        # The file comes first: a row never points at nothing, and a second attempt
        # finds it written (storing may move an upload away).
        document.file.save(document.name, content, save=False)
        settle(partial(add_row, document, actor=actor, user=user, now=now))
    except BaseException:
        if document.file:
            remove_file(document.file.name or "")  # no row points at it
        raise
    return document


@transaction.atomic
def add_row(
    document: Document, *, actor: str, user: User | None, now: datetime
) -> None:
    """Write the row of a stored file and its line of history."""
    appointment = owner_of(document)
    if appointment.status == Appointment.Status.CANCELLED:
        raise WrongStatus
    others = Document.objects.filter(appointment=appointment, side=document.side)
    if others.count() >= settings.UPLOADS_PER_APPOINTMENT:
        raise UploadRefused(FULL)
    document.save(force_insert=True)
    change = Change(kind="document_added", new=described(document))
    record(appointment, change, actor=actor, user=user, now=now)


def remove_document(
    document: Document, *, actor: str, now: datetime, user: User | None = None
) -> None:
    """Remove a file from a meeting; removing it twice changes nothing.

    An answer that was this file goes with it.

    Raises:
        NotYourFile: the other side added it.
        Busy.
    """
    settle(partial(remove_row, document, actor=actor, user=user, now=now))


@transaction.atomic
def remove_row(
    document: Document, *, actor: str, user: User | None, now: datetime
) -> None:
    """Delete the row in one transaction; the file goes when that has committed."""
    if actor in SIDES and document.side != SIDES[Actor(actor)]:
        raise NotYourFile
    appointment = owner_of(document)
    rows = Document.objects.filter(pk=document.pk, appointment=appointment)
    if not (found := list(rows)):
        return
    old = described(document)
    remove_documents(found)
    if document.question_code:
        answers = [
            answer
            for answer in appointment.answers
            if answer["code"] != document.question_code
        ]
        Appointment.objects.filter(pk=appointment.pk).update(
            answers=answers, changed_at=now
        )
    change = Change(kind="document_removed", old=old)
    record(appointment, change, actor=actor, user=user, now=now)


def owner_of(document: Document) -> Appointment:
    """Return the meeting of a file, locked.

    Raises:
        WrongStatus: it is gone.
    """
    rows = Appointment.objects.select_for_update(no_key=True)
    found = rows.filter(pk=document.appointment_id or 0).first()
    if found is None:
        raise WrongStatus
    return found


def described(document: Document) -> dict[str, object]:
    """Return what the history says about a file."""
    return {"document": str(document.pk), "name": document.name, "side": document.side}
