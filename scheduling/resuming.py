"""The mail with a link that opens a visitor's walk on another device.

It holds nothing that the visitor wrote, so nobody can use it to send words to others.
"""

from django.conf import settings
from django.core import mail
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from directory.queries import catalogue
from scheduling.messages import MAIL_QUEUE
from scheduling.models import Flow
from scheduling.tokens import resume_token

SEND_RESUME_LINK = "scheduling.send_resume_link"


def queue_resume_link(flow: Flow, *, address: str) -> None:
    """Queue the mail in the transaction that made the link valid."""
    # By name: the job's module stands above this one.
    app.configure_task(SEND_RESUME_LINK, queue=MAIL_QUEUE).defer(
        flow_id=flow.pk, number=flow.resume_count, address=address
    )


def send_resume_link(flow_id: str, number: int, address: str) -> None:
    """Send the mail unless the flow has gone or booked, or a newer link replaced it."""
    flow = Flow.objects.filter(pk=flow_id, is_booked=False, resume_count=number).first()
    if flow is None:
        return
    organisation = catalogue().organisation
    language = flow.language or organisation.language
    with translation.override(language):
        mail.EmailMessage(
            subject=_("Your link to go on with your meeting"),
            body=render_to_string(
                "emails/resume.txt",
                {
                    "url": resume_url(resume_token(flow.pk, number)),
                    "organisation": organisation,
                },
            ),
            to=[address],
            headers={
                "Auto-Submitted": "auto-generated",
                "Content-Language": language,
                "X-Parlour-Kind": "resume",
            },
        ).send()


def resume_url(token: str) -> str:
    """Return the address of a resume link."""
    return f"{settings.BASE_URL}/schedule/resume/{token}/"
