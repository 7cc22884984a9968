"""Appointments as staff read them. Services change them; nobody edits a row."""

from functools import cached_property, partial
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods, require_safe
from unfold.decorators import display

from config import clock
from directory.admin.base import ParlourAdmin, ParlourInline, ReadOnly
from directory.catalogue import Catalogue
from directory.grants import PLAN
from directory.queries import catalogue
from directory.roles import may_ever
from scheduling.admin import papers
from scheduling.admin.actions import ACTIONS, TEMPLATES, act, open_actions, user_of
from scheduling.admin.history import differences, what_happened, who_did_it
from scheduling.admin.why_links import may_ask_why, why_booked
from scheduling.models import (
    Appointment,
    AppointmentEvent,
    BusyInterval,
    Document,
    Message,
)


def as_table(rows: list[tuple[Any, Any]]) -> SafeString:
    """Return a two-column table; everything in it is escaped."""
    body = format_html_join(
        "",
        '<tr><th scope="row" class="text-left pr-6 font-medium align-top">{}</th>'
        "<td>{}</td></tr>",
        rows,
    )
    return (
        format_html("<table><tbody>{}</tbody></table>", body)
        if rows
        else SafeString("-")
    )


class EventInline(ReadOnly, ParlourInline):
    """The history in words, the first change on top."""

    model = AppointmentEvent
    verbose_name_plural = "history"
    fields = ["at", "what", "who", "changed", "note"]
    readonly_fields = ["what", "who", "changed"]
    show_change_link = False
    hide_title = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[AppointmentEvent]:
        found: QuerySet[AppointmentEvent] = super().get_queryset(request)
        return found.select_related("user")

    @cached_property
    def standing(self) -> Catalogue:
        """Return the standing data, for names: an inline lives for one request."""
        return catalogue()

    @admin.display(description="what")
    def what(self, row: AppointmentEvent) -> str:
        return what_happened(row)

    @admin.display(description="who")
    def who(self, row: AppointmentEvent) -> str:
        return who_did_it(row)

    @admin.display(description="before and after")
    def changed(self, row: AppointmentEvent) -> SafeString:
        return format_html_join(
            SafeString("<br>"),
            "{}: {} \u2192 {}",
            (
                (one.label, one.old, one.new)
                for one in differences(row, standing=self.standing)
            ),
        ) or SafeString("-")


class MessageInline(ReadOnly, ParlourInline):
    model = Message
    fields = ["kind", "recipient", "address", "revision", "sent_at", "skipped"]
    show_change_link = False
    hide_title = True


STATUS_COLOURS = {
    Appointment.Status.REQUESTED: "warning",
    Appointment.Status.CONFIRMED: "success",
    Appointment.Status.COMPLETED: "info",
    Appointment.Status.NO_SHOW: "danger",
    Appointment.Status.CANCELLED: "danger",
}


