"""Documents of a meeting: sent as files, and listed for whoever may see them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath
from zoneinfo import ZoneInfo

from django.http import FileResponse, Http404, HttpResponseBase, StreamingHttpResponse
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _, ngettext

from directory.models import User
from scheduling.archives import FOR_CUSTOMER, Folders, archive, archive_size, is_there
from scheduling.errors import SchedulingError
from scheduling.forms.uploading import UploadForm
from scheduling.models import Appointment, Document
from scheduling.services.documents import add_document
from scheduling.services.uploads import NAMELESS, clean_name
from scheduling.views.meeting import shown_zone

KB, MB = 1_000, 1_000_000
PIECE = 65_536
NOTHING_RUNS = "default-src 'none'; sandbox"


def document_response(document: Document) -> HttpResponseBase:
    """Return a file to be saved, never to be shown. No query.

    Raises:
        Http404: it is not on the disk any more.
    """
    if not is_there(document):
        raise Http404
    response = FileResponse(
        document.file.open("rb"),
        as_attachment=True,
        filename=clean_name(document.name) or NAMELESS,
        content_type=document.content_type,
    )
    response.block_size = PIECE
    return guarded(response)


def zip_response(
    appointment: Appointment, *, folders: Folders = FOR_CUSTOMER
) -> HttpResponseBase:
    """Return all files of a meeting as one zip, streamed, of known size. One query.

    Raises:
        Http404: there are none.
    """
    stream = archive(appointment.documents.all(), folders=folders)
    if not stream:
        raise Http404
    response = StreamingHttpResponse(stream, content_type="application/zip")
    response["Content-Length"] = str(len(stream))
    name = f"documents-{appointment.reference}.zip"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return guarded(response)


def guarded(response: HttpResponseBase) -> HttpResponseBase:
    """Let nothing in a file run, be guessed at or be kept by a cache."""
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = NOTHING_RUNS
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


# Lists.


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A document in words: see components/document_row.html. No url: it is missing."""

    name: str
    url: str
    remove_url: str
    size: str
    kind: str
    by: str
    date: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the links of a list lead. An empty address: there is no such link.

    Where a sign-in counts, the upload carries a token; it would set a cookie elsewhere.
    """

    download: Callable[[Document], str]
    archive: str
    upload: str = ""
    remove: Callable[[Document], str] = lambda _document: ""  # empty: it stays
    is_signed_in: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """The documents of a meeting, as scheduling/_documents.html shows them."""

    shared: list[Row]  # by the advisor
    own: list[Row]  # by the customer
    archive_url: str  # empty when there is nothing to download
    archive_size: str
    upload_url: str  # empty when nothing may be added
    is_signed_in: bool
    form: UploadForm
    kept: list[str] = field(default_factory=list)  # names, when others were refused

    @property
    def count(self) -> int:
        return len(self.shared) + len(self.own)


def list_papers(
    appointment: Appointment,
    addresses: Addresses,
    *,
    form: UploadForm | None = None,
    kept: Sequence[Document] = (),
) -> Papers:
    """Return the documents of both sides in words, oldest first. One query.

    Give the form and what was kept when some of an upload was refused.
    """
    documents = list(appointment.documents.select_related("added_by"))
    zone = shown_zone(appointment)
    is_open = appointment.status != Appointment.Status.CANCELLED
    has_files = any(map(is_there, documents))
    rows: dict[str, list[Row]] = {side: [] for side in Document.Side.values}
    for document in documents:
        rows[document.side].append(_row(appointment, document, addresses, zone))
    return Papers(
        shared=rows[Document.Side.ADVISOR],
        own=rows[Document.Side.CUSTOMER],
        archive_url=addresses.archive if has_files else "",
        archive_size=size_text(archive_size(documents)),
        upload_url=addresses.upload if is_open else "",
        is_signed_in=addresses.is_signed_in,
        form=form or UploadForm(),
        kept=[document.name for document in kept],
    )


def _row(
    appointment: Appointment, document: Document, addresses: Addresses, zone: ZoneInfo
) -> Row:
    is_own = document.side == Document.Side.CUSTOMER
    return Row(
        name=document.name,
        url=addresses.download(document) if is_there(document) else "",
        remove_url=addresses.remove(document),
        size=size_text(document.size),
        kind=PurePath(document.name).suffix.lstrip(".").upper() or _("File"),
        by="" if is_own else _author(appointment, document.added_by),
        date=date_format(document.created_at.astimezone(zone).date(), "j F Y"),
    )


def _author(appointment: Appointment, user: User | None) -> str:
    return (user.get_full_name() if user else "") or appointment.advisor.name


def size_text(size: int) -> str:
    """Return "312 KB" or "1.2 MB": decimal, as the limit of an upload is."""
    if size < KB:
        return ngettext("%(size)d byte", "%(size)d bytes", size) % {"size": size}
    if size < MB - KB // 2:
        return f"{number_format(round(size / KB))} KB"
    return f"{number_format(size / MB, 1)} MB"


# Uploads.


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of an upload; the form carries a sentence for each refused file."""

    documents: list[Document]
    form: UploadForm

    @property
    def is_complete(self) -> bool:
        return not self.form.errors


def keep_files(
    appointment: Appointment,
    form: UploadForm,
    *,
    side: str,
    actor: str,
    now: datetime,
    user: User | None = None,
) -> Kept:
    """Keep each file of a form that may be kept, and tell why the others were not.

    Raises:
        Busy.
    """
    if not form.is_valid():
        return Kept([], form)
    kept = []
    for upload in form.cleaned_data["documents"]:
        try:
            document = add_document(
                appointment,
                side=side,
                name=upload.name or "",
                content=upload,
                actor=actor,
                user=user,
                now=now,
            )
        except SchedulingError as error:
            form.refuse(upload, error.message)
        else:
            kept.append(document)
    return Kept(kept, form)


def kept_sentence(documents: Iterable[Document]) -> str:
    """Return a sentence that names the files that were added."""
    names = [document.name for document in documents]
    return ngettext(
        "Your file was added: %(names)s.",
        "Your files were added: %(names)s.",
        len(names),
    ) % {"names": ", ".join(names)}
