"""Signing in by password, signing out, and a new password for whoever forgot theirs.

Django's views do the work; here are our pages, our status codes and our limits.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from axes.utils import reset
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import LoginView, PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.urls import reverse, reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from config import clock
from config.http import render_page
from directory.models import Customer, User
from portal.forms.sign_in import AskForPasswordForm, NewPasswordForm, SignInForm
from portal.next_page import own_page
from portal.password_mails import may_have_password, queue_password_link
from portal.views.sessions import begin_session
from scheduling.errors import LimitReached
from scheduling.services import limits
from scheduling.views.access import (
    UNPROCESSABLE,
    client_of,
    see_other,
    too_many_page,
)

P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponseBase)
TOO_MANY = 429


def counted(
    view: Callable[Concatenate[HttpRequest, P], R],
) -> Callable[Concatenate[HttpRequest, P], R | HttpResponse]:
    """Count a page's posts by address: guessing takes many."""

    @wraps(view)
    def page(
        request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs
    ) -> R | HttpResponse:
        if request.method == "POST":
            try:
                limits.count_post(client_of(request), now=clock.now())
            except LimitReached as error:
                return too_many_page(request, error)
        return view(request, *args, **kwargs)

    return page


class SignIn(LoginView):
    """Django's sign-in with our page: 422 when the password is wrong."""

    template_name = "portal/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_redirect_url(self) -> str:
        """Return where the visitor was going, if that is a page of ours."""
        wanted = self.request.POST.get("next", self.request.GET.get("next", ""))
        return own_page(wanted)

    def get_success_url(self) -> str:
        """Return the page that was asked for; staff have nothing to see here."""
        user = self.request.user
        if user.is_staff and not Customer.objects.filter(user=user.pk).exists():
            return reverse("admin:index")
        return self.get_redirect_url() or resolve_url("portal:overview")

    def form_valid(self, form: Any) -> HttpResponse:
        begin_session(self.request, form.get_user())
        return see_other(self.get_success_url())

    def form_invalid(self, form: Any) -> HttpResponse:
        context = self.get_context_data(form=form)
        return self.render_to_response(context, status=UNPROCESSABLE)


sign_in = counted(SignIn.as_view())


@never_cache
@require_POST
@csrf_protect
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return see_other(reverse("portal:signed-out"))


@require_safe
def signed_out(request: HttpRequest) -> HttpResponse:
    return render_page(request, "portal/signed_out.html", {})


def locked_page(
    request: HttpRequest, _answer: HttpResponse | None, _credentials: object
) -> HttpResponse:
    """Return the page after too many wrong passwords: for every name the same."""
    wait = settings.AXES_COOLOFF_TIME
    is_back_office = request.path_info.startswith(reverse("admin:index"))
    context = {
        "minutes": int(wait.total_seconds() // 60),
        "is_back_office": is_back_office,
        "sign_in_url": reverse("admin:login" if is_back_office else "portal:sign-in"),
    }
    page = render_page(request, "portal/locked.html", context, status=TOO_MANY)
    page["Retry-After"] = str(int(wait.total_seconds()))
    return page


@counted
@never_cache
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def ask_for_password(request: HttpRequest) -> HttpResponse:
    """Mail a link to whoever has the address; the answer is the same for everybody."""
    form = AskForPasswordForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        queue_password_link(form.cleaned_data["email"], now=clock.now())
        return see_other(reverse("portal:password-sent"))
    status = UNPROCESSABLE if form.is_bound else 200
    context = {"form": form}
    return render_page(request, "portal/password_ask.html", context, status=status)


@require_safe
def password_sent(request: HttpRequest) -> HttpResponse:
    return render_page(request, "portal/password_sent.html", {})


class NewPassword(PasswordResetConfirmView):
    """Django's page behind the mailed link, with our page and status codes."""

    template_name = "portal/password_new.html"
    form_class = NewPasswordForm
    success_url = reverse_lazy("portal:password-done")

    def get_user(self, uidb64: str) -> User | None:
        user = super().get_user(uidb64)
        return user if isinstance(user, User) and may_have_password(user) else None

    def form_valid(self, form: Any) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)
        reset(username=form.user.get_username())  # who reads the mail may try again
        return answer

    def form_invalid(self, form: Any) -> HttpResponse:
        context = self.get_context_data(form=form)
        return self.render_to_response(context, status=UNPROCESSABLE)


new_password = counted(NewPassword.as_view())


@require_safe
def password_done(request: HttpRequest) -> HttpResponse:
    return render_page(request, "portal/password_done.html", {})
