"""What of a flow still fits when an earlier answer changes, and what may be answered."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from directory.catalogue import SubjectData
from directory.choices import Channel
from directory.queries import catalogue
from scheduling.errors import NotCovered, NotOffered
from scheduling.models import Document, Flow
from scheduling.offering import Choices
from scheduling.services.documents import remove_documents

ADDRESS = ("street", "postal_code", "city", "country")
FILE = "file"


@dataclass(frozen=True, slots=True)
class Place:
    """Where and how to meet, as the visitor answered it."""

    channel: str
    office_id: int | None
    address: Mapping[str, str]


def fit_to_subject(flow: Flow, offer: Choices, subject: SubjectData) -> None:
    """Give the flow another subject and keep of the rest what still fits."""
    flow.subject_id = subject.id
    if flow.channel and not offer.allows(subject.id, flow.channel, flow.office_id):
        if {"channel", "office"} & set(flow.locked):
            raise NotOffered
        if not offer.allows(subject.id, flow.channel):
            flow.channel = ""
        flow.office_id = None
        flow.is_place_answered = False
    keep_fitting_advisor(flow, offer)
    kinds = {question.code: question for question in subject.questions}
    kept = {code: value for code, value in flow.answers.items() if code in kinds}
    if kept != flow.answers or kinds:
        flow.are_questions_answered = False
    flow.answers = kept


def keep_fitting_advisor(flow: Flow, offer: Choices) -> None:
    """Drop an advisor who does not take what was chosen; a fixed one refuses it."""
    if flow.advisor_id is None or flow.subject_id is None or not flow.channel:
        return
    eligible = offer.advisors_of(flow.subject_id, flow.channel, flow.office_id)
    if flow.advisor_id in {advisor.id for advisor in eligible}:
        return
    if "advisor" in flow.locked:
        raise NotOffered
    flow.advisor_id = None
    flow.advisor_mode = Flow.AdvisorMode.PREFER


def check_place(flow: Flow, offer: Choices, place: Place) -> None:
    """Refuse a place outside the offer, against a lock, or without what it needs."""
    subject_id = flow.subject_id or 0
    if not offer.allows(subject_id, place.channel, place.office_id):
        raise NotOffered
    if "channel" in flow.locked and place.channel != flow.channel:
        raise NotOffered
    if "office" in flow.locked and place.office_id != flow.office_id:
        raise NotOffered
    for name in ADDRESS:
        if name in flow.locked and place.address[name] != flow.address.get(name, ""):
            raise NotOffered
    if place.channel == Channel.OFFICE and place.office_id is None:
        raise NotOffered(_("Please choose an office."))
    if place.channel == Channel.ON_LOCATION:
        code, country = place.address["postal_code"], place.address["country"]
        offices = offer.offices_of(subject_id, place.channel)
        if not any(office.covers(code, country=country) for office in offices):
            raise NotCovered


def remove_unasked_files(flow: Flow) -> None:
    """Remove files that answer no question of the flow's subject."""
    subject = catalogue().subjects.get(flow.subject_id or 0)
    questions = subject.questions if subject else ()
    asked = [question.code for question in questions if question.kind == FILE]
    remove_documents(
        Document.objects.filter(flow=flow).exclude(question_code__in=["", *asked])
    )
