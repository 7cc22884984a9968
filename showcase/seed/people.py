"""The people of the demo bank besides its advisors. Nobody here exists."""

import unicodedata
from dataclasses import dataclass, field
from functools import cache

from directory.grants import Role

STAFF = (  # user name (also the password), first name, last name
    ("admin", "Ada", "Verhoeven"),
    ("manager", "Marc", "Vermeulen"),
    ("eva", "Eva", "Peeters"),
    ("planner", "Petra", "Lenaerts"),
)
ADVISOR_OF_USER = {"eva": "eva-peeters"}
ROLE_OF_USER = {
    "admin": Role.ADMINISTRATOR,
    "manager": Role.OFFICE_MANAGER,
    "eva": Role.ADVISOR,
    "planner": Role.PLANNER,
}
OFFICE_OF_MANAGER = {"manager": "antwerp"}


@dataclass(frozen=True, slots=True)
class CustomerPaper:
    """A customer; `user` is the sign-in to the portal and its password."""

    number: str
    first_name: str
    last_name: str
    email: str
    phone: str
    language: str
    street: str
    postal_code: str
    city: str
    office: str
    company: str = ""
    user: str = ""
    advisor: str = ""
    segments: tuple[str, ...] = field(default=())

    @property
    def address(self) -> dict[str, str]:
        return {
            "street": self.street,
            "postal_code": self.postal_code,
            "city": self.city,
            "country": "BE",
        }


NATE = CustomerPaper(
    number="HB-100201",
    first_name="Nate",
    last_name="Nosocks",
    email="nate.nosocks@example.com",
    phone="+32 470 12 34 56",
    language="en",
    street="Coupure 12",
    postal_code="9000",
    city="Gent",
    office="ghent",
    user="nate",
    advisor="fatima-el-idrissi",
    segments=("CUSTOMER_STANDARD",),
)
MAX = CustomerPaper(
    number="HB-100007",
    first_name="Max",
    last_name="Murdoch",
    email="max.murdoch@example.com",
    phone="+32 470 65 43 21",
    language="en",
    street="Cogels-Osylei 25",
    postal_code="2600",
    city="Berchem",
    office="antwerp",
    user="max",
    advisor="eva-peeters",
    segments=("CUSTOMER_PREMIUM",),
)

CUSTOMERS_PER_OFFICE = 80
FIRST_NAMES = (
    *("Anna", "Bart", "Céline", "Dirk", "Elise", "Farid", "Greet", "Hugo", "Ines"),
    *("Jef", "Katrien", "Luc", "Marie", "Nadia", "Olivier", "Paul", "Ria", "Stijn"),
    *("Thomas", "Ursula", "Veerle", "Willem", "Yasmina", "Zoë", "Arthur", "Britt"),
    *("Emma", "Gilles", "Hilde", "Ibrahim", "Julie", "Koen", "Louise", "Mehdi"),
    *("Noor", "Pauline", "Robbe"),
)
LAST_NAMES = (
    *("Aerts", "Baert", "Claessens", "De Backer", "De Vos", "Declercq", "Dupont"),
    *("Fontaine", "Geerts", "Hermans", "Janssens", "Kaya", "Lambrecht", "Leclercq"),
    *("Lemmens", "Mertens", "Michiels", "Moreau", "Nijs", "Pauwels", "Renard"),
    *("Rossi", "Simons", "Smets", "Stevens", "Thijs", "Van Damme", "Van Hove"),
    *("Verbeke", "Vercammen", "Verstraete", "Willems", "Yildiz"),
)
STREETS = {
    "antwerp": (
        ("Mechelsesteenweg", "2018", "Antwerpen"),
        ("Turnhoutsebaan", "2140", "Borgerhout"),
        ("Drakenhoflaan", "2100", "Deurne"),
        ("Bredabaan", "2930", "Brasschaat"),
    ),
    "brussels": (
        ("Louizalaan", "1050", "Elsene"),
        ("Bondgenotenlaan", "1190", "Vorst"),
        ("Tervurenlaan", "1150", "Sint-Pieters-Woluwe"),
        ("Ninoofsesteenweg", "1700", "Dilbeek"),
    ),
    "ghent": (
        ("Kortrijksesteenweg", "9000", "Gent"),
        ("Brusselsesteenweg", "9050", "Gentbrugge"),
        ("Antwerpsesteenweg", "9040", "Sint-Amandsberg"),
        ("Dorpsstraat", "9080", "Lochristi"),
    ),
}
TRADES = ("Bakery", "Carpenters", "Dental Practice", "Garden Works", "Logistics")
LANGUAGES = ("nl", "nl", "fr", "nl", "en", "fr", "de")


@cache
def customers_of(office: str) -> tuple[CustomerPaper, ...]:
    """Return an office's made-up customers; every third one owns a company."""
    offset = sorted(STREETS).index(office) * CUSTOMERS_PER_OFFICE
    return tuple(
        _customer(office, offset + place) for place in range(CUSTOMERS_PER_OFFICE)
    )


def _customer(office: str, index: int) -> CustomerPaper:
    first = FIRST_NAMES[index % len(FIRST_NAMES)]
    last = LAST_NAMES[index * 7 % len(LAST_NAMES)]
    street, postal_code, city = STREETS[office][index % len(STREETS[office])]
    return CustomerPaper(
        number=f"HB-2{index:05}",
        first_name=first,
        last_name=last,
        email=f"{_plain(first)}.{_plain(last)}@example.org",
        phone=f"+32 471 {index // 100:02} {index % 100:02} {index * 37 % 100:02}",
        language=LANGUAGES[index % len(LANGUAGES)],
        street=f"{street} {index % 90 + 3}",
        postal_code=postal_code,
        city=city,
        office=office,
        company=f"{last} {TRADES[index // 3 % len(TRADES)]}" if index % 3 == 0 else "",
    )


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return letters.lower().replace(" ", "")
