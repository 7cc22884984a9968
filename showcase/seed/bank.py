"""Halyard Bank on paper: offices and subjects. Everything is fictional."""

from dataclasses import dataclass
from datetime import time

ALL_WEEK = (0, 1, 2, 3, 4)

ORGANISATION = {
    "name": "Halyard Bank",
    "zone_name": "Europe/Brussels",
    "country": "BE",
    "language": "en",
    "phone": "+32 2 588 48 00",
    "email": "hello@halyard.example",
}


@dataclass(frozen=True, slots=True)
class OfficePaper:
    """A branch; `late_day` closes at 19:00."""

    code: str
    name: str
    street: str
    postal_code: str
    city: str
    latitude: float
    longitude: float
    phone: str
    directions: str
    closes: time
    areas: tuple[tuple[str, str], ...]
    late_day: int | None = None


OFFICES = (
    OfficePaper(
        code="antwerp",
        name="Antwerp Meir",
        street="Meir 48",
        postal_code="2000",
        city="Antwerpen",
        latitude=51.2183,
        longitude=4.4081,
        phone="+32 3 808 48 00",
        directions="Tram 4, 9 or 15 to Meir. Parking Groenplaats is five minutes away. "
        "The entrance on the corner has no steps.",
        closes=time(17),
        areas=(("2000", "2999"),),
    ),
    OfficePaper(
        code="brussels",
        name="Brussels Centre",
        street="Anspachlaan 10",
        postal_code="1000",
        city="Brussel",
        latitude=50.8507,
        longitude=4.3502,
        phone="+32 2 588 48 10",
        directions="Metro De Brouckère, exit Anspach. Bicycles can stand in the "
        "courtyard. A lift leads to the meeting rooms on the first floor.",
        closes=time(17),
        areas=(("1000", "1299"), ("1500", "1999")),
        late_day=3,
    ),
    OfficePaper(
        code="ghent",
        name="Ghent Korenmarkt",
        street="Korenmarkt 5",
        postal_code="9000",
        city="Gent",
        latitude=51.0546,
        longitude=3.7216,
        phone="+32 9 298 48 00",
        directions="Tram 1 to Korenmarkt. Parking Sint-Michiels is around the corner. "
        "Ring the bell beside the post office for step-free access.",
        closes=time(16, 30),
        areas=(("9000", "9999"),),
    ),
)

CATEGORIES = (
    ("everyday", "Everyday banking", "Accounts, cards and a yearly check of both."),
    ("loans", "Loans", "For a car, a home or your company."),
    ("insurance", "Insurance", "For your family, your animals and your work."),
    ("investing", "Investing", "Make plans with what you have saved."),
)


@dataclass(frozen=True, slots=True)
class QuestionPaper:
    """A question of a subject; choices are (code, label) pairs."""

    code: str
    label: str
    kind: str
    is_required: bool = False
    help_text: str = ""
    minimum: int | None = None
    maximum: int | None = None
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SubjectPaper:
    """A subject; `minutes` is its ordinary duration."""

    code: str
    category: str
    name: str
    minutes: int
    channels: tuple[str, ...]
    description: str
    instructions: str
    is_segment_only: bool = False
    segment_only_channels: tuple[str, ...] = ()
    questions: tuple[QuestionPaper, ...] = ()


SUBJECTS = (
    SubjectPaper(
        code="open-account",
        category="everyday",
        name="Open an account",
        minutes=30,
        channels=("office", "phone", "video"),
        description="A current or savings account, for yourself or together.",
        instructions="Bring your identity card. For a joint account both of you come.",
    ),
    SubjectPaper(
        code="account-review",
        category="everyday",
        name="Account review",
        minutes=45,
        channels=("office", "phone", "video"),
        description="We go through your accounts, cards and plans once a year.",
        instructions="Think of what has changed this year: work, home, family.",
        is_segment_only=True,
    ),
    SubjectPaper(
        code="personal-loan",
        category="loans",
        name="Personal loan",
        minutes=30,
        channels=("office", "phone", "video"),
        description="For a car, works at home, studies or something else.",
        instructions="Have your last three payslips and an offer or invoice at hand.",
        questions=(
            QuestionPaper(
                code="amount",
                label="How much would you like to borrow?",
                kind="number",
                is_required=True,
                help_text="In euro. A rough figure is enough.",
                minimum=500,
                maximum=100_000,
            ),
            QuestionPaper(
                code="purpose",
                label="What is it for?",
                kind="choice",
                choices=(
                    ("car", "A car"),
                    ("home", "Works at home"),
                    ("studies", "Studies"),
                    ("other", "Something else"),
                ),
            ),
        ),
    ),
    SubjectPaper(
        code="mortgage",
        category="loans",
        name="Mortgage",
        minutes=60,
        channels=("office", "phone", "video", "on_location"),
        description="Buy, build or renovate: what can you borrow, and how?",
        instructions="Bring your identity card, your last three payslips and, if you "
        "have found a home, the address and the asking price.",
        segment_only_channels=("on_location",),
        questions=(
            QuestionPaper(
                code="property_type",
                label="What would you like to buy?",
                kind="choice",
                is_required=True,
                choices=(
                    ("house", "A house"),
                    ("apartment", "An apartment"),
                    ("land", "Building land"),
                ),
            ),
            QuestionPaper(
                code="payslip",
                label="Your latest payslip",
                kind="file",
                help_text="A PDF or a photo of it. Your advisor prepares with it.",
            ),
        ),
    ),
    SubjectPaper(
        code="commercial-loan",
        category="loans",
        name="Commercial loan",
        minutes=60,
        channels=("office", "video", "on_location"),
        description="Finance machines, premises or stock for your company.",
        instructions="Have the last two annual accounts and your plan at hand.",
    ),
    SubjectPaper(
        code="life-insurance",
        category="insurance",
        name="Life insurance",
        minutes=45,
        channels=("office", "phone", "video"),
        description="What your family would need, and what that costs.",
        instructions="Have your present policies at hand, if there are any.",
    ),
    SubjectPaper(
        code="pet-insurance",
        category="insurance",
        name="Pet insurance",
        minutes=30,
        channels=("phone", "video"),
        description="Vet bills for your dog or cat, without surprises.",
        instructions="Have the age, breed and chip number of your animal at hand.",
    ),
    SubjectPaper(
        code="liability-insurance",
        category="insurance",
        name="Liability insurance",
        minutes=45,
        channels=("office", "video"),
        description="When your company or its people cause damage.",
        instructions="Know your turnover and how many people work for you.",
    ),
    SubjectPaper(
        code="investment-advice",
        category="investing",
        name="Investment advice",
        minutes=60,
        channels=("office", "video", "on_location"),
        description="A plan for your savings that suits your time and temper.",
        instructions="Have an overview of what you hold elsewhere at hand.",
        segment_only_channels=("on_location",),
    ),
)


OFFICE_BY_CODE = {office.code: office for office in OFFICES}
SUBJECT_BY_CODE = {subject.code: subject for subject in SUBJECTS}
