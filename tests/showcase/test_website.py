"""The bank's own pages: what they show, and the one link that each of them makes."""

import html
import re
from urllib.parse import parse_qsl, urlsplit

import pytest
import time_machine
from django.urls import reverse

from directory.models import Advisor, Office
from scheduling.models import Flow

pytestmark = pytest.mark.django_db

CALCULATOR = "/mortgage-calculator/?price={}&own_funds={}&years=25&rate=3.5"
PAGES = [
    "/",
    "/business/",
    "/mortgage-calculator/",
    "/offices/antwerp/",
    "/advisors/eva-peeters/",
]


@pytest.fixture(autouse=True)
def _bank(halyard, monday):
    with time_machine.travel(monday, tick=False):
        yield


def text_of(response) -> str:
    return html.unescape(response.content.decode())


def passed(response) -> dict[str, str]:
    """Return what the page's button passes to the scheduler."""
    schedule = response.context["schedule"]
    assert f'href="{schedule.url}"' in text_of(response)
    return dict(parse_qsl(urlsplit(schedule.url).query))


@pytest.mark.parametrize(
    ("address", "parameters"),
    [
        ("/", {"segment": "B2C_Categories"}),
        ("/business/", {"segment": "B2B_Categories"}),
        ("/offices/ghent/", {"segment": "B2C_Categories", "office": "ghent"}),
        (
            "/advisors/eva-peeters/",
            {"segment": "B2C_Categories", "advisor": "eva-peeters"},
        ),
        (
            "/advisors/amelie-laurent/",
            {"segment": "B2B_Categories", "advisor": "amelie-laurent"},
        ),
        (
            CALCULATOR.format(150_000, 50_000),
            {
                "segment": "LOW",
                "subject": "mortgage",
                "metadata[price]": "150000",
                "metadata[own_funds]": "50000",
                "metadata[years]": "25",
                "metadata[rate]": "3.5",
                "metadata[loan]": "100000",
                "metadata[repayment]": "500.62",
            },
        ),
    ],
)
def test_button_passes_what_the_page_knows(client, address, parameters):
    assert passed(client.get(address)) == parameters


@pytest.mark.parametrize("address", PAGES)
def test_page_explains_its_link_parameter_by_parameter(client, address):
    response = client.get(address)

    page = text_of(response)
    strip = page[page.index('<section class="works"') :]
    for name, value in passed(response).items():
        assert f"<dt><code>{name}</code></dt>" in strip
        assert f'data-parameter="{name}">{value}</code>' in strip


@pytest.mark.parametrize("address", PAGES)
def test_link_of_a_page_starts_a_flow(client, address):
    url = client.get(address).context["schedule"].url

    response = client.get(url)

    assert response.status_code == 302
    flow = Flow.objects.get()
    assert response["Location"].startswith(f"/schedule/{flow.pk}/")
    assert flow.notices == []
    assert flow.ignored_parameters == 0


@pytest.mark.parametrize("address", PAGES)
def test_page_names_the_sign_ins_and_sets_no_cookie(client, address):
    response = client.get(address)

    page = text_of(response)
    for name in ("admin", "manager", "eva", "planner", "nate", "max"):
        assert f"<code>{name} / {name}</code>" in page
    assert not response.cookies


@pytest.mark.parametrize("address", PAGES)
def test_page_needs_few_queries(client, address, django_assert_max_num_queries):
    client.get(address)  # the standing data are in memory now

    with django_assert_max_num_queries(3):
        client.get(address)


def test_every_subject_of_a_tab_has_its_own_link(client):
    cards = client.get("/").context["cards"]

    assert [card.link.url for card in cards] == [
        f"/schedule/?segment=B2C_Categories&subject={code}"
        for code in (
            "mortgage",
            "personal-loan",
            "open-account",
            "life-insurance",
            "pet-insurance",
        )
    ]


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ((150_000, 50_000), "500.62"),
        ((300_000, 60_000), "1,201.50"),
        ((600_000, 100_000), "2,503.12"),
    ],
)
def test_calculator_shows_the_repayment(client, figures, words):
    page = text_of(client.get(CALCULATOR.format(*figures)))

    assert f'<span data-out="repayment">{words}</span>' in page


@pytest.mark.parametrize("query", ["", "?price=&own_funds=&years=&rate="])
def test_calculator_opens_with_an_example(client, query):
    response = client.get(f"/mortgage-calculator/{query}")

    assert response.context["figures"].repayment == "1,201.50"


def test_calculator_explains_figures_that_it_cannot_use(client):
    response = client.get(
        "/mortgage-calculator/?price=9&own_funds=&years=x&rate=%3Cb%3E"
    )

    page = response.content.decode()
    assert response.status_code == 200
    assert "<title>Error: Mortgage calculator" in page
    assert set(response.context["form"].errors) == {
        "price",
        "own_funds",
        "years",
        "rate",
    }
    assert 'value="&lt;b&gt;"' in page
    assert response.context["schedule"] is None
    assert "How it works" not in page


def test_branch_shows_its_hours_and_coming_closures(client):
    page = text_of(client.get("/offices/brussels/"))

    thursday = re.search(r"<dt>Thursday</dt><dd>(.+?)</dd>", page)
    assert thursday is not None
    assert thursday[1] == "09:00 - 19:00"
    assert "<dt>Sunday</dt><dd>closed</dd>" in page
    assert "Thursday 14 May: Ascension Day" in page
    assert "+32 2 588 48 10" in page


@pytest.mark.parametrize(
    "address", ["/offices/nowhere/", "/offices/Antwerp/", "/advisors/nobody/"]
)
def test_unknown_code_is_not_found(client, address):
    assert client.get(address).status_code == 404


def test_page_of_somebody_who_cannot_be_booked_is_not_found(client):
    Office.objects.filter(code="ghent").update(is_active=False)
    Advisor.objects.filter(code="eva-peeters").update(is_online_planning=False)

    assert client.get("/offices/ghent/").status_code == 404
    assert client.get("/advisors/eva-peeters/").status_code == 404
    assert "/advisors/eva-peeters/" not in text_of(client.get("/"))
    assert "/offices/ghent/" not in text_of(client.get("/"))


def test_pages_only_answer_reading(client):
    assert client.post(reverse("showcase:personal")).status_code == 405
