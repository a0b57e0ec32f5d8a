"""What is asked about sales: what they are worth, when they were, and who bought by whose word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ScalarSelect, Select, func, select, type_coerce
from sqlalchemy.types import BigInteger

from referral.campaigns.models import Campaign
from referral.fans.models import Fan
from referral.plumbing.clock import EPOCH
from referral.plumbing.db import db, every_brand
from referral.plumbing.money import Money
from referral.sales.models import Refund, Sale

CHUNK = 400  # keys of one IN list: far below what either engine takes
WIDTHS = {"hour": 3_600_000, "day": 86_400_000}  # milliseconds


@dataclass(frozen=True)
class SaleLine:
    """Hold a sale with what was refunded of it so far."""

    sale: Sale
    refunded: Money

    @property
    def net(self) -> Money:
        """Give what the sale brought after all refunds."""
        return Money(self.sale.amount - self.refunded.minor, self.sale.currency)


@dataclass(frozen=True)
class Totals:
    """Hold what a campaign sold in all: before refunds, what was refunded, what is left, and how many sales."""

    gross: Money
    refunded: Money
    net: Money
    count: int


@dataclass(frozen=True)
class Bucket:
    """Hold the sales of one hour or day (UTC): its first moment, how many, and what they brought before refunds."""

    start: datetime
    count: int
    gross: Money


def by_external_id(campaign: Campaign, external_id: str) -> Sale | None:
    """Find a campaign's sale by the shop's reference."""
    return db.session.scalar(_by_external_id(campaign, external_id))


def for_refund(campaign: Campaign, external_id: str) -> Sale | None:
    """Find a campaign's sale and hold it until the commit, so that two refunds do not both take what is left."""
    query = _by_external_id(campaign, external_id).with_for_update()
    return db.session.scalar(query.execution_options(populate_existing=True))


def _by_external_id(campaign: Campaign, external_id: str) -> Select[Sale]:
    return select(Sale).where(
        Sale.brand_id == campaign.brand_id, Sale.campaign_id == campaign.id, Sale.external_id == external_id
    )


def refund(sale: Sale, external_id: str) -> Refund | None:
    """Find a refund of a sale by the shop's reference."""
    return db.session.scalar(
        select(Refund).where(
            Refund.brand_id == sale.brand_id, Refund.sale_id == sale.id, Refund.external_id == external_id
        )
    )


def refunds(sale: Sale) -> list[Refund]:
    """List the refunds of a sale, the oldest first."""
    return list(
        db.session.scalars(
            select(Refund).where(Refund.brand_id == sale.brand_id, Refund.sale_id == sale.id).order_by(Refund.id)
        )
    )


def refunded(sale: Sale) -> int:
    """Sum what was refunded of a sale, in minor units."""
    return int(
        db.session.scalar(
            select(func.sum(Refund.amount)).where(Refund.brand_id == sale.brand_id, Refund.sale_id == sale.id)
        )
        or 0
    )


def page(campaign: Campaign, after: int | None, limit: int) -> list[SaleLine]:
    """List a campaign's sales, the newest first, from below an id on."""
    return _lines((Sale.campaign_id == campaign.id,), campaign.brand_id, after, limit)


def by_word_of(fan: Fan, after: int | None, limit: int) -> list[SaleLine]:
    """List the sales that were a fan's word's, the newest first, from below an id on."""
    return _lines((Sale.introducer_id == fan.id,), fan.brand_id, after, limit)


def of_buyer(fan: Fan, after: int | None, limit: int) -> list[SaleLine]:
    """List what a fan bought, the newest first, from below an id on."""
    return _lines((Sale.buyer_id == fan.id,), fan.brand_id, after, limit)


def behind(campaign: Campaign, external_ids: Sequence[str]) -> dict[str, Sale]:
    """Find the sales behind ledger entries by the references that the ledger keeps."""
    found: dict[str, Sale] = {}
    for start in range(0, len(external_ids), CHUNK):
        rows = db.session.scalars(
            select(Sale).where(
                Sale.brand_id == campaign.brand_id,
                Sale.campaign_id == campaign.id,
                Sale.external_id.in_(external_ids[start : start + CHUNK]),
            )
        )
        found.update({sale.external_id: sale for sale in rows})
    return found


def totals(campaign: Campaign) -> Totals:
    """Sum a campaign's sales and refunds."""
    gross, count = db.session.execute(select(func.sum(Sale.amount), func.count(Sale.id)).where(*_of(campaign))).one()
    back = db.session.scalar(
        select(func.sum(Refund.amount))
        .join(Sale, (Sale.brand_id == Refund.brand_id) & (Sale.id == Refund.sale_id))
        .where(*_of(campaign))
    )
    sold, returned = int(gross or 0), int(back or 0)
    code = campaign.currency
    return Totals(Money(sold, code), Money(returned, code), Money(sold - returned, code), count)


def total() -> int:
    """Count the sales of all brands."""
    with every_brand():
        return db.session.scalar(select(func.count()).select_from(Sale)) or 0


def by_time(campaign: Campaign, width: Literal["hour", "day"]) -> list[Bucket]:
    """Count and sum the sales of each hour or day (UTC) that had any, the oldest first."""
    number = type_coerce(Sale.at, BigInteger) // WIDTHS[width]
    rows = db.session.execute(
        select(number.label("number"), func.count(Sale.id), func.sum(Sale.amount))
        .where(*_of(campaign))
        .group_by("number")
        .order_by("number")
    )
    return [
        Bucket(EPOCH + timedelta(milliseconds=number * WIDTHS[width]), count, Money(int(amount), campaign.currency))
        for number, count, amount in rows
    ]


def value_by_fan(campaign: Campaign) -> dict[int, int]:
    """Sum what each fan bought, less refunds, in minor units by fan id; who never bought is absent."""
    bought = (
        select(Sale.buyer_id, func.sum(Sale.amount - _back()))
        .where(*_of(campaign), Sale.buyer_id.is_not(None))
        .group_by(Sale.buyer_id)
    )
    return {fan_id: int(amount) for fan_id, amount in db.session.execute(bought) if fan_id is not None}


def _of(campaign: Campaign) -> tuple[Any, ...]:
    return Sale.brand_id == campaign.brand_id, Sale.campaign_id == campaign.id


def _back() -> ScalarSelect[Any]:
    """Sum what was refunded of the sale that the question is about."""
    return (
        select(func.coalesce(func.sum(Refund.amount), 0))
        .where(Refund.brand_id == Sale.brand_id, Refund.sale_id == Sale.id)
        .correlate(Sale)
        .scalar_subquery()
    )


def _lines(conditions: tuple[Any, ...], brand_id: int, after: int | None, limit: int) -> list[SaleLine]:
    query = select(Sale, _back()).where(Sale.brand_id == brand_id, *conditions).order_by(Sale.id.desc()).limit(limit)
    if after is not None:
        query = query.where(Sale.id < after)
    return [SaleLine(sale, Money(int(back), sale.currency)) for sale, back in db.session.execute(query)]
