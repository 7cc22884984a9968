"""Signing keys, contexts and broken links."""

import base64
import secrets
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from config import clock
from directory.admin.base import ParlourAdmin, ReadOnly
from segments.models import LinkContext, LinkKey, LinkProblem

EXPLAINED = {"segment", "subject", "channel", "office", "advisor"}


@admin.register(LinkKey)
class LinkKeyAdmin(ParlourAdmin):
    """Keys are made here, never typed: 32 random bytes."""

    list_display = ["kid", "name", "signs_every_segment", "created_at", "revoked_at"]
    list_filter = ["signs_every_segment", "revoked_at"]
    search_fields = ["kid", "name"]
    autocomplete_fields = ["segments"]
    readonly_fields = ["secret_text", "created_at"]
    fields = ["kid", "name", "signs_every_segment", "segments", "revoked_at"]
    fields += ["secret_text", "created_at"]

    @admin.display(description="secret (base64url)")
    def secret_text(self, key: LinkKey) -> str:
        if not key.pk:
            return "Made when you save."
        return base64.urlsafe_b64encode(bytes(key.secret)).decode().rstrip("=")

    def save_model(
        self, request: HttpRequest, key: LinkKey, form: Any, change: Any
    ) -> None:
        if not change:
            key.secret = secrets.token_bytes(32)
            key.created_at = clock.now()
        super().save_model(request, key, form, change)

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False  # revoke it: links that it signed stay explainable


@admin.register(LinkContext)
class LinkContextAdmin(ReadOnly, ParlourAdmin):
    list_display = ["__str__", "source", "key", "created_at", "expires_at", "used_at"]
    list_filter = ["source", "is_single_use", "created_at"]
    list_select_related = ["key"]
    search_fields = ["key__kid"]
    exclude = ["token_hash"]


@admin.register(LinkProblem)
class LinkProblemAdmin(ReadOnly, ParlourAdmin):
    list_display = ["problem", "parameter", "value", "origin", "count", "last_at"]
    list_display += ["why"]
    list_filter = ["problem", "parameter", "day"]
    search_fields = ["problem", "parameter", "value", "origin"]
    date_hierarchy = "day"

    @admin.display(description="why")
    def why(self, row: LinkProblem) -> str:
        """Return a link to the page that explains what a named object can be booked by."""
        if row.parameter not in EXPLAINED or not row.value:
            return "-"
        address = f"{reverse('why:page')}?{urlencode({row.parameter: row.value})}"
        return format_html('<a class="text-link" href="{}">Why (not)</a>', address)
