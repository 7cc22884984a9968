"""Signing keys, contexts and broken links."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from config import clock
from directory.admin.base import ParlourAdmin, ReadOnly
from directory.admin.keys import SecretKeyAdmin
from segments.models import LinkContext, LinkKey, LinkProblem
from segments.problems import WORDS, words_of
from segments.services import end_contexts

Contexts = QuerySet[LinkContext]

EXPLAINED = {"segment", "subject", "channel", "office", "advisor"}


@admin.register(LinkKey)
class LinkKeyAdmin(SecretKeyAdmin):
    """Keys that sign scheduling links and orders for contexts."""

    list_display = ["kid", "name", "may_sign_for", "created_at", "revoked_at"]
    list_filter = ["signs_every_segment", "revoked_at"]
    autocomplete_fields = ["segments"]
    fields = ["kid", "name", "signs_every_segment", "segments"]
    fields += ["created_at", "revoked_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[LinkKey]:
        keys: QuerySet[LinkKey] = super().get_queryset(request)
        return keys.prefetch_related("segments")

    @admin.display(description="may sign for")
    def may_sign_for(self, key: LinkKey) -> str:
        if key.signs_every_segment:
            return "Every segment"
        codes = [segment.code for segment in key.segments.all()]
        return ", ".join(codes) or "Links without a segment"


def is_used_up() -> Q:
    return Q(is_single_use=True, used_at__isnull=False)


STATES: dict[str, tuple[str, Callable[[datetime], Q]]] = {
    "unused": (
        "Not used yet",
        lambda now: Q(used_at=None, expires_at__gt=now),
    ),
    "used": (
        "Used, and works on",
        lambda now: Q(used_at__isnull=False, is_single_use=False, expires_at__gt=now),
    ),
    "used-up": ("Used once, and over", lambda _now: is_used_up()),
    "expired": ("Expired", lambda now: Q(expires_at__lte=now) & ~is_used_up()),
}


def state_of(context: LinkContext, *, now: datetime) -> str:
    """Return which of STATES a context is in."""
    if context.is_single_use and context.used_at:
        return "used-up"
    if now >= context.expires_at:
        return "expired"
    return "used" if context.used_at else "unused"


class StateFilter(admin.SimpleListFilter):
    """Contexts by what has become of them."""

    title = "state"
    parameter_name = "state"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[Any]:
        return [(name, label) for name, (label, _) in STATES.items()]

    def queryset(self, _request: HttpRequest, contexts: Contexts) -> Contexts:
        if self.value() not in STATES:
            return contexts
        return contexts.filter(STATES[str(self.value())][1](clock.now()))


@admin.register(LinkContext)
class LinkContextAdmin(ReadOnly, ParlourAdmin):
    """Contexts say things about people: here only which parameters they have."""

    list_display = ["__str__", "state", "key", "is_single_use"]
    list_display += ["expires_at", "used_at"]
    list_filter = [StateFilter, "source", "key", "is_single_use", "created_at"]
    list_select_related = ["key"]
    search_fields = ["key__kid"]
    fields = ["source", "key", "state", "names", "is_single_use"]
    fields += ["created_at", "expires_at", "used_at"]
    readonly_fields = ["state", "names"]
    actions = ["revoke"]

    @admin.display(description="state")
    def state(self, context: LinkContext) -> str:
        if context.key and context.key.revoked_at:
            return "Over: its key was revoked"
        return STATES[state_of(context, now=clock.now())][0]

    @admin.display(description="parameters")
    def names(self, context: LinkContext) -> str:
        return ", ".join(str(name) for name, _value in context.parameters) or "None"

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("segments.change_linkcontext")

    @admin.action(
        description="Revoke: links with them are over", permissions=["revoke"]
    )
    def revoke(self, request: HttpRequest, contexts: Contexts) -> None:
        count = end_contexts(contexts, now=clock.now())
        noun = "context" if count == 1 else "contexts"
        self.message_user(request, f"{count} {noun} revoked.")


class ProblemFilter(admin.SimpleListFilter):
    """Broken links by what happened, in words."""

    title = "problem"
    parameter_name = "problem"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[Any]:
        return [(code, words.sentence) for code, words in WORDS.items()]

    def queryset(
        self, _request: HttpRequest, problems: QuerySet[LinkProblem]
    ) -> QuerySet[LinkProblem]:
        return problems.filter(problem=self.value()) if self.value() else problems


@admin.register(LinkProblem)
class LinkProblemAdmin(ReadOnly, ParlourAdmin):
    """What went wrong with links on other sites, how often, and what mends it."""

    class Media:
        css = {"all": ["css/links.css"]}

    list_display = ["sentence", "parameter", "value", "page", "count", "first", "last"]
    list_display += ["in_lab", "why"]
    list_filter = [ProblemFilter, "parameter", "origin", "day"]
    search_fields = ["problem", "parameter", "value", "origin"]
    ordering = ["-last_at"]
    date_hierarchy = "day"
    fields = ["sentence", "fix", "parameter", "value", "page", "count"]
    fields += ["first_at", "last_at", "in_lab"]
    readonly_fields = ["sentence", "fix", "page", "in_lab"]

    @admin.display(description="problem", ordering="problem")
    def sentence(self, row: LinkProblem) -> str:
        return words_of(row.problem).sentence

    @admin.display(description="fix")
    def fix(self, row: LinkProblem) -> str:
        return words_of(row.problem).fix

    @admin.display(description="page", ordering="origin")
    def page(self, row: LinkProblem) -> str:
        return row.origin or "Unknown: typed, or from a mail or an app"

    @admin.display(description="first", ordering="first_at")
    def first(self, row: LinkProblem) -> str:
        return f"{localtime(row.first_at):%-d %b %Y, %H:%M}"

    @admin.display(description="last", ordering="last_at")
    def last(self, row: LinkProblem) -> str:
        return f"{localtime(row.last_at):%-d %b %Y, %H:%M}"

    @admin.display(description="how to mend it")
    def in_lab(self, row: LinkProblem) -> SafeString:
        return format_html(
            '<span><a class="text-link" href="{}">{}</a><br>{}</span>',
            reverse("links:broken", args=[row.pk]),
            "Try it in the link lab",
            words_of(row.problem).fix,
        )

    @admin.display(description="why")
    def why(self, row: LinkProblem) -> str:
        """Return a link to the page that explains what a named object can be booked by."""
        if row.parameter not in EXPLAINED or not row.value:
            return "-"
        address = f"{reverse('why:page')}?{urlencode({row.parameter: row.value})}"
        return format_html('<a class="text-link" href="{}">Why (not)</a>', address)
