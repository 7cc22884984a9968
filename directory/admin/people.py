"""Users, customers, advisors."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from directory.admin.base import ParlourAdmin, ParlourInline
from directory.models import Advisor, Customer, Expertise, User, WeekTemplate

admin.site.unregister(Group)


@admin.register(Group)
class RoleAdmin(GroupAdmin, ParlourAdmin):
    pass


@admin.register(User)
class StaffAdmin(UserAdmin, ParlourAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "first_name", "last_name", "is_staff", "is_active"]


class ExpertiseInline(ParlourInline):
    model = Expertise
    autocomplete_fields = ["office", "subject"]


class WeekTemplateInline(ParlourInline):
    model = WeekTemplate


@admin.register(Advisor)
class AdvisorAdmin(ParlourAdmin):
    list_display = ["name", "code", "role", "is_active", "is_online_planning"]
    list_filter = ["is_active", "is_online_planning", "expertise__office"]
    search_fields = ["first_name", "last_name", "code", "external_id", "email"]
    autocomplete_fields = ["user"]
    inlines = [ExpertiseInline, WeekTemplateInline]


@admin.register(Expertise)
class ExpertiseAdmin(ParlourAdmin):
    list_display = ["advisor", "office", "subject", "rank", "channel_names"]
    list_filter = ["office", "subject", "rank"]
    list_select_related = ["advisor", "office", "subject"]
    search_fields = ["advisor__first_name", "advisor__last_name", "subject__name"]
    autocomplete_fields = ["advisor", "office", "subject"]

    @admin.display(description="channels")
    def channel_names(self, row: Expertise) -> str:
        return ", ".join(row.channels)


@admin.register(Customer)
class CustomerAdmin(ParlourAdmin):
    list_display = ["__str__", "email", "customer_number", "is_provisional", "may_be"]
    list_filter = ["is_provisional", "preferred_office", "language"]
    list_select_related = ["may_be"]
    search_fields = ["first_name", "last_name", "email", "customer_number", "phone"]
    autocomplete_fields = ["user", "preferred_office", "preferred_advisor", "may_be"]
    readonly_fields = ["created_at", "is_provisional"]

    def has_add_permission(self, request: object) -> bool:
        return False  # customers come with bookings and imports
