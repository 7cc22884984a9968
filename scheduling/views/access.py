"""Who may see a page of the wizard, and what it needs: loaded once, or refused."""

from collections.abc import Callable
from functools import wraps
from math import ceil
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_http_methods

from config import clock
from config.busy import busy_page
from config.http import render_page
from config.origin import capability_view, visitor_address
from scheduling.errors import (
    AlreadyBooked,
    Busy,
    FlowGone,
    LimitReached,
    NotOffered,
    NotReady,
    OnlyCancel,
)
from scheduling.models import Flow, UnmetDemand
from scheduling.queries import choices
from scheduling.services import flows, limits
from scheduling.services.steps import count_unmet
from scheduling.services.wishes import policy_of
from scheduling.wizard.changing import (
    home_url,
    load_changed,
    may_show_link,
    why_over,
)
from scheduling.wizard.steps import first_open_step, is_ahead, step_url
from scheduling.wizard.walk import Walk

P = ParamSpec("P")
SEE_OTHER = 303
GONE = 410
UNPROCESSABLE = 422


class Elsewhere(Exception):  # noqa: N818  (no error: the answer is another page)
    """The page that was asked for is not to be shown; this answer is."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__()
        self.response = response


def flow_page(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Make a page of the wizard: posts from our own pages only, and plain refusals."""

    @capability_view
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def page(
        request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponse:
        try:
            if request.method == "POST":
                limits.count_post(client_of(request), now=clock.now())
            return view(request, *args, **kwargs)
        except Elsewhere as elsewhere:
            return elsewhere.response
        except LimitReached as error:
            return too_many_page(request, error)
        except Busy:
            return busy_page()
        except FlowGone:
            return gone_page(request)
        except AlreadyBooked:  # by a request that ran beside this one
            return see_other(reverse("scheduling:done", args=[kwargs["flow_id"]]))
        except NotReady:  # an earlier answer has gone meanwhile
            return see_other(reverse("scheduling:details", args=[kwargs["flow_id"]]))

    return page


def load_step(request: HttpRequest, flow_id: str, step: str) -> Walk:
    """Return the walk when this step may be shown or answered now.

    Raises:
        Elsewhere: the flow is unknown, has booked, needs a sign-in, has lost its
            segment, or has an earlier question to answer.
    """
    flow = load_flow(request, flow_id)
    if flow.is_booked:
        raise Elsewhere(see_other(reverse("scheduling:done", args=[flow.pk])))
    walk = load_walk(request, flow)
    if is_ahead(walk, step):
        raise Elsewhere(see_other(step_url(walk, first_open_step(walk))))
    return walk


def load_flow(request: HttpRequest, flow_id: str) -> Flow:
    """Return a flow that may still be used, and speak its language."""
    flow = flows.load_flow(flow_id, now=clock.now())
    _check_sign_in(request, flow)
    use_language(request, flow.language)
    return flow


def load_walk(request: HttpRequest, flow: Flow) -> Walk:
    """Return a flow with its policy, judged now; a use of it, unless this is a HEAD."""
    now = clock.now()
    if flow.changes_id is not None:
        flow.changes = load_changed(flow)
        if reason := why_over(flow, flow.changes, now=now):
            raise Elsewhere(over_page(request, flow, reason))
    try:
        policy = policy_of(flow, now=now)
    except OnlyCancel as error:
        raise Elsewhere(over_page(request, flow, error.message)) from None
    except NotOffered:
        raise Elsewhere(
            draw(request, "scheduling/segment_gone.html", {}, status=404)
        ) from None
    if request.method != "HEAD":
        flows.touch(flow, now=now)
    return Walk(
        flow=flow,
        catalogue=policy.catalogue,
        policy=policy,
        choices=choices(
            policy, category_code=flow.category_code, channels=tuple(flow.channels)
        ),
        now=now,
        changes=flow.changes if flow.changes_id is not None else None,
    )


def note_nothing_found(
    request: HttpRequest, walk: Walk, reason: UnmetDemand.Reason
) -> None:
    """Count demand that nothing meets, once for each flow; a HEAD counts nothing."""
    if request.method != "HEAD":
        count_unmet(walk.flow, reason, now=walk.now)


def _check_sign_in(request: HttpRequest, flow: Flow) -> None:
    """Ask for the sign-in of the customer whose portal started the flow."""
    if not flow.needs_sign_in:
        return
    if not request.user.is_authenticated:
        raise Elsewhere(redirect_to_login(request.get_full_path()))
    customer = getattr(request.user, "customer", None)
    if customer is None or customer.pk != flow.verified_customer_id:
        raise Elsewhere(gone_page(request))


def use_language(request: HttpRequest, language: str) -> None:
    """Speak this language until the answer is out; the next request starts afresh."""
    if language:
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language()


def client_of(request: HttpRequest) -> str:
    """Return the visitor's hashed address."""
    return limits.client_key(visitor_address(request))


def see_other(url: str) -> HttpResponse:
    """Return a redirect that a browser follows with GET."""
    response = HttpResponseRedirect(url, status=SEE_OTHER)
    response["Cache-Control"] = "no-store"
    return response


def to_next_step(walk: Walk) -> HttpResponse:
    """Return the redirect to the first step without an answer, after a change."""
    walk.flow.refresh_from_db()
    return see_other(step_url(walk, first_open_step(walk)))


def draw(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    partial: str = "",
    status: int = 200,
) -> HttpResponse:
    """Return a page that reads no session: messages are for those who sign in."""
    context = {"messages": (), **context}
    return render_page(request, template, context, partial=partial, status=status)


def gone_page(request: HttpRequest) -> HttpResponse:
    """Return the page for flows that nobody knows, or nobody used for too long."""
    return draw(request, "scheduling/flow_gone.html", {}, status=404)


def over_page(request: HttpRequest, flow: Flow, reason: str) -> HttpResponse:
    """Return the page for a change that cannot go on: the meeting is as it is."""
    appointment = flow.changes
    assert appointment is not None  # noqa: S101  (only a change can be over)
    is_known = flow.needs_sign_in or may_show_link(flow, appointment)
    context = {
        "reason": reason,
        "home_url": home_url(flow, appointment) if is_known else "",
    }
    status = UNPROCESSABLE if request.method == "POST" else GONE
    return draw(request, "scheduling/change_over.html", context, status=status)


def too_many_page(request: HttpRequest, error: LimitReached) -> HttpResponse:
    """Return the page for too many tries."""
    seconds = max(1, ceil(error.retry_after.total_seconds()))
    context = {"retry_after": seconds}
    response = draw(request, "429.html", context, status=429)
    response["Retry-After"] = str(seconds)
    return response
