"""Users, customers, advisors."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.http import HttpRequest
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from directory.admin.base import ParlourAdmin, ParlourInline
from directory.models import Advisor, Customer, Expertise, User, WeekTemplate
from directory.roles import offices_for, scope

admin.site.unregister(Group)


@admin.register(Group)
class RoleAdmin(GroupAdmin, ParlourAdmin):  # type: ignore[misc]
    list_display = ["name", "people"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        rows: QuerySet[Group] = super().get_queryset(request)
        return rows.annotate(user_count=Count("user"))

    @admin.display(description="people with it", ordering="user_count")
    def people(self, row: Group) -> int:
        return int(getattr(row, "user_count", 0))


@admin.register(User)
class StaffAdmin(UserAdmin, ParlourAdmin):  # type: ignore[misc]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "first_name", "last_name", "role_names", "office_names"]
    list_display += ["is_staff", "is_active"]
    list_filter = ["groups", "managed_offices", "is_staff", "is_active"]
    autocomplete_fields = ["managed_offices"]
    fieldsets = [
        *(UserAdmin.fieldsets or ()),
        ("Office manager of", {"fields": ["managed_offices"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        rows: QuerySet[User] = super().get_queryset(request)
        return rows.prefetch_related("groups", "managed_offices")

    @admin.display(description="roles")
    def role_names(self, row: User) -> str:
        names = [group.name for group in row.groups.all()]
        return ", ".join(["Superuser"] * row.is_superuser + sorted(names)) or "-"

    @admin.display(description="runs")
    def office_names(self, row: User) -> str:
        return ", ".join(office.name for office in row.managed_offices.all()) or "-"


class ExpertiseInline(ParlourInline):
    model = Expertise
    autocomplete_fields = ["office", "subject"]

    def get_formset(
        self, request: HttpRequest, obj: Advisor | None = None, **kwargs: Any
    ) -> Any:
        """Ask for one row at least of who would not see the advisor without it."""
        if offices_for(request.user, "view", "directory.advisor") is not None:
            kwargs |= {"min_num": 1, "validate_min": True}
        return super().get_formset(request, obj, **kwargs)


class WeekTemplateInline(ParlourInline):
    model = WeekTemplate


@admin.register(Advisor)
class AdvisorAdmin(ParlourAdmin):
    list_display = ["name", "code", "role", "is_active", "is_online_planning"]
    list_filter = ["is_active", "is_online_planning", "expertise__office"]
    search_fields = ["first_name", "last_name", "code", "external_id", "email"]
    autocomplete_fields = ["user"]
    administrators_only = [
        "user"
    ]  # whose sign-in it is, and so whose meetings they see
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
    list_display = ["__str__", "email", "customer_number", "is_provisional", "same_as"]
    list_filter = ["is_provisional", "preferred_office", "language"]
    list_select_related = ["may_be"]
    search_fields = ["first_name", "last_name", "email", "customer_number", "phone"]
    autocomplete_fields = ["user", "preferred_office", "preferred_advisor", "may_be"]
    readonly_fields = ["created_at", "is_provisional"]
    administrators_only = ["user", "customer_number", "segment_codes"]
    change_form_outer_before_template = "admin/directory/customer_links.html"

    def has_add_permission(self, request: object) -> bool:
        return False  # customers come with bookings and imports

    def get_queryset(self, request: HttpRequest) -> QuerySet[Customer]:
        """Add whether the person sees whom a customer may be the same as."""
        seen = scope(Customer.objects.filter(pk=OuterRef("may_be")), request.user)
        rows: QuerySet[Customer] = super().get_queryset(request)
        return rows.annotate(is_other_seen=Exists(seen))

    def get_readonly_fields(
        self, request: HttpRequest, obj: Customer | None = None
    ) -> list[Any]:
        """Keep what may point beyond the person's offices from being chosen anew."""
        found = super().get_readonly_fields(request, obj)
        if offices_for(request.user, "change", "directory.customer") is None:
            return found
        return [*found, "preferred_office", "preferred_advisor", "same_as"]

    def get_exclude(
        self, request: HttpRequest, obj: Customer | None = None
    ) -> list[str]:
        """Leave out the field that `same_as` stands for."""
        is_free = offices_for(request.user, "change", "directory.customer") is None
        return [] if is_free else ["may_be"]

    @admin.display(description="may be the same as", ordering="may_be")
    def same_as(self, row: Customer) -> str:
        if row.may_be_id is None:
            return "-"
        is_seen = getattr(row, "is_other_seen", False)
        return str(row.may_be) if is_seen else "a customer whom you do not see"
