"""Secret keys in the back office: made here, shown once, revoked and never deleted."""

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

SECRET_BYTES = 32


class SecretKeyAdmin(ParlourAdmin):
    """Keys are made here, never typed: 32 random bytes that are shown once.

    The model has kid, name, secret, created_at and revoked_at.
    """

    list_filter = ["revoked_at"]
    search_fields = ["kid", "name"]
    readonly_fields = ["created_at", "revoked_at"]
    actions = ["revoke"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        kept = ["kid"] if obj else []  # sites sign with it
        return [*kept, *self.readonly_fields]

    def save_model(
        self, request: HttpRequest, key: Any, form: Any, change: Any
    ) -> None:
        if not change:
            key.secret = secrets.token_bytes(SECRET_BYTES)
            key.created_at = clock.now()
        super().save_model(request, key, form, change)

    def response_add(
        self, request: HttpRequest, key: Any, *_args: Any, **_kwargs: Any
    ) -> HttpResponse:
        """Show the secret in the answer itself: no message keeps it in a cookie."""
        text = base64.urlsafe_b64encode(bytes(key.secret)).decode().rstrip("=")
        context = {
            **self.admin_site.each_context(request),
            "title": f"{self.opts.verbose_name} {key.kid}".capitalize(),
            "key": key,
            "secret": text,
            "keys_url": f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist",
        }
        page = TemplateResponse(request, "admin/new_key.html", context)
        add_never_cache_headers(page)
        return page

    @admin.action(
        description="Revoke: nothing that they sign counts any more",
        permissions=["change"],
    )
    def revoke(self, request: HttpRequest, keys: QuerySet[Any]) -> None:
        count = keys.filter(revoked_at=None).update(revoked_at=clock.now())
        self.message_user(request, f"{count} key{'' if count == 1 else 's'} revoked.")

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False  # what it signed must stay explainable
