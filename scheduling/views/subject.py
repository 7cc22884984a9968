"""Step one: what it is about."""

from django.http import HttpRequest, HttpResponse

from scheduling.errors import NotOffered
from scheduling.forms.choosing import SubjectForm
from scheduling.services import flows
from scheduling.views.access import flow_page, load_step, to_next_step
from scheduling.views.page import step_page
from scheduling.wizard.walk import Walk

STEP = "subject"


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
    checked = form["subject"].value()
    return step_page(
        request,
        walk,
        STEP,
        {"form": form, "groups": _groups(walk), "checked": checked},
    )


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


def _groups(walk: Walk) -> list[tuple[object, object]]:
    if walk.is_locked("subject"):
        return []
    return list(walk.choices.categories)
