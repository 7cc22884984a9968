"""The link builder and the link lab: made and judged by the code that starts flows."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from config import clock
from directory.models import Advisor, Office
from directory.roles import scope
from scheduling.admin.link_words import Told, tell
from scheduling.admin.qr import QrCode, qr_code
from scheduling.forms.linking import (
    CONTEXT,
    MOMENT,
    PLAIN,
    SIGNED,
    SUGGESTED_LIFE,
    BuilderForm,
    Choosable,
    LabForm,
)
from scheduling.views.access import UNPROCESSABLE
from scheduling.wizard.building import (
    LONGEST_LINK,
    Built,
    build_plain,
    build_signed,
    judge_context,
)
from scheduling.wizard.explaining import Explanation, explain_link
from scheduling.wizard.pasted import read_pasted
from segments.links import build_link
from segments.models import LinkContext, LinkProblem
from segments.problems import sentence_of, words_of
from segments.queries import SegmentsData, segments_data
from segments.samples import (
    KEY_NAME,
    form_snippet,
    link_snippet,
    php_sample,
    python_sample,
)
from segments.services import make_context, usable_keys

Found = TypeVar("Found")
FIELDS = {  # where the builder says what is wrong with a parameter
    "segment": "segments",
    "lock": "locks",
    "exp": "expires",
    "kid": "key",
    "sig": "key",
}
LETTERS_A_ROW = 100
MAY_OPEN = "segments.view_segment"
MAY_SIGN = "segments.view_linkkey"
MAY_KEEP = "segments.add_linkcontext"


@dataclass(frozen=True, slots=True)
class Copyable:
    """A text to copy, and how many lines of it to show."""

    name: str
    label: str
    text: str
    help_text: str = ""

    @property
    def rows(self) -> int:
        lines = (len(line) // LETTERS_A_ROW + 1 for line in self.text.split("\n"))
        return sum(lines) + 1


@dataclass(frozen=True, slots=True)
class Result:
    """What the builder gives out."""

    judged: Explanation
    told: Told
    address: str = ""
    qr: QrCode | None = None
    copies: list[Copyable] = field(default_factory=list)
    context: LinkContext | None = None
    gaps: list[str] = field(default_factory=list)


def base_address() -> str:
    """Return the address of /schedule/, as links on other sites need it."""
    return f"{settings.BASE_URL.rstrip('/')}{reverse('scheduling:start')}"


# --- The builder


@require_http_methods(["GET", "HEAD", "POST"])
def builder(request: HttpRequest) -> HttpResponse:
    """Compose a link. Eight queries at most; a context is one more, and a row.

    Only codes may stand in this page's own address: ?segment=HIGH.
    """
    kinds = kinds_for(request)
    now = clock.now()
    data = segments_data()
    offered = Choosable(
        catalogue=data.catalogue,
        offices=within_reach(request, Office, data.catalogue.offices),
        advisors=within_reach(request, Advisor, data.catalogue.advisors),
        segments=data.segments.values(),
        keys=usable_keys(now=now) if SIGNED in kinds else [],
        kinds=kinds,
    )
    if request.method != "POST":
        ends = timezone.localtime(now + SUGGESTED_LIFE)
        initial = {
            "segments": request.GET.getlist("segment"),
            "expires": f"{ends:{MOMENT}}",
        }
        form = BuilderForm(initial=initial, offered=offered, now=now)
        return _builder_page(request, form)
    form = BuilderForm(request.POST, offered=offered, now=now)
    result = _compose(form, data, now=now) if form.is_valid() else None
    status = 200 if result else UNPROCESSABLE
    return _builder_page(request, form, result=result, status=status)


def kinds_for(request: HttpRequest) -> Collection[str]:
    """Return the kinds of link that somebody may make.

    Raises:
        PermissionDenied: none.
    """
    check_access(request)
    kinds = [PLAIN]
    if request.user.has_perm(MAY_SIGN):
        kinds.append(SIGNED)
        if request.user.has_perm(MAY_KEEP):
            kinds.append(CONTEXT)
    return kinds


def check_access(request: HttpRequest) -> None:
    """Let in staff who may see segments: what a link offers is what a segment does."""
    if not request.user.has_perm(MAY_OPEN):
        raise PermissionDenied


def within_reach(
    request: HttpRequest, model: type[Office | Advisor], found: Mapping[int, Found]
) -> list[Found]:
    """Return of the standing data what the person sees. One query."""
    rows = scope(model._default_manager.all(), request.user)  # noqa: SLF001
    seen = set(rows.values_list("pk", flat=True))
    return [one for pk, one in found.items() if pk in seen]


def _compose(form: BuilderForm, data: SegmentsData, *, now: datetime) -> Result | None:
    """Return the link of a valid form; None when it would not work, which the form says."""
    kind, base, pairs = form.cleaned_data["kind"], base_address(), form.pairs()
    if kind == CONTEXT:
        return _keep(form, base, now=now)
    if kind == SIGNED:
        built = build_signed(
            base,
            pairs,
            key=form.chosen_key,
            expires=form.cleaned_data["expires"],
            catalogue=data.catalogue,
            now=now,
        )
    else:
        built = build_plain(base, pairs, catalogue=data.catalogue, now=now)
    if not _is_taken(form, built.judged):
        return None
    if built.is_too_long:
        form.add_error(
            None,
            f"The link has {len(built.address):,} characters, and {LONGEST_LINK:,} are "
            "the most that web servers take. Leave something out, or choose a context.",
        )
        return None
    return _result(form, built, base, is_signed=kind == SIGNED)


def _keep(form: BuilderForm, base: str, *, now: datetime) -> Result | None:
    """Return a new context's link, if it would work."""
    key, pairs = form.chosen_key, form.pairs()
    judged = judge_context(pairs, key=key, now=now)
    if not _is_taken(form, judged):
        return None
    context, token = make_context(
        pairs,
        source=LinkContext.Source.BACK_END,
        now=now,
        lifetime=form.cleaned_data["expires"] - now,
        key=key,
        is_single_use=form.cleaned_data["is_single_use"],
    )
    address = build_link(base, [("ctx", token)])
    built = Built(address, (("ctx", token),), judged)
    result = _result(form, built, base, is_signed=False)
    return Result(
        judged, result.told, address, result.qr, result.copies, context=context
    )


