"""What the demo's advisors do on a day: a plan that depends on nothing but the date."""

import random
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from showcase.mortgage import Mortgage
from showcase.seed.advisors import AdvisorPaper
from showcase.seed.bank import OFFICE_BY_CODE, SUBJECT_BY_CODE, SubjectPaper
from showcase.seed.people import CustomerPaper, customers_of

LATE_CLOSING = time(19)
GRID = 30  # minutes: fits every rule of the bank
TRAVEL = (timedelta(minutes=30), timedelta(minutes=10))
CHANNEL_WEIGHTS = {"office": 5, "video": 4, "phone": 3, "on_location": 2}
BUSINESS = {"commercial-loan", "liability-insurance"}
LOANS = {  # segment -> (price, own funds) of the calculator
    "LOW": ((150_000, 50_000), (180_000, 60_000), (165_000, 45_000)),
    "AVERAGE": ((300_000, 60_000), (340_000, 70_000), (265_000, 40_000)),
    "HIGH": ((600_000, 100_000), (720_000, 150_000), (545_000, 90_000)),
}
REMARKS = (
    "",
    "",
    "",
    "I may be five minutes late.",
    "Please call my mobile number if something changes.",
    "My partner comes along.",
    "Could we look at the costs first?",
)
OUTCOMES = (
    "Proposal sent, answer expected next week.",
    "All questions answered, contract signed.",
    "To think over. A second meeting follows if it is wanted.",
)


