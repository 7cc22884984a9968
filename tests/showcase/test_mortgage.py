from decimal import Decimal

import pytest

from showcase.forms import CalculatorForm
from showcase.mortgage import Mortgage

LOW = (150_000, 50_000, Decimal("500.62"), "LOW")
AVERAGE = (300_000, 60_000, Decimal("1201.50"), "AVERAGE")
HIGH = (600_000, 100_000, Decimal("2503.12"), "HIGH")


def mortgage(price: int, own_funds: int, rate: str = "3.5") -> Mortgage:
    return Mortgage(Decimal(price), Decimal(own_funds), 25, Decimal(rate))


@pytest.mark.parametrize(
    ("price", "own_funds", "repayment", "segment"), [LOW, AVERAGE, HIGH]
)
def test_repayment_and_segment_of_the_examples(price, own_funds, repayment, segment):
    asked = mortgage(price, own_funds)

    assert asked.repayment == repayment
    assert asked.segment == segment


@pytest.mark.parametrize(
    ("loan", "segment"),
    [(239_997, "LOW"), (240_000, "AVERAGE"), (599_997, "AVERAGE"), (600_000, "HIGH")],
)
def test_segment_changes_at_exactly_800_and_2000_a_month(loan, segment):
    without_interest = mortgage(loan, 0, rate="0")

    assert without_interest.segment == segment


def test_metadata_names_what_was_asked_and_what_came_out():
    assert mortgage(300_000, 60_000).metadata() == {
        "price": "300000",
        "own_funds": "60000",
        "years": "25",
        "rate": "3.5",
        "loan": "240000",
        "repayment": "1201.50",
    }


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("300000", 300_000),
        ("300,000", 300_000),
        ("300.000", 300_000),
        ("€ 300 000", 300_000),
        ("1,500,000", 1_500_000),
        ("1500,50", Decimal("1500.50")),
    ],
)
def test_amounts_are_understood_as_people_write_them(typed, understood):
    form = CalculatorForm(
        {"price": typed, "own_funds": "0", "years": "25", "rate": "3,5 %"}
    )

    assert form.is_valid(), form.errors
    assert form.mortgage().price == understood
    assert form.mortgage().rate == Decimal("3.5")


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("price", "", "Enter the price of the home."),
        ("price", "lots", "Enter the price of the home as a number, like 300,000."),
        ("price", "nan", "Enter the price of the home as a number, like 300,000."),
        ("price", "1e999", "Enter the price of the home as a number, like 300,000."),
        ("price", "999", "The price of the home must be from 1,000 to 20,000,000."),
        (
            "own_funds",
            "300000",
            "Your own funds cover the whole price: there is nothing to borrow.",
        ),
        ("years", "12.5", "Enter whole years, like 25."),
        ("years", "0", "The years to repay must be from 1 to 40."),
        ("rate", "15.1", "The interest rate must be from 0 to 15."),
        ("rate", "1.23456", "Enter the interest rate with at most 3 decimals."),
    ],
)
def test_calculator_says_what_to_do_about_a_figure(field, typed, sentence):
    figures = {"price": "300000", "own_funds": "60000", "years": "25", "rate": "3.5"}

    form = CalculatorForm(figures | {field: typed})

    assert form.errors == {field: [sentence]}
