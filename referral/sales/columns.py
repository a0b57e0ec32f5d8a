"""What fans bought and gave back, read as columns of numbers, from above an id on."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from referral.campaigns.models import Campaign
from referral.plumbing.columns import Table, integers
from referral.plumbing.db import db
from referral.sales.models import Refund, Sale


def bought_after(campaign: Campaign, after: int) -> Table:
    """Read a campaign's sales of ids above one: id, buyer and amount in minor units; nobody's are absent."""
    return integers(
        select(Sale.id, Sale.buyer_id, Sale.amount).where(*_above(campaign, Sale.id, after), Sale.buyer_id.is_not(None))
    )


def bought_counted(campaign: Campaign, after: int) -> int:
    """Count the sales that bought_after would read."""
    found = select(func.count()).select_from(Sale).where(Sale.buyer_id.is_not(None))
    return db.session.scalar(found.where(*_above(campaign, Sale.id, after))) or 0


def given_back_after(campaign: Campaign, after: int) -> Table:
    """Read a campaign's refunds of ids above one: id, buyer and amount in minor units; nobody's are absent."""
    return integers(
        select(Refund.id, Sale.buyer_id, Refund.amount)
        .join(Sale, (Sale.brand_id == Refund.brand_id) & (Sale.id == Refund.sale_id))
        .where(*_above(campaign, Refund.id, after), Sale.buyer_id.is_not(None))
    )


def given_back_counted(campaign: Campaign, after: int) -> int:
    """Count the refunds that given_back_after would read."""
    found = (
        select(func.count())
        .select_from(Refund)
        .join(Sale, (Sale.brand_id == Refund.brand_id) & (Sale.id == Refund.sale_id))
        .where(Sale.buyer_id.is_not(None))
    )
    return db.session.scalar(found.where(*_above(campaign, Refund.id, after))) or 0


def _above(campaign: Campaign, key: Any, after: int) -> tuple[Any, ...]:
    """Confine a question to a campaign's rows above an id, by the index that suits: for few it is the id's."""
    if after < 0:
        return Sale.brand_id == campaign.brand_id, Sale.campaign_id == campaign.id
    brand_id = key.class_.brand_id
    return brand_id == campaign.brand_id, key > after, Sale.campaign_id + 0 == campaign.id
