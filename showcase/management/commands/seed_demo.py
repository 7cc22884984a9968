"""Load the demo bank, and fill its coming two weeks."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.clock import now
from showcase.seed.meetings import fill_diary
from showcase.seed.standing import load_bank
from showcase.seed.visits import fill_visits


class Command(BaseCommand):
    """Make what is missing; the same day again changes nothing."""

    help = __doc__

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Load standing data, then the diary around today."""
        if not settings.DEMO:
            raise CommandError("The demo bank is loaded with DEMO=1 only.")
        moment = now()
        load_bank(now=moment, address=settings.BASE_URL)
        count = fill_diary(now=moment)
        fill_visits(now=moment)
        self.stdout.write(f"The demo bank is ready ({count} meetings planned anew).")
