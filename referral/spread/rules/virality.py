"""Tell a broadcast from a story passed hand to hand: the structural virality of trees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from referral.spread.rules.forest import Forest, Ints


@dataclass(frozen=True)
class Tree:
    """One first teller's tree: people in it, its last generation, its structural virality (None for one person)."""

    root: int
    size: int
    depth: int
    value: float | None


@dataclass(frozen=True)
class StructuralVirality:
    """The structural virality of a forest, in steps, with its largest trees; None where no tree has two people."""

    mean_over_trees: float | None
    pair_weighted: float | None
    trees: tuple[Tree, ...]


def structural_virality(forest: Forest, most: int = 30) -> StructuralVirality:
    """Give the mean distance between two people of a tree, over the trees of a forest, and the ``most`` largest trees.

    For one tree of n >= 2 people, v = 2 W / (n (n - 1)), where W sums the distance (steps from hand to hand) over all
    pairs. Every step above a fan is crossed by s (n - s) pairs, s being the fan and everybody below, so W is a sum over
    fans and costs O(n). A star tends to 2, a chain of n to (n + 1) / 3.

    People of different trees have no distance, so a forest has two means: ``mean_over_trees`` takes each tree of two
    or more people once, ``pair_weighted`` = sum of 2 W / sum of n (n - 1) takes each pair of people once. Trees come
    largest first, ties by the root's id.

    >>> chain = Forest.from_edges([1, 2, 3, 4, 5], [None, 1, 2, 3, None], [0, 1, 2, 3, 4], [None] * 5)
    >>> found = structural_virality(chain)
    >>> round(found.mean_over_trees, 4), [(tree.size, tree.value) for tree in found.trees]
    (1.6667, [(4, 1.6666666666666667), (1, None)])

    Source: S. Goel, A. Anderson, J. Hofman, D. J. Watts, "The Structural Virality of Online Diffusion", Management
    Science 62 (1), 2016.
    """
    roots = forest.roots
    size = forest.size[roots]
    twice_w = 2 * wiener_indices(forest)
    pairs = size * (size - 1)
    grown = size >= 2
    each = np.full(len(roots), np.nan)
    each[grown] = twice_w[grown] / pairs[grown]

    depth = np.zeros(len(forest), dtype=np.int32)
    np.maximum.at(depth, forest.root, forest.depth)
    trees = tuple(
        Tree(
            root=int(forest.ids[roots[place]]),
            size=int(size[place]),
            depth=int(depth[roots[place]]),
            value=float(each[place]) if grown[place] else None,
        )
        for place in largest(size, forest.ids[roots], most)
    )
    if not bool(grown.any()):
        return StructuralVirality(None, None, trees)
    # Whole numbers of Python's own: a sum over many large trees may pass what 64 bits hold.
    pair_weighted = sum(twice_w.tolist()) / sum(pairs.tolist())
    return StructuralVirality(float(each[grown].mean()), pair_weighted, trees)


def wiener_indices(forest: Forest) -> Ints:
    """Sum the distances over all pairs of people of each tree, in the order of ``forest.roots``.

    >>> wiener_indices(Forest.from_edges([1, 2, 3], [None, 1, 1], [0, 1, 2], [None] * 3)).tolist()
    [4]
    """
    total = np.zeros(len(forest), dtype=np.int64)
    # A root's own term is n (n - n) = 0, so that nobody need be left out.
    np.add.at(total, forest.root, forest.size * (forest.size[forest.root] - forest.size))
    return total[forest.roots]


def largest(weight: Ints, ids: Ints, most: int) -> list[int]:
    """Give the rows of the ``most`` largest weights, the largest first, ties by id, without sorting all of them.

    >>> largest(np.array([5, 9, 5, 1]), np.array([40, 30, 20, 10]), 2)
    [1, 2]
    """
    most = min(most, len(weight))
    if most <= 0:
        return []
    least = np.partition(weight, len(weight) - most)[len(weight) - most]
    # Of those that tie for the last place there may be a million; only the lowest ids of them get in.
    above, tied = np.flatnonzero(weight > least), np.flatnonzero(weight == least)
    room = most - len(above)
    if room < len(tied):
        tied = tied[np.argpartition(ids[tied], room - 1)[:room]]
    rows = np.concatenate((above, tied))
    found: list[int] = rows[np.lexsort((ids[rows], -weight[rows]))].tolist()
    return found
