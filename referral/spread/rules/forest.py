"""Hold a forest of introductions as flat arrays.

Every fan has at most one primary introduction, so a campaign's spread is a forest. All of what is asked of it
(generations, sizes of branches, measures, a drawing) is then a handful of passes over arrays, instead of a walk over
objects.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Indices = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Names = npt.NDArray[np.object_]

DEEP = 2_000
"""Height from which one plain loop over the nodes is faster than one numpy call for each generation."""


class CyclicForest(ValueError):
    """Say that following the introducers upward comes back to where it began."""

    def __init__(self, ids: Sequence[int]) -> None:
        super().__init__(f"{len(ids)} fans never lead up to somebody whom nobody introduced, {ids[0]} for one")
        self.ids = tuple(ids)


@dataclass(frozen=True, eq=False)
class Forest:
    """A forest of introductions; row i of each array is one fan, in order of arrival (ties by id).

    ``parent`` holds row numbers, -1 for a root; ``root`` the row of the tree's root; ``depth`` is the generation, 0
    for a root; ``size`` counts a fan and everybody below. ``at_ms`` is in epoch milliseconds, ``value`` in minor
    units of money, or None where no values were given. The arrays are read-only.

    A parent usually stands in an earlier row than its child, but nothing here relies on it: recorded spreads have
    clocks that disagree.
    """

    ids: Ints
    parent: Indices
    depth: Indices
    root: Indices
    size: Ints
    at_ms: Ints
    channel: Names
    value: Ints | None = field(default=None)

    @staticmethod
    def from_edges(
        ids: Sequence[int],
        introducers: Sequence[int | None],
        joined_ms: Sequence[int],
        channels: Sequence[str | None],
        values: Sequence[int] | None = None,
    ) -> Forest:
        """Build a forest from fans in any order, in O(n log n).

        An introducer who is not among the fans makes a root, so that a part of a forest can be built as well as the
        whole.

        >>> forest = Forest.from_edges([7, 5, 9], [5, None, 7], [20, 10, 30], ["line", None, "copy"])
        >>> forest.ids.tolist(), forest.parent.tolist(), forest.depth.tolist(), forest.size.tolist()
        ([5, 7, 9], [-1, 0, 1], [0, 1, 2], [3, 2, 1])

        Raises CyclicForest where somebody stands above themselves, and ValueError for an id given twice or for columns
        of different lengths.
        """
        n = len(ids)
        if not n == len(introducers) == len(joined_ms) == len(channels) or (values is not None and len(values) != n):
            raise ValueError("the columns of a forest must be of one length")
        given = np.asarray(ids, dtype=np.int64)
        at = np.asarray(joined_ms, dtype=np.int64)
        order = np.lexsort((given, at))
        sorted_ids, at = given[order], at[order]

        told = np.fromiter((one is not None for one in introducers), dtype=np.bool_, count=n)[order]
        teller = np.fromiter((0 if one is None else one for one in introducers), dtype=np.int64, count=n)[order]
        by_id = np.argsort(sorted_ids, kind="stable")
        ranked = sorted_ids[by_id]
        if n and bool((ranked[1:] == ranked[:-1]).any()):
            raise ValueError("a fan stands twice in the forest")
        parent = np.full(n, -1, dtype=np.int32)
        if n:
            place = np.minimum(np.searchsorted(ranked, teller), n - 1)
            found = told & (ranked[place] == teller)
            parent[found] = by_id[place[found]]

        names = np.empty(n, dtype=np.object_)
        names[:] = list(channels)
        value = None if values is None else np.asarray(values, dtype=np.int64)[order]
        return Forest._grown(sorted_ids, parent, at, names[order], value)

    @staticmethod
    def _grown(ids: Ints, parent: Indices, at_ms: Ints, channel: Names, value: Ints | None) -> Forest:
        depth, root = _climb(ids, parent)
        size = _sum_below(parent, depth, np.ones(len(ids), dtype=np.int64))
        return Forest._sealed(ids, parent, depth, root, size, at_ms, channel, value)

    @staticmethod
    def _sealed(
        ids: Ints,
        parent: Indices,
        depth: Indices,
        root: Indices,
        size: Ints,
        at_ms: Ints,
        channel: Names,
        value: Ints | None,
    ) -> Forest:
        columns: tuple[npt.NDArray[Any], ...] = (ids, parent, depth, root, size, at_ms, channel)
        for column in columns if value is None else (*columns, value):
            column.flags.writeable = False
        return Forest(ids, parent, depth, root, size, at_ms, channel, value)

    def __len__(self) -> int:
        """Count the fans."""
        return len(self.ids)

    @property
    def roots(self) -> Indices:
        """Give the rows of those whom nobody in the forest introduced, in order of arrival."""
        return np.flatnonzero(self.parent < 0).astype(np.int32)

    @property
    def height(self) -> int:
        """Give the last generation; 0 for a forest of roots, and for an empty one."""
        return int(self.depth.max()) if len(self) else 0

    def introductions(self) -> Ints:
        """Count, for each fan, the people they told directly."""
        return np.bincount(self.parent[self.parent >= 0], minlength=len(self)).astype(np.int64)

    def row_of(self, fan: int) -> int:
        """Find the row of a fan by id; KeyError where there is none."""
        rows = np.flatnonzero(self.ids == fan)
        if not len(rows):
            raise KeyError(fan)
        return int(rows[0])

    def sum_below(self, weight: Ints) -> Ints:
        """Sum a weight over each fan and everybody below them.

        >>> star = Forest.from_edges([1, 2, 3], [None, 1, 1], [0, 1, 2], [None] * 3)
        >>> star.sum_below(np.array([5, 10, 20])).tolist()
        [35, 10, 20]
        """
        return _sum_below(self.parent, self.depth, weight)

    def sum_above(self, weight: Ints) -> Ints:
        """Sum a weight over each fan and everybody on their way up to the root, by pointer jumping in O(n log height).

        >>> chain = Forest.from_edges([1, 2, 3], [None, 1, 2], [0, 1, 2], [None] * 3)
        >>> chain.sum_above(np.array([5, 10, 20])).tolist()
        [5, 15, 35]
        """
        nobody = len(self)
        total = np.append(weight, 0).astype(np.int64)
        up = np.append(np.where(self.parent < 0, nobody, self.parent), nobody)
        while bool((up != nobody).any()):
            total = total + total[up]
            up = up[up]
        return total[:nobody]

    def below(self, fan: int) -> Forest:
        """Take a fan with everybody below as a forest of its own, in which the fan is generation 0.

        >>> chain = Forest.from_edges([1, 2, 3], [None, 1, 2], [0, 1, 2], [None] * 3)
        >>> chain.below(2).ids.tolist(), chain.below(2).depth.tolist()
        ([2, 3], [0, 1])
        """
        row = self.row_of(fan)
        cut = self.parent.copy()
        cut[row] = -1
        _, root = _climb(self.ids, cut)
        chosen = np.flatnonzero(root == row)
        value = None if self.value is None else self.value[chosen]
        renumbered = _renumbered(cut[chosen], chosen, len(self))
        return Forest._grown(self.ids[chosen], renumbered, self.at_ms[chosen], self.channel[chosen], value)

    def keep(self, mask: Flags) -> Forest:
        """Leave out the fans outside the mask; the others keep the generation and the size they had in the whole.

        Raises ValueError where somebody would be kept without their introducer, since their place would then be a lie.
        """
        kept = np.flatnonzero(mask)
        parent = self.parent[kept]
        if not bool(mask[parent[parent >= 0]].all()):
            raise ValueError("a fan can be kept only together with their introducer")
        return Forest._sealed(
            self.ids[kept],
            _renumbered(parent, kept, len(self)),
            self.depth[kept],
            _renumbered(self.root[kept], kept, len(self)),
            self.size[kept],
            self.at_ms[kept],
            self.channel[kept],
            None if self.value is None else self.value[kept],
        )


def _climb(ids: Ints, parent: Indices) -> tuple[Indices, Indices]:
    """Find each row's generation and root by pointer jumping: each round doubles the steps, so chains are cheap."""
    n = len(parent)
    depth = (parent >= 0).astype(np.int64)
    up = np.where(parent < 0, np.arange(n), parent)
    for _ in range(n.bit_length() + 1):
        step = depth[up]
        if not bool(step.any()):
            break
        depth = depth + step
        up = up[up]
    # A way up from n people has fewer than n steps; whoever has not arrived by now goes round for ever.
    lost = parent[up] >= 0
    if bool(lost.any()):
        raise CyclicForest(ids[lost].tolist())
    return depth.astype(np.int32), up.astype(np.int32)


def _sum_below(parent: Indices, depth: Indices, weight: Ints) -> Ints:
    total = np.array(weight, dtype=np.int64)
    if not len(total):
        return total
    height = int(depth.max())
    order = np.argsort(depth, kind="stable")
    if height > DEEP:
        # One numpy call for each of very many generations would cost more than a plain loop over all the people.
        sums, above = total.tolist(), parent.tolist()
        for row in order[::-1].tolist():
            if above[row] >= 0:
                sums[above[row]] += sums[row]
        return np.array(sums, dtype=np.int64)
    starts = np.searchsorted(depth[order], np.arange(height + 2))
    for generation in range(height, 0, -1):
        level = order[starts[generation] : starts[generation + 1]]
        np.add.at(total, parent[level], total[level])
    return total


def _renumbered(rows: Indices, kept: npt.NDArray[np.intp], n: int) -> Indices:
    place = np.full(n + 1, -1, dtype=np.int32)
    place[kept] = np.arange(len(kept), dtype=np.int32)
    # Row -1 (nobody) reads the last cell, which stays -1.
    return place[rows]
