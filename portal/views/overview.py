"""The first page: what is coming, what has been, and who is there for the customer."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from directory.models import Customer
from portal.access import customer_page


@require_safe
@customer_page
def overview(request: HttpRequest, customer: Customer) -> HttpResponse:
    context = {"tab": "overview", "customer": customer}
    return render(request, "portal/overview.html", context)
