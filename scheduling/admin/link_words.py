"""An explanation of a link as its page shows it: in sentences, rows and lists."""

from collections.abc import Iterable
from dataclasses import dataclass

from directory.choices import Channel
from scheduling.queries import choices
from scheduling.views.page import question
from scheduling.wizard.entry import Entry, first_step
from scheduling.wizard.explaining import Explanation, Row, State
from segments.policy import Policy
from segments.problems import sentence_of, words_of

MOST_ROWS = 200
LONGEST_VALUE = 500
COLOURS = {
    State.USED: "success",
    State.LOCKED: "info",
    State.CUT: "warning",
    State.SKIPPED: "warning",
    State.REFUSED: "danger",
}


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A parameter, safe to read."""

    sent: str
    name: str
    value: str
    state: str
    colour: str
    why: str


@dataclass(frozen=True, slots=True)
class OfferedSubject:
    """A subject of the offer."""

    category: str
    name: str
    channels: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Told:
    """What a page says about a link."""

    verdict: str
    fix: str
    rows: list[ShownRow]
    kept: list[ShownRow]
    left_out: int
    warnings: list[str]
    step: str
    offer: list[OfferedSubject]
    filled: list[tuple[str, str]]


def tell(explained: Explanation) -> Told:
    """Return an explanation in words. No query."""
    entry, policy = explained.entry, explained.policy
    rows = [*explained.rows, *explained.kept]
    fix = words_of(explained.refusal.problem.problem).fix if explained.refusal else ""
    return Told(
        verdict=_verdict(explained),
        fix=fix,
        rows=_shown(explained.rows),
        kept=_shown(explained.kept),
        left_out=max(0, len(explained.rows) - MOST_ROWS),
        warnings=_warnings(explained, rows),
        step=question(first_step(entry)) if entry else "",
        offer=_offer(entry, policy) if entry and policy else [],
        filled=_filled(entry) if entry else [],
    )


def _verdict(explained: Explanation) -> str:
    if explained.refusal is None:
        return "The link works."
    sentence = sentence_of(explained.refusal.problem)
    page = "has expired (410)" if explained.is_over else "does not work (404)"
    return f"{sentence} The visitor reads that the link {page}."


def _shown(rows: Iterable[Row]) -> list[ShownRow]:
    return [
        ShownRow(
            sent=readable(row.sent),
            name=row.name if row.is_alias else "",
            value=readable(row.value),
            state=row.state.value,
            colour=COLOURS.get(row.state, ""),
            why=readable(row.why, longest=1000),
        )
        for row in list(rows)[:MOST_ROWS]
    ]


def readable(text: str, *, longest: int = LONGEST_VALUE) -> str:
    """Return a text without signs that cannot be seen, or that turn it around."""
    seen = "".join(
        one if one.isprintable() else f"[U+{ord(one):04X}]" for one in text[:longest]
    )
    return f"{seen}… ({len(text):,} characters)" if len(text) > longest else seen


def _warnings(explained: Explanation, rows: Iterable[Row]) -> list[str]:
    """Return what does not count as it was meant, though the link works."""
    if explained.entry is None or explained.policy is None:
        return []
    found = [
        f"{readable(row.sent)}: {readable(row.why, longest=1000)}"
        for row in rows
        if row.state in {State.SKIPPED, State.CUT}
    ]
    if not _offer(explained.entry, explained.policy):
        found.append(
            "Nothing can be scheduled: the segment has no offers, or nobody takes them."
        )
    return list(dict.fromkeys(found))


def _offer(entry: Entry, policy: Policy) -> list[OfferedSubject]:
    """Return the subjects and channels that the visitor can choose from."""
    found = choices(policy, category_code=entry.category_code, channels=entry.channels)
    is_locked = "subject" in entry.locked
    return [
        OfferedSubject(
            category=category.name,
            name=subject.name,
            channels=", ".join(
                str(Channel(one).label) for one in found.channels_of(subject.id)
            ),
            is_chosen=subject.id == entry.subject_id,
        )
        for category, subjects in found.categories
        for subject in subjects
        if not is_locked or subject.id == entry.subject_id
    ]


def _filled(entry: Entry) -> list[tuple[str, str]]:
    """Return what is filled in beforehand, and what goes along unseen."""
    named = [
        *(entry.prefill or {}).items(),
        *(entry.address or {}).items(),
        *(
            (f"q[{code}]", text)
            for code, text in (entry.question_prefill or {}).items()
        ),
        *((f"metadata[{key}]", text) for key, text in (entry.metadata or {}).items()),
        *(entry.attribution or {}).items(),
    ]
    return [(readable(name), readable(text)) for name, text in named]
