"""The demo bank's own website. It knows the scheduler by its address only."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from config.clock import now
from config.http import Request
from directory.queries import catalogue
from portal.errors import HandoverRefused
from portal.views.handover import sign_in_by
from showcase import pages
from showcase.forms import DEFAULTS, CalculatorForm, PersonaForm
from showcase.handover import make_token
from showcase.links import BUSINESS, PERSONAL, Link, link, mortgage_link
from showcase.mortgage import AVERAGE_FROM, HIGH_FROM
from showcase.personas import PERSONAS, personas, token_parts

SEE_OTHER, FORBIDDEN, UNPROCESSABLE = 303, 403, 422


@require_safe
def personal(request: Request) -> HttpResponse:
    return _home(request, "showcase/personal.html", PERSONAL)


@require_safe
def business(request: Request) -> HttpResponse:
    return _home(request, "showcase/business.html", BUSINESS)


@require_safe
def calculator(request: Request) -> HttpResponse:
    """Show what a mortgage costs; bad figures are explained beside their fields."""
    typed = {name: request.GET.get(name, value) for name, value in DEFAULTS.items()}
    is_empty = not any(value.strip() for value in typed.values())
    form = CalculatorForm(DEFAULTS if is_empty else typed)
    mortgage = form.mortgage() if form.is_valid() else None
    context = {
        "tab": "personal",
        "is_calculator": True,
        "form": form,
        "figures": pages.figures(mortgage) if mortgage else None,
        "average_from": AVERAGE_FROM,
        "high_from": HIGH_FROM,
        "ways": pages.WAYS,
        "examples": pages.examples(),
    }
    schedule = mortgage_link(mortgage) if mortgage else None
    return _page(request, "showcase/calculator.html", schedule, context)


@require_safe
def office_page(request: Request, code: str) -> HttpResponse:
    data = catalogue()
    office = data.office(code)
    if office is None or office.code != code or not office.is_active:
        raise Http404
    context = {
        "tab": "personal",
        "office": office,
        "branch": pages.Branch(office),
        "week": pages.week(office),
        "closures": pages.coming_closures(office, now().astimezone(office.zone).date()),
        "people": pages.people_of_office(data, office),
    }
    schedule = link("Meet us at this branch", segment=PERSONAL, office=office.code)
    return _page(request, "showcase/office.html", schedule, context)


@require_safe
def advisor_page(request: Request, code: str) -> HttpResponse:
    data = catalogue()
    advisor = data.advisor(code)
    if advisor is None or advisor.code != code or not advisor.is_bookable:
        raise Http404
    person = pages.person_of(data, advisor)
    tab = "business" if person.segment == BUSINESS else "personal"
    context = {"tab": tab, "person": person}
    return _page(request, "showcase/advisor.html", person.link, context)


@require_safe
@never_cache
def portal_page(request: Request) -> HttpResponse:
    """Introduce Nate and Max, and how the bank signs them in to the portal."""
    return _portal_page(request, PersonaForm())


@require_POST
@never_cache
def take_persona(request: Request) -> HttpResponse:
    """Sign in as Nate or Max, by a hand-over as the bank's own site makes it."""
    form = PersonaForm(request.POST)
    if not form.is_valid():
        return _portal_page(request, form, status=UNPROCESSABLE)
    customer = PERSONAS[form.cleaned_data["persona"]]
    token = make_token(customer.number, audience=_portal_address(), now=now())
    try:
        sign_in_by(request, token)
    except HandoverRefused:
        form.add_error(None, "The portal does not let this customer in at the moment.")
        return _portal_page(request, form, status=FORBIDDEN)
    return HttpResponseRedirect(reverse("portal:overview"), status=SEE_OTHER)


def _portal_page(
    request: Request, form: PersonaForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "tab": "personal",
        "is_portal": True,
        "form": form,
        "personas": personas(catalogue()),
        "token_parts": token_parts(_portal_address()),
    }
    return _page(request, "showcase/portal.html", None, context, status=status)


def _portal_address() -> str:
    """Return the portal's site, as its tokens name it."""
    return str(settings.BASE_URL).rstrip("/")


def _home(request: Request, template: str, segment: str) -> HttpResponse:
    data = catalogue()
    context = {
        "tab": "business" if segment == BUSINESS else "personal",
        "is_home": True,
        "cards": pages.subject_cards(data, segment),
        "branches": pages.branches(data),
        "people": pages.people_of_segment(data, segment),
    }
    schedule = link("Schedule an appointment", segment=segment)
    return _page(request, template, schedule, context)


def _page(
    request: Request,
    template: str,
    schedule: Link | None,
    context: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    """Draw a page with its one scheduling link and the demo's sign-ins."""
    common = {"schedule": schedule, "sign_ins": pages.sign_ins()}
    return render(request, template, {**common, **context}, status=status)
