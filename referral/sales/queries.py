"""What is asked about sales: what they are worth, when they were, and who bought by whose word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, select, type_coerce
from sqlalchemy.types import BigInteger

from referral.campaigns.models import Campaign
from referral.fans.models import Fan
from referral.introductions.models import Introduction
from referral.links.models import Link
from referral.plumbing.clock import EPOCH
from referral.plumbing.db import db, every_brand, in_parts
from referral.plumbing.money import Money
from referral.sales.models import Refund, Sale, SaleShare
from referral.sales.rules import Buyer, Case, Evidence, Told, Touch

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
    query = select(Sale, _back()).where(*_of(campaign)).order_by(Sale.id.desc()).limit(limit)
    if after is not None:
        query = query.where(Sale.id < after)
    return [SaleLine(sale, Money(int(back), sale.currency)) for sale, back in db.session.execute(query)]


def behind(campaign: Campaign, external_ids: Sequence[str]) -> dict[str, Sale]:
    """Find the sales behind ledger entries by the references that the ledger keeps."""
    found: dict[str, Sale] = {}
    for part in in_parts(external_ids):
        rows = db.session.scalars(
            select(Sale).where(
                Sale.brand_id == campaign.brand_id,
                Sale.campaign_id == campaign.id,
                Sale.external_id.in_(part),
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


# --- By whose word ---------------------------------------------------------------------------------------------------


def shares(brand_id: int, sale_ids: Sequence[int]) -> dict[int, list[SaleShare]]:
    """List who has a part in each of some sales, the earliest touch first, by sale id; who is nobody's is absent."""
    found: dict[int, list[SaleShare]] = {}
    for part in in_parts(sale_ids):
        rows = db.session.scalars(
            select(SaleShare).where(SaleShare.brand_id == brand_id, SaleShare.sale_id.in_(part)).order_by(SaleShare.id)
        )
        for share in rows:
            found.setdefault(share.sale_id, []).append(share)
    return found


def shares_behind(campaign: Campaign, external_ids: Iterable[str]) -> dict[tuple[str, int], SaleShare]:
    """Find the parts behind ledger entries, by the reference of the sale that the ledger keeps, and the fan."""
    found: dict[tuple[str, int], SaleShare] = {}
    wanted = sorted(set(external_ids))
    for part in in_parts(wanted):
        rows = db.session.execute(
            select(Sale.external_id, SaleShare)
            .join(SaleShare, (SaleShare.brand_id == Sale.brand_id) & (SaleShare.sale_id == Sale.id))
            .where(*_of(campaign), Sale.external_id.in_(part))
        )
        found.update({(external_id, share.fan_id): share for external_id, share in rows})
    return found


def buyer(campaign: Campaign, fan_id: int) -> Buyer:
    """Tell what is known of a fan who buys."""
    return _buyers(campaign, Fan.id == fan_id)[fan_id]


def buyers(campaign: Campaign) -> dict[int, Buyer]:
    """Tell what is known of everybody who ever bought, by fan id."""
    bought = select(Sale.buyer_id).where(*_of(campaign), Sale.buyer_id.is_not(None))
    return _buyers(campaign, Fan.id.in_(bought))


def _buyers(campaign: Campaign, who: ColumnElement[bool]) -> dict[int, Buyer]:
    rows = db.session.execute(
        select(
            Fan.id.label("fan_id"),
            Fan.joined_at,
            Introduction.id,
            Introduction.introducer_id,
            Introduction.link_id,
            Introduction.at,
            Introduction.is_primary,
        )
        .outerjoin(Introduction, (Introduction.brand_id == Fan.brand_id) & (Introduction.fan_id == Fan.id))
        .where(Fan.brand_id == campaign.brand_id, Fan.campaign_id == campaign.id, who)
    )
    joined: dict[int, datetime] = {}
    told: dict[int, list[Told]] = {}
    for row in rows:
        joined[row.fan_id] = row.joined_at
        if row.id is not None:
            one = Told(row.id, row.introducer_id, row.link_id, row.at, row.is_primary)
            told.setdefault(row.fan_id, []).append(one)
    return {fan_id: Buyer(fan_id, at, tuple(told.get(fan_id, ()))) for fan_id, at in joined.items()}


def cases(campaign: Campaign, most: int) -> list[Case]:
    """List the newest sales of a campaign, at most so many, as they are looked at again under another rule."""
    rows = db.session.execute(
        select(Sale.id, Sale.at, Sale.amount, Sale.buyer_id, Sale.link_id, Sale.evidence, Sale.touched_at, Link.fan_id)
        .outerjoin(Link, (Link.brand_id == Sale.brand_id) & (Link.id == Sale.link_id))
        .where(*_of(campaign))
        .order_by(Sale.id.desc())
        .limit(most)
    ).all()
    since = rows[-1].id if rows else 0
    back = db.session.execute(
        select(Refund.sale_id, func.sum(Refund.amount))
        .join(Sale, (Sale.brand_id == Refund.brand_id) & (Sale.id == Refund.sale_id))
        .where(*_of(campaign), Refund.sale_id >= since)
        .group_by(Refund.sale_id)
    )
    refunded = {sale_id: int(amount) for sale_id, amount in back}
    credited = db.session.execute(
        select(SaleShare.sale_id, SaleShare.fan_id, SaleShare.parts)
        .join(Sale, (Sale.brand_id == SaleShare.brand_id) & (Sale.id == SaleShare.sale_id))
        .where(*_of(campaign), SaleShare.sale_id >= since)
        .order_by(SaleShare.id)
    )
    parts: dict[int, list[tuple[int, int]]] = {}
    for sale_id, fan_id, part in credited:
        parts.setdefault(sale_id, []).append((fan_id, part))
    return [
        Case(
            row.id,
            row.at,
            row.amount - refunded.get(row.id, 0),
            row.buyer_id,
            Touch(row.fan_id, row.link_id, row.touched_at, cast(Evidence, row.evidence)) if row.evidence else None,
            tuple(parts.get(row.id, ())),
        )
        for row in rows
    ]


# --- What the questions share ----------------------------------------------------------------------------------------


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
