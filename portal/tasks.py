"""Jobs that the worker does for the portal."""

from datetime import timedelta

from django.contrib.sessions.backends.db import SessionStore
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from config import clock
from portal import password_mails
from portal.models import UsedHandover
from scheduling.messages import MAIL_QUEUE

CLOCKS_DIFFER = timedelta(hours=1)


@app.task(
    name=password_mails.SEND_PASSWORD_LINK,
    queue=MAIL_QUEUE,
    retry=RetryStrategy(max_attempts=8, exponential_wait=2),
)
def send_password_link(*, address: str) -> None:
    password_mails.send_password_link(address)


@app.periodic(cron="7 * * * *")
@app.task(name="portal.purge", queueing_lock="portal_purge")
def purge(timestamp: int) -> None:
    """Forget hand-overs that are refused as expired now, and sessions that are over."""
    UsedHandover.objects.filter(expires_at__lt=clock.now() - CLOCKS_DIFFER).delete()
    SessionStore.clear_expired()
