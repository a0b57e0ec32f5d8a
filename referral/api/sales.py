"""Sales and refunds, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

from referral.api import documents as d
from referral.api import paging, shapes
from referral.api import replies as r
from referral.api.access import Answered, needs
from referral.api.fans import find, read_click
from referral.api.operations import CURSOR, LIMIT, Operation
from referral.brands.rules import Scope
from referral.errors import Invalid, NotFound
from referral.people.rules import Contact
from referral.plumbing.money import Money
from referral.sales import actions, queries
from referral.sales.requests import SaleRequest

if TYPE_CHECKING:
    from referral.brands.models import Brand
    from referral.campaigns.models import Campaign

calls = Blueprint("api_sales", __name__)
HIT = {"Idempotency-Hit": "true"}


@calls.post("/campaigns/<campaign>/sales")
@needs(
    Scope.SALES,
    Operation(
        "Record a sale",
        takes=d.SaleIn,
        gives=r.SaleOut,
        status=201,
        also={200: "It was recorded before (Idempotency-Hit: true)"},
    ),
)
def record(brand: Brand, campaign: Campaign, document: d.SaleIn) -> Answered:
    """Record a sale once for ever by its reference, and credit whoever told the buyer, by the campaign's rule."""
    contact, fan_id = _buyer(campaign, document.buyer)
    recorded = actions.record(
        campaign,
        SaleRequest(
            external_id=document.external_id,
            amount=Money.of_decimal(document.amount, document.currency),
            buyer=contact,
            buyer_fan_id=fan_id,
            click_id=read_click(document.click_id),
            code=document.code,
            coupon=document.coupon,
            told_by_name=document.told_by_name,
            at=document.at,
        ),
    )
    refunded = queries.refunded(recorded.sale) if recorded.hit else 0
    shown = shapes.sale(recorded, refunded)
    return (shown, 200, HIT) if recorded.hit else (shown, 201)


def _buyer(campaign: Campaign, buyer: d.BuyerIn | None) -> tuple[Contact | None, int | None]:
    if buyer is None:
        return None, None
    if buyer.id is not None:
        try:
            return None, find(campaign, buyer.id).id
        except NotFound as error:
            raise Invalid("buyer_unknown") from error
    contact = Contact.of(
        name=buyer.name,
        email=buyer.email,
        phone=buyer.phone,
        external_id=buyer.external_id,
        locale=campaign.default_locale,
        currency=campaign.currency,
    )
    return contact, None


@calls.get("/campaigns/<campaign>/sales")
@needs(
    Scope.READ,
    Operation("List the sales", gives=r.SaleLineOut, listed=True, parameters=(CURSOR, LIMIT)),
)
def listed(brand: Brand, campaign: Campaign) -> Answered:
    """List a campaign's sales, the newest first, without their credits: read one sale for those, or the credits."""
    after, limit = paging.wanted()
    lines = queries.page(campaign, after, limit + 1)
    return paging.page(
        lines, limit, lambda line: shapes.sale_line(line.sale, line.refunded.minor), lambda line: line.sale.id
    ), 200


@calls.get("/campaigns/<campaign>/sales/<reference:external_id>")
@needs(Scope.READ, Operation("Read a sale", gives=r.SaleOut))
def read(brand: Brand, campaign: Campaign, external_id: str) -> Answered:
    """Give a sale by the shop's reference, with what it was credited."""
    sale = queries.by_external_id(campaign, external_id)
    if sale is None:
        raise NotFound("sale_unknown")
    return shapes.sale(actions.again(campaign, sale), queries.refunded(sale)), 200


@calls.post("/campaigns/<campaign>/sales/<reference:external_id>/refunds")
@needs(
    Scope.SALES,
    Operation(
        "Record a refund",
        takes=d.RefundIn,
        gives=r.RefundOut,
        status=201,
        also={200: "It was recorded before (Idempotency-Hit: true)"},
    ),
)
def refund(brand: Brand, campaign: Campaign, external_id: str, document: d.RefundIn) -> Answered:
    """Record that money of a sale went back; credits are taken back in proportion."""
    refunded = actions.refund(
        campaign,
        external_id,
        document.external_id,
        Money.of_decimal(document.amount, campaign.currency),
        document.at,
    )
    shown = shapes.refund(refunded.refund, external_id, refunded.credits)
    return (shown, 200, HIT) if refunded.hit else (shown, 201)
