"""The meetings of Nate and Max: what the portal shows about each of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from showcase.seed.advisors import ADVISOR_BY_CODE
from showcase.seed.bank import SUBJECT_BY_CODE
from showcase.seed.diary import PlannedMeeting, seeded_blocks
from showcase.seed.people import MAX, NATE, CustomerPaper

SEARCHED_DAYS = 30


@dataclass(frozen=True, slots=True)
class DocumentPaper:
    """A PDF of one side: customer or advisor."""

    side: str
    name: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Promise:
    """A meeting of Nate or Max, about `days` from the start; negative: long ago."""

    key: str
    customer: CustomerPaper
    advisor: str
    subject: str
    channel: str
    days: int
    remarks: str = ""
    outcome: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    documents: tuple[DocumentPaper, ...] = ()

    @property
    def is_past(self) -> bool:
        return self.days < 0

    def places(self, today: date) -> Iterator[PlannedMeeting]:
        """Yield where the meeting may lie, best place first."""
        advisor = ADVISOR_BY_CODE[self.advisor]
        minutes = SUBJECT_BY_CODE[self.subject].minutes
        for later in range(SEARCHED_DAYS):
            day = today + timedelta(days=self.days + later)
            for starts, ends in seeded_blocks(advisor, day):
                at = starts + timedelta(minutes=30)
                while at + timedelta(minutes=minutes) <= ends:
                    yield self._at(at, minutes)
                    at += timedelta(minutes=30)

    def _at(self, starts: datetime, minutes: int) -> PlannedMeeting:
        return PlannedMeeting(
            key=self.key,
            advisor=self.advisor,
            subject=self.subject,
            channel=self.channel,
            starts=starts,
            minutes=minutes,
            customer=self.customer,
            segments=self.customer.segments,
            is_signed=True,
            assignment="preferred",
            answers=self.answers,
            remarks=self.remarks,
            outcome=self.outcome,
        )


PROMISES = (
    Promise(
        key="nate/1",
        customer=NATE,
        advisor="fatima-el-idrissi",
        subject="personal-loan",
        channel="phone",
        days=3,
        remarks="It is about a second-hand car.",
        answers={"amount": "9000", "purpose": "car"},
    ),
    Promise(
        key="nate/2",
        customer=NATE,
        advisor="fatima-el-idrissi",
        subject="life-insurance",
        channel="video",
        days=-48,
        outcome="Offer explained. You compare it with what your employer pays already.",
        documents=(
            DocumentPaper(
                side="advisor",
                name="Life insurance proposal.pdf",
                lines=(
                    "For: Nate Nosocks",
                    "Cover: 75,000 euro until the age of 65.",
                    "Premium: 14.20 euro a month.",
                    "This proposal is valid for 60 days.",
                ),
            ),
        ),
    ),
    Promise(
        key="nate/3",
        customer=NATE,
        advisor="pieter-maes",
        subject="open-account",
        channel="office",
        days=-131,
        outcome="Savings account opened, with a standing order of 150 euro a month.",
        documents=(
            DocumentPaper(
                side="advisor",
                name="Savings account terms.pdf",
                lines=("Halyard Savings", "Base rate 1.10 %, fidelity 0.90 %."),
            ),
            DocumentPaper(
                side="customer",
                name="Proof of address.pdf",
                lines=("Nate Nosocks", "Coupure 12, 9000 Gent"),
            ),
        ),
    ),
    Promise(
        key="max/1",
        customer=MAX,
        advisor="eva-peeters",
        subject="investment-advice",
        channel="office",
        days=2,
        remarks="I would like to look at bonds.",
    ),
    Promise(
        key="max/2",
        customer=MAX,
        advisor="youssef-amrani",
        subject="mortgage",
        channel="video",
        days=7,
        remarks="A flat at the coast, to let out.",
        answers={"property_type": "apartment"},
    ),
    Promise(
        key="max/3",
        customer=MAX,
        advisor="eva-peeters",
        subject="account-review",
        channel="video",
        days=-41,
        outcome="Two cards cancelled, savings plan raised to 500 euro a month.",
        documents=(
            DocumentPaper(
                side="advisor",
                name="Summary of your review.pdf",
                lines=(
                    "For: Max Murdoch",
                    "Cards: two closed, one kept.",
                    "Savings plan: 500 euro a month from next month.",
                ),
            ),
            DocumentPaper(
                side="advisor",
                name="Investment profile.pdf",
                lines=("Profile: balanced.", "Horizon: more than eight years."),
            ),
            DocumentPaper(
                side="customer",
                name="Overview of other accounts.pdf",
                lines=("Max Murdoch", "Held elsewhere: one account, one fund."),
            ),
        ),
    ),
    Promise(
        key="max/4",
        customer=MAX,
        advisor="eva-peeters",
        subject="investment-advice",
        channel="office",
        days=-97,
        outcome="Portfolio rebalanced: a little less in shares, more in bonds.",
    ),
    Promise(
        key="max/5",
        customer=MAX,
        advisor="youssef-amrani",
        subject="mortgage",
        channel="on_location",
        days=-160,
        outcome="Mortgage of the house in Berchem renewed at a lower rate.",
        answers={"property_type": "house"},
    ),
)
