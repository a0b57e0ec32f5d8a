"""What changes about clicks: they are recorded, each of them."""

from __future__ import annotations

from sqlalchemy import insert

from referral.clicks.models import Click
from referral.links.models import Link
from referral.plumbing.clock import now
from referral.plumbing.db import db
from referral.plumbing.ids import new_id


def record(link: Link, *, channel: str, verdict: str) -> int:
    """Record a visit to a link with what was decided about it; return the click's id."""
    click_id = new_id()
    db.session.execute(
        insert(Click),
        [
            {
                "brand_id": link.brand_id,
                "id": click_id,
                "campaign_id": link.campaign_id,
                "link_id": link.id,
                "at": now(),
                "channel": channel,
                "verdict": verdict,
            }
        ],
    )
    return click_id
