"""Turn the plan of the demo's diary into rows."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from directory.models import Advisor, Closure, Customer, Office, Question, Subject
from scheduling.models import Appointment, AppointmentEvent
from scheduling.services.confirmation import explained
from scheduling.tokens import hash_token, manage_token
from showcase.seed.bank import ORGANISATION
from showcase.seed.diary import PlannedMeeting

BOOKED = "booked"
BOOKED_BEFORE = timedelta(days=6)
ZONE = ZoneInfo(ORGANISATION["zone_name"])
NOTE = "Demo data"  # begins the notes of all that the demo itself wrote


@dataclass(frozen=True, slots=True)
class Bank:
    """The rows that meetings point to, by code, and the days that are shut."""

    advisors: dict[str, Advisor]
    offices: dict[str, Office]
    subjects: dict[str, Subject]
    customers: dict[str, Customer]
    questions: dict[str, list[Question]]
    closures: tuple[Closure, ...]
    consent_version: str

    def is_shut(self, office: str, day: date) -> bool:
        return any(
            closure.first_day <= day <= closure.last_day
            and closure.office_id in {None, self.offices[office].pk}
            for closure in self.closures
        )

    def knows(self, meeting: PlannedMeeting) -> bool:
        """Tell whether staff have left in place all that the plan names."""
        return (
            meeting.subject in self.subjects
            and meeting.customer.number in self.customers
        )


@dataclass(frozen=True, slots=True)
class Identity:
    """What a meeting keeps when it moves on."""

    pk: int | None
    reference: str


def note_of(key: str) -> str:
    """Return the note by which the booking of a plan's meeting is found again."""
    return f"{NOTE}: {key}"


def aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=ZONE)


def make_appointment(
    meeting: PlannedMeeting, bank: Bank, identity: Identity, *, now: datetime
) -> Appointment:
    before, after = meeting.buffers
    starts, ends = aware(meeting.starts), aware(meeting.ends)
    is_past = ends <= now.astimezone(ZONE).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    booked = min(starts - BOOKED_BEFORE, now)
    customer = meeting.customer
    advisor = bank.advisors[meeting.advisor]
    return Appointment(
        pk=identity.pk,
        reference=identity.reference,
        link_hash=hash_token(manage_token(identity.reference, 1)),
        status=meeting.past_status if is_past else Appointment.Status.CONFIRMED,
        customer=bank.customers[customer.number],
        subject=bank.subjects[meeting.subject],
        channel=meeting.channel,
        office=bank.offices[customer.office],
        advisor=advisor,
        assignment_reason=explained({"code": meeting.assignment}),
        starts_at=starts,
        ends_at=ends,
        buffer_before=before,
        buffer_after=after,
        office_zone=ZONE.key,
        visitor_zone=ZONE.key,
        language=customer.language,
        change_until=starts,
        first_name=customer.first_name,
        last_name=customer.last_name,
        email=customer.email,
        phone=customer.phone,
        company=customer.company,
        customer_number=customer.number if meeting.is_signed else "",
        remarks=meeting.remarks,
        address=customer.address if meeting.channel == "on_location" else {},
        consent_version=bank.consent_version,
        consent_at=booked,
        segment_codes=list(meeting.segments),
        is_signed=meeting.is_signed,
        answers=_answers(meeting, bank),
        metadata=meeting.metadata,
        outcome=meeting.outcome
        if is_past and meeting.past_status == Appointment.Status.COMPLETED
        else "",
        cancel_reason="Something came up."
        if is_past and meeting.past_status == Appointment.Status.CANCELLED
        else "",
        closed_at=ends
        if is_past and meeting.past_status != Appointment.Status.CANCELLED
        else None,
        is_demo=True,
        created_at=booked,
        changed_at=ends if is_past else booked,
        # No reminders of made-up meetings: they would bury the mails of a visitor.
        announced_at=starts,
    )


def make_history(row: Appointment, key: str) -> list[AppointmentEvent]:
    """Return the booking and, for a past meeting, how it went."""
    booked = AppointmentEvent(
        appointment=row,
        at=row.created_at,
        kind=BOOKED,
        actor=AppointmentEvent.Actor.CUSTOMER,
        new={"starts_at": row.starts_at.isoformat(), "advisor": row.advisor.name},
        note=note_of(key),
    )
    if row.status == Appointment.Status.CONFIRMED:
        return [booked]
    was_cancelled = row.status == Appointment.Status.CANCELLED
    ended = AppointmentEvent(
        appointment=row,
        at=row.starts_at - timedelta(days=1) if was_cancelled else row.ends_at,
        kind=row.status,
        actor=AppointmentEvent.Actor.CUSTOMER
        if was_cancelled
        else AppointmentEvent.Actor.STAFF,
        old={"status": Appointment.Status.CONFIRMED},
        new={"status": row.status},
        note=NOTE,
    )
    return [booked, ended]


def _answers(meeting: PlannedMeeting, bank: Bank) -> list[dict[str, str]]:
    """Return the answers as a booking stores them."""
    rows = []
    for question in bank.questions.get(meeting.subject, []):
        value = meeting.answers.get(question.code)
        if value is None:
            continue
        labels = {choice.code: choice.label for choice in question.choices.all()}
        rows.append(
            {
                "code": question.code,
                "label": question.label,
                "kind": question.kind,
                "value": value,
                "text": labels.get(value, value),
            }
        )
    return rows
