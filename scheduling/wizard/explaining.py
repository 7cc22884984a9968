"""How a link is understood, parameter by parameter, by the code that starts flows.

Nothing is written: no flow, no used context, no record of a problem.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from directory.choices import Channel
from scheduling.wizard.entry import (
    GONE,
    Entry,
    LinkRefused,
    TrustedLink,
    as_if_signed,
    entry_of,
    refusal_of,
    trusted_link,
)
from segments import links
from segments.links import (
    METADATA_KEY_MAX,
    SIGNATURE,
    TEXT_MAX,
    Fate,
    LinkParameters,
    Pairs,
    Problem,
    SentPair,
    sort_out,
)
from segments.models import LinkContext
from segments.parameters import (
    ADDRESS,
    ATTRIBUTION,
    BESIDE_CONTEXT,
    CANONICAL,
    LISTS,
    METADATA,
    PREFILL,
    QUESTION,
    TRACKERS,
)
from segments.policy import Policy
from segments.problems import sentence_of, words_of
from segments.queries import policy_for
from segments.services import SECONDS, LinkFailed


class State(StrEnum):
    """What became of one parameter."""

    USED = "Used"
    LOCKED = "Locked"
    CUT = "Cut"
    SKIPPED = "Skipped"
    IGNORED = "Ignored"
    REFUSED = "Refused"
    UNDERSTOOD = "Understood"  # of a link that is refused for something else


Told = tuple[State, str]
IGNORED = State.IGNORED
REFUSED_ELSEWHERE = "The link is refused for something else."


@dataclass(frozen=True, slots=True)
class Row:
    """A parameter as it was sent, and what became of it."""

    sent: str
    name: str
    value: str
    state: State
    why: str

    @property
    def is_alias(self) -> bool:
        return bool(self.name) and self.name != self.sent


@dataclass(frozen=True, eq=False)
class Explanation:
    """A link understood. Either it has an entry, or a refusal.

    `kept` are the parameters of its context. `otherwise` is what the link would be with
    a good signature, when its own was refused. `policy` belongs to the entry.
    """

    rows: tuple[Row, ...]
    kept: tuple[Row, ...] = ()
    entry: Entry | None = None
    refusal: LinkRefused | None = None
    policy: Policy | None = None
    is_signed: bool = False
    carries_signature: bool = False
    expires: datetime | None = None
    kid: str = ""
    context: LinkContext | None = None
    otherwise: "Explanation | None" = None

    @property
    def status(self) -> int:
        """Return the status of the page that a visitor gets in the end."""
        return self.refusal.status if self.refusal else 200

    @property
    def is_over(self) -> bool:
        return self.status == GONE

    def states(self, name: str) -> list[State]:
        """Return what became of a parameter, by its canonical name."""
        return [row.state for row in (*self.rows, *self.kept) if row.name == name]


def explain_link(pairs: Pairs, *, now: datetime) -> Explanation:
    """Return how a link is understood now. Six queries at most; nothing is written."""
    try:
        link = trusted_link(pairs, now=now)
    except LinkFailed as failure:
        return _untrusted(pairs, refusal_of(failure), now=now)
    return _judged(pairs, link, now=now)


def explain_signed(pairs: Pairs, *, now: datetime) -> Explanation:
    """Return how a context of these parameters, or a well signed link, is understood."""
    return _judged(pairs, as_if_signed(links.read(pairs)), now=now)


def _untrusted(pairs: Pairs, refusal: LinkRefused, *, now: datetime) -> Explanation:
    """Explain a link whose signature or context was refused."""
    sent = links.read(pairs)
    unsigned = [(name, value) for name, value in pairs if name not in SIGNATURE]
    has_rest = sent.carries_signature and "ctx" not in sent.passed
    return Explanation(
        rows=_rows(pairs, _Reader(sent, sent, refusal=refusal)),
        refusal=refusal,
        carries_signature=sent.carries_signature,
        expires=_moment(sent),
        kid=sent.kid,
        otherwise=explain_signed(unsigned, now=now) if has_rest else None,
    )


def _judged(pairs: Pairs, link: TrustedLink, *, now: datetime) -> Explanation:
    entry, refusal, policy = None, None, None
    try:
        entry = entry_of(link, now=now, accept_language="")
        policy = policy_for(entry.segment_codes, now=now, is_signed=entry.is_signed)
    except LinkRefused as error:
        refusal = error
    sent = links.read(pairs)
    reader = _Reader(sent, link.parameters, entry, policy, refusal, link)
    kept = link.context.parameters if link.context else []
    return Explanation(
        rows=_rows(pairs, reader),
        kept=_kept_rows([(name, value) for name, value in kept], reader),
        entry=entry,
        refusal=refusal,
        policy=policy,
        is_signed=link.is_signed,
        carries_signature=sent.carries_signature,
        expires=_moment(sent),
        kid=sent.kid,
        context=link.context,
    )


def _moment(sent: LinkParameters) -> datetime | None:
    if not sent.carries_signature or not SECONDS.match(sent.exp):
        return None
    try:
        return datetime.fromtimestamp(int(sent.exp), UTC)
    except (OverflowError, ValueError, OSError):
        return None  # after the year 9999


# --- One parameter


@dataclass(frozen=True, slots=True)
class _Reader:
    """What is known of a link while its parameters are told.

    `parameters` are those that count, `sent` those of the address itself.
    """

    sent: LinkParameters
    parameters: LinkParameters
    entry: Entry | None = None
    policy: Policy | None = None
    refusal: LinkRefused | None = None
    link: TrustedLink | None = None

    @property
    def has_context(self) -> bool:
        return "ctx" in self.sent.passed

    @property
    def locked(self) -> frozenset[str]:
        return self.link.locked if self.link and self.entry else frozenset()


def _rows(pairs: Pairs, reader: _Reader) -> tuple[Row, ...]:
    """Return what became of the parameters of the address."""
    return tuple(_row(pair, _told(pair, reader)) for pair in sort_out(pairs))


def _kept_rows(pairs: Pairs, reader: _Reader) -> tuple[Row, ...]:
    """Return what became of the parameters that a context keeps."""
    return tuple(_row(pair, _told_kept(pair, reader)) for pair in sort_out(pairs))


def _row(pair: SentPair, told: Told) -> Row:
    return Row(pair.sent, pair.name, pair.value, *told)


def _told(pair: SentPair, reader: _Reader) -> Told:
    if uncounted := _uncounted(pair):
        return uncounted
    if pair.name in SIGNATURE:
        return _signature(pair, reader)
    if reader.has_context:
        if pair.name not in BESIDE_CONTEXT:
            return IGNORED, "Beside ctx only lang, tz, date and utm_… are read."
        if pair.name in reader.locked:
            return IGNORED, "The context locks it."
    return _judged_pair(pair, reader)


def _told_kept(pair: SentPair, reader: _Reader) -> Told:
    if uncounted := _uncounted(pair):
        return uncounted
    if pair.name in {"ctx", *SIGNATURE}:
        return IGNORED, "A context needs no other proof."
    if pair.name not in reader.locked and _is_given_again(pair, reader.sent):
        return IGNORED, "The address has another value, which wins."
    return _judged_pair(pair, reader)


def _uncounted(pair: SentPair) -> Told | None:
    """Return why a pair does not count, whatever it says, if it does not."""
    if pair.fate == Fate.UNKNOWN:
        return IGNORED, _unknown_text(pair.sent)
    if pair.fate == Fate.BEATEN:
        return IGNORED, f"{pair.name} itself is there too, and beats its alias."
    if pair.fate == Fate.REPLACED:
        return IGNORED, "A later value of the same name wins."
    return None


def _unknown_text(sent: str) -> str:
    if sent in TRACKERS or sent.startswith("utm_"):
        return "Advertisements append this. It is not signed and not kept."
    if sent.startswith("amp;"):
        return "The link was copied from a page's source: write & instead of &amp;."
    if sent.lower() in CANONICAL:
        return f"Capitals count in this name: write {sent.lower()}."
    return "No parameter has this name. It is counted, not kept."


def _is_given_again(pair: SentPair, sent: LinkParameters) -> bool:
    """Tell whether the address overrules what the context keeps."""
    given = {"lang": sent.lang, "tz": sent.tz, "date": sent.date, **sent.attribution}
    return bool(given.get(pair.name))


def _signature(pair: SentPair, reader: _Reader) -> Told:
    if not reader.sent.carries_signature:
        return IGNORED, "Without sig it says nothing."
    if reader.link is None:
        problem = reader.refusal.problem if reader.refusal else None
        if problem and problem.parameter == pair.name:
            return State.REFUSED, _full_text(problem)
        return State.UNDERSTOOD, REFUSED_ELSEWHERE
    return State.USED, SIGNATURE_MEANINGS[pair.name]


def _judged_pair(pair: SentPair, reader: _Reader) -> Told:
    """Return what became of a pair that counts, by what it says."""
    if problem := _problem_of(pair, reader):
        return problem
    if not pair.value or (pair.name in LISTS and not pair.value.strip(",")):
        return IGNORED, "It is empty."
    if cut := _cut(pair, reader.parameters):
        return cut
    if overruled := _overruled_text(pair, reader):
        return IGNORED, overruled
    if reader.refusal is not None:
        return State.UNDERSTOOD, REFUSED_ELSEWHERE
    if pair.name in reader.locked:
        return State.LOCKED, f"{_meaning(pair, reader)} The visitor cannot change it."
    return State.USED, _meaning(pair, reader)


def _problem_of(pair: SentPair, reader: _Reader) -> Told | None:
    """Return what was wrong with a pair, if anything was."""
    refused = reader.refusal.problem if reader.refusal else None
    if refused and _is_about(refused, pair):
        return State.REFUSED, _full_text(refused)
    found = reader.entry.problems if reader.entry else reader.parameters.problems
    for problem in found:
        if problem.problem != "cut" and _is_about(problem, pair):
            return State.SKIPPED, _full_text(problem)
    return None


def _is_about(problem: Problem, pair: SentPair) -> bool:
    if problem.parameter != pair.name:
        return False
    items = [item for item in pair.value.split(",") if item]
    if problem.problem == "unknown_channel":
        return any(item not in Channel.values for item in items)
    is_one_code = bool(problem.value) and pair.name == "segment"
    return not is_one_code or problem.value in items


def _full_text(problem: Problem) -> str:
    return f"{sentence_of(problem)} {words_of(problem.problem).fix}"


def _cut(pair: SentPair, parameters: LinkParameters) -> Told | None:
    """Return how much of a long text was kept, if not all was."""
    length = len(pair.value)
    if match := METADATA.match(pair.name):
        kept = parameters.metadata.get(match[1][:METADATA_KEY_MAX])
        if kept is None:
            return State.CUT, "There is too much metadata: this is left out."
        if len(match[1]) > METADATA_KEY_MAX:
            return State.CUT, f"{METADATA_KEY_MAX} characters of its name are kept."
        if kept != pair.value:
            return State.CUT, f"{len(kept)} of {length} characters are kept."
        return None
    texts = (*PREFILL, *ADDRESS, *ATTRIBUTION, "name")
    if length > TEXT_MAX and (pair.name in texts or QUESTION.match(pair.name)):
        return State.CUT, f"{TEXT_MAX} of {length} characters are kept."
    return None


def _overruled_text(pair: SentPair, reader: _Reader) -> str:
    """Return why a good value says nothing in this link, or nothing."""
    if pair.name == "name":
        given = {"first_name", "last_name"} & reader.parameters.passed
        if given & reader.parameters.prefill.keys():
            return "A first or last name is given, which beats it."
    if pair.name == "advisor_mode" and reader.entry and not reader.entry.advisor_id:
        return "There is no advisor that it could be about."
    return ""


# --- What it does


def _meaning(pair: SentPair, reader: _Reader) -> str:
    """Return what a used parameter does."""
    entry, policy = reader.entry, reader.policy
    chosen = _choice_text(pair.name, entry, policy) if entry and policy else ""
    if chosen:
        return chosen
    if QUESTION.match(pair.name):
        return "An answer, kept until its subject is chosen."
    if METADATA.match(pair.name):
        return "Kept with the appointment."
    if pair.name in ATTRIBUTION:
        return "Where the visitor came from; kept with the appointment."
    return MEANINGS.get(pair.name, "Filled in beforehand.")


def _choice_text(name: str, entry: Entry, policy: Policy) -> str:
    """Return what was chosen beforehand, by its name."""
    standing = policy.catalogue
    named = {
        "subject": standing.subjects.get(entry.subject_id or 0),
        "office": standing.offices.get(entry.office_id or 0),
        "advisor": standing.advisors.get(entry.advisor_id or 0),
    }
    if chosen := named.get(name):
        return f"Chosen beforehand: {chosen.name}."
    if name == "category" and (category := standing.category(entry.category_code)):
        return f"Only subjects of {category.name}."
    if name == "channel" and entry.channel:
        return f"Chosen beforehand: {Channel(entry.channel).label}."
    if name == "channel" and entry.channels:
        return f"Only by: {', '.join(str(Channel(o).label) for o in entry.channels)}."
    return ""


SIGNATURE_MEANINGS = {
    "sig": "The signature fits the link.",
    "exp": "The time until which the link works.",
    "kid": "The key that signed the link.",
}
MEANINGS = {
    "segment": "What the visitor may schedule. It is always locked.",
    "advisor_mode": "Whether the advisor is preferred, or nobody else will do.",
    "date": "The calendar opens on it.",
    "tz": "The visitor's time zone.",
    "lang": "The visitor's language.",
    "return_url": "Where “back to the site” leads.",
    "ctx": "Parameters that are kept on the server; they are below.",
    "lock": "What the visitor may not change.",
}
