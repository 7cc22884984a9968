"""Staff's own words in messages: merge fields, their check, and how they are filled.

A text is data. It is never given to `str.format`, which could read attributes: only
names of `FIELDS` are replaced, by text.
"""

from collections.abc import Mapping
from string import Formatter

from scheduling.models import MessageTemplate

FIELDS: Mapping[str, str] = {
    "subject": "What the meeting is about",
    "person": "Whom the reader meets",
    "when": "Day and time on the reader's clock",
    "reference": "The meeting's reference",
    "office": "The office's name",
    "first_name": "The reader's first name",
    "organisation": "Our name",
    "channel": "How they meet",
}


class BrokenWordingError(ValueError):
    """A text cannot be filled; the sentence says why."""


def fill(text: str, words: Mapping[str, str]) -> str:
    """Return the text with its merge fields replaced; `{{` stays one brace.

    Raises:
        BrokenWordingError: an unknown field, or braces that do not match.
    """
    return "".join(
        literal + (words[name] if name is not None else "")
        for literal, name in parts_of(text)
    )


def parts_of(text: str) -> list[tuple[str, str | None]]:
    """Return literal texts, each with the name of the field that follows it, or None.

    Raises:
        BrokenWordingError: as `fill`.
    """
    try:
        parsed = list(Formatter().parse(text))
    except ValueError as error:
        raise BrokenWordingError(
            "A brace is open or closed alone. Write a merge field as {subject}; you can "
            f"use {allowed()}. For a brace itself write two."
        ) from error
    for _literal, name, spec, conversion in parsed:
        if name is None:
            continue
        if name not in FIELDS:
            raise BrokenWordingError(
                f"{{{name}}} is no merge field. You can use {allowed()}."
            )
        if spec or conversion:
            raise BrokenWordingError(
                f"Write {{{name}}} with nothing after the name. You can use {allowed()}."
            )
    return [(literal, name) for literal, name, _spec, _conversion in parsed]


def allowed() -> str:
    """Return all merge fields as staff write them."""
    return ", ".join(f"{{{name}}}" for name in FIELDS)


def own_words(kind: str, recipient: str, language: str) -> MessageTemplate | None:
    """Return what staff wrote for this message; None: nothing. One query."""
    return MessageTemplate.objects.filter(
        kind=kind, recipient=recipient, language=language
    ).first()
