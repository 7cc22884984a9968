"""Write the whole configuration as one text."""

from typing import Any

from django.core.management.base import BaseCommand

from directory.transfer.dumping import export_configuration


class Command(BaseCommand):
    """Print the configuration: no secrets, no customers, no appointments."""

    help = __doc__

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Write the text to the standard output."""
        self.stdout.write(export_configuration(), ending="")
