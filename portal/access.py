"""Who may see the portal: the signed-in customer, and only what is theirs."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase

from config import clock
from config.busy import busy_page
from directory.models import Customer
from scheduling.errors import Busy, LimitReached
from scheduling.models import Appointment
from scheduling.services import limits
from scheduling.views.access import client_of, too_many_page, use_language

P = ParamSpec("P")


def customer_page(
    view: Callable[Concatenate[HttpRequest, Customer, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Make a page of the portal: it gets the customer who is signed in.

    It speaks the customer's language. Whoever is nobody's customer finds nothing here;
    caches keep nothing.
    """

    @login_required
    @wraps(view)
    def page(
        request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponseBase:
        customer = Customer.objects.filter(user=request.user.pk).first()
        if customer is None:
            raise Http404
        use_language(request, customer.language)
        try:
            if request.method == "POST":
                limits.count_post(client_of(request), now=clock.now())
            response = view(request, customer, *args, **kwargs)
        except LimitReached as error:
            return too_many_page(request, error)
        except Busy:
            return busy_page()
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
