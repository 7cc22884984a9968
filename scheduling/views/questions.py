"""Step four: the subject's questionnaire."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.forms import BoundField
from django.http import HttpRequest, HttpResponse

from scheduling.errors import UploadRefused
from scheduling.forms.telling import Kind, QuestionsForm, shown_answer
from scheduling.models import Document
from scheduling.services import documents, flows
from scheduling.views.access import flow_page, load_step, to_next_step
from scheduling.views.page import step_page
from scheduling.wizard.walk import Walk

STEP = "questions"


@dataclass(frozen=True, slots=True)
class Row:
    """A question, perhaps with the answer that the link fixed."""

    field: BoundField
    locked: str


@flow_page
def questions(request: HttpRequest, flow_id: str) -> HttpResponse:
    walk = load_step(request, flow_id, STEP)
    refused: dict[str, str] = {}
    if request.method == "POST":
        refused = _keep_files(request, walk)
    kept = _kept_files(walk)
    form = _form(request, walk, kept)
    if form.is_bound:
        for name, sentence in refused.items():
            form.add_error(name, sentence)
        if form.is_valid():
            flows.answer_questions(walk.flow, answers=form.answers, now=walk.now)
            return to_next_step(walk)
    context = {
        "form": form,
        "fields": _rows(form, _locked(walk)),
        "is_prefilled": not form.is_bound and _prefill(walk).keys() - walk.flow.answers,
    }
    return step_page(request, walk, STEP, context)


def _form(
    request: HttpRequest, walk: Walk, kept: Mapping[str, Document]
) -> QuestionsForm:
    assert walk.subject is not None  # noqa: S101  (the first step is answered)
    posted = request.POST if request.method == "POST" else None
    given, locked = _prefill(walk), _locked(walk)
    fixed = {code: given[code] for code in locked if code in given}
    started = {**given, **walk.flow.answers, **fixed}
    return QuestionsForm(
        posted,
        request.FILES if posted is not None else None,
        questions=walk.subject.questions,
        kept={code: document.name for code, document in kept.items()},
        locked=locked,
        initial={f"q_{code}": value for code, value in started.items()},
    )


def _rows(form: QuestionsForm, locked: Mapping[str, str]) -> list[Row]:
    return [
        Row(
            form[f"q_{question.code}"],
            shown_answer(question, locked.get(question.code, "")),
        )
        for question in form.questions
    ]


def _prefill(walk: Walk) -> dict[str, Any]:
    """Return the link's answers to this subject's questions, as these are asked."""
    assert walk.subject is not None  # noqa: S101
    given = walk.flow.question_prefill
    found: dict[str, Any] = {}
    for question in walk.subject.questions:
        if question.code not in given or question.kind == Kind.FILE:
            continue
        text = str(given[question.code])
        found[question.code] = (
            text.split(",") if question.kind == Kind.CHOICES else text
        )
    return found


def _locked(walk: Walk) -> dict[str, str]:
    assert walk.subject is not None  # noqa: S101
    codes = {question.code for question in walk.subject.questions}
    return {
        code: str(text)
        for code, text in walk.flow.question_prefill.items()
        if code in codes and walk.is_locked(f"q[{code}]")
    }


def _keep_files(request: HttpRequest, walk: Walk) -> dict[str, str]:
    """Keep what was uploaded, even if the form is refused; return what was not kept."""
    assert walk.subject is not None  # noqa: S101
    refused = {}
    for question in walk.subject.questions:
        name = f"q_{question.code}"
        upload = request.FILES.get(name)
        if question.kind != Kind.FILE or not isinstance(upload, UploadedFile):
            continue
        try:
            documents.keep_upload(
                walk.flow,
                question_code=question.code,
                name=upload.name or "",
                content=upload,
                now=walk.now,
            )
        except UploadRefused as error:
            refused[name] = error.message
    return refused


def _kept_files(walk: Walk) -> dict[str, Document]:
    """Return the files of this walk by question. One query, if any question asks one."""
    assert walk.subject is not None  # noqa: S101
    if all(question.kind != Kind.FILE for question in walk.subject.questions):
        return {}
    rows = Document.objects.filter(flow=walk.flow).exclude(question_code="")
    return {document.question_code: document for document in rows}
