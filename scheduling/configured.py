"""What the file of the whole configuration holds of messages."""

from collections.abc import Iterator, Mapping
from typing import Any

from directory.transfer.kinds import Kind
from scheduling.kinds import KINDS as MESSAGES
from scheduling.models import MessageTemplate, Reminder
from scheduling.wordings import BrokenWordingError, parts_of

LONGEST = 5000


def sendable_words(
    row: MessageTemplate, _before: Mapping[str, Any] | None
) -> Iterator[tuple[str, str]]:
    """Yield what keeps a text from being sent: the reader, the merge fields, its length."""
    if row.kind not in MESSAGES:
        yield "kind", f"Write one of: {', '.join(MESSAGES)}."
    elif row.recipient not in MESSAGES[row.kind].words:
        yield "recipient", "This message does not go to this reader."
    if not row.title.isprintable():
        yield "title", "Write the subject line in one line."
    for name in ("title", "opening", "closing"):
        text = getattr(row, name)
        if len(text) > LONGEST:
            yield name, f"Write {LONGEST:,} characters at most."
        try:
            parts_of(text)
        except BrokenWordingError as error:
            yield name, str(error)
    if not (row.title or row.opening or row.closing):
        yield "", "Write one text at least."


REMINDERS = Kind(
    name="reminders",
    model=Reminder,
    word="reminder",
    key=("code",),
    order=("code",),
    fields=(
        "code",
        "minutes_before",
        "recipient",
        "channels",
        "sends_from",
        "sends_until",
        "is_active",
    ),
)
MESSAGE_TEXTS = Kind(
    name="message_texts",
    model=MessageTemplate,
    word="message text",
    key=("kind", "recipient", "language"),
    order=("kind", "recipient", "language"),
    fields=("kind", "recipient", "language", "title", "opening", "closing"),
    checks=(sendable_words,),
)
KINDS = [REMINDERS, MESSAGE_TEXTS]
