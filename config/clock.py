"""The time, as views, commands and jobs read it."""

from datetime import datetime

from django.conf import settings
from django.utils import timezone


def now() -> datetime:
    """Return the present in UTC; a demo may live at another time (DEMO_CLOCK)."""
    return timezone.now() + settings.CLOCK_OFFSET
