"""What a sale gave whom, and what a refund took back, each line with its why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from referral.campaigns.models import Campaign
from referral.credits import queries as credits
from referral.credits.queries import Entry
from referral.credits.rules import Status, Terms
from referral.plumbing.clock import now
from referral.plumbing.money import Money
from referral.sales.models import SaleShare


@dataclass(frozen=True)
class Why:
    """Say why a credit is what it is: by what evidence, on which sale and amount, under which terms.

    `code` is how it is known that the fan told the buyer, or `refund` where credit is taken back; `base` was paid, or
    refunded. What a sale gave is so many `parts` of a `whole` reward.
    """

    code: str
    sale: str
    base: Money
    terms: Terms
    parts: int | None = None
    whole: int | None = None


@dataclass(frozen=True)
class CreditLine:
    """Hold what a sale gave a fan, or a refund took from them."""

    fan_id: int
    generation: int
    amount: Money
    status: Status
    available_at: datetime
    why: Why


def given(campaign: Campaign, transaction_id: int | None, shares: Sequence[SaleShare]) -> tuple[CreditLine, ...]:
    """Tell what a sale gave those who have a part in it, as it stands now; nothing where there is no transaction."""
    of = {share.fan_id: share for share in shares}
    return tuple(
        _line(entry, of[entry.fan_id].reason, of[entry.fan_id].parts, of[entry.fan_id].whole)
        for entry in _entries(campaign, transaction_id)
    )


def taken(campaign: Campaign, transaction_id: int | None) -> tuple[CreditLine, ...]:
    """Tell what a refund took back, as it stands now."""
    return tuple(_line(entry, "refund") for entry in _entries(campaign, transaction_id))


def _entries(campaign: Campaign, transaction_id: int | None) -> list[Entry]:
    if transaction_id is None:
        return []
    return credits.of_transaction(campaign, transaction_id, now())[::-1]  # in the order in which they were posted


def _line(entry: Entry, code: str, parts: int | None = None, whole: int | None = None) -> CreditLine:
    why = Why(code, entry.sale, entry.base, entry.terms, parts, whole)
    return CreditLine(entry.fan_id, entry.generation, entry.amount, entry.status, entry.available_at, why)
