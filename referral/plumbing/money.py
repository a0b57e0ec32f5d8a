"""Money: whole minor units of a currency, with an explicit table of exponents; never a float."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from referral.errors import Invalid

EXPONENTS: dict[str, int] = {
    # ISO 4217: the number of decimals of each currency that a brand may choose.
    "AED": 2, "AUD": 2, "BDT": 2, "BHD": 3, "BRL": 2, "CAD": 2, "CHF": 2, "CLP": 0, "CNY": 2, "CZK": 2, "DKK": 2,
    "EUR": 2, "GBP": 2, "HKD": 2, "HUF": 2, "IDR": 2, "ILS": 2, "INR": 2, "ISK": 0, "JOD": 3, "JPY": 0, "KRW": 0,
    "KWD": 3, "MXN": 2, "MYR": 2, "NOK": 2, "NZD": 2, "OMR": 3, "PHP": 2, "PLN": 2, "RON": 2, "SAR": 2, "SEK": 2,
    "SGD": 2, "THB": 2, "TND": 3, "TRY": 2, "TWD": 2, "UAH": 2, "USD": 2, "VND": 0, "ZAR": 2,
}  # fmt: skip

LARGEST = 10**15  # minor units; sums of a few thousand of these still fit 63 bits
_DECIMAL = re.compile(r"(?P<sign>-?)(?P<whole>[0-9]{1,16})(?:\.(?P<part>[0-9]{1,8}))?", re.ASCII)


@dataclass(frozen=True)
class Money:
    """Hold an amount as whole minor units of a currency (`Money(15000000, "IDR")` is Rp 150.000)."""

    minor: int
    currency: str

    @classmethod
    def of_decimal(cls, text: str, currency: str) -> Money:
        """Read a decimal string such as `"150000.00"` in a currency.

        Raises:
            Invalid: `currency_unknown`, `amount_malformed`, `amount_decimals` (more than the currency has),
                `amount_too_large`.
        """
        exponent = EXPONENTS.get(currency)
        if exponent is None:
            raise Invalid("currency_unknown", currency=currency[:8])
        match = _DECIMAL.fullmatch(text)
        if match is None:
            raise Invalid("amount_malformed")
        part = (match["part"] or "").rstrip("0")
        if len(part) > exponent:
            raise Invalid("amount_decimals", currency=currency, decimals=exponent)
        minor = int(match["whole"]) * 10**exponent + int(part.ljust(exponent, "0") or "0")
        if minor > LARGEST:
            raise Invalid("amount_too_large")
        return cls(-minor if match["sign"] else minor, currency)

    def decimal(self) -> Decimal:
        """Give the amount as an exact decimal number of major units."""
        return Decimal(self.minor).scaleb(-EXPONENTS[self.currency])

    def text(self) -> str:
        """Write the amount as a decimal string with all decimals of its currency, as the API gives it."""
        return format(self.decimal(), f".{EXPONENTS[self.currency]}f")


def portion(minor: int, basis_points: int) -> int:
    """Take a percentage of an amount, in hundredths of a percent, rounded half to even to a whole minor unit.

    >>> portion(850_000_00, 500)
    4250000
    >>> portion(25, 1000), portion(35, 1000)
    (2, 4)
    """
    share = Decimal(minor) * basis_points / 10_000
    return int(share.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
