"""The closing room: documents of both sides of a meeting."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from config import clock
from config.busy import busy_page
from directory.models import Customer
from portal.access import customer_page, meeting_or_404
from scheduling.errors import Busy
from scheduling.forms.uploading import UploadForm
from scheduling.models import Appointment, AppointmentEvent, Document
from scheduling.services.documents import remove_document
from scheduling.views.access import UNPROCESSABLE, see_other
from scheduling.views.documents import (
    Addresses,
    Kept,
    Papers,
    document_response,
    keep_files,
    kept_sentence,
    list_papers,
    zip_response,
)

Actor = AppointmentEvent.Actor


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def documents(request: HttpRequest, customer: Customer, reference: str) -> HttpResponse:
    appointment = meeting_or_404(customer, reference)
    if request.method != "POST":
        return _page(request, appointment, papers_of(appointment))
    try:
        outcome = keep_files(
            appointment,
            UploadForm(request.POST, request.FILES),
            side=Document.Side.CUSTOMER,
            actor=Actor.CUSTOMER,
            user=customer.user,
            now=clock.now(),
        )
    except Busy:
        return busy_page()
    if not outcome.is_complete:
        return _page(request, appointment, papers_of(appointment, outcome))
    messages.success(request, kept_sentence(outcome.documents))
    return see_other(room_url(appointment))


@require_safe
@customer_page
def document(
    _request: HttpRequest, customer: Customer, reference: str, pk: UUID
) -> HttpResponseBase:
    return document_response(_document_or_404(customer, reference, pk))


@require_safe
@customer_page
def archive(
    _request: HttpRequest, customer: Customer, reference: str
) -> HttpResponseBase:
    return zip_response(meeting_or_404(customer, reference))


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def remove(
    request: HttpRequest, customer: Customer, reference: str, pk: UUID
) -> HttpResponse:
    """Ask, and remove a file that the customer added."""
    appointment = meeting_or_404(customer, reference)
    found = _document_or_404(customer, reference, pk)
    if found.side != Document.Side.CUSTOMER:
        raise Http404
    if request.method != "POST":
        context = {"tab": "meetings", "document": found, "back": room_url(appointment)}
        return render(request, "portal/remove_document.html", context)
    try:
        remove_document(
            found, actor=Actor.CUSTOMER, user=customer.user, now=clock.now()
        )
    except Busy:
        return busy_page()
    messages.success(
        request, _("Your file was removed: %(name)s.") % {"name": found.name}
    )
    return see_other(room_url(appointment))


def papers_of(appointment: Appointment, outcome: Kept | None = None) -> Papers:
    """Return a meeting's documents for scheduling/_documents.html. One query.

    Give the outcome of an upload of which something was refused.
    """
    path = partial(reverse, args=[appointment.reference])
    addresses = Addresses(
        download=lambda one: reverse(
            "portal:document", args=[appointment.reference, one.pk]
        ),
        remove=lambda one: (
            reverse("portal:remove-document", args=[appointment.reference, one.pk])
            if one.side == Document.Side.CUSTOMER
            else ""
        ),
        archive=path("portal:documents-zip"),
        upload=path("portal:documents"),
        is_signed_in=True,
    )
    if outcome is None:
        return list_papers(appointment, addresses)
    return list_papers(
        appointment, addresses, form=outcome.form, kept=outcome.documents
    )


def room_url(appointment: Appointment) -> str:
    """Return where the documents are on the meeting's page."""
    return reverse("portal:meeting", args=[appointment.reference]) + "#documents"


def _document_or_404(customer: Customer, reference: str, pk: UUID) -> Document:
    """Return a document of the customer's own meeting. One query."""
    found = (
        Document.objects.select_related("appointment")
        .filter(appointment__customer=customer, appointment__reference=reference, pk=pk)
        .first()
    )
    if found is None:
        raise Http404
    return found


def _page(
    request: HttpRequest, appointment: Appointment, papers: Papers
) -> HttpResponse:
    context = {
        "tab": "meetings",
        "appointment": appointment,
        "papers": papers,
        "form": papers.form,
    }
    status = UNPROCESSABLE if papers.form.errors else 200
    return render(request, "portal/documents.html", context, status=status)
