"""The appointment list as a CSV file: the same rows in the same order, all pages."""

import csv
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse

from config import clock
from directory.transfer.cells import escaped
from scheduling.admin.list_filters import today_of
from scheduling.models import Appointment
from scheduling.views.access import see_other

MARK = "\ufeff"  # spreadsheets take a file for UTF-8 only when it begins with it
AT_ONCE = 2000
MINUTE = timedelta(minutes=1)
COLUMNS = ["reference", "status", "date", "start", "end", "minutes", "time_zone"]
COLUMNS += ["subject", "channel", "office", "advisor", "segments", "signed"]
COLUMNS += ["first_name", "last_name", "email", "phone", "company", "customer_number"]
COLUMNS += ["language", "booked_at", "cancel_reason", "outcome"]


class Echo:
    """A file that gives back what is written."""

    def write(self, text: str) -> str:
        return text


def download(model_admin: Any, request: HttpRequest) -> HttpResponseBase:
    """Send what the list of this address shows. As many queries as the list.

    Filters that are not understood lead back to the list.
    """
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    try:
        listed = model_admin.get_changelist_instance(request)
    except IncorrectLookupParameters:
        return see_other(reverse("admin:scheduling_appointment_changelist"))
    rows = listed.queryset.iterator(chunk_size=AT_ONCE)
    response = StreamingHttpResponse(
        lines(rows), content_type="text/csv; charset=utf-8"
    )
    name = f"appointments-{today_of(clock.now())}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def lines(rows: Iterable[Appointment]) -> Iterator[str]:
    """Yield the file's lines; no spreadsheet takes a text for a formula."""
    writer = csv.writer(Echo())
    yield MARK + writer.writerow(COLUMNS)
    for row in rows:
        yield writer.writerow([escaped(text) for text in cells(row)])


def cells(row: Appointment) -> list[str]:
    """Return a row's texts; times are those of its office."""
    zone = row.office.zone
    starts, ends = row.starts_at.astimezone(zone), row.ends_at.astimezone(zone)
    return [
        row.reference,
        row.status,
        f"{starts:%Y-%m-%d}",
        f"{starts:%H:%M}",
        f"{ends:%H:%M}",
        str((row.ends_at - row.starts_at) // MINUTE),
        zone.key,
        row.subject.code,
        row.channel,
        row.office.code,
        row.advisor.code,
        ", ".join(row.segment_codes),
        "yes" if row.is_signed else "no",
        row.first_name,
        row.last_name,
        row.email,
        row.phone,
        row.company,
        row.customer_number,
        row.language,
        f"{row.created_at.astimezone(zone):%Y-%m-%d %H:%M}",
        row.cancel_reason,
        row.outcome,
    ]
