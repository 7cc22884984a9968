"""Mail without a mail server: one file a message."""

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

# What makes a message's name: sending it again replaces the file.
NAMING_HEADERS = (
    "X-Parlour-Reference",
    "X-Parlour-Kind",
    "X-Parlour-Revision",
    "X-Parlour-Recipient",
)


class MailFiles(BaseEmailBackend):
    """Keep each mail as an `.eml` file in MAIL_DIR, named by what it is about."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.MAIL_DIR)
        folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            name = file_name(message)
            # Two workers never share a scratch file, and readers never see half a mail.
            scratch = folder / f".{name}.{os.urandom(4).hex()}.part"
            scratch.write_bytes(message.message().as_bytes(linesep="\r\n"))
            scratch.replace(folder / f"{name}.eml")
        return len(email_messages)


def file_name(message: EmailMessage) -> str:
    """Return a name without path signs; a mail that is not a message gets a random one."""
    headers = message.extra_headers
    if all(header in headers for header in NAMING_HEADERS):
        parts = [str(headers[header]) for header in NAMING_HEADERS]
    else:
        parts = [str(headers.get("X-Parlour-Kind", "mail")), os.urandom(8).hex()]
    return re.sub(r"[^A-Za-z0-9_-]", "_", "-".join(parts))[:150]


def forget_mails(references: Iterable[str]) -> None:
    """Delete the kept mails about these appointments."""
    folder = Path(settings.MAIL_DIR)
    for reference in references:
        for file in folder.glob(f"{reference}-*.eml"):
            file.unlink(missing_ok=True)
