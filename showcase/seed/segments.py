"""Halyard Bank's lead segments and rules on paper."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Any

SATURDAY, SUNDAY = 5, 6
WEEKEND_HOURS = (time(10), time(16))
ALL: tuple[str, ...] = ()  # in an offer: every channel of the subject

KEY_ID = "demo-1"
KEY = b"parlour-demo-key-0123456789abcde"


@dataclass(frozen=True, slots=True)
class RulePaper:
    """An availability rule; `extra` weekdays are open from 10:00 to 16:00."""

    name: str
    settings: dict[str, Any] = field(default_factory=dict)
    office: str = ""
    subject: str = ""
    channel: str = ""
    extra: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SegmentPaper:
    """A segment; its offers map a subject to its channels, None excludes it."""

    code: str
    name: str
    description: str
    offers: dict[str, tuple[str, ...] | None] = field(default_factory=dict)
    parent: str = ""
    is_signed_only: bool = False
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    rules: tuple[RulePaper, ...] = ()


SEGMENTS = (
    SegmentPaper(
        code="B2C_Categories",
        name="Personal customers",
        description="The button of the bank's personal pages.",
        offers={
            "open-account": ALL,
            "personal-loan": ALL,
            "mortgage": ("office", "phone", "video"),
            "life-insurance": ALL,
            "pet-insurance": ALL,
        },
    ),
    SegmentPaper(
        code="B2B_Categories",
        name="Business customers",
        description="The button of the bank's business pages.",
        offers={"commercial-loan": ALL, "liability-insurance": ALL},
    ),
    SegmentPaper(
        code="B2B_Existing_Customer_High_Value",
        name="Business customers of high value",
        description="Companies that we know well: seniors only, at short notice.",
        parent="B2B_Categories",
        offers={"account-review": ALL, "investment-advice": ALL},
        rules=(
            RulePaper(
                name="Known companies: seniors only, four hours of notice",
                settings={"ranks": [1], "notice_hours": 4},
            ),
        ),
    ),
    SegmentPaper(
        code="LOW",
        name="Mortgage below 800 a month",
        description="From the mortgage calculator. Junior advisors, three days ahead.",
        offers={"mortgage": ("phone", "office")},
        rules=(
            RulePaper(
                name="Low repayment: juniors and regulars, three working days ahead",
                settings={
                    "notice_working_days": 3,
                    "ranks": [2, 3],
                    "who_first": "junior",
                    "switched_off": ["thresholds"],
                },
            ),
        ),
    ),
    SegmentPaper(
        code="AVERAGE",
        name="Mortgage of 800 to 2,000 a month",
        description="From the mortgage calculator. Video calls on Saturday as well.",
        offers={"mortgage": ("phone", "office", "video")},
        rules=(
            RulePaper(
                name="Average repayment: juniors first",
                settings={"who_first": "junior", "switched_off": ["thresholds"]},
            ),
            RulePaper(
                name="Average repayment: video on Saturday in Antwerp",
                office="antwerp",
                channel="video",
                extra=(SATURDAY,),
            ),
        ),
    ),
    SegmentPaper(
        code="HIGH",
        name="Mortgage from 2,000 a month",
        description="From the mortgage calculator. Seniors only, also at home and at "
        "the weekend.",
        offers={"mortgage": ("phone", "office", "video", "on_location")},
        rules=(
            RulePaper(
                name="High repayment: seniors only",
                settings={"ranks": [1], "switched_off": ["thresholds"]},
            ),
            RulePaper(
                name="High repayment: video at the weekend in Antwerp",
                office="antwerp",
                channel="video",
                extra=(SATURDAY, SUNDAY),
            ),
        ),
    ),
    SegmentPaper(
        code="HIGH_SIGNED",
        name="Mortgage from 2,000 a month, signed",
        description="The same offer as HIGH for links that nobody can make up.",
        parent="HIGH",
        is_signed_only=True,
    ),
    SegmentPaper(
        code="CUSTOMER_STANDARD",
        name="Portal customers",
        description="Customers who are signed in to the portal.",
        parent="B2C_Categories",
        offers={"mortgage": None},
    ),
    SegmentPaper(
        code="CUSTOMER_PREMIUM",
        name="Portal customers, premium",
        description="Premium customers who are signed in to the portal.",
        parent="B2C_Categories",
        offers={"mortgage": ALL, "investment-advice": ALL, "account-review": ALL},
        is_signed_only=True,
        rules=(
            RulePaper(name="Premium: no junior advisors", settings={"ranks": [1, 2]}),
        ),
    ),
    SegmentPaper(
        code="SPRING_2020",
        name="Spring campaign of 2020",
        description="Ended. Its links show what an old campaign's link looks like.",
        offers={"mortgage": ALL},
        valid_from=datetime(2020, 2, 29, 23, tzinfo=UTC),
        valid_until=datetime(2020, 5, 31, 22, tzinfo=UTC),
    ),
)

GENERAL_RULES = (
    RulePaper(
        name="Everywhere",
        settings={"interval": 15, "notice_hours": 2, "horizon": 60},
    ),
    RulePaper(
        name="Antwerp: meetings at the office begin on the half hour",
        office="antwerp",
        channel="office",
        settings={"interval": 30},
    ),
    RulePaper(
        name="Travel time to customers",
        channel="on_location",
        settings={"buffer_before": 30, "buffer_after": 10},
    ),
)

# Settings of a subject's own rule, beside its duration.
SUBJECT_SETTINGS: dict[str, dict[str, Any]] = {
    "mortgage": {"threshold_regular": 5, "threshold_junior": 10},
}
