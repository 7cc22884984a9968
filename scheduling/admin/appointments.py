"""Appointments as staff read them. Services change them; nobody edits a row."""

from functools import cached_property, partial
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from config import clock
from directory.admin.base import ParlourAdmin, ParlourInline, ReadOnly
from directory.catalogue import Catalogue
from directory.grants import PLAN
from directory.queries import catalogue
from directory.roles import may, may_ever
from scheduling.admin import list_csv, list_views, papers
from scheduling.admin.actions import (
    ACTIONS,
    CHANGE,
    TEMPLATES,
    act,
    open_actions,
    user_of,
)
from scheduling.admin.detail import Detailed, notes_of
from scheduling.admin.history import differences, what_happened, who_did_it
from scheduling.admin.listed import Listed
from scheduling.admin.searching import SearchesApart
from scheduling.admin.why_links import may_ask_why, why_booked
from scheduling.forms.staff import NoteForm
from scheduling.models import (
    Appointment,
    AppointmentEvent,
    BusyInterval,
    Document,
    Message,
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


@admin.register(Appointment)
class AppointmentAdmin(Listed, Detailed, ReadOnly, ParlourAdmin):
    inlines = [EventInline, MessageInline]
    list_before_template = f"{TEMPLATES}/list_top.html"
    change_form_outer_before_template = f"{TEMPLATES}/summary.html"
    change_form_outer_after_template = f"{TEMPLATES}/papers.html"

    class Media:
        css = {"all": ["css/list-views.css"]}

    def get_urls(self) -> list[URLPattern]:
        """Add the documents and a page for each action, before the admin's own."""
        name = "scheduling_appointment"
        both = require_http_methods(["GET", "HEAD", "POST"])
        one = "<int:pk>/documents/<uuid:document>/"
        own = [
            ("views/", both(partial(list_views.views_page, self)), "views"),
            (
                "views/<int:view>/delete/",
                require_POST(partial(list_views.delete, self)),
                "view_delete",
            ),
            ("file/", require_safe(partial(list_csv.download, self)), "file"),
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

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        context = {**(extra_context or {}), **list_views.tabs_of(request)}
        return super().changelist_view(request, context)

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
            user = user_of(request)
            context["papers"] = papers.papers_of(request, appointment)
            context["notes"] = notes_of(appointment)
            if may(user, CHANGE, appointment):
                seen = {"revision": appointment.revision}
                context["note_form"] = NoteForm(initial=seen)
            if found := open_actions(appointment, now=clock.now(), user=user):
                context["actions"] = found
            if may_ask_why(user):
                context["why"] = why_booked(appointment)
        page: HttpResponse = super().render_change_form(
            request, context, *args, **kwargs
        )
        return page


@admin.register(BusyInterval)
class BusyIntervalAdmin(ReadOnly, ParlourAdmin):
    list_display = ["advisor", "kind", "starts_at", "ends_at", "is_active"]
    list_filter = ["kind", "is_active", "starts_at"]
    list_select_related = ["advisor"]
    search_fields = ["advisor__first_name", "advisor__last_name"]
    exclude = ["client", "claim", "flow"]


@admin.register(AppointmentEvent)
class AppointmentEventAdmin(SearchesApart, ReadOnly, ParlourAdmin):
    list_display = ["at", "appointment", "kind", "actor", "user", "note"]
    ordering = ["-at", "-pk"]
    list_filter = ["kind", "actor", "at"]
    list_select_related = ["appointment__subject", "user"]
    search_fields = ["appointment__reference", "note"]


@admin.register(Message)
class MessageAdmin(SearchesApart, ReadOnly, ParlourAdmin):
    list_display = ["created_at", "appointment", "kind", "recipient", "sent_at"]
    list_display += ["skipped"]
    list_filter = ["kind", "recipient", "sent_at"]
    list_select_related = ["appointment__subject"]
    search_fields = ["appointment__reference", "address"]


@admin.register(Document)
class DocumentAdmin(SearchesApart, ReadOnly, ParlourAdmin):
    list_display = ["name", "appointment", "side", "content_type", "size", "created_at"]
    ordering = ["-created_at", "-pk"]
    list_filter = ["side", "content_type"]
    list_select_related = ["appointment__subject"]
    search_fields = ["name", "appointment__reference"]
    exclude = ["file", "flow"]
