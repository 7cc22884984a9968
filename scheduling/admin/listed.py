"""Appointments as a list: a line each, in the order in which staff read them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    MultipleChoicesDropdownFilter,
)
from unfold.decorators import display

from scheduling.admin.list_filters import (
    DatesFilter,
    DropdownWithinReach,
    NeedsFilter,
    SegmentFilter,
    WhenFilter,
    is_looking_ahead,
)
from scheduling.models import Appointment

STATUS_COLOURS = {
    Appointment.Status.REQUESTED: "warning",
    Appointment.Status.CONFIRMED: "success",
    Appointment.Status.COMPLETED: "info",
    Appointment.Status.NO_SHOW: "danger",
    Appointment.Status.CANCELLED: "danger",
}


def two_lines(first: Any, second: Any) -> SafeString:
    """Return a cell with a second line in small print."""
    return format_html(
        '<span><span class="block">{}</span><span class="block text-xs">{}</span></span>',
        first,
        second,
    )


class Listed:
    """Beside a ModelAdmin: columns, filters and order of the appointment list."""

    list_display = ["start", "coloured_status", "who", "what", "with_whom", "codes"]
    list_filter = [
        WhenFilter,
        DatesFilter,
        NeedsFilter,
        ("status", MultipleChoicesDropdownFilter),
        SegmentFilter,
        ("subject", DropdownWithinReach),
        ("channel", ChoicesDropdownFilter),
        ("office", DropdownWithinReach),
        ("advisor", DropdownWithinReach),
    ]
    search_fields = ["reference", "first_name", "last_name", "email", "customer_number"]
    search_help_text = "Reference, name, e-mail address or customer number"

    def get_ordering(self, request: HttpRequest) -> list[str]:
        return (
            ["starts_at", "pk"] if is_looking_ahead(request) else ["-starts_at", "pk"]
        )

    @admin.display(description="start (at the office)", ordering="starts_at")
    def start(self, row: Appointment) -> SafeString:
        zone = row.office.zone
        starts, ends = row.starts_at.astimezone(zone), row.ends_at.astimezone(zone)
        return two_lines(f"{starts:%a %-d %b %Y}", f"{starts:%H:%M}-{ends:%H:%M}")

    @display(description="status", ordering="status", label=STATUS_COLOURS)  # type: ignore[untyped-decorator]
    def coloured_status(self, row: Appointment) -> tuple[str, str]:
        return row.status, row.get_status_display()

    @admin.display(description="customer", ordering="last_name")
    def who(self, row: Appointment) -> SafeString:
        return two_lines(row.contact_name or row.email, row.reference)

    @admin.display(description="subject and channel", ordering="subject__name")
    def what(self, row: Appointment) -> SafeString:
        return two_lines(row.subject.name, row.get_channel_display())

    @admin.display(description="advisor and office", ordering="advisor__last_name")
    def with_whom(self, row: Appointment) -> SafeString:
        return two_lines(row.advisor.name, row.office.name)

    @admin.display(description="segments")
    def codes(self, row: Appointment) -> str:
        return ", ".join(row.segment_codes) or "-"
