"""The kept mails of the demo's outbox, as staff read them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from pathlib import Path

from django.conf import settings

FILE_BACKEND = "scheduling.outbox.MailFiles"
# Which of these references may be read; None: all, and mails without a reference too.
Within = Callable[[set[str]], set[str] | None]


def everywhere(_references: set[str]) -> set[str] | None:
    return None


@dataclass(frozen=True, slots=True)
class KeptMail:
    """One line of the list. `name` is the file's name."""

    name: str
    subject: str
    to: str
    kind: str
    reference: str
    date: str


@dataclass(frozen=True, slots=True)
class OpenedMail:
    """A mail with its parts; an empty part was not sent."""

    mail: KeptMail
    text: str
    html: str
    calendar: bytes


def is_in_use() -> bool:
    """Tell whether mails are kept as files instead of being sent."""
    return settings.EMAIL_BACKEND == FILE_BACKEND


def reference_in(name: str) -> str:
    """Return the reference that begins the name of a message's file."""
    return name.split("-", 1)[0]


def kept_files(within: Within = everywhere) -> Mapping[str, Path]:
    """Return the kept files by name, newest first."""
    folder = Path(settings.MAIL_DIR)
    if not folder.is_dir():
        return {}
    dated = []
    for file in folder.glob("*.eml"):
        try:
            dated.append((file.stat().st_mtime_ns, file.name, file))
        except FileNotFoundError:  # deleted in between
            continue
    readable = within({reference_in(name) for _at, name, _file in dated})
    return {
        name: file
        for _at, name, file in sorted(dated, reverse=True)
        if readable is None or reference_in(name) in readable
    }


def list_mails(
    *, first: int, count: int, within: Within = everywhere
) -> tuple[list[KeptMail], int]:
    """Return `count` mails from the `first` on, newest first, and how many there are.

    `within` tells of the references in the folder whose mails are to be read.
    """
    files = kept_files(within)
    parser = BytesHeaderParser(policy=policy.default)
    mails = []
    for name, file in list(files.items())[first : first + count]:
        with file.open("rb") as opened:
            headers = parser.parse(opened)
        mails.append(_kept(name, headers))
    return mails, len(files)


def open_mail(name: str, within: Within = everywhere) -> OpenedMail | None:
    """Return a kept mail; None when no kept file has exactly this name.

    The name is only compared with the names in the folder: it never becomes a path.
    """
    file = kept_files(within).get(name)
    if file is None:
        return None
    message = BytesParser(policy=policy.default).parsebytes(file.read_bytes())
    return OpenedMail(
        mail=_kept(name, message),
        text=_text_of(message.get_body(("plain",))),
        html=_text_of(message.get_body(("html",))),
        calendar=_text_of(_calendar_of(message)).encode(),
    )


def _kept(name: str, headers: EmailMessage) -> KeptMail:
    return KeptMail(
        name=name,
        subject=str(headers.get("Subject", "")),
        to=str(headers.get("To", "")),
        kind=str(headers.get("X-Parlour-Kind", "")),
        reference=str(headers.get("X-Parlour-Reference", "")),
        date=str(headers.get("Date", "")),
    )


def _calendar_of(message: EmailMessage) -> EmailMessage | None:
    parts = message.walk()
    return next((p for p in parts if p.get_content_type() == "text/calendar"), None)


def _text_of(part: object) -> str:
    if not isinstance(part, EmailMessage):
        return ""
    # The bytes as sent: get_content() would turn CRLF, which calendars need, into LF.
    payload = part.get_payload(decode=True)
    return payload.decode(errors="replace") if isinstance(payload, bytes) else ""
