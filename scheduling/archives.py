"""All documents of a meeting as one zip, made while it is sent.

Every name in it is made here: whatever a file was called, it unpacks on any system into
one of two folders and next to the others.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from zipstream import ZipStream

from scheduling.models import Document
from scheduling.models.document import private_storage
from scheduling.services.uploads import NAME_BYTES, NAMELESS, clean_name

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

Side = Document.Side
Folders = Mapping[str, "str | StrPromise"]
FOR_CUSTOMER: Folders = {
    Side.CUSTOMER: _("From you"),
    Side.ADVISOR: _("From your advisor"),
}
FOR_STAFF: Folders = {
    Side.CUSTOMER: _("From the customer"),
    Side.ADVISOR: _("From the advisor"),
}
FORBIDDEN = re.compile(r'[<>:"|?*/\\]')  # by Windows, in names of files
DOTS = re.compile(r"\.{2,}")
RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\.|$)")


def archive_names(
    documents: Sequence[Document], *, folders: Folders = FOR_CUSTOMER
) -> list[str]:
    """Return a name in the zip for each document: folder/name, in the active language.

    No two are equal, whatever the case; each name is at most 120 bytes, in NFC, and
    harmless on every system.
    """
    taken: set[str] = set()
    names = []
    for document in documents:
        folder = safe_name(str(folders[document.side]))
        own = safe_name(document.name)
        name = f"{folder}/{own}"
        number = 1
        while folded(name) in taken:
            number += 1
            name = f"{folder}/{numbered(own, number)}"
        taken.add(folded(name))
        names.append(name)
    return names


def safe_name(name: str) -> str:
    """Return a file name that every system takes, and that means no device or folder."""
    text = DOTS.sub(".", FORBIDDEN.sub("_", clean_name(name)))
    if RESERVED.match(text.lower()):
        text = f"_{text}"
    return shortened(text) or NAMELESS


def numbered(name: str, number: int) -> str:
    """Return "name (2).pdf"."""
    return shortened(name, f" ({number})")


def shortened(name: str, suffix: str = "") -> str:
    """Return a name with a suffix before its ending, in 120 bytes."""
    stem, dot, ending = name.rpartition(".")
    if not dot:
        stem, ending = name, ""
    tail = suffix + dot + ending
    room = NAME_BYTES - len(tail.encode())
    if room <= 0:  # hardly anything but ending
        stem, tail = name, suffix
        room = NAME_BYTES - len(tail.encode())
    kept = stem.encode()[:room].decode(errors="ignore").rstrip(". ")
    return unicodedata.normalize("NFC", kept + tail)


def folded(name: str) -> str:
    """Return what is equal for names that some system takes for the same."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def archive(
    documents: Iterable[Document], *, folders: Folders = FOR_CUSTOMER
) -> ZipStream:
    """Return a zip that reads its files piece by piece while it is sent.

    Its `len` is exact. Files that are not on the disk any more are left out.
    """
    there = [document for document in documents if is_there(document)]
    stream = ZipStream(sized=True)  # stored: most files are compressed already
    storage = private_storage()
    for document, name in zip(
        there, archive_names(there, folders=folders), strict=True
    ):
        stream.add_path(storage.path(document.file.name or ""), name, recurse=False)
    return stream


def archive_size(documents: Iterable[Document]) -> int:
    """Return how many bytes the zip has. No file is opened."""
    return len(archive(documents))


def is_there(document: Document) -> bool:
    """Tell whether the file is on the disk."""
    name = document.file.name
    return bool(name) and private_storage().exists(name)
