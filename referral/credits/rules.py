"""What a sale earns whoever told its buyer, what a refund takes back, and when credit may be paid out.

Credit is earned on sales and on nothing else, one step deep: by the fan who introduced the buyer, or by those among
whom the campaign splits it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from referral.plumbing.money import Money, portion

Status = Literal["waiting", "ready", "taken_back"]


@dataclass(frozen=True)
class Terms:
    """Hold one version of a campaign's reward plan."""

    kind: str
    basis_points: int
    fixed_minor: int
    currency: str
    holding_days: int
    version: int


@dataclass(frozen=True)
class Account:
    """Name a place that credit comes from or goes to: the campaign's rewards, or a fan's."""

    kind: Literal["fan", "rewards"]
    fan_id: int | None

    @classmethod
    def of_fan(cls, fan_id: int) -> Account:
        """Name the account of a fan."""
        return cls("fan", fan_id)

    @classmethod
    def rewards(cls) -> Account:
        """Name the account that a campaign rewards from."""
        return cls("rewards", None)

    @property
    def name(self) -> str:
        """Write the name that is unique within a campaign and currency."""
        return self.kind if self.fan_id is None else f"{self.kind}:{self.fan_id}"


@dataclass(frozen=True)
class Posting:
    """Give an account an amount in minor units, or take it where it is negative.

    From `available_at` on it may be paid out; the campaign's own account has no such moment.
    """

    account: Account
    amount: int
    currency: str
    available_at: datetime | None = None


@dataclass(frozen=True)
class Balance:
    """Hold what a fan has in one currency: ready to be paid out, and still waiting."""

    ready: Money
    waiting: Money


def reward(terms: Terms, sale: Money) -> Money:
    """Tell what the buyer's introducer earns by a sale: never less than nothing, never more than the sale itself.

    A share is rounded half to even to a whole minor unit.

    Raises:
        ValueError: the sale is not in the currency of the terms.
    """
    if sale.currency != terms.currency:
        raise ValueError(f"terms in {terms.currency} say nothing about a sale in {sale.currency}")
    match terms.kind:
        case "percent":
            minor = portion(sale.minor, terms.basis_points)
        case "fixed":
            minor = min(terms.fixed_minor, sale.minor)
        case "none":
            minor = 0
        case _:
            raise ValueError(f"unknown kind of terms: {terms.kind}")
    return Money(minor, sale.currency)


def divide(amount: int, parts: Sequence[int]) -> list[int]:
    """Divide an amount by parts of a whole, in whole minor units that sum to it exactly.

    Each gets their part rounded down; the units left over go to the greatest fractions (the method of largest
    remainders), of equal ones to the earlier.

    >>> divide(100, [1, 1, 1]), divide(1, [1, 1])
    ([34, 33, 33], [1, 0])

    Raises:
        ValueError: the amount or a part is negative, or there is no whole.
    """
    whole = sum(parts)
    if amount < 0 or whole <= 0 or min(parts) < 0:
        raise ValueError("what is divided is not negative, and neither is a part of the whole")
    shares = [amount * part // whole for part in parts]
    greatest_first = sorted(range(len(parts)), key=lambda place: -(amount * parts[place] % whole))
    for place in greatest_first[: amount - sum(shares)]:
        shares[place] += 1
    return shares


def available_at(terms: Terms, sold_at: datetime) -> datetime:
    """Tell from when on the credit for a sale may be paid out."""
    return sold_at + timedelta(days=terms.holding_days)


def post_sale(fan_id: int, earned: Money, ready_at: datetime) -> tuple[Posting, ...]:
    """Write what a sale earned as postings, which sum to zero; nothing where nothing was earned."""
    return _between(fan_id, earned.minor, earned.currency, ready_at)


def post_refund(fan_id: int, taken: Money, ready_at: datetime) -> tuple[Posting, ...]:
    """Write what a refund takes back as postings; with the sale's own moment, so that both fall into one balance."""
    return _between(fan_id, -taken.minor, taken.currency, ready_at)


def _between(fan_id: int, minor: int, currency: str, ready_at: datetime) -> tuple[Posting, ...]:
    if not minor:
        return ()
    return (
        Posting(Account.of_fan(fan_id), minor, currency, ready_at),
        Posting(Account.rewards(), -minor, currency),
    )


def take_back(credited: int, sale_amount: int, refunded_before: int, refund: int) -> int:
    """Tell how much of a credit a refund takes back: what is due on all refunds so far, less what was taken before.

    Taken back in all after refunds of r is credited · r / sale_amount, rounded half to even. So parts take together
    what one refund of their sum would have taken, and the whole sale takes back exactly the whole credit.

    >>> [take_back(10, 100, before, 33) for before in (0, 33, 66)], take_back(10, 100, 99, 1)
    ([3, 4, 3], 0)

    Raises:
        ValueError: more would be refunded than was paid.
    """
    if sale_amount <= 0 or refunded_before < 0 or refund < 0 or refunded_before + refund > sale_amount:
        raise ValueError("refunds lie between nothing and the sale")
    return _share(credited, refunded_before + refund, sale_amount) - _share(credited, refunded_before, sale_amount)


def _share(amount: int, part: int, whole: int) -> int:
    """Take part/whole of an amount in whole numbers, rounded half to even."""
    quotient, rest = divmod(amount * part, whole)
    up = 2 * rest > whole or (2 * rest == whole and quotient % 2 == 1)
    return quotient + up


def sums(postings: Iterable[Posting]) -> dict[str, int]:
    """Sum postings by currency; a transaction is right when every sum is zero."""
    found: defaultdict[str, int] = defaultdict(int)
    for posting in postings:
        found[posting.currency] += posting.amount
    return dict(found)


def balance(currency: str, entries: Iterable[tuple[int, datetime]], now: datetime) -> Balance:
    """Part the entries of an account, each (amount, available at), into what is ready now and what still waits."""
    ready = waiting = 0
    for amount, moment in entries:
        if moment <= now:
            ready += amount
        else:
            waiting += amount
    return Balance(Money(ready, currency), Money(waiting, currency))


def status(amount: int, taken: int, moment: datetime, now: datetime) -> Status:
    """Tell how an entry stands: taken back in whole (as what takes back always is), ready, or waiting.

    `taken` is what was taken back of it since, as a positive number.
    """
    if amount - taken <= 0:
        return "taken_back"
    return "ready" if moment <= now else "waiting"
