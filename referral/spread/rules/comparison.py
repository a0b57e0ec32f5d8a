"""Compare channels, versions of the story, or places, at equal size: who passes on further, not who passes on more."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from referral.spread.rules.chains import Chains
from referral.spread.rules.jumping import Ints

Reals = npt.NDArray[np.float64]

MEASURES = ("depth", "mean_depth", "virality")
SMALLEST = 3
"""Two people make a chain of one shape only; from three on there is something to compare."""

EXACT = 16
RATIO = 1.15
"""Up to ``EXACT`` people a class of sizes is one size; above it, sizes whose quotient is below ``RATIO``."""

FEWEST_PAIRS = 20
BLOCKS = 512
FEWEST_TREES = 20
REPLICATES = 999

TOO_FEW = "too_few"
SIZES_APART = "sizes_apart"
ALL_ALIKE = "all_alike"


@dataclass(frozen=True)
class Matched:
    """Hold a difference in a measure, first less second, with an interval; None where nothing can be said.

    ``raw`` compares all chains of three people or more whatever their size, and is there to be distrusted.
    """

    measure: str
    raw: float | None
    difference: float | None
    low: float | None
    high: float | None

    @property
    def is_found(self) -> bool:
        """Tell whether the interval leaves zero out."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high


@dataclass(frozen=True)
class Contrast:
    """Hold how the chains of two kinds compare at equal size.

    ``chains`` counts those of three people or more of either kind, ``pairs`` how many can be paired at equal size,
    ``resampled`` says whether the intervals stand on "trees" or, as these are too few, on "chains". ``reason`` is a
    code that says why there is no difference (``too_few``, ``sizes_apart``) or no interval (``all_alike``); else None.
    """

    first: str
    second: str
    chains: tuple[int, int]
    pairs: int
    resampled: str
    measures: tuple[Matched, ...]
    reason: str | None

    def by(self, measure: str) -> Matched:
        """Give one of the measures: depth, mean_depth or virality."""
        return next(one for one in self.measures if one.measure == measure)


def compare(
    chains: Chains,
    generator: np.random.Generator,
    *,
    most_kinds: int = 6,
    confidence: float = 0.95,
    replicates: int = REPLICATES,
) -> tuple[Contrast, ...]:
    """Compare each two of the kinds with the most chains, as if every chain were paired with one of its own size.

    With a_s chains of the one kind and b_s of the other in the class of sizes s, m_s = min(a_s, b_s) can be paired, and

        difference = sum over s of m_s (mean of the first in s - mean of the second in s) / sum of m_s,

    which is what drawing equally many chains of each size from either kind gives in the long run. Larger trees are
    deeper, so that a raw comparison mostly says who has the larger ones. Sizes are compared exactly up to 16 people,
    and above that in classes so narrow that the sizes in one differ by less than 15 %.

    The standard error comes from resampling whole trees (chains of one tree may be alike in what we cannot see), or
    chains where fewer than 20 trees hold them; more than 512 are first put into 512 blocks by chance. The interval
    is of Student's t, and so wide that with the given confidence *all* comparisons of one measure hold together: else
    of fifteen pairs that are alike some would look different more often than not.

    What size does not account for is a story that is cut off in the middle of a wave: where all of a generation tell
    theirs at one time, the busier of two kinds has reached its size in fewer waves.

    >>> size = np.array([3, 4] * 20)
    >>> deep, kind, tree = np.array([2, 3] * 10 + [1, 2] * 10), np.repeat([0, 1], 20), np.arange(40)
    >>> of_two = Chains(kind, ("line", "copy"), tree, size, deep, deep / 2, deep / 2)
    >>> found = compare(of_two, np.random.default_rng(1))
    >>> [(one.first, one.second, one.pairs, one.by("depth").difference) for one in found]
    [('line', 'copy', 20, 1.0)]

    Source: J. L. Juul, J. Ugander, "Comparing information diffusion mechanisms by matching on cascade size", PNAS 118
    (46), 2021: much-quoted differences between spreads vanish when those of equal size are compared.
    """
    ready = _prepared(chains, most_kinds, generator)
    pairs = list(combinations(range(len(ready.names)), 2))
    return tuple(
        _contrast(ready, one, other, 1 - (1 - confidence) / len(pairs), replicates, generator) for one, other in pairs
    )


@dataclass(frozen=True, eq=False)
class _Prepared:
    """Hold the chains of the kinds that are compared, each with its class of sizes; values are [measure, chain]."""

    names: Sequence[str]
    kind: Ints
    stratum: Ints
    strata: int
    tree: Ints
    values: Reals


def _prepared(chains: Chains, most_kinds: int, generator: np.random.Generator) -> _Prepared:
    large = chains.size >= SMALLEST
    count = np.bincount(chains.kind[large], minlength=len(chains.names))
    kept = [kind for kind in np.argsort(-count, kind="stable").tolist()[:most_kinds] if count[kind]]
    place = np.full(len(chains.names), -1, dtype=np.int64)
    place[kept] = np.arange(len(kept))
    rows = np.flatnonzero(large & (place[chains.kind] >= 0)) if len(chains) else np.empty(0, dtype=np.int64)
    stratum = size_class(chains.size[rows])
    return _Prepared(
        names=[chains.names[kind] or "" for kind in kept],
        kind=place[chains.kind[rows]],
        stratum=stratum,
        strata=int(stratum.max()) + 1 if len(rows) else 0,
        tree=chains.tree[rows],
        values=np.array([getattr(chains, measure)[rows] for measure in MEASURES], dtype=np.float64),
    )


