"""The mail with a link that sets a new password.

The job gets the address as it was typed, known or not, so asking takes as long for the
one as for the other. What was typed never gets into a mail.
"""

import unicodedata
from datetime import datetime

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core import mail
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from directory.models import User
from scheduling.errors import LimitReached
from scheduling.letters import Row, one_line, organisation
from scheduling.messages import MAIL_QUEUE
from scheduling.services import limits

SEND_PASSWORD_LINK = "portal.send_password_link"  # noqa: S105  no password
MAILS_PER_HOUR = 5  # to one address


def queue_password_link(address: str, *, now: datetime) -> None:
    """Queue the mail to whoever has this address; too many are dropped in silence."""
    key = limits.client_key(f"password:{address.strip().lower()}")
    try:
        limits.check(key, limits.HOUR, MAILS_PER_HOUR, now=now)
    except LimitReached:
        return
    limits.add(key, limits.HOUR, now=now)
    # By name: the job's module stands above this one.
    app.configure_task(SEND_PASSWORD_LINK, queue=MAIL_QUEUE).defer(address=address)


def send_password_link(address: str) -> None:
    """Send a link to each customer with this address who signs in by password."""
    for user, to in users_of(address):
        send_link(user, to)


def users_of(address: str) -> list[tuple[User, str]]:
    """Return who may get a link by this address, and their address as we know it.

    Nobody from the back office; nobody who may not sign in; nobody whose sign-in is the
    organisation's own portal.
    """
    found = User.objects.select_related("customer").filter(
        Q(email__iexact=address) | Q(customer__email__iexact=address),
        is_active=True,
        customer__isnull=False,
    )
    return [
        (user, own)
        for user in found
        if may_have_password(user)
        for own in dict.fromkeys([user.customer.email, user.email])
        if is_same_address(own, address)
    ][:MAILS_PER_HOUR]


def may_have_password(user: User) -> bool:
    """Tell whether a customer may set a new password."""
    is_closed = not user.is_active or user.is_staff or user.is_superuser
    is_shut_demo = user.is_demo and not settings.DEMO
    return not (is_closed or is_shut_demo) and user.has_usable_password()


def is_same_address(own: str, typed: str) -> bool:
    """Compare more strictly than the database: no look-alike letters."""
    return plain(own) == plain(typed)


def plain(address: str) -> str:
    return unicodedata.normalize("NFKC", address.strip()).casefold()


def send_link(user: User, address: str) -> None:
    """Mail one link, in the customer's language."""
    language = user.customer.language
    with translation.override(language):
        title = _("A new password for your appointments")
        action = _("Choose a new password")
        letter = {
            "title": title,
            "language": language,
            "greeting": _("Hello {name},").format(
                name=one_line(user.customer.name, limit=80)
            )
            if user.customer.name
            else _("Hello,"),
            "opening": _(
                "With this link you choose a new password. It works for one hour, and "
                "once. You did not ask for it? Then ignore this mail: nothing has changed."
            ),
            "rows": [Row(_("User name"), one_line(user.get_username()))],
            "note": None,
            "actions": [Row(action, action, password_url(user))],
            "organisation": organisation(),
        }
        composed = mail.EmailMultiAlternatives(
            subject=title,
            body=render_to_string("emails/letter.txt", {"letter": letter}),
            to=[address],
            headers={
                "Auto-Submitted": "auto-generated",
                "Content-Language": language,
                "X-Parlour-Kind": "password",
            },
        )
        html = render_to_string("emails/letter.html", {"letter": letter})
    composed.attach_alternative(html, "text/html")
    composed.send()


def password_url(user: User) -> str:
    """Return the address that sets a new password, once."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    token = default_token_generator.make_token(user)
    return f"{settings.BASE_URL}{reverse('portal:password-new', args=[uid, token])}"
