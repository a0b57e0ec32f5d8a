"""Grow stories by chance: branching processes in time, of which the tests know the law."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from referral.spread.rules.forest import Forest


class Story(NamedTuple):
    """Everybody who will ever come: when, in milliseconds, and by whom (row, -1 for a first teller)."""

    at: npt.NDArray[np.int64]
    teller: npt.NDArray[np.int64]


def introduced(rng: np.random.Generator, fans: int, k: float, dispersion: float) -> npt.NDArray[np.int64]:
    """Draw how many each fan introduces, by a negative binomial, or a Poisson law where the dispersion is infinite."""
    return rng.poisson(k if math.isinf(dispersion) else rng.gamma(dispersion, k / dispersion, fans), fans)


def grown_story(
    rng: np.random.Generator,
    *,
    seeds: int,
    k: float,
    dispersion: float,
    mean_lag: float,
    seeding: float,
    k_of_first: float | None = None,
    until: float = math.inf,
) -> Story:
    """Let a story grow to its end (or ``until``): first tellers come evenly, each tells with exponential lags."""
    now = rng.uniform(0, seeding, seeds)
    at, teller, before = [now], [np.full(seeds, -1)], 0
    mean = k if k_of_first is None else k_of_first
    while len(now):
        by = np.repeat(np.arange(len(now)), introduced(rng, len(now), mean, dispersion))
        then = now[by] + rng.exponential(mean_lag, len(by))
        by, then = by[then <= until], then[then <= until]
        at.append(then)
        teller.append(by + before)
        before, now, mean = before + len(now), then, k
    return Story(np.concatenate(at).astype(np.int64), np.concatenate(teller).astype(np.int64))


def seen_at(story: Story, now_ms: int) -> Forest:
    """Give the forest of those who had come by a moment."""
    here = np.flatnonzero(story.at <= now_ms)
    return Forest.from_arrays(here, story.teller[here], story.at[here])
