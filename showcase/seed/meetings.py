"""Write the demo's diary: fill the coming two weeks, and move on what has passed.

A seeded meeting that somebody touched (its history has an entry of theirs) stays where
it is. All others are the demo's own: once they have passed, they move on.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Subquery

from directory.models import (
    Absence,
    Advisor,
    Closure,
    Customer,
    Office,
    Organisation,
    Question,
    Subject,
)
from scheduling.models import Appointment, AppointmentEvent, BusyInterval, Document
from scheduling.models.appointment import new_reference
from showcase.seed.advisors import ADVISORS, AdvisorPaper
from showcase.seed.diary import PlannedMeeting, plan_absence, plan_meetings
from showcase.seed.documents import make_pdf
from showcase.seed.lookup import by_code
from showcase.seed.promises import PROMISES, DocumentPaper, Promise
from showcase.seed.rows import (
    BOOKED,
    NOTE,
    ZONE,
    Bank,
    Identity,
    aware,
    make_appointment,
    make_history,
    note_of,
)

AHEAD = 15  # days with meetings: today and two weeks
BATCH = 200  # rows an INSERT, well below the web's statement timeout
BEHIND = 14  # days of history, for the figures of the back office


class Taken:
    """The advisors' time that nothing else may use."""

    def __init__(self) -> None:
        self.spans: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
        for row in BusyInterval.objects.filter(is_active=True):
            self.add(row.advisor_id, row.starts_at, row.ends_at)
        for absence in Absence.objects.all():
            self.add(absence.advisor_id, absence.starts_at, absence.ends_at)

    def add(self, advisor_id: int, starts: datetime, ends: datetime) -> None:
        self.spans[advisor_id].append((starts, ends))

    def is_free(self, advisor_id: int, starts: datetime, ends: datetime) -> bool:
        return all(
            ends <= taken_from or taken_until <= starts
            for taken_from, taken_until in self.spans[advisor_id]
        )


@transaction.atomic
def fill_diary(*, now: datetime) -> int:
    """Plan the demo's meetings and absences around `now`; return how many it wrote.

    The same day again finds every day filled and writes nothing.
    """
    today = now.astimezone(ZONE).date()
    bank = _load_bank(today)
    recycled, promised = _take_back(today)
    known = set(
        AppointmentEvent.objects.filter(
            appointment__is_demo=True, kind=BOOKED, note__startswith=NOTE
        ).values_list("note", flat=True)
    )
    taken = Taken()
    days = _days_to_fill(today, bank, known)
    _write_absences([day for day, _ in days if day >= today], bank, taken)
    written = [
        _keep(promise, bank, taken, promised.get(promise.key), now=now)
        for promise in PROMISES
        if note_of(promise.key) not in known
    ]
    written += _write_plan(days, bank, taken, recycled, now=now)
    return sum(1 for row in written if row is not None)


def _load_bank(today: date) -> Bank:
    questions: dict[str, list[Question]] = defaultdict(list)
    for question in Question.objects.select_related("subject").prefetch_related(
        "choices"
    ):
        questions[question.subject.code].append(question)
    organisation = Organisation.objects.get()
    return Bank(
        advisors=by_code(Advisor.objects.filter(is_active=True)),
        offices=by_code(Office.objects.all()),
        subjects=by_code(Subject.objects.all()),
        customers={
            row.customer_number: row for row in Customer.objects.filter(is_demo=True)
        },
        questions=questions,
        closures=tuple(
            Closure.objects.filter(
                last_day__gte=today - timedelta(BEHIND), starts=None, is_lifted=False
            )
        ),
        consent_version=organisation.consent_version,
    )


def _take_back(today: date) -> tuple[list[Identity], dict[str, Identity]]:
    """Remove the untouched meetings that have passed; return who they were.

    Those of the plan come as a list, the upcoming ones of Nate and Max by their key.
    """
    history = AppointmentEvent.objects.filter(appointment=OuterRef("pk"))
    by_hand = history.exclude(note__startswith=NOTE)
    booking = history.filter(kind=BOOKED).values("note")[:1]
    midnight = datetime.combine(today, datetime.min.time(), ZONE)
    rows = (
        Appointment.objects.filter(~Exists(by_hand), is_demo=True)
        .filter(
            Q(starts_at__lt=midnight, status=Appointment.Status.CONFIRMED)
            | Q(starts_at__lt=midnight - timedelta(BEHIND))
        )
        .annotate(booking=Subquery(booking))
        .exclude(booking__in=[note_of(one.key) for one in PROMISES if one.is_past])
        .order_by("starts_at", "pk")
    )
    coming = {note_of(one.key): one.key for one in PROMISES if not one.is_past}
    found = list(rows.values_list("pk", "reference", "booking"))
    Appointment.objects.filter(pk__in=[pk for pk, _, _ in found]).delete()
    promised = {
        coming[note]: Identity(pk, reference)
        for pk, reference, note in found
        if note in coming
    }
    plan = [
        Identity(pk, reference) for pk, reference, note in found if note not in coming
    ]
    return plan, promised


