"""Credits, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint

from referral.api import paging, shapes
from referral.api import replies as r
from referral.api.access import Answered, needs
from referral.api.fans import find
from referral.api.operations import CURSOR, LIMIT, Operation
from referral.brands.rules import Scope
from referral.credits import queries
from referral.plumbing.clock import now
from referral.sales import queries as sales

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign
    from referral.credits.queries import Entry

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
    answer = _page(campaign, lines, limit)
    totals = [r.TotalOut(currency=one.currency, amount=one.text()) for one in queries.campaign_total(campaign)]
    return answer | {"total": [total.model_dump() for total in totals]}, 200


def _page(campaign: Campaign, lines: list[Entry], limit: int) -> dict[str, Any]:
    """Give a page of entries, each with the part in the sale that it is for."""
    shares = sales.shares_behind(campaign, (line.sale for line in lines))
    return paging.page(
        lines, limit, lambda line: shapes.entry(line, shares.get((line.sale, line.fan_id))), lambda line: line.id
    )


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
    answer = _page(campaign, lines, limit)
    balances = [shapes.balance(one).model_dump() for one in queries.balances(found, now())]
    return answer | {"balance": balances}, 200
