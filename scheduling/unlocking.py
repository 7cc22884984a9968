"""The mail with a one-time code, by which a customer opens the documents of a meeting.

It holds nothing that anybody wrote, so nobody can use it to send words to others.
"""

from datetime import datetime

from django.core import mail
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from directory.queries import catalogue
from scheduling.messages import MAIL_QUEUE
from scheduling.models import AccessCode, Appointment, AppointmentEvent
from scheduling.tokens import one_time_code

SEND_ACCESS_CODE = "scheduling.send_access_code"


def queue_access_code(code: AccessCode) -> None:
    """Queue the mail in the transaction that made the code."""
    # By name: the job's module stands above this one.
    app.configure_task(SEND_ACCESS_CODE, queue=MAIL_QUEUE).defer(code_id=code.pk)


def send_access_code(code_id: int, *, now: datetime) -> None:
    """Send the code unless it is used, too old or replaced. Four queries at most."""
    code = (
        AccessCode.objects.select_related("appointment")
        .filter(pk=code_id, used_at=None, expires_at__gt=now)
        .first()
    )
    if code is None or not is_latest(code):
        return
    address = trusted_address(code.appointment)
    if not address:
        return
    organisation = catalogue().organisation
    language = code.appointment.language or organisation.language
    with translation.override(language):
        mail.EmailMessage(
            subject=_("Your code for the documents of your meeting"),
            body=render_to_string(
                "emails/code.txt",
                {
                    "code": one_time_code(code.pk, code.created_at),
                    "organisation": organisation,
                },
            ),
            to=[address],
            headers={
                "Auto-Submitted": "auto-generated",
                "Content-Language": language,
                "X-Parlour-Kind": "code",
            },
        ).send()


def is_latest(code: AccessCode) -> bool:
    """Tell whether nobody asked for another code since. One query."""
    newer = AccessCode.objects.filter(appointment=code.appointment_id, pk__gt=code.pk)
    return not newer.exists()


def trusted_address(appointment: Appointment) -> str:
    """Return the address that the customer is known by. One query.

    Whoever holds the manage link may give the meeting another address. Codes do not go
    there, or a leaked link would open the documents: what counts is the address of the
    booking, or what staff or the signed-in customer have made of it.
    """
    edits = AppointmentEvent.objects.filter(
        appointment=appointment, new__has_key="email", old__has_key="email"
    ).order_by("at", "pk")
    address = None
    for edit in edits:
        if address is None:
            address = edit.old["email"]
        if edit.actor != AppointmentEvent.Actor.CUSTOMER or edit.user_id is not None:
            address = edit.new["email"]
    return str(appointment.email if address is None else address).strip()
