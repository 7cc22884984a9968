"""The steps in order: which is open, and what the pages say about each."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy

from directory.choices import Channel
from scheduling.models import Flow
from scheduling.wizard import wording
from scheduling.wizard.walk import Walk


@dataclass(frozen=True, slots=True)
class Step:
    """A page of a walk. Its number never changes, whatever is skipped."""

    name: str
    number: int
    label: Promise
    is_answered: Callable[[Walk], bool]
    is_locked: Callable[[Walk], bool]


def _is_place_locked(walk: Walk) -> bool:
    """Tell whether channel and office leave nothing to choose."""
    if not walk.is_locked("channel"):
        return False
    if walk.flow.channel == Channel.ON_LOCATION:
        return walk.is_locked("postal_code") and walk.is_locked("street")
    return walk.is_locked("office")


def _never(_walk: Walk) -> bool:
    return False


PLACE = Step(
    "place",
    2,
    gettext_lazy("How and where"),
    lambda walk: walk.flow.is_place_answered,
    _is_place_locked,
)
TIME = Step(
    "time",
    3,
    gettext_lazy("Day and time"),
    lambda walk: walk.flow.slot is not None,
    _never,
)
STEPS = (
    Step(
        "subject",
        1,
        gettext_lazy("Topic"),
        lambda walk: walk.flow.subject_id is not None,
        lambda walk: walk.is_locked("subject"),
    ),
    PLACE,
    TIME,
    Step(
        "questions",
        4,
        gettext_lazy("Questions"),
        lambda walk: walk.flow.are_questions_answered or not walk.has_questions,
        _never,
    ),
    Step("details", 5, gettext_lazy("Your details"), _never, _never),
)
# A walk that changes a booked meeting keeps its subject, its answers and its person.
CHANGE_STEPS = (
    replace(PLACE, number=1),
    replace(TIME, number=2),
    Step("confirm", 3, gettext_lazy("Check and confirm"), _never, _never),
)

# Where a change may begin: the place is answered, but can be asked first.
CHANGE_STARTS = ("time", "place")


def steps_of(flow: Flow) -> tuple[Step, ...]:
    """Return the steps of a walk: those of a booking, or those of a change."""
    return STEPS if flow.changes_id is None else CHANGE_STEPS


def first_open_step(walk: Walk) -> str:
    """Return the name of the first step that still needs an answer."""
    return next(step.name for step in steps_of(walk.flow) if not step.is_answered(walk))


def is_ahead(walk: Walk, name: str) -> bool:
    """Tell whether a step comes after the first unanswered one, or is not asked."""
    if name == "questions" and not walk.has_questions:
        return True
    names = [step.name for step in steps_of(walk.flow)]
    if name not in names:
        return True
    return names.index(name) > names.index(first_open_step(walk))


def step_url(walk: Walk, name: str) -> str:
    """Return a step's address in this walk."""
    return reverse(f"scheduling:{name}", args=[walk.flow.pk])


@dataclass(frozen=True, slots=True)
class ProgressRow:
    """One step of the progress list; without a url it cannot be opened."""

    number: int
    label: Promise
    url: str
    state: str  # done, current or todo


def progress(walk: Walk, current: str) -> list[ProgressRow]:
    """Return the rows of the progress list."""
    steps = steps_of(walk.flow)
    number = {step.name: step.number for step in steps}
    open_number = number[first_open_step(walk)]
    rows = []
    for step in steps:
        if step.name == current:
            state = "current"
        elif step.is_answered(walk) and step.number <= max(
            open_number, number[current]
        ):
            state = "done"
        else:
            state = "todo"
        is_reachable = step.number <= open_number and not is_ahead(walk, step.name)
        may_open = is_reachable and state != "current" and not step.is_locked(walk)
        url = step_url(walk, step.name) if may_open else ""
        rows.append(ProgressRow(step.number, step.label, url, state))
    return rows


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """A thing chosen so far, with the page that changes it."""

    label: str
    value: str
    change_url: str = ""
    change_label: str = ""


def summary(walk: Walk, zone: ZoneInfo, current: str) -> list[SummaryRow]:
    """Return "Your appointment" so far, each row with its change link unless locked."""
    rows = []

    asked = {step.name for step in steps_of(walk.flow)}

    def add(label: str, value: str, step: str, names: tuple[str, ...]) -> None:
        is_fixed = all(walk.is_locked(name) for name in names)
        is_open = step in asked and step != current and not is_fixed
        rows.append(
            SummaryRow(
                label,
                value,
                step_url(walk, step) if is_open else "",
                _("Change %(what)s") % {"what": label.lower()} if is_open else "",
            )
        )

    flow = walk.flow
    if walk.subject:
        add(_("Topic"), walk.subject.name, "subject", ("subject",))
    if flow.channel:
        add(_("How"), str(Channel(flow.channel).label), "place", ("channel",))
    if flow.is_place_answered:
        add(_("Where"), place_text(walk), "place", place_locks(walk))
    if walk.advisor:
        add(_("With"), walk.advisor.name, "time", ("advisor",))
    if flow.slot and flow.is_place_answered:
        add(_("When"), wording.start_text(flow.slot, zone), "time", ("slot",))
    return rows


def place_locks(walk: Walk) -> tuple[str, ...]:
    """Return the fields that a change of the place would touch."""
    is_home_visit = walk.flow.channel == Channel.ON_LOCATION
    return ("street", "postal_code") if is_home_visit else ("office",)


def place_text(walk: Walk) -> str:
    """Return where the meeting is, in a few words."""
    flow = walk.flow
    if flow.channel == Channel.ON_LOCATION:
        address = flow.address
        town = f"{address.get('postal_code', '')} {address.get('city', '')}".strip()
        return ", ".join(part for part in (address.get("street", ""), town) if part)
    if walk.office:
        return walk.office.name
    return _("Any office")
