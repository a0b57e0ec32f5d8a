"""What changes about links: issued to fans and for posters, switched off and on; and coupons that lead to them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from referral.campaigns.models import Campaign
from referral.errors import Conflict, Invalid
from referral.links import queries
from referral.links.models import Coupon, Link
from referral.links.rules import CHANNELS, COUPON_LENGTH, fold_coupon, new_code
from referral.plumbing import bulk
from referral.plumbing.clock import now
from referral.plumbing.db import db
from referral.plumbing.ids import new_id, new_ids

LABEL_LENGTH = 120


def issue_to_fans(campaign: Campaign, fan_ids: Sequence[int]) -> list[int]:
    """Give each fan a link of their own; return the links' ids in the fans' order.

    A code is 40 random bits. One that was given out before meets the unique index, and the request is run again.
    """
    moment = now()
    issued = new_ids(len(fan_ids))
    bulk.write(
        Link,
        [
            {
                "brand_id": campaign.brand_id,
                "id": link_id,
                "campaign_id": campaign.id,
                "fan_id": fan_id,
                "code": new_code(secrets.randbits),
                "created_at": moment,
            }
            for link_id, fan_id in zip(issued, fan_ids, strict=True)
        ],
    )
    return list(issued)


def issue_for_brand(campaign: Campaign, *, channel: str, label: str) -> Link:
    """Make one of the brand's own links: for a poster, an advert, a mailing.

    Raises:
        Invalid: `label_missing`, `label_too_long`, `channel_unknown`.
    """
    text = " ".join(label.split())
    if not text or not text.isprintable():
        raise Invalid("label_missing")
    if len(text) > LABEL_LENGTH:
        raise Invalid("label_too_long", most=LABEL_LENGTH)
    if channel not in {known.name for known in CHANNELS}:
        raise Invalid("channel_unknown")
    link = Link(
        brand_id=campaign.brand_id,
        id=new_id(),
        campaign_id=campaign.id,
        code=new_code(secrets.randbits),
        channel=channel,
        label=text,
        created_at=now(),
    )
    db.session.add(link)
    db.session.flush()
    return link


def switch(one: Link | Coupon, on: bool) -> None:
    """Switch a link off, so that nobody can follow it, or a coupon, which then leads to nobody; or on again."""
    one.disabled_at = None if on else (one.disabled_at or now())


@dataclass(frozen=True)
class CouponMade:
    """Hold a coupon; `hit` where it led to the same link before."""

    coupon: Coupon
    hit: bool


def make_coupon(campaign: Campaign, text: str, link: Link) -> CouponMade:
    """Let a word of the shop's own stand for one of a campaign's links.

    Raises:
        Invalid: `coupon_invalid`.
        Conflict: `coupon_taken` where it stands for another link of the campaign.
    """
    code = fold_coupon(text)
    if code is None:
        raise Invalid("coupon_invalid", most=COUPON_LENGTH)
    known = queries.coupon(campaign, code)
    if known is not None:
        if known.link_id != link.id:
            raise Conflict("coupon_taken", coupon=code)
        return CouponMade(known, hit=True)
    coupon = Coupon(
        brand_id=campaign.brand_id,
        id=new_id(),
        campaign_id=campaign.id,
        link_id=link.id,
        code=code,
        created_at=now(),
    )
    db.session.add(coupon)
    db.session.flush()
    return CouponMade(coupon, hit=False)
