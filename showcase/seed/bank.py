"""Halyard Bank on paper: offices, subjects and advisors. Everything is fictional."""

from dataclasses import dataclass, field
from datetime import time

ALL_WEEK = (0, 1, 2, 3, 4)
MORNING = (time(9), time(12, 30))
AFTERNOON = (time(13), time(17))
LATE = (time(13), time(19))

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


@dataclass(frozen=True, slots=True)
class AdvisorPaper:
    """An advisor: what they take and when they work, if not Monday to Friday."""

    code: str
    first_name: str
    last_name: str
    office: str
    role: str
    languages: tuple[str, ...]
    subjects: dict[str, int]  # subject code -> rank
    introduction: str
    days: dict[int, tuple[tuple[time, time], ...]] = field(default_factory=dict)
    keeps_free: bool = False  # half of each working day stays without seeded meetings

    @property
    def email(self) -> str:
        return f"{self.code.replace('-', '.')}@halyard.example"

    def blocks(self, weekday: int) -> tuple[tuple[time, time], ...]:
        if weekday not in ALL_WEEK:
            return ()
        return self.days.get(weekday, (MORNING, AFTERNOON))


ADVISORS = (
    AdvisorPaper(
        code="eva-peeters",
        first_name="Eva",
        last_name="Peeters",
        office="antwerp",
        role="Senior private banker",
        languages=("nl", "en", "fr"),
        subjects={
            "mortgage": 1,
            "investment-advice": 1,
            "life-insurance": 1,
            "account-review": 1,
        },
        introduction="Eva has helped families in Antwerp to buy, build and save for "
        "eighteen years. She likes plans that fit on one page.",
        keeps_free=True,
    ),
    AdvisorPaper(
        code="youssef-amrani",
        first_name="Youssef",
        last_name="Amrani",
        office="antwerp",
        role="Senior mortgage advisor",
        languages=("nl", "fr"),
        subjects={"mortgage": 1, "personal-loan": 1, "life-insurance": 2},
        introduction="Youssef knows every form of a mortgage, and which of them you "
        "can do without.",
        keeps_free=True,
    ),
    AdvisorPaper(
        code="lotte-claes",
        first_name="Lotte",
        last_name="Claes",
        office="antwerp",
        role="Loan advisor",
        languages=("nl", "en"),
        subjects={"mortgage": 2, "personal-loan": 2, "pet-insurance": 1},
        introduction="Lotte makes a first loan feel simple. Her two dogs are insured.",
    ),
    AdvisorPaper(
        code="tom-wouters",
        first_name="Tom",
        last_name="Wouters",
        office="antwerp",
        role="Junior advisor",
        languages=("nl",),
        subjects={"mortgage": 3, "open-account": 1, "pet-insurance": 2},
        introduction="Tom opens accounts in twenty minutes and learns mortgages from "
        "Youssef.",
    ),
    AdvisorPaper(
        code="nina-goossens",
        first_name="Nina",
        last_name="Goossens",
        office="antwerp",
        role="Business banker",
        languages=("nl", "en", "de"),
        subjects={
            "commercial-loan": 1,
            "liability-insurance": 1,
            "investment-advice": 1,
        },
        introduction="Nina ran a company before she joined the bank: she reads annual "
        "accounts for breakfast.",
    ),
    AdvisorPaper(
        code="karim-haddad",
        first_name="Karim",
        last_name="Haddad",
        office="brussels",
        role="Senior private banker",
        languages=("fr", "nl", "en"),
        subjects={
            "mortgage": 1,
            "commercial-loan": 1,
            "investment-advice": 1,
            "account-review": 1,
        },
        introduction="Karim looks after families and their companies in Brussels.",
    ),
    AdvisorPaper(
        code="sofie-martens",
        first_name="Sofie",
        last_name="Martens",
        office="brussels",
        role="Family advisor",
        languages=("nl", "fr"),
        subjects={"mortgage": 2, "life-insurance": 1, "personal-loan": 1},
        introduction="Sofie asks the questions that you had put off, kindly.",
        days={4: ()},
    ),
    AdvisorPaper(
        code="jonas-dubois",
        first_name="Jonas",
        last_name="Dubois",
        office="brussels",
        role="Junior advisor",
        languages=("fr", "en"),
        subjects={
            "mortgage": 3,
            "open-account": 1,
            "pet-insurance": 1,
            "personal-loan": 3,
        },
        introduction="Jonas is the first face that new customers in Brussels meet.",
    ),
    AdvisorPaper(
        code="amelie-laurent",
        first_name="Amélie",
        last_name="Laurent",
        office="brussels",
        role="Insurance specialist",
        languages=("fr",),
        subjects={"liability-insurance": 1, "commercial-loan": 2},
        introduction="Amélie finds out what could go wrong, so that you need not.",
    ),
    AdvisorPaper(
        code="bram-jacobs",
        first_name="Bram",
        last_name="Jacobs",
        office="brussels",
        role="Advisor",
        languages=("nl", "en"),
        subjects={"open-account": 2, "personal-loan": 2, "pet-insurance": 2},
        introduction="Bram works late on Thursdays, for those who cannot come earlier.",
        days={3: (LATE,)},
    ),
    AdvisorPaper(
        code="hanne-de-smet",
        first_name="Hanne",
        last_name="De Smet",
        office="ghent",
        role="Senior private banker",
        languages=("nl", "en", "de"),
        subjects={
            "mortgage": 1,
            "life-insurance": 1,
            "account-review": 1,
            "investment-advice": 1,
        },
        introduction="Hanne explains compound interest with a pencil and a napkin.",
    ),
    AdvisorPaper(
        code="wim-lambert",
        first_name="Wim",
        last_name="Lambert",
        office="ghent",
        role="Business banker",
        languages=("nl", "fr"),
        subjects={"mortgage": 2, "commercial-loan": 1, "investment-advice": 2},
        introduction="Wim visits companies in and around Ghent by bicycle.",
    ),
    AdvisorPaper(
        code="fatima-el-idrissi",
        first_name="Fatima",
        last_name="El Idrissi",
        office="ghent",
        role="Personal advisor",
        languages=("nl", "fr", "en"),
        subjects={"personal-loan": 1, "pet-insurance": 1, "life-insurance": 2},
        introduction="Fatima keeps promises, calls back the same day and has a cat.",
    ),
    AdvisorPaper(
        code="pieter-maes",
        first_name="Pieter",
        last_name="Maes",
        office="ghent",
        role="Junior advisor",
        languages=("nl",),
        subjects={"open-account": 1, "mortgage": 3},
        introduction="Pieter works in the mornings and studies in the afternoons.",
        days=dict.fromkeys(ALL_WEEK, (MORNING,)),
    ),
)

OFFICE_BY_CODE = {office.code: office for office in OFFICES}
SUBJECT_BY_CODE = {subject.code: subject for subject in SUBJECTS}
ADVISOR_BY_CODE = {advisor.code: advisor for advisor in ADVISORS}
