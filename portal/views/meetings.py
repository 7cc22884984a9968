"""All meetings of a customer, and one with all that is to know about it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from directory.models import Customer
from portal.access import customer_page, meeting_or_404


@require_safe
@customer_page
def meetings(request: HttpRequest, customer: Customer) -> HttpResponse:
    context = {"tab": "meetings", "customer": customer}
    return render(request, "portal/meetings.html", context)


@require_safe
@customer_page
def meeting(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    appointment = meeting_or_404(customer, reference)
    context = {"tab": "meetings", "appointment": appointment}
    return render(request, "portal/meeting.html", context)
