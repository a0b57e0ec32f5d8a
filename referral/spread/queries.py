"""What is asked about a campaign's spread: its forest, and who stands in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from referral.campaigns.models import Campaign
from referral.fans import queries as fans
from referral.introductions import queries as introductions
from referral.people.rules import first_name
from referral.plumbing.clock import milliseconds, now
from referral.sales import queries as sales
from referral.spread.rules.forest import Forest
from referral.spread.rules.measures import Measures, measure


def forest(campaign: Campaign) -> Forest:
    """Give a campaign's forest of introductions; the value of each fan is what they bought, less refunds."""
    edges = introductions.forest(campaign)
    bought = sales.value_by_fan(campaign)
    return Forest.from_edges(
        [edge.fan_id for edge in edges],
        [edge.introducer_id for edge in edges],
        [edge.joined_ms for edge in edges],
        [edge.channel for edge in edges],
        [bought.get(edge.fan_id, 0) for edge in edges],
    )


def measures(campaign: Campaign, of: Forest | None = None) -> Measures:
    """Measure a campaign's spread as it stands now."""
    ripening = timedelta(days=campaign.ripening_days)
    return measure(
        of if of is not None else forest(campaign), milliseconds(now()), ripening // timedelta(milliseconds=1)
    )


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
