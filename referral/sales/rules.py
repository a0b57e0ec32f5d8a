"""Whose word a sale came by, and when two reports of a sale are the same report."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from referral.errors import Invalid
from referral.introductions.rules import Teller
from referral.plumbing.money import Money

Evidence = Literal["click", "code"]
Reason = Literal["introduced", "click", "code", "own_link", "brand_link", "nobody_told"]

AHEAD = timedelta(days=1)  # shops keep time in their own zones, and some of their clocks are wrong
EARLIEST_YEAR = 2000


@dataclass(frozen=True)
class Buyer:
    """Hold what decides about a buyer who was a fan before this sale: who they are, and who told them first.

    Somebody first told by a link of the brand's own `was_told` without an introducer.
    """

    fan_id: int
    introducer_id: int | None
    was_told: bool


@dataclass(frozen=True)
class Attribution:
    """Say whose word a sale is credited to, and why to them, or why to nobody."""

    introducer_id: int | None
    code: Reason


def attribute(buyer: Buyer | None, teller: Teller | None, evidence: Evidence | None) -> Attribution:
    """Decide who introduced a buyer.

    Who told a fan first keeps their sales for ever (`introduced`), whatever link they buy by. Only for a buyer who was
    no fan yet, or whom the shop does not name, the owner of the click or the code counts. A fan whom nobody told is
    introduced by nobody afterwards, least of all by their own link.
    """
    if buyer is not None and buyer.introducer_id is not None:
        return Attribution(buyer.introducer_id, "introduced")
    if buyer is not None and buyer.was_told:
        return Attribution(None, "brand_link")
    if teller is None or evidence is None:
        return Attribution(None, "nobody_told")
    if teller.fan_id is None:
        return Attribution(None, "brand_link")
    if buyer is None:
        return Attribution(teller.fan_id, evidence)
    return Attribution(None, "own_link" if teller.fan_id == buyer.fan_id else "nobody_told")


def fingerprint(
    amount: Money,
    buyer_id: int | None,
    *,
    named: bool,
    click_id: int | None,
    code: str | None,
    at: datetime | None,
) -> str:
    """Hash what a report of a sale says, so that the same reference with other content is told from a repetition.

    The buyer stands in it as the fan they are, so that nothing personal does: `named` tells a buyer whom nobody knows
    from none. `code` is folded, and `at` is there only if the shop gave it: a repetition comes at another time.
    """
    buyer = [named, buyer_id]
    when = None if at is None else at.astimezone(UTC).isoformat(timespec="milliseconds")
    said = [amount.minor, amount.currency, buyer, click_id, code, when]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def check_amount(amount: Money, currency: str) -> None:
    """Raise Invalid `currency_differs` or `amount_not_positive` where an amount cannot be of a campaign's sale."""
    if amount.currency != currency:
        raise Invalid("currency_differs", expected=currency)
    if amount.minor <= 0:
        raise Invalid("amount_not_positive")


def clean_moment(at: datetime, now: datetime) -> datetime:
    """Take the moment that a shop gave in UTC, to the millisecond, which is what is kept.

    Raises:
        Invalid: `at_out_of_range` for more than a day ahead, or before the year 2000: a mistake of the shop's program
            (seconds for milliseconds) that would be credited by the wrong terms.
    """
    if at > now + AHEAD or at.year < EARLIEST_YEAR:
        raise Invalid("at_out_of_range")
    at = at.astimezone(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
