"""Step five: who comes; and the booking itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from directory.choices import Channel
from scheduling.errors import LimitReached, NotOffered
from scheduling.forms.telling import DetailsForm, ResumeForm, typed_details
from scheduling.services import booking, flows
from scheduling.services.confirmation import Details
from scheduling.views.access import (
    client_of,
    flow_page,
    load_step,
    see_other,
)
from scheduling.views.page import step_page
from scheduling.wizard import wording
from scheduling.wizard.calendar import live_hold
from scheduling.wizard.steps import step_url
from scheduling.wizard.walk import PERSON_FIELDS, Walk
from scheduling.wizard.week import slot_value
from scheduling.wizard.zones import zone_shown

STEP = "details"


@flow_page
def details(request: HttpRequest, flow_id: str) -> HttpResponse:
    walk = load_step(request, flow_id, STEP)
    if request.method != "POST":
        return _page(request, walk, _form(walk, None))
    if "resume_email" in request.POST:
        return _send_resume_link(request, walk)
    form = _form(walk, request.POST)
    flows.keep_details(walk.flow, details=typed_details(request.POST), now=walk.now)
    if not form.is_valid():
        return _page(request, walk, form)
    alternatives: Sequence[datetime] = ()
    try:
        booking.book(
            walk.flow, details=_details(form), now=walk.now, client=client_of(request)
        )
    except NotOffered as error:
        form.add_error(None, error.message)
        alternatives = error.alternatives
    else:
        return see_other(reverse("scheduling:done", args=[walk.flow.pk]))
    return _page(request, walk, form, alternatives=alternatives)


def _form(walk: Walk, posted: Any) -> DetailsForm:
    flow = walk.flow
    person = {name: flow.prefill.get(name, "") for name in PERSON_FIELDS}
    return DetailsForm(
        posted,
        is_phone_needed=flow.channel == Channel.PHONE,
        consent_text=walk.catalogue.organisation.consent_text,
        locked={
            name: text for name, text in person.items() if walk.is_locked(name) and text
        },
        initial={**person, **flow.details},
    )


def _details(form: DetailsForm) -> Details:
    data = form.cleaned_data
    texts = {name: str(data[name] or "") for name in PERSON_FIELDS}
    if data["phone"]:
        texts["phone"] = data["phone"].as_e164
    texts.update(form.locked)  # as the link wrote it: the service compares
    return Details(**texts, consent=data["consent"])


def _send_resume_link(request: HttpRequest, walk: Walk) -> HttpResponse:
    """Mail the address of this walk, so that it goes on at another device."""
    resume = ResumeForm(request.POST)
    sent_to = ""
    if resume.is_valid():
        try:
            sent_to = resume.cleaned_data["resume_email"]
            flows.offer_resume(walk.flow, email=sent_to, now=walk.now)
        except LimitReached as error:
            sent_to = ""
            resume.add_error("resume_email", error.message)
    return _page(request, walk, _form(walk, None), resume=resume, sent_to=sent_to)


def _page(
    request: HttpRequest,
    walk: Walk,
    form: DetailsForm,
    *,
    resume: ResumeForm | None = None,
    sent_to: str = "",
    alternatives: Sequence[datetime] = (),
) -> HttpResponse:
    zone = zone_shown(walk)
    is_prefilled = any(walk.flow.prefill.get(name) for name in PERSON_FIELDS)
    context = {
        "form": resume if resume and resume.errors else form,
        "details": form,
        "fields": [form[name] for name in PERSON_FIELDS],
        "resume": resume or ResumeForm(),
        "sent_to": sent_to,
        "is_prefilled": is_prefilled and not form.is_bound and not walk.flow.details,
        "alternatives": [
            (slot_value(start), wording.start_text(start, zone))
            for start in alternatives
        ],
        "hold": live_hold(walk, zone),
        "held": wording.start_text(walk.flow.slot, zone) if walk.flow.slot else "",
        "time_url": step_url(walk, "time"),
    }
    return step_page(request, walk, STEP, context, zone=zone)
