"""The site's own settings."""

from django.contrib import admin
from django.http import HttpRequest

from directory.admin.base import ParlourAdmin
from directory.models import Organisation


@admin.register(Organisation)
class OrganisationAdmin(ParlourAdmin):
    list_display = ["name", "zone_name", "language"]
    search_fields = ["name"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return not Organisation.objects.exists()

    def has_delete_permission(self, _request: HttpRequest, _obj: object = None) -> bool:
        return False
