"""A campaign at a glance: what its page shows, fetched once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from referral.campaigns.models import Campaign
from referral.clicks import queries as clicks
from referral.credits import queries as credits
from referral.plumbing.money import Money
from referral.sales import queries as sales
from referral.sales.queries import Bucket, Totals
from referral.spread import queries
from referral.spread.rules.forest import Forest
from referral.spread.rules.measures import Measures, fitting_bucket_ms
from referral.spread.rules.study import Pace
from referral.spread.study import pace

HOUR = 3_600_000  # milliseconds
BARS = 96


@dataclass(frozen=True)
class Moment:
    """Hold what happened in one stretch of time: who came, who clicked, what was sold and credited (minor units)."""

    start: datetime
    arrivals: int
    clicks: int
    sold: int
    credited: int


@dataclass(frozen=True)
class Overview:
    """Hold all that a campaign's page shows; `alone` counts first tellers who have told nobody yet."""

    forest: Forest
    measures: Measures
    pace: Pace
    alone: int
    clicks: dict[str, int]
    totals: Totals
    credited: list[Money]
    timeline: tuple[Moment, ...]
    bucket_ms: int


def overview(campaign: Campaign) -> Overview:
    """Fetch and measure a campaign as it stands now."""
    forest = queries.forest(campaign)
    sold = sales.by_time(campaign, "hour")
    width, moments = _timeline(campaign, forest, sold)
    return Overview(
        forest=forest,
        measures=queries.measures(campaign),
        pace=pace(campaign),
        alone=int((forest.size[forest.roots] == 1).sum()),
        clicks=clicks.counts(campaign),
        totals=sales.totals(campaign),
        credited=credits.campaign_total(campaign),
        timeline=moments,
        bucket_ms=width,
    )


def _timeline(campaign: Campaign, forest: Forest, sold: Sequence[Bucket]) -> tuple[int, tuple[Moment, ...]]:
    """Count arrivals, clicks and sales in equal stretches of time, so wide that a chart shows them all."""
    hours = clicks.counted_by_hour(campaign)
    credited = credits.credited_by_hour(campaign)
    starts = [int(bucket.start.timestamp() * 1000) for bucket in sold]
    ends = [*hours, *credited, *starts, *((int(forest.at_ms.min()), int(forest.at_ms.max())) if len(forest) else ())]
    if not ends:
        return HOUR, ()
    width = max(HOUR, fitting_bucket_ms(max(ends) - min(ends), most=BARS))
    first, last = min(ends) // width, max(ends) // width
    came = _arrived(forest, width)
    clicked = _by_stretch(hours.items(), width)
    bought = _by_stretch(((at, bucket.gross.minor) for at, bucket in zip(starts, sold, strict=True)), width)
    earned = _by_stretch(credited.items(), width)
    return width, tuple(
        Moment(
            datetime.fromtimestamp(at * width / 1000, UTC),
            came.get(at, 0),
            clicked.get(at, 0),
            bought.get(at, 0),
            earned.get(at, 0),
        )
        for at in range(first, last + 1)
    )


def _arrived(forest: Forest, width: int) -> dict[int, int]:
    """Count arrivals by the stretch of time that they lie in."""
    if not len(forest):
        return {}
    first = int(forest.at_ms[0]) // width
    counts = np.bincount(forest.at_ms // width - first)
    return {first + int(step): int(counts[step]) for step in np.flatnonzero(counts)}


def _by_stretch(happened: Iterable[tuple[int, int]], width: int) -> dict[int, int]:
    """Sum amounts by the stretch of time that their moment lies in."""
    sums: dict[int, int] = {}
    for at, amount in happened:
        sums[at // width] = sums.get(at // width, 0) + amount
    return sums