def _days_to_fill(
    today: date, bank: Bank, known: set[str]
) -> list[tuple[date, list[PlannedMeeting]]]:
    """Return the days of the window that have no meeting of the plan, with the plan."""
    days = []
    for offset in range(-BEHIND, AHEAD):
        day = today + timedelta(offset)
        meetings = [
            meeting
            for advisor in _advisors(bank)
            if not bank.is_shut(advisor.office, day)
            for meeting in plan_meetings(advisor, day)
        ]
        if known.isdisjoint(note_of(meeting.key) for meeting in meetings):
            days.append((day, meetings))
    return days


def _advisors(bank: Bank) -> Iterable[AdvisorPaper]:
    return (
        paper
        for paper in ADVISORS
        if paper.code in bank.advisors and paper.office in bank.offices
    )


def _write_absences(days: list[date], bank: Bank, taken: Taken) -> None:
    for day in days:
        for paper in _advisors(bank):
            absence = plan_absence(paper, day)
            if absence is None or bank.is_shut(paper.office, day):
                continue
            starts, ends = aware(absence.starts), aware(absence.ends)
            advisor = bank.advisors[paper.code]
            if taken.is_free(advisor.pk, starts, ends):
                taken.add(advisor.pk, starts, ends)
                Absence.objects.create(
                    advisor=advisor,
                    starts_at=starts,
                    ends_at=ends,
                    note=absence.note,
                    is_demo=True,
                )


def _keep(
    promise: Promise,
    bank: Bank,
    taken: Taken,
    identity: Identity | None,
    *,
    now: datetime,
) -> Appointment | None:
    """Write a meeting of Nate or Max at the first place that is free."""
    today = now.astimezone(ZONE).date()
    for meeting in promise.places(today):
        if bank.is_shut(meeting.customer.office, meeting.starts.date()):
            continue
        rows = _write([meeting], bank, taken, [identity] if identity else [], now=now)
        if rows:
            for paper in promise.documents:
                _write_document(rows[0], paper)
            return rows[0]
    return None


def _write_plan(
    days: list[tuple[date, list[PlannedMeeting]]],
    bank: Bank,
    taken: Taken,
    recycled: list[Identity],
    *,
    now: datetime,
) -> list[Appointment]:
    """Write the plan of these days, the coming ones first: they get the old rows."""
    today = now.astimezone(ZONE).date()
    ordered = sorted(days, key=lambda item: (item[0] < today, item[0]))
    meetings = [meeting for _, planned in ordered for meeting in planned]
    return _write(meetings, bank, taken, recycled, now=now)


def _write(
    meetings: list[PlannedMeeting],
    bank: Bank,
    taken: Taken,
    identities: list[Identity],
    *,
    now: datetime,
) -> list[Appointment]:
    """Write those meetings that fit, with their busy time and their history."""
    spare = iter(identities)
    rows, busy, events = [], [], []
    for meeting in meetings:
        before, after = meeting.buffers
        starts, ends = aware(meeting.starts), aware(meeting.ends)
        advisor = bank.advisors.get(meeting.advisor)
        if (
            advisor is None
            or not bank.knows(meeting)
            or not taken.is_free(advisor.pk, starts - before, ends + after)
        ):
            continue
        taken.add(advisor.pk, starts - before, ends + after)
        identity = next(spare, None) or Identity(None, new_reference())
        row = make_appointment(meeting, bank, identity, now=now)
        rows.append(row)
        events += make_history(row, meeting.key)
        if row.status != Appointment.Status.CANCELLED:
            busy.append(
                BusyInterval(
                    advisor=advisor,
                    kind=BusyInterval.Kind.APPOINTMENT,
                    starts_at=starts - before,
                    ends_at=ends + after,
                    meeting_starts_at=starts,
                    meeting_ends_at=ends,
                    appointment=row,
                )
            )
    Appointment.objects.bulk_create(rows, BATCH)
    BusyInterval.objects.bulk_create(busy, BATCH)
    AppointmentEvent.objects.bulk_create(events, BATCH)
    return rows


def _write_document(appointment: Appointment, paper: DocumentPaper) -> None:
    content = make_pdf(paper.name.removesuffix(".pdf"), paper.lines)
    Document.objects.create(
        appointment=appointment,
        side=paper.side,
        name=paper.name,
        content_type="application/pdf",
        size=len(content),
        file=ContentFile(content, name=paper.name),
        created_at=appointment.ends_at,
    )