def size_class(size: Ints) -> Ints:
    """Number the class of each size: one size each up to ``EXACT`` people, then sizes that are nearly equal.

    >>> size_class(np.array([3, 4, 16, 17, 18, 19, 20, 1000])).tolist()
    [3, 4, 16, 17, 17, 17, 18, 46]
    """
    wide = np.floor(np.log(np.maximum(size, EXACT + 1) / (EXACT + 1)) / math.log(RATIO)).astype(np.int64)
    return np.where(size <= EXACT, size, EXACT + 1 + wide)


def _contrast(
    ready: _Prepared, one: int, other: int, confidence: float, replicates: int, generator: np.random.Generator
) -> Contrast:
    rows = np.flatnonzero((ready.kind == one) | (ready.kind == other))
    is_second = (ready.kind[rows] == other).astype(np.int64)
    values = ready.values[:, rows]
    blocks, unit = _blocks(ready.tree[rows], generator)
    cells = _cells(blocks, is_second, ready.stratum[rows], ready.strata, values)
    total = cells.sum(axis=0, keepdims=True)
    of_first, of_second = int((is_second == 0).sum()), int(is_second.sum())
    pairs = int(np.minimum(total[0, 0, 0], total[0, 1, 0]).sum())
    reason = None
    if min(of_first, of_second) < FEWEST_PAIRS:
        reason = TOO_FEW
    elif pairs < FEWEST_PAIRS:
        reason = SIZES_APART
    raw = [float(one[is_second == 0].mean() - one[is_second == 1].mean()) for one in values]
    if reason is None:
        matched, reason = _measured(cells, total, raw, confidence, replicates, generator)
    else:
        matched = tuple(Matched(name, of_all, None, None, None) for name, of_all in zip(MEASURES, raw, strict=True))
    return Contrast(ready.names[one], ready.names[other], (of_first, of_second), pairs, unit, matched, reason)


def _blocks(tree: Ints, generator: np.random.Generator) -> tuple[Ints, str]:
    """Tell what is drawn together when chains are drawn anew: those of a tree, or of some trees where they are many."""
    trees, block = np.unique(tree, return_inverse=True)
    unit = "trees"
    if len(trees) < FEWEST_TREES:
        unit, block = "chains", np.arange(len(tree))
    number = int(block.max()) + 1
    if number > BLOCKS:
        block = (generator.permutation(number) % BLOCKS)[block]
    return block, unit


def _cells(block: Ints, is_second: Ints, stratum: Ints, strata: int, values: Reals) -> Reals:
    """Sum up counts and values: an array by [block, kind, count and then each measure, class of sizes]."""
    blocks, columns = int(block.max()) + 1, len(values) + 1
    cells = np.zeros((columns, blocks * 2 * strata))
    key = (block * 2 + is_second) * strata + stratum
    for column, weight in enumerate([np.ones(len(key)), *values]):
        cells[column] = np.bincount(key, weight, minlength=blocks * 2 * strata)
    return np.moveaxis(cells.reshape(columns, blocks, 2, strata), 0, 2)


def _measured(
    cells: Reals,
    total: Reals,
    raw: Sequence[float],
    confidence: float,
    replicates: int,
    generator: np.random.Generator,
) -> tuple[tuple[Matched, ...], str | None]:
    blocks = len(cells)
    # Classes of sizes in which one of the kinds has nobody say nothing.
    shared = (total[0, :, 0] > 0).all(axis=0)
    cells, total = cells[..., shared], total[..., shared]
    weights = generator.multinomial(blocks, np.full(blocks, 1 / blocks), size=replicates).astype(np.float64)
    drawn = (weights @ cells.reshape(blocks, -1)).reshape(replicates, *cells.shape[1:])
    differences, again = _differences(total)[0], _differences(drawn)
    again = again[np.isfinite(again).all(axis=1)]
    width = float(stdtrit(blocks - 1, (1 + confidence) / 2))
    found: list[Matched] = []
    alike = False
    for place, name in enumerate(MEASURES):
        difference = float(differences[place])
        error = float(again[:, place].std(ddof=1)) if len(again) > 1 else 0.0
        if error < 1e-12:
            alike = True
            found.append(Matched(name, raw[place], difference, None, None))
        else:
            found.append(Matched(name, raw[place], difference, difference - width * error, difference + width * error))
    return tuple(found), ALL_ALIKE if alike else None


def _differences(sums: Reals) -> Reals:
    """Compute the matched difference of each measure, from sums by [replicate, kind, column, class of sizes]."""
    counts = sums[:, :, 0]
    pairs = counts.min(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.where(counts[:, :, None] > 0, sums[:, :, 1:] / counts[:, :, None], 0.0)
        apart = means[:, 0] - means[:, 1]
        found: Reals = (apart * pairs[:, None]).sum(axis=2) / pairs.sum(axis=1)[:, None]
    return found
