"""Keep a forest's sizes and its structural virality exact while it grows, one introduction after another."""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np
import numpy.typing as npt

from referral.spread.rules.forest import Forest
from referral.spread.rules.jumping import Indices, Ints
from referral.spread.rules.virality import wiener_indices


class RunningForest:
    """A forest that only grows; rows are in the order of being told, and one introduction costs O(depth).

    Of each row it knows parent, generation, root and size; of each tree its people, the sum of all distances W, and the
    sum of its generations S (the distances from its root).

    When somebody comes below p in a tree of n people, W grows by their distance to everybody, which is n + D(p): one
    step to p, and from there p's distance to each. D is S at the root, and on the way down from u to v the s_v people
    of v's branch come one step closer and all others one step further: D(v) = D(u) + n - 2 s_v. So

        D(p) = S + sum of (n - 2 s_v) over each v from below the root down to p, with the sizes before.

    Whole numbers throughout, so that nothing is lost in a million introductions. Sums pass 64 bits, and raise
    OverflowError, at a chain of 3.8 million people; no other shape comes near.

    >>> story = RunningForest()
    >>> first = story.introduce()
    >>> second = story.introduce(first)
    >>> third = story.introduce(first)
    >>> story.size_of(first), story.generations, story.distances(first), story.virality(first)
    (3, (1, 2), 4, 1.3333333333333333)
    """

    def __init__(self) -> None:
        self._parent = array("i")
        self._depth = array("i")
        self._root = array("i")
        self._size = array("q")
        # Of a tree's root: the sum of all distances, and of those from the root. Other rows hold 0.
        self._w = array("q")
        self._s = array("q")
        self._generations: list[int] = []
        self._twice_w = 0
        self._pairs = 0

    @staticmethod
    def of(forest: Forest) -> RunningForest:
        """Begin with a forest, row for row."""
        running = RunningForest()
        n, roots = len(forest), forest.roots
        w, s = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
        w[roots] = wiener_indices(forest)
        np.add.at(s, forest.root, forest.depth)
        running._parent.frombytes(forest.parent.astype(np.intc).tobytes())
        running._depth.frombytes(forest.depth.astype(np.intc).tobytes())
        running._root.frombytes(forest.root.astype(np.intc).tobytes())
        for column, values in ((running._size, forest.size), (running._w, w), (running._s, s)):
            column.frombytes(values.astype(np.int64).tobytes())
        running._generations = np.bincount(forest.depth).tolist() if n else []
        size = forest.size[roots]
        running._twice_w = 2 * sum(w[roots].tolist())
        running._pairs = sum((size * (size - 1)).tolist())
        return running

    def __len__(self) -> int:
        """Count the fans."""
        return len(self._parent)

    def introduce(self, teller: int = -1) -> int:
        """Let somebody in whom the fan of a row told, or nobody where it is -1; return their row.

        Raises IndexError where there is no such row.
        """
        parent, size, row = self._parent, self._size, len(self._parent)
        if not -1 <= teller < row:
            raise IndexError(f"nobody stands in row {teller}")
        if teller < 0:
            self._begin(row)
            return row
        depth, root = self._depth[teller] + 1, self._root[teller]
        n = size[root]
        far, above = self._s[root], teller
        while above != root:
            far += n - 2 * size[above]
            size[above] += 1
            above = parent[above]
        size[root] = n + 1
        self._w[root] += far + n
        self._s[root] += depth
        self._twice_w += 2 * (far + n)
        self._pairs += 2 * n
        self._append(row, teller, depth, root)
        return row

    def hang(self, root: int, teller: int) -> None:
        """Hang a whole tree below the fan of a row: somebody was recorded before whoever told them was.

        With n and m people in the tree above and in the one that is hung, W = W_n + W_m + m D(p) + n S_m + n m: each of
        the m and each of the n are as far from each other as they are from the step between them, and that step.
        Costs O(depth), and one pass over all rows to tell the tree's people where they stand now.

        Raises ValueError where the row is not a root, and where the teller stands below it.
        """
        if self._parent[root] >= 0:
            raise ValueError("only a whole tree can be hung below somebody")
        top = self._root[teller]
        if top == root:
            raise ValueError("nobody can be told by somebody whom they told")
        n, m = self._size[top], self._size[root]
        distances = self._s[top]
        above = teller
        while above != top:
            distances += n - 2 * self._size[above]
            self._size[above] += m
            above = self._parent[above]
        self._size[top] = n + m
        added = m * distances + n * self._s[root] + n * m
        self._twice_w += 2 * added
        self._pairs += 2 * n * m
        down = self._depth[teller] + 1
        self._w[top] += self._w[root] + added
        self._s[top] += self._s[root] + m * down
        self._w[root] = self._s[root] = 0
        self._parent[root] = teller
        self._move(root, top, down)

    def size_of(self, row: int) -> int:
        """Count a fan and everybody below."""
        return self._size[row]

    def generation_of(self, row: int) -> int:
        """Count the steps from the first teller."""
        return self._depth[row]

    def distances(self, row: int) -> int:
        """Sum the distances over all pairs of people of a row's tree."""
        return self._w[self._root[row]]

    def virality(self, row: int) -> float | None:
        """Give the structural virality of a row's tree; None where it is one person."""
        n = self._size[self._root[row]]
        return 2 * self.distances(row) / (n * (n - 1)) if n > 1 else None

    @property
    def generations(self) -> tuple[int, ...]:
        """Count the fans in each generation."""
        return tuple(self._generations)

    @property
    def pair_weighted(self) -> float | None:
        """Give the mean distance between two people of one tree, over all of the trees; None where no tree has two."""
        return self._twice_w / self._pairs if self._pairs else None

    def columns(self) -> tuple[Indices, Indices, Indices, Ints]:
        """Copy parent, generation, root and size as arrays, for a Forest."""
        return _copy(self._parent), _copy(self._depth), _copy(self._root), _copy(self._size)

    def roots_from(self, row: int) -> Indices:
        """Give the roots of a row's tree and of those of all rows behind it."""
        return np.array(self._root[row:], dtype=np.int32)

    def sums(self) -> tuple[Ints, Ints]:
        """Copy the sums of distances, W and S, as arrays; both are 0 where a row is not a root."""
        return _copy(self._w), _copy(self._s)

    def reorder(self, order: Indices) -> None:
        """Put the rows into another order: row i becomes what row ``order[i]`` was."""
        place = np.empty(len(order) + 1, dtype=np.intc)
        place[order] = np.arange(len(order), dtype=np.intc)
        place[-1] = -1
        for name in ("_parent", "_root"):
            setattr(self, name, _array("i", place[_copy(getattr(self, name))[order]]))
        self._depth = _array("i", _copy(self._depth)[order])
        for name in ("_size", "_w", "_s"):
            setattr(self, name, _array("q", _copy(getattr(self, name))[order]))

    def _begin(self, row: int) -> None:
        self._append(row, -1, 0, row)

    def _append(self, row: int, parent: int, depth: int, root: int) -> None:
        self._parent.append(parent)
        self._depth.append(depth)
        self._root.append(root)
        self._size.append(1)
        self._w.append(0)
        self._s.append(0)
        if depth == len(self._generations):
            self._generations.append(0)
        self._generations[depth] += 1

    def _move(self, old: int, new: int, down: int) -> None:
        """Tell everybody of a tree that its root is another one now, so many steps further up."""
        root, depth = np.frombuffer(self._root, dtype=np.intc), np.frombuffer(self._depth, dtype=np.intc)
        moved = np.flatnonzero(root == old)
        before = np.bincount(depth[moved])
        root[moved] = new
        depth[moved] += down
        deepest = len(before) + down
        self._generations += [0] * (deepest - len(self._generations))
        for generation, count in enumerate(before.tolist()):
            self._generations[generation] -= count
            self._generations[generation + down] += count
        while self._generations and not self._generations[-1]:
            self._generations.pop()


def _copy(column: array[int]) -> npt.NDArray[Any]:
    # A view would keep the array from growing for as long as anybody holds it.
    return np.array(column)


def _array(kind: str, values: npt.NDArray[Any]) -> array[int]:
    made: array[int] = array(kind)
    made.frombytes(np.ascontiguousarray(values).tobytes())
    return made
