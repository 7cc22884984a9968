"""What customers see and decide about themselves."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from config.http import render_page
from directory.models import Customer, User
from portal.access import customer_page
from portal.errors import StillMeeting
from portal.forms.profile import EraseForm, ProfileForm
from portal.models import CalendarFeed
from portal.queries import upcoming_meetings
from portal.services.feed import present_token, remove_feed, renew_feed
from portal.services.privacy import erase_customer, export_customer
from portal.services.profile import save_profile
from portal.views.cards import upcoming_card
from portal.views.scene import Scene, draw, load_scene
from scheduling.views.access import UNPROCESSABLE, see_other

INDENT = 2


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def profile(request: HttpRequest, customer: Customer) -> HttpResponse:
    scene = load_scene()
    form = ProfileForm(
        request.POST if request.method == "POST" else None,
        customer=customer,
        standing=scene.standing,
    )
    if form.is_bound and form.is_valid():
        save_profile(customer, profile=form.profile)
        with translation.override(form.profile.language):
            messages.success(request, _("Your profile is saved."))
        return see_other(reverse("portal:profile"))
    context = {"form": form, "tab": "profile", **calendar_address(customer)}
    status = UNPROCESSABLE if form.errors else 200
    return draw(request, "portal/profile.html", scene, context, status=status)


def calendar_address(customer: Customer) -> dict[str, Any]:
    """Return the private calendar address for the page, if there is one. One query."""
    found = CalendarFeed.objects.filter(customer=customer).first()
    token = present_token(found) if found else ""
    if not token:
        return {"feed_url": "", "webcal_url": ""}
    url = settings.BASE_URL + reverse("portal:feed", args=[token])
    return {"feed_url": url, "webcal_url": f"webcal://{url.partition('://')[2]}"}


@require_POST
@customer_page
def calendar(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Make, replace or take away the private calendar address."""
    if request.POST.get("action") == "remove":
        remove_feed(customer)
        messages.success(request, _("The calendar address does not work any more."))
    else:
        renew_feed(customer, now=load_scene().now)
        messages.success(request, _("You have a new calendar address."))
    return see_other(reverse("portal:profile") + "#calendar")


@require_safe
@customer_page
def export(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Return everything we keep about the customer as a file."""
    return JsonResponse(
        export_customer(customer, now=load_scene().now),
        json_dumps_params={"indent": INDENT, "ensure_ascii": False},
        headers={"Content-Disposition": 'attachment; filename="my-data.json"'},
    )


@sensitive_post_parameters("confirmation")
@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def erase(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Ask whether everything shall go; a confirmed post does it and signs out."""
    scene = load_scene()
    number = number_to_type(request, customer)
    form = EraseForm(request.POST if request.method == "POST" else None, number=number)
    if form.is_bound and form.is_valid():
        if not is_confirmed(request, form.cleaned_data["confirmation"], number=number):
            form.add_error("confirmation", refusal(number))
        elif erased(customer, scene):
            logout(request)
            return see_other(reverse("portal:erased"))
    coming = upcoming_meetings(customer, now=scene.now).prefetch_related("documents")
    context = {
        "form": form,
        "coming": [upcoming_card(meeting, scene) for meeting in coming],
        "tab": "profile",
    }
    status = UNPROCESSABLE if form.is_bound else 200
    return draw(request, "portal/erase.html", scene, context, status=status)


def number_to_type(request: HttpRequest, customer: Customer) -> str:
    """Return what confirms instead of a password; nothing when there is a password."""
    user = request.user
    if isinstance(user, User) and user.has_usable_password():
        return ""
    return customer.customer_number or customer.email


def is_confirmed(request: HttpRequest, typed: str, *, number: str) -> bool:
    """Compare with the password, which counts as a try to sign in, or the number."""
    if number:
        return typed.strip() == number
    name = request.user.get_username()
    found = authenticate(request, username=name, password=typed)
    return found is not None and found.pk == request.user.pk


def refusal(number: str) -> str:
    if number:
        return _("This is not your customer number.")
    return _("This is not your password.")


def erased(customer: Customer, scene: Scene) -> bool:
    """Erase the customer; False while a meeting is still to come."""
    try:
        erase_customer(customer, now=scene.now)
    except StillMeeting:
        return False
    return True


@require_safe
def farewell(request: HttpRequest) -> HttpResponse:
    return render_page(request, "portal/erased.html", {})
