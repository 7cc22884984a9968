"""From a scheduling link to what a flow starts with, or to a refusal."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation.trans_real import parse_accept_lang_header
from phonenumber_field.phonenumber import to_python

from directory.catalogue import OrganisationData
from directory.models import Customer
from scheduling.wizard.preselection import Preselection, preselect
from segments import links, services
from segments.errors import SegmentRefused
from segments.links import LinkParameters, Pairs, Problem
from segments.models import LinkContext
from segments.parameters import (
    ADDRESS,
    ATTRIBUTION,
    BESIDE_CONTEXT,
    PREFILL,
    QUESTION,
)
from segments.policy import Policy
from segments.queries import policy_for

NOT_FOUND = 404
GONE = 410
SOME_CHOICES_SKIPPED = "choices_skipped"  # the notice's code; a template has the words
CHOICES = ("subject", "category", "channel", "office", "advisor")
LOCKABLE = frozenset(
    {
        *CHOICES,
        *("segment", "advisor_mode", "date", "tz", "lang", "name"),
        *PREFILL,
        *ADDRESS,
    }
)
LOCK_MAX = 64
RETURN_URL_MAX = 2000
CALENDAR_REACH = timedelta(days=3 * 366)  # a date beyond it opens no calendar of ours


class LinkRefused(Exception):  # noqa: N818 - a refusal is what it is
    """A link that starts no flow, with the status of the page that says so."""

    def __init__(self, problem: Problem, *, status: int = NOT_FOUND) -> None:
        super().__init__(problem.problem)
        self.problem = problem
        self.status = status


@dataclass(frozen=True, slots=True)
class Entry:
    """What a new flow starts with: each field, but the last two, is one of the flow's.

    `context_id` is the context to mark as used; `problems` is for staff.
    """

    segment_codes: tuple[str, ...] = ()
    is_signed: bool = False
    locked: tuple[str, ...] = ()
    category_code: str = ""
    channels: tuple[str, ...] = ()
    prefill: dict[str, str] | None = None
    question_prefill: dict[str, str] | None = None
    metadata: dict[str, str] | None = None
    attribution: dict[str, str] | None = None
    return_url: str = ""
    opens_on: date | None = None
    language: str = "en"
    link_zone: str = ""
    notices: tuple[str, ...] = ()
    ignored_parameters: int = 0
    verified_customer_id: int | None = None
    needs_sign_in: bool = False
    preset: tuple[str, ...] = ()
    subject_id: int | None = None
    channel: str = ""
    office_id: int | None = None
    is_place_answered: bool = False
    address: dict[str, str] | None = None
    advisor_id: int | None = None
    advisor_mode: str = "prefer"
    context_id: int | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class TrustedLink:
    """A link whose signature or context was found good, or that has neither."""

    parameters: LinkParameters
    locked: frozenset[str]
    is_signed: bool
    context: LinkContext | None = None

    @property
    def is_of_portal(self) -> bool:
        """Tell whether our own portal made the link."""
        portal = LinkContext.Source.PORTAL
        return self.context is not None and self.context.source == portal


def read_entry(pairs: Pairs, *, now: datetime, accept_language: str) -> Entry:
    """Return what a flow of this link starts with. Changes nothing.

    Raises:
        LinkRefused: a segment, signature, context or lock failed.
    """
    try:
        link = trusted_link(pairs, now=now)
        return entry_of(link, now=now, accept_language=accept_language)
    except services.LinkFailed as failure:
        raise refusal_of(failure) from failure


def refusal_of(failure: services.LinkFailed) -> LinkRefused:
    """Return how a link with such a signature or context is answered."""
    status = GONE if failure.is_over else NOT_FOUND
    return LinkRefused(failure.problem, status=status)


def check_parameters(pairs: Pairs, *, now: datetime) -> None:
    """Refuse parameters that a context made of them would be refused for.

    Raises:
        LinkRefused: a segment or a lock failed.
    """
    parameters = links.read(pairs)
    entry_of(as_if_signed(parameters), now=now, accept_language="")


def as_if_signed(parameters: LinkParameters) -> TrustedLink:
    """Return the link that these parameters make with a good signature."""
    return TrustedLink(parameters, _locked(parameters), is_signed=True)


def first_step(entry: Entry) -> str:
    """Return the first step that the link left unanswered; a link never has a time."""
    if entry.subject_id is None:
        return "subject"
    return "time" if entry.is_place_answered else "place"


# --- Who says so


def trusted_link(pairs: Pairs, *, now: datetime) -> TrustedLink:
    """Return the link with its context opened and its signature checked."""
    sent = links.read(pairs)
    if sent.carries_signature:
        services.check_signature(sent, pairs, now=now)
    if "ctx" in sent.passed:
        context = services.open_context(sent.ctx, now=now)
        kept = links.read([(name, value) for name, value in context.parameters])
        locked = _locked(kept)
        return TrustedLink(_beside(kept, sent, locked), locked, True, context)
    if sent.carries_signature:
        return TrustedLink(sent, _locked(sent), is_signed=True)
    return TrustedLink(sent, frozenset(), is_signed=False)


def _beside(
    kept: LinkParameters, sent: LinkParameters, locked: frozenset[str]
) -> LinkParameters:
    """Return a context's parameters with the few that count beside a `ctx`."""
    read = sent.passed & BESIDE_CONTEXT
    return replace(
        kept,
        lang=kept.lang if "lang" in locked else sent.lang or kept.lang,
        tz=kept.tz if "tz" in locked else sent.tz or kept.tz,
        date=kept.date if "date" in locked else sent.date or kept.date,
        attribution=kept.attribution | sent.attribution,
        passed=kept.passed | read,
        problems=(*kept.problems, *(p for p in sent.problems if p.parameter in read)),
        ignored=kept.ignored + sent.ignored + len(sent.passed - read),
    )


