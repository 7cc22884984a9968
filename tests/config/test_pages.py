import gzip
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.template import loader
from django.urls import reverse

BUDGETS = {  # compressed bytes; the font is compressed already
    ("css/parlour.css",): 12_000,
    ("js/app.js", "django_htmx/htmx-2.min.js"): 20_000,
    ("fonts/public-sans.woff2",): 30_000,
    ("img/icons.svg",): 4_000,
}


@pytest.mark.parametrize("names", BUDGETS, ids=lambda names: names[0])
def test_static_files_stay_within_their_budget(names):
    files = [Path(finders.find(name)).read_bytes() for name in names]

    assert sum(len(gzip.compress(file, 9)) for file in files) < BUDGETS[names]


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("400.html", "We could not read this"),
        ("413.html", "That is too much at once"),
        ("500.html", "Something went wrong"),
        ("503.html", "We are busy for a moment"),
        ("403_csrf.html", "This form could not be sent"),
    ],
)
def test_page_for_bad_moments_needs_neither_database_nor_context(page, words):
    assert f"<h1>{words}</h1>" in loader.get_template(page).render()


def test_unknown_address_leads_on(client, db):
    response = client.get("/no/such/page/")

    assert response.status_code == 404
    assert "<h1>Page not found</h1>" in response.content.decode()


def test_pages_hold_nothing_that_the_content_security_policy_forbids(client, db):
    response = client.get(reverse("styleguide"))
    page = response.content.decode()

    assert "script-src 'self'" in response["Content-Security-Policy"]
    assert " style=" not in page
    assert "<style" not in page
    assert "<script>" not in page
    assert " onclick=" not in page


def test_style_guide_costs_what_its_organisation_costs(
    client, db, django_assert_max_num_queries
):
    with django_assert_max_num_queries(2):
        client.get(reverse("styleguide"))
