"""Who may see the portal: the signed-in customer, and only what is theirs."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase

from directory.models import Customer
from scheduling.models import Appointment

P = ParamSpec("P")


def customer_page(
    view: Callable[Concatenate[HttpRequest, Customer, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Make a page of the portal: it gets the customer who is signed in.

    Whoever is nobody's customer finds nothing here; caches keep nothing.
    """

    @login_required
    @wraps(view)
    def page(
        request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponseBase:
        customer = Customer.objects.filter(user=request.user.pk).first()
        if customer is None:
            raise Http404
        response = view(request, customer, *args, **kwargs)
        response.setdefault("Cache-Control", "no-store")
        return response

    return page


def meeting_or_404(customer: Customer, reference: str) -> Appointment:
    """Return the customer's own meeting with subject, office and advisor. One query."""
    found = (
        customer.appointments.select_related("subject", "office", "advisor")
        .filter(reference=reference)
        .first()
    )
    if found is None:
        raise Http404
    return found