@admin.register(Appointment)
class AppointmentAdmin(ReadOnly, ParlourAdmin):
    list_display = ["reference", "start_at_the_office", "who", "subject", "channel"]
    list_display += ["office", "advisor", "segments", "coloured_status"]
    list_filter = ["status", "channel", "office", "subject", "advisor", "starts_at"]
    search_fields = ["reference", "first_name", "last_name", "email", "customer_number"]
    date_hierarchy = "starts_at"
    inlines = [EventInline, MessageInline]
    change_form_outer_before_template = f"{TEMPLATES}/actions.html"
    change_form_outer_after_template = f"{TEMPLATES}/papers.html"
    fieldsets = [
        (
            "Meeting",
            {
                "fields": [
                    "reference",
                    "status",
                    "when",
                    "subject",
                    "channel",
                    "office",
                    "advisor",
                    "why_this_advisor",
                    "address_text",
                    "change_until",
                    "cancel_reason",
                    "outcome",
                ]
            },
        ),
        (
            "Who comes, as typed",
            {
                "fields": [
                    "customer",
                    "contact_name",
                    "email",
                    "phone",
                    "company",
                    "customer_number",
                    "language",
                    "remarks",
                ]
            },
        ),
        ("Answers", {"fields": ["answer_table"]}),
        (
            "Where it came from",
            {
                "fields": [
                    "segments",
                    "is_signed",
                    "metadata_table",
                    "attribution_table",
                    "offer_table",
                    "created_at",
                    "revision",
                ]
            },
        ),
    ]

    def get_urls(self) -> list[URLPattern]:
        """Add the documents and a page for each action, before the admin's own."""
        name = "scheduling_appointment"
        both = require_http_methods(["GET", "HEAD", "POST"])
        one = "<int:pk>/documents/<uuid:document>/"
        own = [
            ("<int:pk>/documents/", both(partial(papers.share, self)), "documents"),
            (one, require_safe(partial(papers.download, self)), "document"),
            (f"{one}remove/", both(partial(papers.take_back, self)), "take_back"),
            (
                "<int:pk>/documents.zip",
                require_safe(partial(papers.download_all, self)),
                "documents_zip",
            ),
            *(
                (f"<int:pk>/{slug}/", both(partial(act, self, slug=slug)), slug)
                for slug in ACTIONS
            ),
        ]
        return [
            *(
                path(route, self.admin_site.admin_view(view), name=f"{name}_{last}")
                for route, view, last in own
            ),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Appointment]:
        rows: QuerySet[Appointment] = super().get_queryset(request)
        return rows.select_related("subject", "office", "advisor", "customer")

    def list_links(self, request: HttpRequest) -> list[tuple[str, str]]:
        """Return the pages for staff who book and plan."""
        found: list[tuple[str, str]] = super().list_links(request)
        if may_ever(request.user, "add", Appointment):
            found.append(("Book for a customer", reverse("booking:start")))
        if may_ever(request.user, PLAN, Appointment):
            found.append(("Absent advisor", reverse("absence:page")))
        return found

    def find_or_404(self, request: HttpRequest, pk: int) -> Appointment:
        """Return an appointment that this user may see. One query."""
        found = self.get_queryset(request).filter(pk=pk).first()
        if found is None:
            raise Http404
        return found

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Add what may be done with the appointment, and its documents."""
        if (appointment := kwargs.get("obj")) is not None:
            context["papers"] = papers.papers_of(request, appointment)
            user = user_of(request)
            if found := open_actions(appointment, now=clock.now(), user=user):
                context["actions"] = found
            if may_ask_why(user):
                context["why"] = why_booked(appointment)
        page: HttpResponse = super().render_change_form(
            request, context, *args, **kwargs
        )
        return page

    @admin.display(description="start (at the office)", ordering="starts_at")
    def start_at_the_office(self, row: Appointment) -> str:
        return f"{row.starts_at.astimezone(row.office.zone):%a %d %b %Y, %H:%M}"

    @admin.display(description="when")
    def when(self, row: Appointment) -> str:
        zone = row.office.zone
        starts, ends = row.starts_at.astimezone(zone), row.ends_at.astimezone(zone)
        return f"{starts:%A %d %B %Y, %H:%M}-{ends:%H:%M} ({zone.key})"

    @admin.display(description="customer", ordering="last_name")
    def who(self, row: Appointment) -> str:
        return row.contact_name or row.email

    @admin.display(description="segments")
    def segments(self, row: Appointment) -> str:
        return ", ".join(row.segment_codes) or "none (general scheduling)"

    @display(description="status", ordering="status", label=STATUS_COLOURS)  # type: ignore[untyped-decorator]
    def coloured_status(self, row: Appointment) -> tuple[str, str]:
        return row.status, row.get_status_display()

    @admin.display(description="why this advisor")
    def why_this_advisor(self, row: Appointment) -> SafeString:
        reason = row.assignment_reason
        figures = reason.get("figures", {})
        rows = [(name.replace("_", " "), value) for name, value in figures.items()]
        return format_html(
            "{} ({}) {}",
            reason.get("sentence", "-"),
            reason.get("code", "-"),
            as_table(rows),
        )

    @admin.display(description="address")
    def address_text(self, row: Appointment) -> str:
        return ", ".join(str(part) for part in row.address.values() if part) or "-"

    @admin.display(description="answers")
    def answer_table(self, row: Appointment) -> SafeString:
        return as_table([(item["label"], item["text"]) for item in row.answers])

    @admin.display(description="metadata")
    def metadata_table(self, row: Appointment) -> SafeString:
        return as_table(list(row.metadata.items()))

    @admin.display(description="attribution")
    def attribution_table(self, row: Appointment) -> SafeString:
        return as_table(list(row.attribution.items()))

    @admin.display(description="settings and their rules")
    def offer_table(self, row: Appointment) -> SafeString:
        rows = [
            (name.replace("_", " "), ", ".join(origin["label"] for origin in origins))
            for name, origins in sorted(row.offer_reason.items())
        ]
        return as_table(rows)


@admin.register(BusyInterval)
class BusyIntervalAdmin(ReadOnly, ParlourAdmin):
    list_display = ["advisor", "kind", "starts_at", "ends_at", "is_active"]
    list_filter = ["kind", "is_active", "starts_at"]
    list_select_related = ["advisor"]
    search_fields = ["advisor__first_name", "advisor__last_name"]
    exclude = ["client", "claim", "flow"]


@admin.register(AppointmentEvent)
class AppointmentEventAdmin(ReadOnly, ParlourAdmin):
    list_display = ["at", "appointment", "kind", "actor", "user", "note"]
    list_filter = ["kind", "actor", "at"]
    list_select_related = ["appointment__subject", "user"]
    search_fields = ["appointment__reference", "note"]


@admin.register(Message)
class MessageAdmin(ReadOnly, ParlourAdmin):
    list_display = ["created_at", "appointment", "kind", "recipient", "sent_at"]
    list_display += ["skipped"]
    list_filter = ["kind", "recipient", "sent_at"]
    list_select_related = ["appointment__subject"]
    search_fields = ["appointment__reference", "address"]


@admin.register(Document)
class DocumentAdmin(ReadOnly, ParlourAdmin):
    list_display = ["name", "appointment", "side", "content_type", "size", "created_at"]
    list_filter = ["side", "content_type"]
    list_select_related = ["appointment__subject"]
    search_fields = ["name", "appointment__reference"]
    exclude = ["file", "flow"]
