"""Wedges and rings: how a disc is parted among people, by angle and by distance from its middle."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from referral.spread.rules.forest import Forest, Ints
from referral.spread.rules.packing import GOLDEN

Floats = npt.NDArray[np.float64]

EVEN = 12
"""Up to so many generations, rings are evenly spaced."""
APART = 0.005
"""How far apart people can be told apart, in radii of the picture: where more share a ring, it becomes a band."""
BAND = 0.8
MINUTE, DAY = 60_000, 86_400_000
STRETCHES = (
    *(minutes * MINUTE for minutes in (1, 5, 15, 60, 180, 360, 720)),
    *(days * DAY for days in (1, 2, 7, 14, 30, 90, 365, 3650)),
)
"""Stretches of time that a growth ring may stand for, in milliseconds."""
SEED = np.uint32(2_654_435_769)  # 2 ** 32 times the golden section


def wedges(forest: Forest) -> tuple[Ints, Ints]:
    """Cut each person's part out of their introducer's, in whole leaves: where it begins in their tree, and how many.

    Brothers and sisters lie side by side, so that no two branches cross. Their order is that of a sunflower's seeds:
    who came early and who came late are mixed all around, and whoever comes next does not change it. Whole leaves are
    counted, so that the same forest always gives the very same picture.

    >>> story = Forest.from_edges([1, 2, 3, 4], [None, 1, 1, 2], [0, 1, 2, 3], [None] * 4)
    >>> [part.tolist() for part in wedges(story)]
    [[0, 1, 0, 1], [2, 1, 1, 1]]
    """
    n = len(forest)
    children = np.bincount(forest.parent + 1, minlength=n + 1)
    leaves = forest.sum_below((children[1:] == 0).astype(np.int64))
    order = np.argsort(((forest.parent + np.int64(1)) << np.int64(21)) | _seeds(np.arange(n)), kind="stable")
    ahead = np.cumsum(leaves[order]) - leaves[order]
    first = np.cumsum(children) - children
    begins = np.empty(n, dtype=np.int64)
    begins[order] = ahead - ahead[first[forest.parent[order] + 1]]
    begins[forest.parent < 0] = 0
    return forest.sum_above(begins), leaves


def _seeds(rows: npt.NDArray[np.intp]) -> npt.NDArray[np.uint32]:
    """Give each row a place on a circle of 2 ** 21, a golden section further than the row before."""
    places: npt.NDArray[np.uint32] = (rows.astype(np.uint32) * SEED) >> np.uint32(11)
    return places


def around(forest: Forest) -> tuple[Floats, Ints]:
    """Set the trees around one centre: the middle of each person's wedge in radians, and its first leaf."""
    begins, leaves = wedges(forest)
    roots = np.flatnonzero(forest.parent < 0)
    whole = int(leaves[roots].sum())
    if len(roots) > 1:
        roots = roots[np.argsort(_seeds(roots), kind="stable")]
        ahead = np.zeros(len(forest), dtype=np.int64)
        ahead[roots] = np.cumsum(leaves[roots]) - leaves[roots]
        begins = begins + ahead[forest.root]
    return 2 * math.pi * (2 * begins + leaves) / (2 * whole), begins


def ring_radii(on_ring: npt.NDArray[np.intp]) -> Floats:
    """Space the rings of one disc, by how many stand on each."""
    last = len(on_ring) - 1
    within = np.cumsum(on_ring) - on_ring[0]
    return spaced(np.arange(last + 1), last, within / max(int(within[-1]), 1))


def spaced(
    ring: npt.NDArray[np.number], last: npt.NDArray[np.number] | int, within: Floats, even: int = EVEN
) -> Floats:
    """Space rings evenly where there are few; the more there are, the more by the share of people who stand within.

    Tall forests have thin tops, which else would press everybody else into the middle.
    """
    tall = np.maximum(last, 1)
    by_people = 1 - np.minimum(even / tall, 1.0)
    radii: Floats = (1 - by_people) * (ring / tall) + by_people * np.sqrt(within)
    return radii


def banded(outer: Floats, step: Floats, crowd: npt.NDArray[np.number], apart: Floats | float, leaf: Ints) -> Floats:
    """Spread people who told nobody over a band inside their ring, as deep as it takes to tell them apart."""
    rows = np.maximum(crowd * apart / (2 * math.pi * np.maximum(outer, 1e-9)) - 1, 0)
    inner = np.maximum(outer - np.minimum(rows * apart, BAND * step), 0)
    share = (leaf * (GOLDEN / (2 * math.pi))) % 1.0
    # Equal areas hold equally many.
    spread: Floats = np.sqrt(outer**2 - share * (outer**2 - inner**2))
    return spread


def turns(people: Ints | int, height: Ints | int) -> Floats:
    """Say how often a forest winds around its centre: not at all, unless most of its generations are one person.

    A chain so long that its people stand as far apart along the spiral as its turns do takes the square root of its
    length over pi.
    """
    tall = np.asarray(height, dtype=np.float64)
    alone = np.clip((tall / np.maximum(people, 1) - 0.25) / 0.75, 0.0, 1.0) ** 2
    turns: Floats = alone * np.sqrt(np.maximum(tall - 2, 0.0) / math.pi)
    return turns


def time_rings(at_ms: Ints, steps: Sequence[int] = STRETCHES, most: int = 12) -> list[tuple[float, int]]:
    """Find where equal stretches of time end in the view of growth: (radius, milliseconds since 1970).

    The stretch is the shortest of ``steps`` of which there are at most ``most``, else the longest; rings that nobody
    came between are one.

    >>> time_rings(np.array([0, 400, 900, 1500, 5000]), [1000, 2000])
    [(0.707, 1000), (0.866, 2000)]
    """
    n = len(at_ms)
    if n < 2:
        return []
    first, last = int(at_ms[0]), int(at_ms[-1])
    step = next((step for step in steps if last // step - first // step <= most), steps[-1])
    ends = np.arange(first // step + 1, last // step + 1, dtype=np.int64) * step
    came = np.searchsorted(at_ms, ends)
    _, once = np.unique(came, return_index=True)
    radius = np.sqrt(np.maximum(came[once] - 1, 0) / (n - 1)).round(3).tolist()
    rings: list[tuple[float, int]] = []
    for ring in zip(radius, ends[once].tolist(), strict=True):
        if ring[0] - (rings[-1][0] if rings else 0.0) > 0.02:
            rings.append(ring)
    return rings[:most]
