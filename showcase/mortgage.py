"""What a mortgage costs a month, and which lead segment that makes. Pure functions."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
AVERAGE_FROM = Decimal(800)  # euro a month
HIGH_FROM = Decimal(2000)


@dataclass(frozen=True, slots=True)
class Mortgage:
    """What the calculator is asked. Money in euro, the rate in per cent a year."""

    price: Decimal
    own_funds: Decimal
    years: int
    rate: Decimal

    @property
    def loan(self) -> Decimal:
        return self.price - self.own_funds

    @property
    def repayment(self) -> Decimal:
        """The same amount each month, to the cent (an annuity)."""
        months = self.years * 12
        monthly = self.rate / 1200
        if monthly:
            exact = self.loan * monthly / (1 - (1 + monthly) ** -months)
        else:
            exact = self.loan / months
        return exact.quantize(CENT, ROUND_HALF_UP)

    @property
    def interest(self) -> Decimal:
        """What the loan costs on top of itself, to the cent."""
        return self.repayment * self.years * 12 - self.loan

    @property
    def segment(self) -> str:
        if self.repayment < AVERAGE_FROM:
            return "LOW"
        return "AVERAGE" if self.repayment < HIGH_FROM else "HIGH"

    def metadata(self) -> dict[str, str]:
        """Return what the bank's button passes along with the link."""
        return {
            "price": plain(self.price),
            "own_funds": plain(self.own_funds),
            "years": str(self.years),
            "rate": plain(self.rate),
            "loan": plain(self.loan),
            "repayment": str(self.repayment),
        }


def plain(number: Decimal) -> str:
    """Return a number without an exponent and without zeros that say nothing."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def euro(amount: Decimal) -> str:
    """Return an amount as the bank's pages write it: "1,201.50", "240,000"."""
    return f"{amount:,.0f}" if amount == amount.to_integral() else f"{amount:,.2f}"
