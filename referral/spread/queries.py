"""What is asked about a campaign's spread: its forest, and who stands in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from referral.campaigns.models import Campaign
from referral.fans import queries as fans
from referral.people.rules import first_name
from referral.plumbing.clock import milliseconds, now
from referral.spread.cache import standing
from referral.spread.rules.forest import Forest
from referral.spread.rules.measures import Measures, measure, ripe


def forest(campaign: Campaign) -> Forest:
    """Give a campaign's forest of introductions; the value of each fan is what they bought, less refunds."""
    return standing(campaign).forest


def measures(campaign: Campaign) -> Measures:
    """Measure a campaign's spread as it stands now; nothing is measured twice while nothing has changed."""
    stands = standing(campaign)
    now_ms = milliseconds(now())
    ripening_ms = timedelta(days=campaign.ripening_days) // timedelta(milliseconds=1)
    # Time alone changes nothing but who has been in for long enough.
    at = (ripe(stands.forest, now_ms, ripening_ms), ripening_ms)
    return stands.keep("measures", lambda: measure(stands.forest, now_ms, ripening_ms), at)


@dataclass(frozen=True)
class Named:
    """Hold the forest of a campaign with everybody's name, for those who may see them."""

    forest: Forest
    names: dict[int, str]


def named(campaign: Campaign) -> Named:
    """Give a campaign's forest with full names; who has none is absent."""
    known = {fan_id: name for fan_id, name in fans.names(campaign).items() if name}
    return Named(forest(campaign), known)


def first_names(names: dict[int, str]) -> dict[int, str]:
    """Keep the first word of each name."""
    return {fan_id: word for fan_id, name in names.items() if (word := first_name(name))}
