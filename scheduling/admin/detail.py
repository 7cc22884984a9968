"""One appointment as staff read it: what it is, who comes, and where it came from."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from scheduling.admin.history import who_wrote_it
from scheduling.causes.rules import LABELS
from scheduling.models import Appointment
from scheduling.services.noting import NOTED

NOTHING = "-"
GENERAL = "None (general scheduling)"
# Shown only where there is something to read.
OPTIONAL = {
    "address_text": "address",
    "cancel_reason": "cancel_reason",
    "outcome": "outcome",
    "company": "company",
    "customer_number": "customer_number",
    "remarks": "remarks",
    "answer_table": "answers",
    "metadata_table": "metadata",
    "attribution_table": "attribution",
    "offer_table": "offer_reason",
}
MEETING = [
    "reference",
    "status",
    "when",
    "subject",
    "channel",
    "office",
    "address_text",
]
MEETING += ["advisor", "why_this_advisor", "deadline", "cancel_reason", "outcome"]
PERSON = ["customer", "contact_name", "email", "phone", "company", "customer_number"]
PERSON += ["language", "remarks"]
ORIGIN = ["segments", "link", "metadata_table", "attribution_table", "offer_table"]
ORIGIN += ["booked_at", "revision"]
FIELDSETS: list[tuple[str, dict[str, Any]]] = [
    ("Meeting", {"fields": MEETING}),
    ("Who comes, as typed", {"fields": PERSON}),
    ("Answers", {"fields": ["answer_table"]}),
    ("Where it came from", {"fields": ORIGIN}),
]


@dataclass(frozen=True, slots=True)
class Note:
    """What a colleague wrote, and when."""

    text: str
    who: str
    at: datetime


def notes_of(appointment: Appointment) -> list[Note]:
    """Return the notes of staff, the latest first. One query."""
    rows = appointment.events.filter(kind=NOTED).select_related("user")
    return [
        Note(row.note, who_wrote_it(row), row.at) for row in rows.order_by("-at", "-pk")
    ]


def as_table(rows: Iterable[tuple[Any, Any]]) -> SafeString:
    """Return a two-column table; everything in it is escaped."""
    found = list(rows)
    if not found:
        return SafeString(NOTHING)
    body = format_html_join(
        "",
        '<tr><th scope="row" class="text-left pr-6 font-medium align-top">{}</th>'
        "<td>{}</td></tr>",
        found,
    )
    return format_html("<table><tbody>{}</tbody></table>", body)


def filled(
    fieldsets: Iterable[tuple[Any, Any]], appointment: Appointment | None
) -> Iterator[tuple[Any, Any]]:
    """Yield the fieldsets without what this appointment has nothing of."""
    for title, options in fieldsets:
        fields = [
            name
            for name in options["fields"]
            if name not in OPTIONAL or getattr(appointment, OPTIONAL[name], None)
        ]
        if fields:
            yield title, {**options, "fields": fields}


class Detailed:
    """Beside a ModelAdmin: the appointment's page."""

    fieldsets = FIELDSETS

    def get_fieldsets(
        self, request: HttpRequest, obj: Appointment | None = None
    ) -> list[tuple[Any, Any]]:
        own = super().get_fieldsets(request, obj)  # type: ignore[misc]
        return list(filled(own, obj))

    @admin.display(description="when")
    def when(self, row: Appointment) -> str:
        zone = row.office.zone
        starts, ends = row.starts_at.astimezone(zone), row.ends_at.astimezone(zone)
        return f"{starts:%A %-d %B %Y, %H:%M}-{ends:%H:%M} ({zone.key})"

    @admin.display(description="segments")
    def segments(self, row: Appointment) -> str:
        return ", ".join(row.segment_codes) or GENERAL

    @admin.display(description="link")
    def link(self, row: Appointment) -> str:
        return "Signed" if row.is_signed else "Not signed"

    @admin.display(description="customers change until")
    def deadline(self, row: Appointment) -> str:
        return f"{row.change_until.astimezone(row.office.zone):%A %-d %B %Y, %H:%M}"

    @admin.display(description="booked")
    def booked_at(self, row: Appointment) -> str:
        return f"{row.created_at.astimezone(row.office.zone):%A %-d %B %Y, %H:%M}"

    @admin.display(description="why this advisor")
    def why_this_advisor(self, row: Appointment) -> SafeString:
        reason = row.assignment_reason
        rows = [
            (name.replace("_", " "), value)
            for name, value in reason.get("figures", {}).items()
        ]
        return format_html(
            "{}{}{}",
            reason.get("sentence", NOTHING),
            f" ({reason['code']})" if reason.get("code") else "",
            as_table(rows) if rows else "",
        )

    @admin.display(description="address")
    def address_text(self, row: Appointment) -> str:
        return ", ".join(str(part) for part in row.address.values() if part) or NOTHING

    @admin.display(description="answers")
    def answer_table(self, row: Appointment) -> SafeString:
        return as_table((item["label"], item["text"]) for item in row.answers)

    @admin.display(description="metadata")
    def metadata_table(self, row: Appointment) -> SafeString:
        return as_table(row.metadata.items())

    @admin.display(description="attribution")
    def attribution_table(self, row: Appointment) -> SafeString:
        return as_table(row.attribution.items())

    @admin.display(description="settings and their rules")
    def offer_table(self, row: Appointment) -> SafeString:
        return as_table(
            (
                LABELS.get(name, name.replace("_", " ").capitalize()),
                # What was overruled is told in sentences, the others are names.
                (", " if name in LABELS else " ").join(
                    origin["label"] for origin in origins
                ),
            )
            for name, origins in sorted(row.offer_reason.items())
        )
