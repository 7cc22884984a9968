"""Step one: what it is about."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from scheduling.errors import NotOffered
from scheduling.forms.choosing import SubjectForm
from scheduling.models import UnmetDemand
from scheduling.services import flows
from scheduling.views.access import (
    flow_page,
    load_step,
    note_nothing_found,
    to_next_step,
)
from scheduling.views.page import step_page
from scheduling.wizard.walk import Walk

STEP = "subject"


@dataclass(frozen=True, slots=True)
class SubjectCard:
    """A subject as a radio card."""

    id: str
    code: str
    name: str
    text: str
    is_checked: bool
    note: str  # the advisor who was asked for takes it


@dataclass(frozen=True, slots=True)
class Group:
    """A category with its subjects."""

    title: str
    text: str
    cards: list[SubjectCard]


@flow_page
def subject(request: HttpRequest, flow_id: str) -> HttpResponse:
    walk = load_step(request, flow_id, STEP)
    chosen = walk.subject.code if walk.subject else None
    form = SubjectForm(
        request.POST if request.method == "POST" else None,
        subjects=_open_subjects(walk),
        initial={"subject": chosen},
    )
    if form.is_bound and form.is_valid():
        try:
            flows.answer_subject(walk.flow, subject_id=form.subject_id, now=walk.now)
        except NotOffered as error:
            form.add_error("subject", error.message)
        else:
            return to_next_step(walk)
    if not walk.choices.categories:
        note_nothing_found(request, walk, UnmetDemand.Reason.NOTHING)
    is_locked = walk.is_locked("subject")
    groups = [] if is_locked else _groups(walk, form["subject"].value())
    return step_page(request, walk, STEP, {"form": form, "groups": groups})


def _open_subjects(walk: Walk) -> dict[str, tuple[int, str]]:
    """Return what may be posted: the offer, or the one subject that the link fixed."""
    offered = {
        subject.code: (subject.id, subject.name)
        for _category, subjects in walk.choices.categories
        for subject in subjects
    }
    if walk.is_locked("subject") and walk.subject:
        code = walk.subject.code
        return {code: offered[code]} if code in offered else {}
    return offered


def _groups(walk: Walk, checked: str | None) -> list[Group]:
    """Return the offer as cards; the first one is where an error link leads."""
    groups = []
    count = 0
    for category, subjects in walk.choices.categories:
        cards = []
        for subject in subjects:
            number = f"_{count}" if count else ""
            cards.append(
                SubjectCard(
                    id=f"id_subject{number}",
                    code=subject.code,
                    name=subject.name,
                    text=subject.description,
                    is_checked=subject.code == checked,
                    note=_note(walk, subject.id),
                )
            )
            count += 1
        groups.append(Group(category.name, category.description, cards))
    return groups


def _note(walk: Walk, subject_id: int) -> str:
    """Return a line for what the advisor takes whom the link asked for."""
    advisor = walk.advisor
    if advisor is None:
        return ""
    takers = {
        one.id
        for channel in walk.choices.channels_of(subject_id)
        for one in walk.choices.advisors_of(subject_id, channel)
    }
    is_theirs = advisor.id in takers
    return _("%(name)s takes this") % {"name": advisor.name} if is_theirs else ""
