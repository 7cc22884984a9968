"""Accounts, as the organisation loaded them."""

from django.contrib import admin

from directory.admin.base import ParlourAdmin
from portal.models import Account


@admin.register(Account)
class AccountAdmin(ParlourAdmin):
    list_display = ["name", "customer", "kind", "masked_number", "balance", "as_of"]
    list_filter = ["kind", "currency"]
    list_select_related = ["customer"]
    search_fields = [
        *("name", "masked_number", "customer__customer_number"),
        *("customer__first_name", "customer__last_name"),
    ]
    autocomplete_fields = ["customer"]
