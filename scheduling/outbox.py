"""Mail without a mail server: one file a message."""

import os
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class MailFiles(BaseEmailBackend):
    """Keep each mail as an `.eml` file in MAIL_DIR, named by time and reference."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.MAIL_DIR)
        folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            headers = message.extra_headers
            name = "-".join(
                str(part)
                for part in (
                    headers.get("X-Parlour-Reference", "mail"),
                    headers.get("X-Parlour-Kind", "message"),
                    headers.get("X-Parlour-Revision", "0"),
                    os.urandom(4).hex(),
                )
            )
            scratch = folder / f".{name}.part"
            scratch.write_bytes(message.message().as_bytes(linesep="\r\n"))
            scratch.rename(folder / f"{name}.eml")  # readers never see half a mail
        return len(email_messages)
