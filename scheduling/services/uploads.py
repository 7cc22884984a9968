"""Whether a file may be kept: its name and its content must tell the same story.

Nothing is decoded or unpacked here, so neither a picture of a billion pixels nor a zip
bomb costs more than its bytes.
"""

import unicodedata
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

import puremagic
from django.conf import settings
from django.core.files import File
from django.utils.translation import gettext_lazy as _

from scheduling.errors import UploadRefused

NAME_BYTES = 120
NAMELESS = "file"
HEAD_BYTES = 4096
TAIL_BYTES = 70_000  # a zip's directory ends in its last 65,557 bytes
ZIP_END = b"PK\x05\x06"
MIMETYPE_BYTES = 100
RUNNABLE = frozenset(
    [
        "app",
        "apk",
        "bat",
        "bin",
        "cgi",
        "cmd",
        "com",
        "cpl",
        "dll",
        "dmg",
        "elf",
        "exe",
        "hta",
        "htm",
        "html",
        "iso",
        "jar",
        "js",
        "jse",
        "lnk",
        "mjs",
        "msc",
        "msi",
        "msix",
        "php",
        "phtml",
        "pif",
        "pl",
        "ps1",
        "psm1",
        "py",
        "rb",
        "reg",
        "scr",
        "sh",
        "shtml",
        "svg",
        "swf",
        "vb",
        "vbe",
        "vbs",
        "wsf",
        "wsh",
        "xhtml",
        "xml",
    ]
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A type that may be kept. `fits` looks at the content."""

    content_type: str
    fits: Callable[[File], bool]  # type: ignore[type-arg]


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that may be kept: its clean name and its real type."""

    name: str
    content_type: str
    size: int


def check_upload(name: str, content: File) -> Checked:  # type: ignore[type-arg]
    """Return what is to be stored about a file.

    Raises:
        UploadRefused: empty, too large, of another type, or not what it says it is.
    """
    clean = clean_name(name)
    size = content.size or 0
    if size == 0:
        raise UploadRefused(_("The file is empty. Please choose another one."))
    if size > settings.UPLOAD_MAX_BYTES:
        raise UploadRefused(_("The file is larger than 10 MB. Please choose another."))
    stem, _dot, ending = clean.lower().rpartition(".")
    kind = KINDS.get(ending)
    if kind is None or RUNNABLE & {part.strip() for part in stem.split(".")[1:]}:
        raise UploadRefused(
            _(
                "Please choose a PDF, a picture (PNG, JPEG, WebP, HEIC), a DOCX, XLSX or "
                "ODT document, or a plain text."
            )
        )
    if not kind.fits(content):
        raise UploadRefused(
            _("The file is not what its name says. Please save it again and retry.")
        )
    content.seek(0)
    return Checked(name=clean, content_type=kind.content_type, size=size)


def clean_name(name: str) -> str:
    """Return a file name without path, control and direction characters, in NFC.

    At most 120 bytes; the ending stays.
    """
    text = "".join(
        character
        for character in name.replace("\\", "/").rpartition("/")[2]
        if unicodedata.category(character)
        not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    )
    # Composed last: what was taken out may have stood between a letter and its accent.
    text = " ".join(unicodedata.normalize("NFC", text).split()).rstrip(". ")
    stem, dot, ending = text.rpartition(".")
    if not dot:
        stem, ending = text, ""
    elif not (stem := stem.lstrip(". ")):
        stem = NAMELESS
    room = NAME_BYTES - len((dot + ending).encode())
    if room <= 0:
        whole = (stem + dot + ending).encode()
        return whole[:NAME_BYTES].decode(errors="ignore").rstrip(". ")
    return stem.encode()[:room].decode(errors="ignore").rstrip() + dot + ending


def head(content: File) -> bytes:  # type: ignore[type-arg]
    content.seek(0)
    return bytes(content.read(HEAD_BYTES))


def is_of(*endings: str) -> Callable[[File], bool]:  # type: ignore[type-arg]
    """Return a check that the first bytes belong to one of these types and no zip hides."""

    def fits(content: File) -> bool:  # type: ignore[type-arg]
        return bool(found_endings(head(content)) & set(endings)) and not ends_as_zip(
            content
        )

    return fits


def found_endings(first: bytes) -> set[str]:
    """Return the endings that the beginning of a file speaks for."""
    try:
        found = puremagic.magic_string(first)
    except (puremagic.PureError, ValueError):
        return set()
    best = max(match.confidence for match in found)
    return {
        match.extension.lstrip(".").lower()
        for match in found
        if match.confidence == best
    }


def ends_as_zip(content: File) -> bool:  # type: ignore[type-arg]
    """Tell whether a zip is glued to the end: a file with two faces."""
    content.seek(max(0, (content.size or 0) - TAIL_BYTES))
    return ZIP_END in content.read()


def is_package(part: str) -> Callable[[File], bool]:  # type: ignore[type-arg]
    """Return a check for an Office document without macros, by a part it must have."""

    def fits(content: File) -> bool:  # type: ignore[type-arg]
        names = zip_names(content)
        return {"[Content_Types].xml", part} <= names and not any(
            PurePosixPath(name).name.lower().startswith("vbaproject") for name in names
        )

    return fits


def zip_names(content: File) -> set[str]:  # type: ignore[type-arg]
    """Return the names in a zip's directory; none when it is no proper zip."""
    if not head(content).startswith(b"PK\x03\x04"):
        return set()
    content.seek(0)
    try:
        with zipfile.ZipFile(content) as archive:
            return set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError):
        return set()


def is_open_document(content: File) -> bool:  # type: ignore[type-arg]
    """Tell whether it is an OpenDocument text: its first member is its type, stored."""
    wanted = b"mimetypeapplication/vnd.oasis.opendocument.text"
    first = head(content)
    return wanted in first[:MIMETYPE_BYTES] and "content.xml" in zip_names(content)


def is_plain_text(content: File) -> bool:  # type: ignore[type-arg]
    """Tell whether it is UTF-8 text that nothing would take for another type."""
    if found_endings(head(content)) - {"txt", ""}:
        return False
    content.seek(0)
    data = content.read()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return not any(
        unicodedata.category(character) == "Cc" and character not in "\t\n\r\f"
        for character in text
    )


def is_heic(content: File) -> bool:  # type: ignore[type-arg]
    """Tell whether it is a picture as phones take them."""
    first = head(content)
    brands = {b"heic", b"heix", b"mif1", b"heim", b"heis", b"hevc"}
    is_picture = first[4:8] == b"ftyp" and first[8:12] in brands
    return is_picture and not ends_as_zip(content)


OFFICE = "application/vnd.openxmlformats-officedocument."
KINDS: Mapping[str, Kind] = {
    "pdf": Kind("application/pdf", is_of("pdf")),
    "png": Kind("image/png", is_of("png")),
    "jpg": Kind("image/jpeg", is_of("jpg", "jpeg", "jfif")),
    "jpeg": Kind("image/jpeg", is_of("jpg", "jpeg", "jfif")),
    "webp": Kind("image/webp", is_of("webp")),
    "heic": Kind("image/heic", is_heic),
    "docx": Kind(f"{OFFICE}wordprocessingml.document", is_package("word/document.xml")),
    "xlsx": Kind(f"{OFFICE}spreadsheetml.sheet", is_package("xl/workbook.xml")),
    "odt": Kind("application/vnd.oasis.opendocument.text", is_open_document),
    "txt": Kind("text/plain", is_plain_text),
}
ACCEPTED = ",".join(f".{ending}" for ending in KINDS)  # for the file field
