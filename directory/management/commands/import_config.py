"""Read the whole configuration from one text."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import clock
from directory.transfer.importing import (
    Report,
    import_configuration,
    try_configuration,
)


class Command(BaseCommand):
    """Write what a file made by export_config says: all of it, or nothing."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file's name."""
        parser.add_argument("file", help="The file; - reads the standard input.")
        parser.add_argument(
            "--dry-run", action="store_true", help="Only tell what would be written."
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Import the file and tell what changed."""
        name: str = options["file"]
        text, now = read(name), clock.now()
        if options["dry_run"]:
            report = try_configuration(text, now=now)
        else:
            short = "standard input" if name == "-" else Path(name).name
            report = import_configuration(text, reason=f"import of {short}", now=now)
        if report.problems:
            sentences = "\n".join(f"  {problem}" for problem in report.problems)
            raise CommandError(f"Nothing was written:\n{sentences}")
        self.tell(report)
        if options["dry_run"]:
            self.stdout.write("This was a dry run: nothing was written.")

    def tell(self, report: Report) -> None:
        """Print each object that changes, and how many do not."""
        for made in report.created:
            self.stdout.write(f"new {made.word} {made.title}")
            if made.note:
                self.stdout.write(f"    {made.note}")
        for changed in report.changed:
            self.stdout.write(f"changed {changed.word} {changed.title}")
            for difference in changed.differences:
                self.stdout.write(f"    {difference}")
        for left in report.untouched:
            self.stdout.write(f"not in the file, left alone: {left.word} {left.title}")
        self.stdout.write(
            f"{len(report.created)} new, {len(report.changed)} changed, "
            f"{report.unchanged} unchanged, {len(report.untouched)} left alone."
        )


def read(name: str) -> str:
    """Return a file's text.

    Raises:
        CommandError: it cannot be read.
    """
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return data.decode()
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{name} is no text in UTF-8.") from error