def _locked(parameters: LinkParameters) -> frozenset[str]:
    """Return the names that a lock stands for; `all` is everything that was passed."""
    names = set(parameters.locked)
    if "all" in names:
        names.remove("all")
        blank = _blank_texts(parameters)
        names |= {
            name
            for name in parameters.passed - blank
            if name in LOCKABLE or QUESTION.match(name)
        }
    return frozenset(names)


def _blank_texts(parameters: LinkParameters) -> set[str]:
    """Return the fields that were passed empty: nothing is there to lock.

    A choice that was passed empty is no such field: locked, it refuses the link.
    """
    filled = parameters.prefill.keys() | parameters.address.keys()
    blank = {name for name in (*PREFILL, *ADDRESS) if name not in filled}
    if not filled & {"first_name", "last_name"}:
        blank.add("name")
    return blank | {
        name
        for name in parameters.passed
        if (match := QUESTION.match(name)) and match[1] not in parameters.questions
    }


# --- What it says


def entry_of(link: TrustedLink, *, now: datetime, accept_language: str) -> Entry:
    """Return what a flow starts with, once it is known whether the link is signed."""
    parameters = link.parameters
    policy = _policy(parameters, now=now, is_signed=link.is_signed)
    chosen = preselect(parameters, policy)
    organisation = policy.catalogue.organisation
    problems = [*parameters.problems, *chosen.problems]
    if parameters.locked and not link.is_signed:
        problems.append(Problem("unsigned_lock", "lock"))
    language = link_language(parameters.lang)
    if parameters.lang and not language:
        problems.append(Problem("unknown_language", "lang"))
    return_url = parameters.return_url
    if not link.is_of_portal:  # whose way back is our own page
        return_url = _return_url(parameters.return_url, organisation)
    if parameters.return_url and not return_url:
        problems.append(Problem("foreign_return_url", "return_url"))
    opens_on = parameters.date
    if opens_on and abs(opens_on - now.date()) > CALENDAR_REACH:
        problems.append(Problem("bad_date", "date"))
        opens_on = None
    entry = Entry(
        segment_codes=parameters.segments,
        is_signed=link.is_signed,
        category_code=chosen.category_code,
        channels=chosen.channels,
        prefill=parameters.prefill,
        question_prefill=parameters.questions,
        metadata=parameters.metadata,
        attribution=parameters.attribution,
        return_url=return_url,
        opens_on=opens_on,
        language=language or _other_language(accept_language, organisation),
        link_zone=parameters.tz,
        notices=_notices(problems),
        ignored_parameters=parameters.ignored,
        verified_customer_id=_verified_customer(link),
        needs_sign_in=link.context is not None and bool(link.context.customer_id),
        preset=chosen.preset,
        subject_id=chosen.subject_id,
        channel=chosen.channel,
        office_id=chosen.office_id,
        is_place_answered=_is_place_answered(chosen),
        address=parameters.address,
        advisor_id=chosen.advisor_id,
        advisor_mode=_advisor_mode(parameters, chosen),
        context_id=link.context.pk if link.context else None,
        problems=tuple(problems),
    )
    return _with_locks(entry, link, policy)


def _policy(parameters: LinkParameters, *, now: datetime, is_signed: bool) -> Policy:
    if parameters.has_blank_segment:
        # Somebody meant a segment: without one the offer could only be wider.
        raise LinkRefused(Problem("unknown_segment", "segment"))
    try:
        return policy_for(parameters.segments, now=now, is_signed=is_signed)
    except SegmentRefused as refusal:
        code = links.code_or_nothing(refusal.code)
        raise LinkRefused(Problem(refusal.problem, "segment", code)) from refusal


def _notices(problems: list[Problem]) -> tuple[str, ...]:
    """Return one neutral sentence's code when a choice of the link was skipped."""
    is_skipped = any(problem.parameter in CHOICES for problem in problems)
    return (SOME_CHOICES_SKIPPED,) if is_skipped else ()


