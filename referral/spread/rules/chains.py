"""Cut a forest into chains of one kind: what was passed on by one channel alone, or in one language, or from one place.

Which kind a step is of follows from the one who was told: by which channel, reading which version of the story, in a
tree that began at which place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from referral.spread.rules import jumping
from referral.spread.rules.forest import Forest
from referral.spread.rules.jumping import Ints
from referral.spread.rules.labels import Labels

Reals = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Chains:
    """Hold chains of one kind each: ``kind`` is a place in ``names``, ``tree`` the row of the root of the whole tree.

    ``size`` counts the people of a chain, the one who began it among them, so that it is at least 2; ``depth`` is its
    last generation, ``mean_depth`` the mean generation of its people, in steps from the one who began it; ``virality``
    is the mean distance between two of its people.
    """

    kind: Ints
    names: tuple[str | None, ...]
    tree: Ints
    size: Ints
    depth: Ints
    mean_depth: Reals
    virality: Reals

    def __len__(self) -> int:
        """Count the chains."""
        return len(self.size)


def chains(forest: Forest, labels: Labels) -> Chains:
    """Cut a forest into its chains: a teller, and everybody whom steps of one kind alone lead to from there.

    A chain ends where the story goes on in another way, and there another begins. So each step belongs to exactly one
    chain, and a kind that is seldom used is not credited with what others made of it below, as it would be if a whole
    branch bore the name of its first step. In a random recursive tree, and in a branching process with Poisson or
    negative binomial offspring, cutting steps out by chance leaves the shape of what remains as it was *at equal size*:
    a channel's share of all steps makes its chains shorter, but no different from others of their size.

    Steps whose kind is not known belong to no chain, nor does a fan who told nobody.

    >>> ways = [None, "line", "line", "copy", "line"]
    >>> forest = Forest.from_edges([1, 2, 3, 4, 5], [None, 1, 2, 2, 1], [0, 1, 2, 3, 4], ways)
    >>> found = chains(forest, forest.channel)
    >>> [(found.names[k], s, d) for k, s, d in zip(found.kind, found.size.tolist(), found.depth.tolist())]
    [('line', 4, 2), ('copy', 2, 1)]
    """
    names = labels.names
    unknown = names.index(None) if None in names else -1
    codes = labels.codes.astype(np.int64)
    told = np.flatnonzero((forest.parent >= 0) & (codes != unknown))
    teller = forest.parent[told]
    # Who was told goes on with the chain of their teller where that one was told in the same way.
    row = np.full(len(forest), -1, dtype=np.int64)
    row[told] = np.arange(len(told))
    goes_on = (row[teller] >= 0) & (codes[teller] == codes[told])
    begun, top = np.unique(teller[~goes_on] * len(names) + codes[told[~goes_on]], return_inverse=True)

    parent = np.full(len(told) + len(begun), -1, dtype=np.int32)
    parent[: len(told)][goes_on] = row[teller[goes_on]]
    parent[: len(told)][~goes_on] = len(told) + top
    depth, root = jumping.climb(parent)
    below = jumping.sum_below(parent, np.ones(len(parent), dtype=np.int64))
    chain = root - len(told)

    size = below[len(told) :]
    deepest = np.zeros(len(begun), dtype=np.int64)
    np.maximum.at(deepest, chain, depth)
    steps = np.zeros(len(begun), dtype=np.int64)
    np.add.at(steps, chain, depth.astype(np.int64))
    # Each step is crossed by s (n - s) pairs of people; see virality.py.
    crossed = np.zeros(len(begun), dtype=np.int64)
    np.add.at(crossed, chain, below * (size[chain] - below))
    return Chains(
        kind=begun % len(names),
        names=names,
        tree=forest.root[begun // len(names)].astype(np.int64),
        size=size,
        depth=deepest,
        mean_depth=steps / size,
        virality=2 * crossed / (size * (size - 1)),
    )
