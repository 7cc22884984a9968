"""A mail that went out, taken apart."""

from scheduling.messages import send
from tests.factories import (
    NOW,
    MessageFactory,
)


def mail_to(appointment, *, kind="confirmed", recipient="customer"):
    advisor = appointment.advisor if recipient == "advisor" else None
    message = MessageFactory(
        appointment=appointment,
        kind=kind,
        revision=appointment.revision,
        recipient=recipient,
        advisor=advisor,
        address=appointment.email if advisor is None else advisor.email,
    )
    send(message.pk, now=NOW)
    message.refresh_from_db()
    return message


def parts_of(sent):
    return {part.get_content_type(): part for part in sent.message().walk()}


def text_of(sent):
    return sent.body
