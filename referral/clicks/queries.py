"""What is asked about clicks."""

from __future__ import annotations

from sqlalchemy import func, select, type_coerce
from sqlalchemy.types import BigInteger

from referral.campaigns.models import Campaign
from referral.clicks.models import Click
from referral.fans.models import Fan
from referral.links.models import Link
from referral.plumbing.db import db, every_brand


def counts(campaign: Campaign) -> dict[str, int]:
    """Count a campaign's clicks by verdict."""
    rows = db.session.execute(
        select(Click.verdict, func.count())
        .where(Click.brand_id == campaign.brand_id, Click.campaign_id == campaign.id)
        .group_by(Click.verdict)
    )
    return {row[0]: row[1] for row in rows}


def counted_by_bucket(campaign: Campaign, bucket_ms: int) -> dict[int, int]:
    """Count the clicks that count by buckets of time; the key is the bucket's start in milliseconds since 1970."""
    at = type_coerce(Click.at, BigInteger)
    whole = (at - at % bucket_ms).label("bucket")
    rows = db.session.execute(
        select(whole, func.count())
        .where(Click.brand_id == campaign.brand_id, Click.campaign_id == campaign.id, Click.verdict == "counted")
        .group_by(whole)
    )
    return {row[0]: row[1] for row in rows}


def counted_by_link(campaign: Campaign) -> dict[int, int]:
    """Count the clicks that count by link, for the brand's own links."""
    rows = db.session.execute(
        select(Click.link_id, func.count())
        .join(Link, (Link.brand_id == Click.brand_id) & (Link.id == Click.link_id))
        .where(
            Click.brand_id == campaign.brand_id,
            Click.campaign_id == campaign.id,
            Click.verdict == "counted",
            Link.fan_id.is_(None),
        )
        .group_by(Click.link_id)
    )
    return {row[0]: row[1] for row in rows}


def of_fan(fan: Fan) -> int:
    """Count the clicks that count on a fan's links."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Click)
            .join(Link, (Link.brand_id == Click.brand_id) & (Link.id == Click.link_id))
            .where(Click.brand_id == fan.brand_id, Link.fan_id == fan.id, Click.verdict == "counted")
        )
        or 0
    )


def totals() -> dict[str, int]:
    """Count the clicks of all brands by verdict."""
    with every_brand():
        rows = db.session.execute(select(Click.verdict, func.count()).group_by(Click.verdict))
        return {row[0]: row[1] for row in rows}
