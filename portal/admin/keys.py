"""Keys by which other sites sign our customers in."""

import base64
import secrets
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers

from config import clock
from directory.admin.base import ParlourAdmin
from portal.models import HandoverKey

SECRET_BYTES = 32


@admin.register(HandoverKey)
class HandoverKeyAdmin(ParlourAdmin):
    """Keys are made here, never typed: 32 random bytes that are shown once."""

    list_display = ["kid", "name", "created_at", "revoked_at", "is_demo"]
    list_filter = ["revoked_at"]
    search_fields = ["kid", "name"]
    fields = ["kid", "name", "created_at", "revoked_at"]
    readonly_fields = ["created_at", "revoked_at"]
    actions = ["revoke"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        kept = ["kid"] if obj else []  # sites sign with it
        return [*kept, *self.readonly_fields]

    def save_model(
        self, request: HttpRequest, key: HandoverKey, form: Any, change: Any
    ) -> None:
        if not change:
            key.secret = secrets.token_bytes(SECRET_BYTES)
            key.created_at = clock.now()
        super().save_model(request, key, form, change)

    def response_add(
        self, request: HttpRequest, key: HandoverKey, *_args: Any, **_kwargs: Any
    ) -> HttpResponse:
        """Show the secret in the answer itself: no message keeps it in a cookie."""
        text = base64.urlsafe_b64encode(bytes(key.secret)).decode().rstrip("=")
        context = {
            **self.admin_site.each_context(request),
            "title": f"Hand-over key {key.kid}",
            "key": key,
            "secret": text,
        }
        page = TemplateResponse(request, "portal/admin/new_key.html", context)
        add_never_cache_headers(page)
        return page

    @admin.action(
        description="Revoke: no hand-over by these keys", permissions=["change"]
    )
    def revoke(self, request: HttpRequest, keys: QuerySet[HandoverKey]) -> None:
        count = keys.filter(revoked_at=None).update(revoked_at=clock.now())
        self.message_user(request, f"{count} keys revoked.")

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False  # revoke it: what it signed must stay refused as used
