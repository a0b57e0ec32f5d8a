"""Go over a whole forest by pointer jumping: the work of one pass, done as often as the height can be halved.

In each round everybody looks twice as far up as in the round before. A forest of a million people and thirty
generations takes five rounds, a chain of a million takes twenty; no pass runs generation by generation, which would
take a million.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Indices = npt.NDArray[np.int32]


def climb(parent: Indices) -> tuple[Indices, Indices]:
    """Find each row's steps up to its root, and the root; ``parent`` holds row numbers, -1 for a root.

    >>> [column.tolist() for column in climb(np.array([-1, 0, 1, -1], dtype=np.int32))]
    [[0, 1, 2, 0], [0, 0, 0, 3]]

    A row that never leads up to a root is given a root that has a parent.
    """
    n = len(parent)
    depth = (parent >= 0).astype(np.int32)
    up = np.where(parent < 0, np.arange(n, dtype=np.int32), parent).astype(np.int32)
    # A way up from n people has fewer than n steps, so that more rounds would only go round in circles.
    for _ in range(n.bit_length()):
        step = depth[up]
        if not bool(step.any()):
            break
        depth += step
        up = up[up]
    return depth, up


def sum_below(parent: Indices, weight: Ints) -> Ints:
    """Sum a weight over each row and all rows below it.

    After a round, each row holds the sum of those less than 2, 4, 8 … steps below.

    >>> sum_below(np.array([-1, 0, 1, -1], dtype=np.int32), np.array([1, 10, 100, 1000])).tolist()
    [111, 110, 100, 1000]
    """
    nobody = len(parent)
    up = _with_nobody(parent)
    total = np.append(weight, 0).astype(np.int64, copy=False)
    while bool((up != nobody).any()):
        np.add.at(total, up, total.copy())
        total[nobody] = 0
        up = up[up]
    return total[:nobody]


def sum_above(parent: Indices, weight: Ints) -> Ints:
    """Sum a weight over each row and all rows on its way up.

    >>> sum_above(np.array([-1, 0, 1, -1], dtype=np.int32), np.array([1, 10, 100, 1000])).tolist()
    [1, 11, 111, 1000]
    """
    nobody = len(parent)
    up = _with_nobody(parent)
    total = np.append(weight, 0).astype(np.int64, copy=False)
    while bool((up != nobody).any()):
        total += total[up]
        up = up[up]
    return total[:nobody]


def _with_nobody(parent: Indices) -> Indices:
    """Add a last row above all roots, which is above itself."""
    nobody = len(parent)
    return np.append(np.where(parent < 0, nobody, parent), nobody).astype(np.int32)