def link_language(text: str) -> str:
    """Return our language for nl, nl-BE, nl_BE or NL; '' if there is none."""
    known = dict(settings.LANGUAGES)
    code = text.lower().replace("_", "-")
    return next((c for c in (code, code.partition("-")[0]) if c in known), "")


def _other_language(accept_language: str, organisation: OrganisationData) -> str:
    """Return the first of the browser's languages that is ours, else the site's."""
    wanted = parse_accept_lang_header(accept_language.lower())
    found = (link_language(code) for code, priority in wanted if priority)
    return next((code for code in found if code), organisation.language)


def _return_url(url: str, organisation: OrganisationData) -> str:
    origin = services.origin_of(url) if len(url) <= RETURN_URL_MAX else ""
    allowed = {services.origin_of(one) for one in organisation.return_origins}
    return url if origin and origin in allowed else ""


def _verified_customer(link: TrustedLink) -> int | None:
    """Return who the sender says it is, if the sender is one that we believe."""
    if link.context and link.context.customer_id:
        return link.context.customer_id
    number = link.parameters.prefill.get("customer_number", "")
    if not link.is_signed or not number:
        return None
    known = Customer.objects.filter(customer_number=number, is_provisional=False)
    found = known.values_list("pk", flat=True)[:2]
    return found[0] if len(found) == 1 else None


def _advisor_mode(parameters: LinkParameters, chosen: Preselection) -> str:
    is_only = parameters.advisor_mode == "only" and chosen.advisor_id is not None
    return "only" if is_only else "prefer"


def _is_place_answered(chosen: Preselection) -> bool:
    """Tell whether nothing is left to ask: any office will do for phone and video."""
    if chosen.channel == "office":
        return chosen.office_id is not None
    return chosen.channel in ("phone", "video")


# --- Locks


def _with_locks(entry: Entry, link: TrustedLink, policy: Policy) -> Entry:
    """Return the entry with what the visitor may not change.

    Raises:
        LinkRefused: a locked value is missing or not allowed, so that it would have
            become a free choice.
    """
    for name in sorted(link.locked):
        if len(name) > LOCK_MAX or not _holds(name, entry, link, policy):
            shown = name if name in LOCKABLE else ""
            raise LinkRefused(Problem("lock_without_value", "lock", shown))
    names = set(link.locked)
    if "name" in names:
        names.remove("name")
        given = entry.prefill or {}
        names |= {name for name in ("first_name", "last_name") if name in given}
    if "channel" in names and not entry.channel:
        names.remove("channel")  # several: a restriction, which binds anyway
    elif "channel" in names:
        # Until the subject is chosen: only subjects that have this channel.
        entry = replace(entry, channels=(entry.channel,))
    return replace(entry, locked=tuple(sorted(names)))


def _holds(name: str, entry: Entry, link: TrustedLink, policy: Policy) -> bool:
    """Tell whether a locked parameter came with a value that may be."""
    parameters = link.parameters
    if match := QUESTION.match(name):
        return _is_answer(match[1], parameters.questions, entry, policy)
    if name in PREFILL:
        return _is_usable(name, parameters.prefill.get(name, ""))
    if name in ADDRESS:
        return name in parameters.address
    values: dict[str, object] = {
        "segment": parameters.segments,
        "category": entry.category_code,
        "subject": entry.subject_id,
        "channel": entry.channel or entry.channels,
        "office": entry.office_id,
        "advisor": entry.advisor_id,
        "advisor_mode": parameters.advisor_mode,
        "date": entry.opens_on,
        "tz": entry.link_zone,
        "lang": link_language(parameters.lang),
        "name": "name" in parameters.passed
        and parameters.prefill.keys() & {"first_name", "last_name"},
    }
    if name in values:
        return bool(values[name])
    # Nothing that a visitor could change: metadata, where to go afterwards.
    is_background = name.startswith("metadata[") or name in (*ATTRIBUTION, "return_url")
    return is_background and name in parameters.passed


def _is_usable(name: str, text: str) -> bool:
    """Tell whether the form would take the text: a locked one cannot be corrected."""
    if name == "email":
        try:
            validate_email(text)
        except ValidationError:
            return False
        return True
    if name == "phone":
        number = to_python(text)
        return bool(number) and number.is_valid()
    return bool(text)


def _is_answer(
    code: str, answers: dict[str, str], entry: Entry, policy: Policy
) -> bool:
    """Tell whether there is an answer, and one of its question's choices if known."""
    answer = answers.get(code, "")
    if not answer or entry.subject_id is None:
        return bool(answer)
    subject = policy.catalogue.subjects[entry.subject_id]
    question = next((q for q in subject.questions if q.code == code), None)
    if question is None or question.kind != "choice":
        return True
    return any(answer == choice for choice, _label in question.choices)
