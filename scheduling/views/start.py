"""The way in: scheduling links, and the contexts that back ends make for them."""

from math import ceil

from django.conf import settings
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
)
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from config import clock
from scheduling.errors import LimitReached
from scheduling.services import limits
from scheduling.services.flows import start_flow
from scheduling.views.access import client_of, draw, too_many_page
from scheduling.wizard.entry import GONE, LinkRefused, first_step, read_entry
from scheduling.wizard.ordered_context import (
    BODY_MAX,
    ContextRefused,
    Proof,
    make_ordered_context,
)
from segments import links
from segments.services import LinkFailed, origin_of, record_problems

FOUND = 302
SEE_OTHER = 303
CREATED = 201
TOO_LARGE = 413
NOT_JSON = 415
TOO_MANY = 429


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Start a flow and lead to its first open step, with nothing left in the address.

    Any site may post here, so a post only ever makes a new flow, and the session stays
    unread.
    """
    now = clock.now()
    try:
        if request.method == "POST":
            limits.count_post(client_of(request), now=now)
        entry = read_entry(
            sent_pairs(request),
            now=now,
            accept_language=request.headers.get("Accept-Language", ""),
        )
        if request.method == "HEAD":
            return _unstored(HttpResponse())
        flow = start_flow(entry, now=now)
    except LimitReached as error:
        return _unstored(too_many_page(request, error))
    except LinkRefused as refusal:
        return _refused(request, refusal)
    except LinkFailed as failure:  # another flow used the context up meanwhile
        return _refused(request, LinkRefused(failure.problem, status=GONE))
    record_problems(entry.problems, origin=_origin(request), now=now)
    url = reverse(f"scheduling:{first_step(entry)}", args=[flow.pk])
    status = SEE_OTHER if request.method == "POST" else FOUND
    return _unstored(HttpResponseRedirect(url, status=status))


def sent_pairs(request: HttpRequest) -> list[tuple[str, str]]:
    """Return what the address and the form say, as it was sent.

    Not request.GET: that refuses long queries, and what is refused there is no page of
    ours. A form's address counts too, so that a segment in it is never overlooked.
    """
    query = request.META.get("QUERY_STRING", "").encode("latin-1", "replace")
    pairs = links.decode_query(query)
    if request.method != "POST":
        return pairs
    if request.content_type == "application/x-www-form-urlencoded":
        return pairs + links.decode_query(request.body)
    form = request.POST.lists()
    return pairs + [(name, str(value)) for name, values in form for value in values]


def _refused(request: HttpRequest, refusal: LinkRefused) -> HttpResponse:
    """Return the page that lists nothing and leads to general scheduling."""
    if request.method != "HEAD":
        record_problems([refusal.problem], origin=_origin(request), now=clock.now())
    page = draw(
        request,
        "scheduling/link_refused.html",
        {"is_over": refusal.status == GONE},
        status=refusal.status,
    )
    return _unstored(page)


def _origin(request: HttpRequest) -> str:
    """Return the site that holds the link: never the page, which may say more."""
    return origin_of(request.headers.get("Origin", "")) or origin_of(
        request.headers.get("Referer", "")
    )


def _unstored(response: HttpResponse) -> HttpResponse:
    """Keep the address with what it says about a person out of caches and referrers."""
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


@csrf_exempt
@require_http_methods(["POST"])
def context(request: HttpRequest) -> HttpResponse:
    """Make a context for a back end that proves who it is by a signed request."""
    now = clock.now()
    try:
        limits.count_post(client_of(request), now=now)
        made, token = make_ordered_context(
            _json_body(request),
            proof=Proof(
                kid=request.headers.get("Parlour-Key", ""),
                time=request.headers.get("Parlour-Time", ""),
                signature=request.headers.get("Parlour-Signature", ""),
            ),
            now=now,
        )
    except LimitReached as error:
        wait = max(1, ceil(error.retry_after.total_seconds()))
        return _error(TOO_MANY, error.message, {"Retry-After": str(wait)})
    except ContextRefused as refusal:
        return _error(refusal.status, refusal.sentence)
    base = settings.BASE_URL.rstrip("/") + reverse("scheduling:start")
    answer = {
        "ctx": token,
        "url": links.build_link(base, [("ctx", token)]),
        "expires": made.expires_at.isoformat(timespec="seconds"),
    }
    return _unstored(JsonResponse(answer, status=CREATED))


def _json_body(request: HttpRequest) -> bytes:
    if request.content_type != "application/json":
        raise ContextRefused(NOT_JSON, "Send JSON, as Content-Type application/json.")
    length = request.headers.get("Content-Length", "")
    if (length.isdecimal() and int(length) > BODY_MAX) or len(request.body) > BODY_MAX:
        raise ContextRefused(TOO_LARGE, "The body may have 64 KB at most.")
    return request.body


def _error(
    status: int, sentence: str, headers: dict[str, str] | None = None
) -> HttpResponse:
    answer = JsonResponse({"error": sentence}, status=status, headers=headers)
    return _unstored(answer)
