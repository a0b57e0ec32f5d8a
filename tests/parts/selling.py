"""What tests of attribution share: campaigns under each rule, and what is sold in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from referral.campaigns.models import Campaign
from referral.campaigns.rules import Attribution as Model
from referral.fans.models import Fan
from referral.plumbing.db import db
from referral.plumbing.money import Money
from referral.sales.actions import Recorded, record
from referral.sales.requests import SaleRequest
from tests import factories as make

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def under(model: Model, days: int = 0, currency: str = "IDR", **promise: Any) -> Campaign:
    """Make a campaign with another rule, inside `saved`."""
    made = make.campaign(make.brand(f"brand-{model}", currency=currency), f"under-{model}", **promise)
    made.attribution, made.attribution_days = model.value, days
    db.session.flush()
    return made


def sold(campaign: Campaign, number: int = 1, price: str = "1000", **said: Any) -> Recorded:
    """Record a sale."""
    return record(campaign, SaleRequest(f"order-{number}", Money.of_decimal(price, campaign.currency), **said))


def told_thrice(campaign: Campaign) -> tuple[list[Fan], Fan]:
    """Let three people tell somebody, one a day, the last of them at the sale."""
    tellers = [make.fan(campaign, name, at=NOON) for name in ("Ayu", "Budi", "Citra")]
    buyer = make.fan(campaign, "Dewi", told_by=tellers[0], at=NOON + DAY, email="dewi@people.example")
    make.fan(campaign, "Dewi", told_by=tellers[1], at=NOON + 2 * DAY, email="dewi@people.example")
    return tellers, buyer
