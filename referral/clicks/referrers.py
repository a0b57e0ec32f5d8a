"""Which referrers are counted by name: visitors choose what they claim, and counts are kept for good."""

from __future__ import annotations

from sqlalchemy import select

from referral.clicks.models import WHOLE_CAMPAIGN, ClickTrait
from referral.plumbing.db import db, every_brand
from referral.plumbing.transaction import in_reading

MOST = 300  # of a campaign; those that come first are the ones that matter
OTHERS = "…"
"""What all further ones are counted as together; the log of visits has them by name."""


class Referrers:
    """Know which referrers of each campaign have a count of their own."""

    def __init__(self) -> None:
        self._named: dict[int, set[str]] = {}

    def counted_as(self, brand_id: int, campaign_id: int, referrer: str) -> str:
        """Give the name under which a referrer is counted."""
        named = self._named.get(campaign_id)
        if named is None:
            named = self._named[campaign_id] = in_reading(lambda: _named(brand_id, campaign_id))
        if referrer not in named:
            if len(named) >= MOST:
                return OTHERS
            named.add(referrer)
        return referrer


def _named(brand_id: int, campaign_id: int) -> set[str]:
    with every_brand():
        return set(
            db.session.scalars(
                select(ClickTrait.value)
                .where(
                    ClickTrait.brand_id == brand_id,
                    ClickTrait.campaign_id == campaign_id,
                    ClickTrait.link_id == WHOLE_CAMPAIGN,
                    ClickTrait.trait == "referrer",
                )
                .distinct()
            )
        )
