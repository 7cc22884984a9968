"""Offices and their surroundings."""

from django.contrib import admin

from directory.admin.base import ParlourAdmin, ParlourInline
from directory.models import (
    Closure,
    Office,
    OpeningHours,
    PostalArea,
    PostalPlace,
    SwitchedOffChannel,
)


class OpeningHoursInline(ParlourInline):
    model = OpeningHours


class ClosureInline(ParlourInline):
    model = Closure


class PostalAreaInline(ParlourInline):
    model = PostalArea


class SwitchedOffInline(ParlourInline):
    model = SwitchedOffChannel
    autocomplete_fields = ["subject"]


@admin.register(Office)
class OfficeAdmin(ParlourAdmin):
    list_display = ["name", "code", "city", "zone_name", "is_active"]
    list_filter = ["is_active", "country"]
    search_fields = ["name", "code", "external_id", "city", "postal_code"]
    administrators_only = ["code", "external_id", "country", "region", "zone_name"]
    administrators_only += ["is_active", "sort_order"]
    inlines = [OpeningHoursInline, PostalAreaInline, SwitchedOffInline, ClosureInline]


@admin.register(OpeningHours)
class OpeningHoursAdmin(ParlourAdmin):
    list_display = ["office", "weekday", "opens", "closes"]
    list_filter = ["office", "weekday"]
    list_select_related = ["office"]
    search_fields = ["office__name"]
    autocomplete_fields = ["office"]


@admin.register(Closure)
class ClosureAdmin(ParlourAdmin):
    list_display = ["name", "office", "first_day", "last_day", "starts", "ends"]
    list_display += ["is_public_holiday", "is_lifted"]
    list_filter = ["office", "is_public_holiday", "is_lifted", "first_day"]
    list_select_related = ["office"]
    search_fields = ["name", "office__name"]
    autocomplete_fields = ["office"]
    readonly_fields = ["is_public_holiday"]


@admin.register(PostalArea)
class PostalAreaAdmin(ParlourAdmin):
    list_display = ["office", "first_code", "last_code"]
    list_filter = ["office"]
    list_select_related = ["office"]
    search_fields = ["office__name", "first_code", "last_code"]
    autocomplete_fields = ["office"]


@admin.register(PostalPlace)
class PostalPlaceAdmin(ParlourAdmin):
    list_display = ["code", "town", "country", "latitude", "longitude"]
    list_filter = ["country"]
    search_fields = ["code", "town"]


@admin.register(SwitchedOffChannel)
class SwitchedOffChannelAdmin(ParlourAdmin):
    list_display = ["office", "subject", "channel"]
    list_filter = ["office", "channel"]
    list_select_related = ["office", "subject"]
    search_fields = ["office__name", "subject__name"]
    autocomplete_fields = ["office", "subject"]
