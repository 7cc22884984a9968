"""Documents of an appointment in the back office: read, share, take back."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from config import clock
from config.busy import busy_page
from directory.roles import may
from scheduling.admin.actions import (
    CHANGE,
    STAFF,
    TEMPLATES,
    find_to_change,
    page_of,
    user_of,
)
from scheduling.archives import FOR_STAFF
from scheduling.errors import Busy
from scheduling.forms.staff import ShareForm
from scheduling.models import Appointment, Document
from scheduling.services.documents import remove_document
from scheduling.views.access import UNPROCESSABLE, see_other
from scheduling.views.documents import (
    Addresses,
    Papers,
    document_response,
    keep_files,
    kept_sentence,
    list_papers,
    zip_response,
)


def share(model_admin: Any, request: HttpRequest, pk: int) -> HttpResponse:
    """Share files with the customer. 422: one of them was refused."""
    appointment = find_to_change(model_admin, request, pk)
    form = ShareForm()
    kept: list[Document] = []
    if request.method == "POST":
        form = ShareForm(request.POST, request.FILES)
        try:
            outcome = keep_files(
                appointment,
                form,
                side=Document.Side.ADVISOR,
                actor=STAFF,
                user=user_of(request),
                now=clock.now(),
            )
        except Busy:
            return busy_page()
        if outcome.is_complete:
            messages.success(request, kept_sentence(outcome.documents))
            return see_other(page_of(appointment))
        kept = outcome.documents
    context = {
        **admin.site.each_context(request),
        "title": "Share documents",
        "appointment": appointment,
        "back": page_of(appointment),
        "form": form,
        "kept": ", ".join(document.name for document in kept),
    }
    status = UNPROCESSABLE if form.errors else 200
    return render(request, f"{TEMPLATES}/share.html", context, status=status)


def download(
    model_admin: Any, request: HttpRequest, pk: int, document: UUID
) -> HttpResponseBase:
    """Send one document."""
    check_may_read(model_admin, request)
    appointment = model_admin.find_or_404(request, pk)
    return document_response(find_or_404(appointment, document))


def download_all(model_admin: Any, request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send all documents as one zip."""
    check_may_read(model_admin, request)
    return zip_response(model_admin.find_or_404(request, pk), folders=FOR_STAFF)


def take_back(
    model_admin: Any, request: HttpRequest, pk: int, document: UUID
) -> HttpResponse:
    """Ask, and remove a document that staff shared."""
    appointment = find_to_change(model_admin, request, pk)
    found = find_or_404(appointment, document)
    if found.side != Document.Side.ADVISOR:
        raise Http404
    if request.method == "POST":
        try:
            remove_document(found, actor=STAFF, user=user_of(request), now=clock.now())
        except Busy:
            return busy_page()
        messages.success(request, f"The file was removed: {found.name}.")
        return see_other(page_of(appointment))
    context = {
        **admin.site.each_context(request),
        "title": "Remove this document?",
        "appointment": appointment,
        "document": found,
        "back": page_of(appointment),
    }
    return render(request, f"{TEMPLATES}/take_back.html", context)


def check_may_read(model_admin: Any, request: HttpRequest) -> None:
    """Refuse staff who may not see appointments."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied


def find_or_404(appointment: Appointment, pk: UUID) -> Document:
    """Return a document of this appointment. One query."""
    found = Document.objects.filter(appointment=appointment, pk=pk).first()
    if found is None:
        raise Http404
    return found


def papers_of(request: HttpRequest, appointment: Appointment) -> Papers:
    """Return the documents in words, with the links that this user may follow. One query."""
    is_changing = may(request.user, CHANGE, appointment)

    def address(name: str, *more: object) -> str:
        return reverse(
            f"admin:scheduling_appointment_{name}", args=[appointment.pk, *more]
        )

    def remove(document: Document) -> str:
        is_ours = document.side == Document.Side.ADVISOR
        return address("take_back", document.pk) if is_changing and is_ours else ""

    addresses = Addresses(
        download=lambda document: address("document", document.pk),
        archive=address("documents_zip"),
        upload=address("documents") if is_changing else "",
        remove=remove,
        is_signed_in=True,
    )
    return list_papers(appointment, addresses, form=ShareForm())
