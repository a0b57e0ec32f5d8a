"""Choose whom to ask first: the few people whose word, told anew, would reach the most."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from referral.spread.rules.ties import Backwards, Ints, Ties, draw, retell
from referral.spread.rules.walks import furthest

Flags = npt.NDArray[np.bool_]

MOST_SETS = 400_000
MOST_MEMBERS = 8_000_000
FEWEST_SETS = 50_000
PILOT = 2_000

ENOUGH_HITS = 10_000
"""From so many sets that were hit, the reach is known to one in a hundred."""

MOST_RUNS, PILOT_RUNS = 10_000, 16
MOST_TOLD = 1_000_000
"""The most people to whom the story is told anew in all runs together."""


@dataclass(frozen=True)
class Estimate:
    """Hold an estimate and its standard error."""

    value: float
    error: float

    def interval(self, width: float = 1.96) -> tuple[float, float]:
        """Give the values within so many standard errors; 1.96 for 95 %."""
        return self.value - width * self.error, self.value + width * self.error


@dataclass(frozen=True)
class Seeds:
    """Hold the rows of those to ask, in order, how many people they would reach, and what each adds to those before."""

    rows: tuple[int, ...]
    reach: Estimate
    gains: tuple[Estimate, ...]


@dataclass(frozen=True)
class Choice:
    """Hold the people chosen, those who simply told the most, and how many more the chosen would reach.

    ``sets`` is the number of sets that the choice was made from; what is estimated stands on as many others. ``slack``
    is the epsilon for which the choice reaches at least (1 - 1/e - epsilon) of the best, with a chance of at least
    1 - 1/n; None where that says nothing, as the sets were too few for it.
    """

    chosen: Seeds
    by_degree: Seeds
    difference: Estimate
    sets: int
    slack: float | None


@dataclass(frozen=True)
class Bounds:
    """Hold the numbers of IMM for n people, k to choose and a slack of epsilon.

    ``first`` (lambda' in the paper) divided by a guess of the best reach is the number of sets that tests the guess;
    ``final`` (lambda*) divided by a lower bound of the best reach is the number of sets that the choice needs.
    """

    log_choices: float
    alpha: float
    beta: float
    first: float
    final: float

    @staticmethod
    def of(n: int, k: int, epsilon: float, scale: float | None = None) -> Bounds:
        """Compute the numbers; ``scale`` is what the share of sets that are hit stands for: n where none is left out.

        With l' = 1 + ln 2 / ln n and C the number of ways to choose k of n:
        alpha = sqrt(l' ln n + ln 2), beta = sqrt((1 - 1/e) (ln C + l' ln n + ln 2)),
        lambda* = 2 scale ((1 - 1/e) alpha + beta)^2 / epsilon^2, and with e' = sqrt(2) epsilon
        lambda' = (2 + 2 e' / 3) (ln C + l' ln n + ln log2 n) scale / e'^2.

        >>> bounds = Bounds.of(1000, 10, 0.5)
        >>> round(bounds.final, 2), round(bounds.first, 2)
        (523840.93, 315489.9)

        Source: Y. Tang, Y. Shi, X. Xiao, "Influence Maximization in Near-Linear Time: A Martingale Approach", SIGMOD
        2015.
        """
        size = float(n) if scale is None else scale
        logs = math.log(n) + math.log(2)  # l' ln n
        log_choices = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
        part = 1 - 1 / math.e
        alpha = math.sqrt(logs + math.log(2))
        beta = math.sqrt(part * (log_choices + logs + math.log(2)))
        wide = math.sqrt(2) * epsilon
        rounds = math.log(max(math.log2(n), 1.0)) if n > 1 else 0.0
        first = (2 + 2 * wide / 3) * (log_choices + logs + rounds) * size / wide**2
        return Bounds(log_choices, alpha, beta, first, 2 * size * (part * alpha + beta) ** 2 / epsilon**2)


def choose(
    ties: Ties,
    k: int,
    generator: np.random.Generator,
    *,
    allowed: Flags | None = None,
    epsilon: float = 0.1,
    most_sets: int = MOST_SETS,
    most_members: int = MOST_MEMBERS,
) -> Choice:
    """Choose k people whose word reaches the most, and set them beside the k who have the most ties.

    Reach counts the people asked too. Three groups of reverse-reachable sets are drawn, each fresh: one tells how many
    are needed, the second makes the choice (a choice from sets that had a say in their own number would void the
    guarantee), and the third, which had no part in choosing, estimates: what was chosen for looking best on some sets
    looks too good on these. Both groups of people are measured on the same sets, so their difference is known more
    closely than either.

    Where few sets are hit, since the best reach is small against all people, sets say little: a second choice is made
    by walks (see walks.py), the better of the two is taken, and the reach is measured by letting the story run forward.

    ``allowed`` leaves out people who cannot be asked; for each of the three, at most ``most_sets`` sets of in all about
    ``most_members`` people are drawn.

    >>> star = Ties.of(5, [1, 1, 1, 0], [2, 3, 4, 1], [0.5, 0.5, 0.5, 1.0])
    >>> choice = choose(star, 1, np.random.default_rng(1))
    >>> choice.chosen.rows, round(choice.chosen.reach.value, 1), choice.by_degree.rows
    ((0,), 3.5, (1,))

    Sources: Tang, Shi, Xiao 2015 for the number of sets; W. Chen, "An Issue in the Martingale Analysis of the Influence
    Maximization Algorithm IMM", 2018, for fresh ones in the second group.
    """
    candidates = np.ones(ties.people, dtype=np.bool_) if allowed is None else allowed
    k = min(k, int(candidates.sum()))
    most_told = np.lexsort((np.arange(ties.people), -ties.told(), ~candidates))[:k].tolist()
    if k < 1 or not len(ties.first):
        # Without ties nobody reaches anybody but themselves, and one choice is as good as another.
        seeds = _measured(ties, most_told, draw(ties, 0, generator))
        return Choice(seeds, seeds, Estimate(0.0, 0.0), 0, None)

    pilot = draw(ties, PILOT, generator)
    room = int(most_members / max(len(pilot.person) / pilot.count, 1.0))
    most = max(PILOT, min(most_sets, room))
    bounds = Bounds.of(ties.people, k, epsilon, ties.within_reach)
    least = _lower_bound(ties, k, candidates, epsilon, bounds, most, generator)
    count = min(most, max(FEWEST_SETS, math.ceil(bounds.final / least)))
    rows = cover(ties, draw(ties, count, generator), k, candidates)
    fresh = draw(ties, count, generator)
    slack = epsilon * math.sqrt(bounds.final / (count * least))
    chosen, by_degree, difference = _compared(ties, rows, most_told, candidates, fresh, generator)
    return Choice(chosen, by_degree, difference, count, max(slack, epsilon) if slack < 1 - 1 / math.e else None)


def _compared(
    ties: Ties, rows: list[int], most_told: list[int], allowed: Flags, fresh: Backwards, generator: np.random.Generator
) -> tuple[Seeds, Seeds, Estimate]:
    """Measure the choice and those who told the most, on sets where these say enough, else by running forward."""
    hits = int(fresh.hit(rows).sum())
    if hits < ENOUGH_HITS:
        other = furthest(ties, len(rows), allowed)
        pilots = [retell(ties, asked, PILOT_RUNS, generator).sum(axis=1) for asked in (rows, other or rows)]
        runs = max(PILOT_RUNS, min(MOST_RUNS, int(MOST_TOLD / max(float(pilot.mean()) for pilot in pilots))))
        told = retell(ties, rows, runs, generator)
        if other is not None and set(other) != set(rows):
            second = retell(ties, other, runs, generator)
            if second.sum() > told.sum():
                rows, told = other, second
        if told.sum(axis=1).var() / float(told.sum(axis=1).mean()) ** 2 / runs < 1 / max(hits, 1):
            # Two were compared and the better one taken, so that it is measured once more, without a say in that.
            ours, theirs = (retell(ties, asked, runs, generator) for asked in (rows, most_told))
            chosen, by_degree = _run(rows, ours), _run(most_told, theirs)
            apart = Estimate(
                chosen.reach.value - by_degree.reach.value, math.hypot(chosen.reach.error, by_degree.reach.error)
            )
            return chosen, by_degree, Estimate(0.0, 0.0) if set(rows) == set(most_told) else apart
    return (
        _measured(ties, rows, fresh),
        _measured(ties, most_told, fresh),
        _difference(ties, rows, most_told, fresh),
    )


def _run(rows: Sequence[int], added: Ints) -> Seeds:
    """Average over forward runs."""

    def mean(column: Ints) -> Estimate:
        return Estimate(float(column.mean()), float(column.std(ddof=1)) / math.sqrt(len(column)))

    return Seeds(tuple(rows), mean(added.sum(axis=1)), tuple(mean(column) for column in added.T))


def cover(ties: Ties, sets: Backwards, k: int, allowed: Flags) -> list[int]:
    """Choose k rows greedily, each the one that adds the most to the estimated reach; ties go to the earlier row.

    Everybody's gain is kept exact while sets are taken away, so none need be computed twice: the whole choice costs one
    pass over the sets' members for each pick, and no heap of gains gone stale is needed.
    """
    worth = ties.within_reach / sets.count
    alone = np.where(allowed, 1 - ties.reached, -np.inf)
    gains = np.bincount(sets.person, minlength=ties.people)
    is_open = np.ones(sets.count, dtype=np.bool_)
    rows: list[int] = []
    for _ in range(k):
        row = int(np.argmax(alone + worth * gains))
        rows.append(row)
        alone[row] = -np.inf
        taken = np.zeros(sets.count, dtype=np.bool_)
        taken[sets.number[sets.person == row]] = True
        taken &= is_open
        is_open &= ~taken
        gains -= np.bincount(sets.person[taken[sets.number]], minlength=ties.people)
    return rows


def _lower_bound(
    ties: Ties,
    k: int,
    allowed: Flags,
    epsilon: float,
    bounds: Bounds,
    most: int,
    generator: np.random.Generator,
) -> float:
    """Find a reach that the best choice certainly has, by halving a guess until the sets bear it out."""
    wide = math.sqrt(2) * epsilon
    top = float(ties.people)
    for _ in range(1, int(math.log2(max(ties.people, 2)))):
        top /= 2
        count = math.ceil(bounds.first / top)
        if top <= k or count > most:
            break
        sets = draw(ties, count, generator)
        rows = cover(ties, sets, k, allowed)
        reach = float((1 - ties.reached[rows]).sum()) + ties.within_reach * float(sets.hit(rows).mean())
        if reach >= (1 + wide) * top:
            return max(float(k), reach / (1 + wide))
    # Whoever is asked has heard it: nothing need be drawn to know this much.
    return float(k)


def _measured(ties: Ties, rows: Sequence[int], sets: Backwards) -> Seeds:
    """Estimate what a group reaches, and what each of them adds to those before, on sets that did not choose them."""
    alone = [1 - float(ties.reached[row]) for row in rows]
    gains: list[Estimate] = []
    is_open = np.ones(sets.count, dtype=np.bool_)
    for row, own in zip(rows, alone, strict=True):
        added = sets.hit([row]) & is_open
        is_open &= ~added
        gains.append(_scaled(ties, own, added))
    return Seeds(tuple(rows), _scaled(ties, sum(alone), ~is_open), tuple(gains))


def _scaled(ties: Ties, known: float, hit: Flags) -> Estimate:
    """Make an estimate of what is known and of the share of sets that were hit."""
    if not len(hit):
        return Estimate(known, 0.0)
    hits, scale = int(hit.sum()), ties.within_reach
    # One set more of each kind, so that what was never seen is not said to be certain.
    part = (hits + 1) / (len(hit) + 2)
    return Estimate(known + scale * hits / len(hit), scale * math.sqrt(part * (1 - part) / len(hit)))


def _difference(ties: Ties, ours: Sequence[int], theirs: Sequence[int], sets: Backwards) -> Estimate:
    if set(ours) == set(theirs):
        return Estimate(0.0, 0.0)
    known = float((1 - ties.reached[list(ours)]).sum() - (1 - ties.reached[list(theirs)]).sum())
    apart = sets.hit(ours).astype(np.int8) - sets.hit(theirs).astype(np.int8)
    spread = float(apart.std()) or 1 / math.sqrt(sets.count)
    return Estimate(known + ties.within_reach * float(apart.mean()), ties.within_reach * spread / math.sqrt(sets.count))
