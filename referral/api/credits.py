"""Credits, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

from referral.api import paging, shapes
from referral.api import replies as r
from referral.api.access import Answered, needs
from referral.api.fans import find
from referral.api.operations import CURSOR, LIMIT, Operation
from referral.brands.rules import Scope
from referral.credits import queries
from referral.plumbing.clock import now

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign

calls = Blueprint("api_credits", __name__)


@calls.get("/campaigns/<campaign>/credits")
@needs(
    Scope.READ,
    Operation(
        "List the credits",
        gives=r.EntryOut,
        listed=True,
        beside={"total": r.TotalOut},
        parameters=(CURSOR, LIMIT),
    ),
)
def listed(brand: Brand, campaign: Campaign) -> Answered:
    """List what fans earned and what was taken back, the newest first, with the total credited by currency."""
    after, limit = paging.wanted()
    lines = queries.ledger(campaign, now(), after, limit + 1)
    answer = paging.page(lines, limit, shapes.entry, lambda line: line.id)
    totals = [r.TotalOut(currency=one.currency, amount=one.text()) for one in queries.campaign_total(campaign)]
    return answer | {"total": [total.model_dump() for total in totals]}, 200


@calls.get("/campaigns/<campaign>/fans/<fan>/credits")
@needs(
    Scope.READ,
    Operation(
        "List a fan's credits",
        gives=r.EntryOut,
        listed=True,
        beside={"balance": r.BalanceOut},
        parameters=(CURSOR, LIMIT),
    ),
)
def of_fan(brand: Brand, campaign: Campaign, fan: str) -> Answered:
    """List what one fan earned and what was taken back, the newest first, with their balance."""
    found = find(campaign, fan)
    after, limit = paging.wanted()
    lines = queries.entries(found, now(), after, limit + 1)
    answer = paging.page(lines, limit, shapes.entry, lambda line: line.id)
    balances = [shapes.balance(one).model_dump() for one in queries.balances(found, now())]
    return answer | {"balance": balances}, 200
