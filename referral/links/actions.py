"""What changes about links: issued to fans and for posters, switched off and on."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from sqlalchemy import insert

from referral.campaigns.models import Campaign
from referral.errors import Invalid
from referral.links.models import Link
from referral.links.rules import CHANNELS, new_code
from referral.plumbing.clock import now
from referral.plumbing.db import db
from referral.plumbing.ids import new_id

LABEL_LENGTH = 120


def issue_to_fans(campaign: Campaign, fan_ids: Sequence[int]) -> list[int]:
    """Give each fan a link of their own; return the links' ids in the fans' order.

    A code is 40 random bits. One that was given out before meets the unique index, and the request is run again.
    """
    moment = now()
    rows = [
        {
            "brand_id": campaign.brand_id,
            "id": new_id(),
            "campaign_id": campaign.id,
            "fan_id": fan_id,
            "code": new_code(secrets.randbits),
            "created_at": moment,
        }
        for fan_id in fan_ids
    ]
    if rows:
        db.session.execute(insert(Link), rows)
    return [int(str(row["id"])) for row in rows]


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


def switch(link: Link, on: bool) -> None:
    """Switch a link off, so that nobody can follow it, or on again."""
    link.disabled_at = None if on else (link.disabled_at or now())
