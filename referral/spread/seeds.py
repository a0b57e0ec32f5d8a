"""Whom to ask first: the choice for a campaign as it stands now."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from referral.campaigns.models import Campaign
from referral.spread.cache import standing
from referral.spread.rules.conversion import Calibration, Conversion
from referral.spread.rules.forest import Forest
from referral.spread.rules.seeding import Choice, Estimate, Seeds, choose
from referral.spread.touches import marks, touches

MOST_SETS = 200_000


@dataclass(frozen=True)
class Asked:
    """Hold one person to ask: whom they told so far, what they add to the reach of those before, and that reach."""

    fan_id: int
    told: int
    gain: Estimate
    reach: float


@dataclass(frozen=True)
class First:
    """Hold whom to ask first, and those who told the most; both are empty where nobody has told anybody."""

    people: int
    tellers: int
    chosen: tuple[Asked, ...]
    by_degree: tuple[Asked, ...]
    choice: Choice | None
    conversion: Conversion
    calibration: Calibration | None


def first(campaign: Campaign, k: int) -> First:
    """Choose the k people to ask first, or as many as told somebody; the same until something new is known."""
    now, history = standing(campaign), marks(campaign)
    # Not made inside `keep`, which lets nobody else in meanwhile: a million people take some seconds.
    made: dict[int, tuple[tuple[int, ...], First]] = now.keep("first", dict)
    if k not in made or made[k][0] != history:
        made[k] = (history, _first(campaign, now.forest, k))
    return made[k][1]


def _first(campaign: Campaign, forest: Forest, k: int) -> First:
    history = touches(campaign, forest)
    told = history.ties.told()
    choice = None
    if history.tellers:
        # Chance is drawn alike each time, so that the page says the same as long as nothing happens.
        generator = np.random.default_rng(campaign.id)
        is_teller = history.askable & (told > 0)
        choice = choose(history.ties, k, generator, allowed=is_teller, most_sets=MOST_SETS)

    def listed(seeds: Seeds) -> tuple[Asked, ...]:
        reach = np.cumsum([gain.value for gain in seeds.gains]).tolist()
        rows = zip(seeds.rows, seeds.gains, reach, strict=True)
        return tuple(Asked(int(forest.ids[row]), int(told[row]), gain, upto) for row, gain, upto in rows)

    return First(
        people=len(forest),
        tellers=history.tellers,
        chosen=listed(choice.chosen) if choice else (),
        by_degree=listed(choice.by_degree) if choice else (),
        choice=choice,
        conversion=history.conversion,
        calibration=history.calibration,
    )
