"""What the portal shows Nate and Max beside their meetings, and how they come in."""

from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal

from directory.models import Customer, Subject
from portal.models import Account, Banner, HandoverKey
from scheduling.models import Reminder
from segments.models import Segment
from showcase.handover import KEY, KEY_ID
from showcase.seed.bank import ORGANISATION
from showcase.seed.people import MAX, NATE
from showcase.seed.rows import ZONE

DAY = 24 * 60  # minutes


@dataclass(frozen=True, slots=True)
class AccountPaper:
    """An account; its number is masked as the bank's core system sends it."""

    kind: str
    name: str
    masked_number: str
    balance: str


@dataclass(frozen=True, slots=True)
class BannerPaper:
    """An offer to the customers of a segment."""

    code: str
    segment: str
    subject: str
    title: str
    text: str
    button: str
    picture: str


ACCOUNTS = {
    NATE.number: (
        AccountPaper("current", "Current account", "BE47 **** **** 6180", "2184.37"),
        AccountPaper("savings", "Savings account", "BE12 **** **** 9092", "6450.00"),
    ),
    MAX.number: (
        AccountPaper("current", "Current account", "BE86 **** **** 2450", "18930.62"),
        AccountPaper("current", "Joint account", "BE31 **** **** 7755", "9412.08"),
        AccountPaper("savings", "Savings account", "BE63 **** **** 3908", "142500.00"),
        AccountPaper("credit", "Card account", "BE09 **** **** 1657", "-1284.60"),
        AccountPaper(
            "investment", "Investment portfolio", "BE58 **** **** 4379", "318240.15"
        ),
    ),
}

BANNERS = (
    BannerPaper(
        code="pet-insurance",
        segment="CUSTOMER_STANDARD",
        subject="pet-insurance",
        title="Is your best friend insured?",
        text="Vet bills without surprises: half an hour by phone or video, and you "
        "know what it costs.",
        button="Talk about pet insurance",
        picture="img/dog.svg",
    ),
    BannerPaper(
        code="life-insurance",
        segment="CUSTOMER_PREMIUM",
        subject="life-insurance",
        title="Would they manage without you?",
        text="What your family would need, and what that costs. We go through it "
        "with you, figure by figure.",
        button="Talk about life insurance",
        picture="img/life-insurance.svg",
    ),
)


def load_portal(*, now: datetime) -> None:
    """Make what is missing of the portal's own data. The same day again changes nothing.

    Accounts are what the bank sends each night: they are set again. What staff edit,
    banners and the reminder, stays as they left it.
    """
    midnight = datetime.combine(now.astimezone(ZONE).date(), time(0), ZONE)
    for number, papers in ACCOUNTS.items():
        customer = Customer.objects.filter(customer_number=number).first()
        for sort_order, paper in enumerate(papers if customer else ()):
            Account.objects.update_or_create(
                customer=customer,
                masked_number=paper.masked_number,
                defaults={
                    "kind": paper.kind,
                    "name": paper.name,
                    "balance": Decimal(paper.balance),
                    "currency": "EUR",
                    "sort_order": sort_order,
                    "as_of": midnight,
                },
            )
    for sort_order, banner in enumerate(BANNERS):
        _load_banner(banner, sort_order)
    HandoverKey.objects.get_or_create(
        kid=KEY_ID,
        defaults={
            "secret": KEY,
            "name": f"{ORGANISATION['name']}'s own site, demo only",
            "created_at": now,
            "is_demo": True,
        },
    )
    Reminder.objects.get_or_create(code="day-before", defaults={"minutes_before": DAY})


def _load_banner(paper: BannerPaper, sort_order: int) -> None:
    Banner.objects.get_or_create(
        code=paper.code,
        defaults={
            "segment": Segment.objects.get(code=paper.segment),
            "subject": Subject.objects.get(code=paper.subject),
            "title": paper.title,
            "text": paper.text,
            "button": paper.button,
            "picture": paper.picture,
            "sort_order": sort_order,
        },
    )
