"""Documents behind the manage link: opened for half an hour by a code from the mail."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from config import clock
from scheduling.errors import CodeRefused
from scheduling.forms.unlocking import CodeForm
from scheduling.forms.uploading import UploadForm
from scheduling.models import Appointment, AppointmentEvent, Document
from scheduling.services import codes
from scheduling.views.access import GONE, UNPROCESSABLE, draw, see_other
from scheduling.views.behind_link import link_page, link_url
from scheduling.views.documents import (
    Addresses,
    Kept,
    document_response,
    keep_files,
    list_papers,
    zip_response,
)
from scheduling.views.meeting import describe, shown_zone
from scheduling.wizard import wording

UNKNOWN = 404


@link_page
def documents(request: HttpRequest, appointment: Appointment) -> HttpResponse:
    """Ask for a code, or exchange one for the documents."""
    if request.method != "POST":
        return _code_page(request, appointment, is_sent="sent" in request.GET)
    if "code" not in request.POST:
        codes.request_code(appointment, now=clock.now())
        return see_other(f"{link_url(appointment, 'documents')}?sent")
    form = CodeForm(request.POST)
    if form.is_valid():
        try:
            grant = codes.use_code(
                appointment, typed=form.cleaned_data["code"], now=clock.now()
            )
        except CodeRefused as error:
            form.add_error("code", error.message)
        else:
            return see_other(link_url(appointment, "papers", grant))
    return _code_page(
        request, appointment, form=form, is_sent=True, status=UNPROCESSABLE
    )


@dataclass(frozen=True, slots=True)
class Grant:
    """What opens the documents, and until when."""

    token: str
    expires_at: datetime


def granted_page(
    view: Callable[Concatenate[HttpRequest, Appointment, Grant, ...], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Make a page of the documents: whoever comes too late may ask for another code."""

    @link_page
    @wraps(view)
    def page(
        request: HttpRequest, appointment: Appointment, /, **named: Any
    ) -> HttpResponseBase:
        token: str = named.pop("grant")
        code = codes.find_grant(appointment, token)
        if code is None or code.grant_expires_at is None:
            return _code_page(request, appointment, is_over=True, status=UNKNOWN)
        if code.grant_expires_at <= clock.now():
            status = UNPROCESSABLE if request.method == "POST" else GONE
            return _code_page(request, appointment, is_over=True, status=status)
        grant = Grant(token, code.grant_expires_at)
        return view(request, appointment, grant, **named)

    return page


@granted_page
def papers(
    request: HttpRequest, appointment: Appointment, grant: Grant
) -> HttpResponse:
    """List the documents of both sides; a post adds some of the customer's."""
    kept: Kept | None = None
    if request.method == "POST":
        kept = keep_files(
            appointment,
            UploadForm(request.POST, request.FILES),
            side=Document.Side.CUSTOMER,
            actor=AppointmentEvent.Actor.CUSTOMER,
            now=clock.now(),
        )
        if kept.is_complete:
            return see_other(link_url(appointment, "papers", grant.token) + "?added")
    zone = shown_zone(appointment)
    context = {
        "papers": list_papers(
            appointment,
            _addresses(appointment, grant),
            form=kept.form if kept else None,
            kept=kept.documents if kept else (),
        ),
        "form": kept.form if kept else UploadForm(),
        "is_added": "added" in request.GET and kept is None,
        "until": wording.time_text(grant.expires_at, zone),
        "meeting": describe(appointment, now=clock.now()),
        "url": link_url(appointment),
    }
    status = UNPROCESSABLE if kept else 200
    return draw(request, "scheduling/papers.html", context, status=status)


@require_safe
@granted_page
def paper(
    request: HttpRequest, appointment: Appointment, grant: Grant, document_id: UUID
) -> HttpResponseBase:
    """Return one document of the meeting as a download."""
    document = appointment.documents.filter(pk=document_id).first()
    if document is None:
        raise Http404
    return document_response(document)


@require_safe
@granted_page
def archive(
    request: HttpRequest, appointment: Appointment, grant: Grant
) -> HttpResponseBase:
    """Return all documents of the meeting as one zip."""
    return zip_response(appointment)


def _addresses(appointment: Appointment, grant: Grant) -> Addresses:
    return Addresses(
        download=lambda document: link_url(
            appointment, "paper", grant.token, document.pk
        ),
        archive=link_url(appointment, "papers-archive", grant.token),
        upload=link_url(appointment, "papers", grant.token),
    )


def _code_page(
    request: HttpRequest,
    appointment: Appointment,
    *,
    form: CodeForm | None = None,
    is_sent: bool = False,
    is_over: bool = False,
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form or CodeForm(),
        "is_sent": is_sent,
        "is_over": is_over,
        "meeting": describe(appointment, now=clock.now()),
        "documents_url": link_url(appointment, "documents"),
        "url": link_url(appointment),
    }
    return draw(request, "scheduling/code.html", context, status=status)
