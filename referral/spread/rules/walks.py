"""Add up how far words go along all ways that lead on: exact where ties are a forest, and quick everywhere."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from referral.spread.rules.ties import Ints, Reals, Ties

ROUNDS = 200
FAINT = 1e-6
"""Chances smaller than this are not followed any further."""


def expected_words(ties: Ties) -> Reals | None:
    """Give, for each person, the expected number of words that go out from them, their own included.

    r(u) = 1 + sum over ties u -> v of chance(u, v) r(v). In a forest nobody is reached by two ways, so that this is the
    expected reach of u; elsewhere people who are reached twice count twice, so that it is at least that. None where
    words grow without end, or go on for longer than ``ROUNDS`` steps.

    >>> expected_words(Ties.of(3, [0, 1], [1, 2], [0.5, 0.5])).tolist()
    [1.75, 1.5, 1.0]
    """
    words: Reals = np.ones(ties.people)
    for _ in range(ROUNDS):
        before, words = words, 1 + _summed(ties.teller, ties.chance * words[ties.hearer], ties.people)
        if not len(words) or float((words - before).max()) < FAINT:
            return words
        if float(words.max()) > 2 * ties.people:
            return None
    return None


def furthest(ties: Ties, k: int, allowed: npt.NDArray[np.bool_]) -> list[int] | None:
    """Choose k rows greedily by the words that they would add; None where these cannot be summed up.

    What a person adds is their words, less those that pass through somebody chosen already, times the chance that none
    of those chosen reaches them anyway. In a forest this is the greedy choice by expected reach itself, without chance.
    Sets drawn at random cannot tell apart people whose reach is small against the number of all; here nothing is drawn.
    """
    words = expected_words(ties)
    if words is None:
        return None
    is_chosen = np.zeros(ties.people, dtype=np.bool_)
    reached = np.zeros(ties.people)
    rows: list[int] = []
    for _ in range(k):
        gain = (1 - np.minimum(reached, 1)) * words
        gain[is_chosen | ~allowed] = -1
        row = int(np.argmax(gain))
        rows.append(row)
        own, missed = float(words[row]), 1 - min(float(reached[row]), 1.0)
        is_chosen[row] = True
        for above, chance in _ways(ties, row, is_chosen, up=True):
            np.subtract.at(words, above, chance * own)
        for below, chance in _ways(ties, row, is_chosen, up=False):
            np.add.at(reached, below, chance * missed)
    return rows


def _ways(ties: Ties, row: int, is_chosen: npt.NDArray[np.bool_], *, up: bool) -> list[tuple[Ints, Reals]]:
    """Follow the ways from a person step by step, or those to them, and end at people chosen already."""
    found: list[tuple[Ints, Reals]] = []
    people: Ints = np.array([row])
    chances: Reals = np.ones(1)
    for _ in range(ROUNDS):
        start = ties.start if up else ties.told_start
        length = start[people + 1] - start[people]
        total = int(length.sum())
        if not total:
            break
        offset = np.repeat(start[people] - np.append(0, np.cumsum(length)[:-1]), length) + np.arange(total)
        tie = offset if up else ties.by_teller[offset]
        carried = np.repeat(chances, length) * ties.chance[tie]
        met = (ties.teller if up else ties.hearer)[tie].astype(np.int64)
        goes_on = (carried > FAINT) & ~is_chosen[met]
        people, place = np.unique(met[goes_on], return_inverse=True)
        chances = _summed(place, carried[goes_on], len(people))
        found.append((people, chances))
    return found


def _summed(place: npt.NDArray[np.integer], weight: Reals, places: int) -> Reals:
    """Sum up weights by place."""
    return np.bincount(place, weight, minlength=places).astype(np.float64)
