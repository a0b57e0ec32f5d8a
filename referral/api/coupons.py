"""Coupons, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

from referral.api import documents as d
from referral.api import paging, shapes
from referral.api import replies as r
from referral.api.access import Answered, needs
from referral.api.operations import CURSOR, LIMIT, Operation
from referral.brands.rules import Scope
from referral.errors import Invalid
from referral.links import actions, queries
from referral.links.rules import fold

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign

calls = Blueprint("api_coupons", __name__)


@calls.post("/campaigns/<campaign>/coupons")
@needs(
    Scope.FANS,
    Operation(
        "Make a coupon",
        takes=d.CouponIn,
        gives=r.CouponOut,
        status=201,
        also={200: "It stood for this link before"},
    ),
)
def make(brand: Brand, campaign: Campaign, document: d.CouponIn) -> Answered:
    """Let a word of the shop's own stand for a link, so that sales with it are by the word of the link's owner."""
    code = fold(document.told_by)
    link = queries.in_campaign(campaign, code) if code is not None else None
    if link is None:
        raise Invalid("code_unknown")
    made = actions.make_coupon(campaign, document.code, link)
    return shapes.coupon(made.coupon, link), 200 if made.hit else 201


@calls.get("/campaigns/<campaign>/coupons")
@needs(
    Scope.READ,
    Operation("List the coupons", gives=r.CouponOut, listed=True, parameters=(CURSOR, LIMIT)),
)
def listed(brand: Brand, campaign: Campaign) -> Answered:
    """List a campaign's coupons, the newest first, each with the link that it stands for."""
    after, limit = paging.wanted()
    found = queries.coupons(campaign, after, limit + 1)
    return paging.page(found, limit, lambda pair: shapes.coupon(*pair), lambda pair: pair[0].id), 200
