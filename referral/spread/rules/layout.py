"""Place a forest on rings: a radial tidy layout in O(n log n), and which people to draw where there are too many."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from referral.spread.rules.forest import Flags, Forest

Angles = npt.NDArray[np.float64]
Rings = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Layout:
    """Where each row of a forest stands: an angle in radians, clockwise on a screen, and a ring, 0 being the centre."""

    angle: Angles
    ring: Rings
    rings: int
    has_virtual_centre: bool


def radial(forest: Forest, start: float = -math.pi / 2) -> Layout:
    """Give each person a wedge as wide as the share of the leaves below them, and the ring of their generation.

    Wedges lie inside the wedge of the introducer, in order of arrival from ``start`` on, so that no two branches
    cross. A single tree has its root in the centre; where there are several, the centre is left to the story itself
    and the roots stand on ring 1. Wedges are added up in whole leaves, so that the same forest always gives the very
    same picture.

    >>> story = Forest.from_edges([1, 2, 3], [None, 1, 1], [0, 1, 2], [None] * 3)
    >>> placed = radial(story, start=0.0)
    >>> placed.ring.tolist(), (placed.angle / math.pi).tolist(), placed.rings
    ([0, 1, 1], [1.0, 0.5, 1.5], 1)
    """
    n = len(forest)
    several = len(forest.roots) > 1
    if not n:
        return Layout(np.zeros(0), np.zeros(0, dtype=np.int32), 0, has_virtual_centre=False)
    present = np.bincount(forest.parent[forest.parent >= 0], minlength=n)
    leaves = forest.sum_below((present == 0).astype(np.int64))

    # Brothers and sisters side by side, in order of arrival: each begins where those before end.
    order = np.argsort(forest.parent, kind="stable")
    ahead = np.cumsum(leaves[order]) - leaves[order]
    family = forest.parent[order]
    first = np.searchsorted(family, family, side="left")
    begins = np.empty(n, dtype=np.int64)
    begins[order] = ahead - ahead[first]
    begins = forest.sum_above(begins)

    total = int(leaves[forest.parent < 0].sum())
    angle = start + 2 * math.pi * (2 * begins + leaves) / (2 * total)
    ring = (forest.depth + int(several)).astype(np.int32)
    return Layout(angle, ring, int(ring.max()), has_virtual_centre=several)


def prune(forest: Forest, most: int) -> Flags:
    """Choose whom to draw where there are more than ``most``: those with the largest branches, earlier arrivals first.

    An introducer's branch is larger than any branch in it, so whoever is chosen stands there with everybody above, and
    the drawing hangs together.

    >>> story = Forest.from_edges([1, 2, 3, 4], [None, 1, 1, 3], [0, 1, 2, 3], [None] * 4)
    >>> prune(story, 2).tolist()
    [True, False, True, False]
    """
    mask = np.zeros(len(forest), dtype=np.bool_)
    mask[np.argsort(-forest.size, kind="stable")[:most]] = True
    return mask
