"""Keys by which other sites sign our customers in."""

from django.contrib import admin

from directory.admin.keys import SecretKeyAdmin
from portal.models import HandoverKey


@admin.register(HandoverKey)
class HandoverKeyAdmin(SecretKeyAdmin):
    list_display = ["kid", "name", "created_at", "revoked_at", "is_demo"]
    fields = ["kid", "name", "created_at", "revoked_at"]
