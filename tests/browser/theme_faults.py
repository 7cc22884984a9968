"""What axe finds in the back office and what is the theme's: this list may only shrink.

A fault that no entry names fails the walk of test_back_office.py, and so does an entry
that no page has any more.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Known:
    """A fault of the theme: axe's rule, on which pages, at which elements, and why."""

    rule: str
    pages: str
    elements: str
    why: str

    def fits(self, rule: str, page: str, element: str) -> bool:
        return bool(
            self.rule == rule
            and re.search(self.pages, page)
            and re.search(self.elements, element)
        )


KNOWN = [
    Known(
        "empty-table-header",
        r"_(add|change)$",
        r"thead|lg\\:w-px",
        "The theme heads the column of an inline table's delete boxes with nothing.",
    ),
    Known(
        "landmark-unique",
        r"_(add|change)$|^admin:scheduling_appointment_",
        r"simplebar-content-wrapper",
        "Its scroll library calls each table that is too wide 'scrollable content'.",
    ),
    Known(
        "aria-prohibited-attr",
        r"auth_group_(add|change)$|directory_user_change$",
        r"help-tooltip",
        "Django's chooser of permissions names an icon that has no role.",
    ),
    Known(
        "color-contrast",
        r"auth_group_(add|change)$|directory_user_change$",
        r"_(selected_)?input ",
        "The words inside that chooser's filter fields are too pale.",
    ),
]
