"""Pictures for stories that have none of their own yet: drawn, not photographed, and the same each time."""

from __future__ import annotations

from referral.campaigns.art.fair import night_fair
from referral.campaigns.art.market import winter_market
from referral.campaigns.art.tea import tea_house

__all__ = ["night_fair", "tea_house", "winter_market"]
