"""Write the advisors' portraits to static/img/advisors/."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from showcase.portraits import FACES, draw


class Command(BaseCommand):
    """Needed only after a change of showcase/portraits.py: the files are committed."""

    help = __doc__

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Draw every face anew."""
        folder = settings.BASE_DIR / "static/img/advisors"
        folder.mkdir(parents=True, exist_ok=True)
        for code, face in FACES.items():
            (folder / f"{code}.svg").write_text(draw(face), encoding="utf-8")
