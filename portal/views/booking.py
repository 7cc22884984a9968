"""Buttons that lead into the wizard: banners, follow-ups, "Book with Eva"."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from config import clock
from directory.models import Customer
from directory.queries import catalogue
from portal.access import customer_page, meeting_or_404
from portal.queries import banners_for
from portal.services.invitations import Wanted, invite
from scheduling.views.access import see_other
from segments.links import build_link

METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(METHODS)
@customer_page
def offer(request: HttpRequest, customer: Customer, code: str) -> HttpResponse:
    """Open the wizard with a banner's subject."""
    today = clock.now().astimezone(catalogue().organisation.zone).date()
    banner = banners_for(customer, today=today).filter(code=code).first()
    if banner is None:
        raise Http404
    if request.method != "POST":
        return see_other(reverse("portal:overview"))
    return _wizard(customer, Wanted(subject=banner.subject.code))


@require_http_methods(METHODS)
@customer_page
def schedule(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Open the wizard, perhaps with an advisor, an office or a subject."""
    if request.method != "POST":
        return see_other(reverse("portal:overview"))
    sent = {
        name: request.POST.get(name, "") for name in ("subject", "office", "advisor")
    }
    return _wizard(customer, Wanted(**sent))


@require_http_methods(METHODS)
@customer_page
def follow_up(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    """Open the wizard with the subject, the office and the advisor of a meeting."""
    appointment = meeting_or_404(customer, reference)
    if request.method != "POST":
        return see_other(reverse("portal:meeting", args=[reference]))
    wanted = Wanted(
        subject=appointment.subject.code,
        office=appointment.office.code,
        advisor=appointment.advisor.code,
    )
    return _wizard(customer, wanted)


def _wizard(customer: Customer, wanted: Wanted) -> HttpResponse:
    token = invite(
        customer,
        wanted=wanted,
        return_url=reverse("portal:overview"),
        now=clock.now(),
    )
    return see_other(build_link(reverse("scheduling:start"), [("ctx", token)]))