@dataclass(frozen=True, slots=True)
class PlannedMeeting:
    """A meeting of the plan; `starts` is the office's wall clock."""

    key: str
    advisor: str
    subject: str
    channel: str
    starts: datetime
    minutes: int
    customer: CustomerPaper
    segments: tuple[str, ...] = ()
    is_signed: bool = False
    metadata: dict[str, str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    assignment: str = "least_booked"
    remarks: str = ""
    outcome: str = ""
    past_status: str = "completed"

    @property
    def buffers(self) -> tuple[timedelta, timedelta]:
        if self.channel == "on_location":
            return TRAVEL
        return timedelta(0), timedelta(0)

    @property
    def ends(self) -> datetime:
        return self.starts + timedelta(minutes=self.minutes)


@dataclass(frozen=True, slots=True)
class PlannedAbsence:
    """Time away, on the office's wall clock."""

    advisor: str
    starts: datetime
    ends: datetime
    note: str


def open_blocks(advisor: AdvisorPaper, day: date) -> list[tuple[datetime, datetime]]:
    """Return when the advisor works while the office is open, in local time."""
    office = OFFICE_BY_CODE[advisor.office]
    is_late = office.late_day == day.weekday()
    closes = LATE_CLOSING if is_late else office.closes
    return [
        (datetime.combine(day, starts), datetime.combine(day, min(ends, closes)))
        for starts, ends in advisor.blocks(day.weekday())
    ]


def seeded_blocks(advisor: AdvisorPaper, day: date) -> list[tuple[datetime, datetime]]:
    """Return where seeded meetings may lie: of a sought-after advisor, half a day."""
    blocks = open_blocks(advisor, day)
    if not advisor.keeps_free:
        return blocks
    return blocks[day.toordinal() % 2 :][:1]


def plan_absence(advisor: AdvisorPaper, day: date) -> PlannedAbsence | None:
    """Return the advisor's absence on a day: about one in twelve days, some whole."""
    luck = _luck("absence", advisor, day)
    blocks = open_blocks(advisor, day)
    if advisor.keeps_free or not blocks or luck.random() > 1 / 12:
        return None
    if luck.random() < 0.5:
        midnight = datetime.combine(day, time(0))
        note = luck.choice(("Holiday", "Training", "Parental leave"))
        return PlannedAbsence(advisor.code, midnight, midnight + timedelta(1), note)
    starts, ends = luck.choice(blocks)
    note = luck.choice(("Dentist", "Team meeting", "Course"))
    return PlannedAbsence(advisor.code, starts, ends, note)


def plan_meetings(advisor: AdvisorPaper, day: date) -> list[PlannedMeeting]:
    """Return the advisor's meetings on a day: about half of the open time."""
    luck = _luck("meetings", advisor, day)
    absence = plan_absence(advisor, day)
    meetings: list[PlannedMeeting] = []
    taken_until = datetime.combine(day, time(0))
    for starts, ends in seeded_blocks(advisor, day):
        at = starts
        while True:
            at += timedelta(minutes=luck.choice((0, 0, 30, 60, 60, 90)))
            number = len(meetings)
            meeting = _meeting(luck, advisor, f"{day}/{advisor.code}/{number}", at)
            before, after = meeting.buffers
            if meeting.ends > ends:
                break
            at = _on_grid(meeting.ends + after)
            is_away = absence and (
                absence.starts < meeting.ends + after
                and meeting.starts - before < absence.ends
            )
            if meeting.starts - before < taken_until or is_away:
                continue
            meetings.append(meeting)
            taken_until = meeting.ends + after
    return meetings


def _meeting(
    luck: random.Random, advisor: AdvisorPaper, key: str, at: datetime
) -> PlannedMeeting:
    subject = SUBJECT_BY_CODE[luck.choice(sorted(advisor.subjects))]
    rank = advisor.subjects[subject.code]
    segments, channels = luck.choice(_reasons(subject, rank))
    weights = [CHANNEL_WEIGHTS[channel] for channel in channels]
    channel = luck.choices(channels, weights)[0]
    known = customers_of(advisor.office)
    is_business = subject.code in BUSINESS
    crowd = [person for person in known if bool(person.company) == is_business]
    return PlannedMeeting(
        key=key,
        advisor=advisor.code,
        subject=subject.code,
        channel=channel,
        starts=at,
        minutes=subject.minutes,
        customer=luck.choice(crowd),
        segments=segments,
        is_signed="CUSTOMER_PREMIUM" in segments,
        metadata=_metadata(luck, segments),
        answers=_answers(luck, subject),
        remarks=luck.choice(REMARKS),
        outcome=luck.choice(OUTCOMES),
        past_status=luck.choices(
            ("completed", "no_show", "cancelled"), weights=(17, 2, 2)
        )[0],
    )


def _reasons(
    subject: SubjectPaper, rank: int
) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return the segments that lead to this subject and rank, with their channels."""
    everything = subject.channels
    public = tuple(
        channel
        for channel in subject.channels
        if channel not in subject.segment_only_channels
    )
    if subject.code in BUSINESS:
        return [(("B2B_Categories",), everything)]
    if subject.code == "mortgage" and rank == 1:
        return [(("HIGH",), everything), (("AVERAGE",), public)]
    if subject.code == "mortgage":
        return [(("LOW",), ("office", "phone")), (("AVERAGE",), public)]
    if subject.code == "account-review":
        return [(("CUSTOMER_PREMIUM",), everything)]
    if subject.code == "investment-advice":
        return [(("CUSTOMER_PREMIUM",), everything), ((), public)]
    return [(("B2C_Categories",), public), (("CUSTOMER_STANDARD",), public)]


def _metadata(luck: random.Random, segments: tuple[str, ...]) -> dict[str, str]:
    loans = LOANS.get(segments[0] if segments else "")
    if loans is None:
        return {}
    price, own_funds = luck.choice(loans)
    asked = Mortgage(Decimal(price), Decimal(own_funds), 25, Decimal("3.5"))
    return asked.metadata()


def _answers(luck: random.Random, subject: SubjectPaper) -> dict[str, str]:
    answers = {}
    for question in subject.questions:
        if question.kind == "number":
            answers[question.code] = str(luck.randrange(5_000, 40_000, 500))
        elif question.kind == "choice":
            answers[question.code] = luck.choice(question.choices)[0]
    return answers


def _luck(topic: str, advisor: AdvisorPaper, day: date) -> random.Random:
    """Return the same dice for the same day, in every process."""
    return random.Random(f"{topic}/{advisor.code}/{day}")  # noqa: S311


def _on_grid(moment: datetime) -> datetime:
    over = (moment.hour * 60 + moment.minute) % GRID
    return moment + timedelta(minutes=(GRID - over) % GRID)
