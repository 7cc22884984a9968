"""Halyard Bank's fourteen advisors on paper. Nobody here exists."""

from dataclasses import dataclass, field
from datetime import time

from showcase.seed.bank import ALL_WEEK

MORNING = (time(9), time(12, 30))
AFTERNOON = (time(13), time(17))
LATE = (time(13), time(19))


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

ADVISOR_BY_CODE = {advisor.code: advisor for advisor in ADVISORS}
