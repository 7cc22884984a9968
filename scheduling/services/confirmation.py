"""Everything that a booking writes, in the booking's one transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from directory.catalogue import Catalogue, QuestionData, SubjectData
from directory.models import Customer, User
from scheduling.messages import queue_messages
from scheduling.models import Appointment, AppointmentEvent, BusyInterval, Flow
from scheduling.models.appointment import new_reference
from scheduling.services.documents import move_documents
from scheduling.services.history import Change, record
from scheduling.services.limits import count_booking
from scheduling.tokens import hash_token, manage_token
from segments.policy import Policy
from segments.settings import Settings

FILE = "file"
SENTENCES: Mapping[str, str] = {
    "preferred": "The customer asked for this advisor.",
    "only_one": "Nobody else could take the meeting.",
    "rank": "The rank that is to be asked first.",
    "least_booked": "The fewest booked minutes that week.",
    "language": "Speaks the visitor's language.",
    "longest_waiting": "Waited longest since the last new meeting.",
    "lowest_id": "Equal in everything: the first in the list.",
    "staff": "Staff chose this advisor.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """Who comes: step five, cleaned. `consent` says that the box was ticked."""

    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    company: str = ""
    customer_number: str = ""
    remarks: str = ""
    consent: bool = False

    @classmethod
    def names(cls) -> list[str]:
        """Return the names of the text fields."""
        return [field.name for field in fields(cls) if field.name != "consent"]


def write_appointment(
    flow: Flow, hold: BusyInterval, details: Details, *, policy: Policy, now: datetime
) -> Appointment:
    """Write customer, appointment, history and messages; the hold becomes its time.

    `policy` is what the flow's segments allow now.

    Raises:
        LimitReached: this e-mail address booked enough for now.
    """
    standing = policy.catalogue
    rules = rules_of(flow, hold, policy)
    appointment = new_appointment(flow, hold, details, rules, standing, now=now)
    appointment.customer = customer_for(
        flow, details, language=appointment.language, now=now
    )
    take_time(appointment, hold)
    move_documents(flow, appointment)
    Flow.objects.filter(pk=flow.pk).update(is_booked=True, last_used_at=now)
    announce(appointment, actor=AppointmentEvent.Actor.CUSTOMER, now=now)
    count_booking(details.email, now=now)
    return appointment


def take_time(appointment: Appointment, time: BusyInterval) -> None:
    """Save a new appointment; a row of taken time, kept or new, becomes its own."""
    appointment.save(force_insert=True)
    time.kind = BusyInterval.Kind.APPOINTMENT
    time.appointment = appointment
    time.flow = time.expires_at = time.office_id_held = None
    time.client, time.assignment = "", {}
    time.save()


def announce(
    appointment: Appointment,
    *,
    actor: str,
    now: datetime,
    user: User | None = None,
    note: str = "",
) -> None:
    """Begin the history of a new appointment, and tell everybody."""
    change = Change(
        kind="booked",
        new={
            "status": appointment.status,
            "starts_at": appointment.starts_at.isoformat(),
            "advisor": appointment.advisor_id,
            "office": appointment.office_id,
            "channel": appointment.channel,
        },
        note=note,
    )
    record(appointment, change, actor=actor, user=user, now=now)
    queue_messages(appointment, appointment.status, now=now)


def rules_of(flow: Flow, hold: BusyInterval, policy: Policy) -> Settings:
    """Return the rules that hold for the start now, with where each came from."""
    assert hold.office_id_held is not None  # noqa: S101  (every hold names its office)
    assert flow.subject_id is not None  # noqa: S101  (no hold without a subject)
    zone = policy.catalogue.offices[hold.office_id_held].zone
    return policy.settings(
        office_id=hold.office_id_held,
        subject_id=flow.subject_id,
        channel=flow.channel,
        day=hold.meeting_starts_at.astimezone(zone).date(),
    )


def new_appointment(
    flow: Flow,
    hold: BusyInterval,
    details: Details,
    rules: Settings,
    standing: Catalogue,
    *,
    now: datetime,
) -> Appointment:
    """Return the appointment that is to be saved, all but its customer."""
    assert hold.office_id_held is not None  # noqa: S101  (every hold names its office)
    assert flow.subject_id is not None  # noqa: S101  (no hold without a subject)
    organisation = standing.organisation
    office_zone = standing.offices[hold.office_id_held].zone.key
    start = hold.meeting_starts_at
    reference = new_reference()
    status = (
        Appointment.Status.CONFIRMED
        if rules.is_confirmed_automatically
        else Appointment.Status.REQUESTED
    )
    return Appointment(
        reference=reference,
        flow_key=flow.pk,
        status=status,
        subject_id=flow.subject_id,
        channel=flow.channel,
        office_id=hold.office_id_held,
        advisor_id=hold.advisor_id,
        assignment_reason=explained(hold.assignment),
        starts_at=start,
        ends_at=hold.meeting_ends_at,
        buffer_before=start - hold.starts_at,
        buffer_after=hold.ends_at - hold.meeting_ends_at,
        office_zone=office_zone,
        visitor_zone=flow.chosen_zone or flow.link_zone or office_zone,
        language=flow.language or organisation.language,
        change_until=start - timedelta(hours=rules.deadline_hours),
        **{name: getattr(details, name) for name in Details.names()},
        address=flow.address,
        consent_version=organisation.consent_version if details.consent else "",
        consent_at=now if details.consent else None,
        segment_codes=flow.segment_codes,
        is_signed=flow.is_signed,
        offer_reason=origins_of(rules),
        answers=answers_of(flow, standing.subjects[flow.subject_id]),
        metadata=flow.metadata,
        attribution=flow.attribution,
        link_hash=hash_token(manage_token(reference, 1)),
        created_at=now,
        changed_at=now,
        announced_at=now,
    )


def explained(assignment: Mapping[str, object]) -> dict[str, object]:
    """Return why this advisor takes the meeting, with a sentence for staff."""
    return {**assignment, "sentence": SENTENCES.get(str(assignment.get("code")), "")}


def origins_of(rules: Settings) -> dict[str, object]:
    """Return the rules that each setting came from, as JSON holds them."""
    return {
        setting: [{"rule": origin.rule_id, "label": origin.label} for origin in origins]
        for setting, origins in rules.origins.items()
    }


def customer_for(
    flow: Flow, details: Details, *, language: str, now: datetime
) -> Customer:
    """Return the verified customer, or a provisional one for what was typed."""
    if flow.verified_customer_id is not None:
        known = Customer.objects.filter(pk=flow.verified_customer_id).first()
        if known is not None:
            return known
    return Customer.objects.create(
        customer_number=details.customer_number[:100],
        first_name=details.first_name,
        last_name=details.last_name,
        email=details.email,
        phone=details.phone,
        company=details.company,
        language=language,
        is_provisional=True,
        may_be=lookalike(details),
        created_at=now,
    )


def lookalike(details: Details) -> Customer | None:
    """Return who the typed number or e-mail address belongs to: a claim, for staff."""
    known = Customer.objects.filter(is_provisional=False).order_by("pk")
    number, email = details.customer_number.strip(), details.email.strip()
    found = known.filter(customer_number=number).first() if number else None
    if found is None and email:
        found = known.filter(email__iexact=email).first()
    return found


def answers_of(flow: Flow, subject: SubjectData) -> list[dict[str, object]]:
    """Return the answers in the order of the questionnaire, with texts for people."""
    names = dict(flow.documents.values_list("question_code", "name"))
    files = {
        one.code: names.get(one.code) for one in subject.questions if one.kind == FILE
    }
    return answer_rows(subject.questions, {**flow.answers, **files})


def answer_rows(
    questions: Iterable[QuestionData], values: Mapping[str, object]
) -> list[dict[str, object]]:
    """Return answers as an appointment keeps them; empty ones are left out."""
    return [
        {
            "code": question.code,
            "label": question.label,
            "kind": question.kind,
            "value": values[question.code],
            "text": answer_text(question, values[question.code]),
        }
        for question in questions
        if values.get(question.code) not in (None, "", [])
    ]


def answer_text(question: QuestionData, value: object) -> str:
    """Return an answer as people read it."""
    labels = dict(question.choices)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return ", ".join(labels.get(str(code), str(code)) for code in value)
    return labels.get(str(value), str(value))
