"""What is asked about links, and about the coupons that lead to them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from referral.campaigns.models import Campaign
from referral.errors import NotFound
from referral.fans.models import Fan
from referral.links.models import Coupon, Link
from referral.plumbing.db import db, every_brand, in_parts


def by_code(code: str) -> Link | None:
    """Find the link of a folded code, whatever brand's it is: a code names no brand."""
    with every_brand():
        return db.session.scalar(select(Link).where(Link.code == code))


def in_campaign(campaign: Campaign, code: str) -> Link | None:
    """Find a campaign's link by its folded code."""
    return db.session.scalar(
        select(Link).where(Link.brand_id == campaign.brand_id, Link.campaign_id == campaign.id, Link.code == code)
    )


def by_id(campaign: Campaign, link_id: int) -> Link:
    """Give a campaign's link; raise NotFound `link_unknown`."""
    link = db.session.scalar(
        select(Link).where(Link.brand_id == campaign.brand_id, Link.campaign_id == campaign.id, Link.id == link_id)
    )
    if link is None:
        raise NotFound("link_unknown")
    return link


def by_ids(campaign: Campaign, link_ids: Sequence[int]) -> dict[int, Link]:
    """Give some links of a campaign by id; one that it has not is absent."""
    found: dict[int, Link] = {}
    for part in in_parts(link_ids):
        rows = db.session.scalars(
            select(Link).where(
                Link.brand_id == campaign.brand_id,
                Link.campaign_id == campaign.id,
                Link.id.in_(part),
            )
        )
        found.update({link.id: link for link in rows})
    return found


def of_fan(fan: Fan) -> Link:
    """Give a fan's own link: everybody has one from the start."""
    return db.session.scalars(
        select(Link).where(Link.brand_id == fan.brand_id, Link.fan_id == fan.id).order_by(Link.id).limit(1)
    ).one()


def codes(campaign: Campaign, fan_ids: Sequence[int]) -> dict[int, str]:
    """Give the codes of fans by fan id."""
    found: dict[int, str] = {}
    for part in in_parts(fan_ids):
        rows = db.session.execute(
            select(Link.fan_id, Link.code)
            .where(Link.brand_id == campaign.brand_id, Link.fan_id.in_(part))
            .order_by(Link.id.desc())
        )
        found.update({row.fan_id: row.code for row in rows})
    return found


def of_brand(campaign: Campaign) -> list[Link]:
    """List the links that the brand itself owns in a campaign, the newest first."""
    return list(
        db.session.scalars(
            select(Link)
            .where(Link.brand_id == campaign.brand_id, Link.campaign_id == campaign.id, Link.fan_id.is_(None))
            .order_by(Link.id.desc())
        )
    )


def coupon(campaign: Campaign, code: str) -> Coupon | None:
    """Find a campaign's coupon by its folded code."""
    return db.session.scalar(
        select(Coupon).where(
            Coupon.brand_id == campaign.brand_id, Coupon.campaign_id == campaign.id, Coupon.code == code
        )
    )


def coupon_by_id(campaign: Campaign, coupon_id: int) -> Coupon:
    """Give a campaign's coupon; raise NotFound `coupon_unknown`."""
    found = db.session.scalar(
        select(Coupon).where(
            Coupon.brand_id == campaign.brand_id, Coupon.campaign_id == campaign.id, Coupon.id == coupon_id
        )
    )
    if found is None:
        raise NotFound("coupon_unknown")
    return found


def coupons(campaign: Campaign, after: int | None, limit: int) -> list[tuple[Coupon, Link]]:
    """List a campaign's coupons with the links they lead to, the newest first, from below an id on."""
    query = (
        select(Coupon, Link)
        .join(Link, (Link.brand_id == Coupon.brand_id) & (Link.id == Coupon.link_id))
        .where(Coupon.brand_id == campaign.brand_id, Coupon.campaign_id == campaign.id)
        .order_by(Coupon.id.desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(Coupon.id < after)
    return [(row[0], row[1]) for row in db.session.execute(query)]