def _is_taken(form: BuilderForm, judged: Explanation) -> bool:
    """Tell whether the link would work; else the form says what mends it."""
    if judged.refusal is None:
        return True
    problem = judged.refusal.problem
    name = FIELDS.get(problem.parameter)
    if problem.problem == "unsigned_segment":
        name = "kind"
    if problem.problem == "key_not_for_segment":
        name = "key"
    words = words_of(problem.problem)
    form.add_error(name, f"{sentence_of(problem)} {words.fix}")
    return False


def _result(form: BuilderForm, built: Built, base: str, *, is_signed: bool) -> Result:
    words = form.cleaned_data["button"] or "Make an appointment"
    has_gaps = bool(built.gaps)
    copies = []
    if built.address:
        copies.append(
            Copyable(
                "address",
                "Link",
                built.address,
                "Your site writes each gap's value there, encoded for an address."
                if has_gaps
                else "",
            )
        )
        copies.append(
            Copyable(
                "anchor", "For a web page", link_snippet(built.address, text=words)
            )
        )
        copies.append(
            Copyable(
                "form",
                "For a web page, as a form",
                form_snippet(base, _posted(built), text=words),
                "Nothing that it says stands in an address, so no log keeps it.",
            )
        )
    if is_signed:
        hint = (
            f"The key's secret comes from {KEY_NAME}; it never stands in a page. "
            "It prints the same link."
        )
        python, php = python_sample(base, built.pairs), php_sample(base, built.pairs)
        copies.append(Copyable("python", "Signed in Python", python, hint))
        copies.append(Copyable("php", "Signed in PHP", php, hint))
    return Result(
        judged=built.judged,
        told=tell(built.judged),
        address=built.address,
        qr=qr_code(built.address) if built.address and not has_gaps else None,
        copies=copies,
        gaps=built.gaps,
    )


def _posted(built: Built) -> list[tuple[str, str]]:
    """Return what a form posts: the link's parameters, its signature included."""
    signature = built.address.rpartition("&sig=")[2] if _is_signed(built) else ""
    return [*built.pairs, *([("sig", signature)] if signature else [])]


def _is_signed(built: Built) -> bool:
    return any(name == "kid" for name, _ in built.pairs)


def _builder_page(
    request: HttpRequest,
    form: BuilderForm,
    *,
    result: Result | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "title": "Link builder",
        "form": form,
        "result": result,
        "has_keys": bool(form.keys),
        "kinds": [value for value, _ in form.fields["kind"].choices],  # type: ignore[attr-defined]
    }
    return _page(request, "builder", context, status=status)


# --- The lab


@require_http_methods(["GET", "HEAD", "POST"])
def lab(request: HttpRequest) -> HttpResponse:
    """Show how a link is understood. Nothing is written; 422: there is none to try.

    The link comes by POST only: what it says about a person is in no address and no log.
    """
    check_access(request)
    if request.method != "POST":
        return _lab_page(request, LabForm())
    form = LabForm(request.POST)
    if not form.is_valid():
        return _lab_page(request, form, status=UNPROCESSABLE)
    return _lab_page(request, form, text=form.cleaned_data["link"])


@require_safe
def broken(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a broken link's code in the lab: that is all that was kept of the link."""
    check_access(request)
    if not request.user.has_perm("segments.view_linkproblem"):
        raise PermissionDenied
    problem = get_object_or_404(LinkProblem, pk=pk)
    text = ""
    if problem.parameter and problem.value:
        name = {"sig": "kid", "exp": "kid"}.get(problem.parameter, problem.parameter)
        text = build_link("", [(name, problem.value)])
    form = LabForm(initial={"link": text})
    return _lab_page(request, form, text=text, problem=problem)


def _lab_page(
    request: HttpRequest,
    form: LabForm,
    *,
    text: str = "",
    problem: LinkProblem | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {"title": "Link lab", "form": form, "problem": problem}
    if problem is not None:
        context["words"] = words_of(problem.problem)
    if text:
        pasted = read_pasted(text, base=base_address())
        explained = explain_link(pasted.pairs, now=clock.now())
        context |= {
            "notes": pasted.notes,
            "explained": explained,
            "told": tell(explained),
            "otherwise": tell(explained.otherwise) if explained.otherwise else None,
        }
    return _page(request, "lab", context, status=status)


def _page(
    request: HttpRequest, name: str, context: dict[str, Any], *, status: int
) -> HttpResponse:
    context = {**admin.site.each_context(request), **context}
    page = render(request, f"admin/links/{name}.html", context, status=status)
    page["Cache-Control"] = "no-store"
    return page
