"""What visitors of the bank's site type or press."""

import re
from decimal import Decimal
from typing import Any

from django import forms

from showcase.mortgage import Mortgage
from showcase.personas import PERSONAS

DEFAULTS = {"price": "300000", "own_funds": "60000", "years": "25", "rate": "3.5"}
GROUPED = re.compile(r"[0-9]{1,3}([,.' ][0-9]{3})+")
NOISE = re.compile(r"[\s€%]|EUR", re.IGNORECASE)
MOST = Decimal(20_000_000)


def read_number(text: str) -> str:
    """Return a number as Python reads it: "3,5 %" is 3.5."""
    return NOISE.sub("", text).replace(",", ".")


def read_money(text: str) -> str:
    """Return an amount as Python reads it: "€ 150,000" and "150.000" are 150000."""
    text = NOISE.sub("", text)
    if GROUPED.fullmatch(text):
        return re.sub(r"[^0-9]", "", text)
    if text.count(",") == 1 and "." not in text:
        return text.replace(",", ".")
    return text.replace(",", "")


class NumberField(forms.DecimalField):
    """A number as people type it."""

    read = staticmethod(read_number)

    def __init__(self, *, what: str, example: str, places: int, **kwargs: Any) -> None:
        super().__init__(
            decimal_places=places,
            max_digits=20,
            widget=forms.TextInput(
                attrs={"inputmode": "decimal", "autocomplete": "off"}
            ),
            error_messages={
                "required": f"Enter {what}.",
                "invalid": f"Enter {what} as a number, like {example}.",
                "max_digits": f"Enter {what} as a number, like {example}.",
                "max_whole_digits": f"Enter {what} as a number, like {example}.",
                "max_decimal_places": f"Enter {what} with at most {places} decimals.",
            },
            **kwargs,
        )

    def to_python(self, value: Any) -> Any:
        return super().to_python(self.read(value) if value else value)


class MoneyField(NumberField):
    """An amount in euro."""

    read = staticmethod(read_money)


class CalculatorForm(forms.Form):
    """Price, own funds, years and rate; money in euro, the rate in per cent a year."""

    price = MoneyField(
        label="Price of the home",
        what="the price of the home",
        example="300,000",
        places=2,
    )
    own_funds = MoneyField(
        label="Your own funds",
        what="your own funds",
        example="60,000",
        places=2,
        help_text="What you pay yourself. 0 if you borrow everything.",
    )
    years = NumberField(
        label="Years to repay", what="the years to repay", example="25", places=2
    )
    rate = NumberField(
        label="Interest rate a year, in %",
        what="the interest rate",
        example="3.5",
        places=3,
    )

    def clean_price(self) -> Decimal:
        return self._within("price", Decimal(1000), MOST, "The price of the home")

    def clean_own_funds(self) -> Decimal:
        return self._within("own_funds", Decimal(0), MOST, "Your own funds")

    def clean_years(self) -> int:
        years = self._within("years", Decimal(1), Decimal(40), "The years to repay")
        if years != int(years):
            raise forms.ValidationError("Enter whole years, like 25.")
        return int(years)

    def clean_rate(self) -> Decimal:
        return self._within("rate", Decimal(0), Decimal(15), "The interest rate")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        price, own_funds = data.get("price"), data.get("own_funds")
        if price is not None and own_funds is not None and own_funds >= price:
            self.add_error(
                "own_funds",
                "Your own funds cover the whole price: there is nothing to borrow.",
            )
        return data

    def mortgage(self) -> Mortgage:
        """Return what was asked; only after is_valid()."""
        return Mortgage(**self.cleaned_data)

    def _within(self, name: str, least: Decimal, most: Decimal, what: str) -> Decimal:
        number: Decimal = self.cleaned_data[name]
        if not least <= number <= most:
            raise forms.ValidationError(f"{what} must be from {least:,} to {most:,}.")
        return number


class PersonaForm(forms.Form):
    """As whom to see the portal: "nate" or "max"."""

    WRONG = "Choose Nate Nosocks or Max Murdoch."

    persona = forms.ChoiceField(
        choices=[(user, user) for user in PERSONAS],
        error_messages={"required": WRONG, "invalid_choice": WRONG},
    )
