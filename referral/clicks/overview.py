"""What a campaign's visits come to, or those to one of its links: fetched once, out of the counts."""

from __future__ import annotations

from dataclasses import dataclass

from referral.campaigns.models import Campaign
from referral.clicks import queries
from referral.clicks.models import WHOLE_CAMPAIGN
from referral.clicks.rules.months import DAY
from referral.clicks.rules.tally import Tally, by_key, by_stretch, width_of
from referral.links.models import Link

FEW_DAYS = 32  # up to which hours are read, and drawn in stretches shorter than a day


@dataclass(frozen=True)
class Overview:
    """Hold the tallies of visits: in all, by day, over time, by channel, and by each thing that is known of them.

    A trait's key '' stands for what is not known of a visit. Times are in milliseconds since 1970.
    """

    tally: Tally
    by_day: dict[int, Tally]
    by_time: list[tuple[int, Tally]]
    width: int
    by_channel: dict[str, Tally]
    by_trait: dict[str, dict[str, Tally]]


def overview(campaign: Campaign, link: Link | None = None) -> Overview:
    """Fetch a campaign's visits as they are counted now, or a link's."""
    link_id = WHOLE_CAMPAIGN if link is None else link.id
    days = queries.by_day(campaign, link_id)
    by_day = by_key(days)
    is_long = bool(by_day) and max(by_day) - min(by_day) >= FEW_DAYS * DAY
    times = days if is_long else queries.by_hour(campaign, link_id)
    starts = [at for at, _verdict in times] or [0]
    width = max(width_of(min(starts), max(starts)), DAY if is_long else 0)
    traits: dict[str, dict[tuple[str, str], int]] = {}
    for (trait, value, verdict), number in queries.by_trait(campaign, link_id).items():
        traits.setdefault(trait, {})[value, verdict] = number
    return Overview(
        tally=sum(by_day.values(), Tally()),
        by_day=by_day,
        by_time=by_stretch(times, width),
        width=width,
        by_channel=by_key(queries.by_channel(campaign, link_id)),
        by_trait={trait: by_key(counts) for trait, counts in traits.items()},
    )
