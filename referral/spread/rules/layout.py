"""Place a forest in a disc: rings of generations, growth rings, or many trees packed, each in a disc of its own.

All of it is whole-array arithmetic, O(n log n) for a million people as for a chain of them. The middle of the disc is
(0, 0) and its edge is at 1; y points down, as on a screen, so that angles run clockwise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from referral.spread.rules.forest import Flags, Forest, Ints
from referral.spread.rules.packing import GOLDEN, pack
from referral.spread.rules.rings import APART, Floats, around, banded, ring_radii, spaced, turns, wedges

Rings = npt.NDArray[np.int32]

VIEWS = ("generations", "growth")

AROUND_ONE = 48
"""Up to so many trees stand around one centre."""
DOMINANT = 0.9
"""A tree with this share of all people has the centre to itself, however many small ones there are beside it."""

EVEN_IN_A_DISC = 3
INSET = 0.92
"""How much of its own disc a packed tree uses, so that neighbours are seen to be two."""


@dataclass(frozen=True, eq=False)
class Layout:
    """Where each row of a forest stands.

    ``angle`` (radians) and ``radius`` are seen from the middle of the tree's own disc, of which the edge is at 1, and
    ``x``, ``y`` in the whole picture. ``ring`` is 0 in the centre; ring r of a picture that is not packed has the
    radius ``ring_radius[r]``. Where many share a ring, those who told nobody stand a little inside it. ``discs`` are
    there when the forest is packed, and ``disc`` tells the one of each row.
    """

    x: Floats
    y: Floats
    angle: Floats
    radius: Floats
    ring: Rings
    ring_radius: Floats
    has_virtual_centre: bool
    discs: Discs | None = None
    disc: npt.NDArray[np.int64] | None = None

    @property
    def rings(self) -> int:
        """Count the rings around the centre."""
        return max(len(self.ring_radius) - 1, 0)

    @property
    def is_even(self) -> bool:
        """Tell whether ring r stands at r / rings."""
        return self.rings > 0 and bool(np.allclose(self.ring_radius * self.rings, np.arange(self.rings + 1)))


@dataclass(frozen=True, eq=False)
class Discs:
    """Where the trees of a packed forest stand, the largest first: ``root`` is the row of each one's root."""

    x: Floats
    y: Floats
    radius: Floats
    root: npt.NDArray[np.int64]


def arrange(forest: Forest, view: str = "generations", start: float = -math.pi / 2) -> Layout:
    """Place a forest in one of VIEWS: by generations (around one centre, or packed), or by growth.

    Raises KeyError for another view.
    """
    return {"generations": generations, "growth": growth}[view](forest, start)


def generations(forest: Forest, start: float = -math.pi / 2) -> Layout:
    """Place people by generation: around one centre, or packed where there are many trees."""
    return packed(forest, start) if is_packed(forest.size[forest.parent < 0]) else radial(forest, start)


def is_packed(trees: Ints) -> bool:
    """Decide by the sizes of its trees how a forest is drawn.

    Few trees, or one that dominates all others, stand around one centre; many would each be a sliver of it.

    >>> is_packed(np.array([7, 1, 1])), is_packed(np.full(30_000, 3)), is_packed(np.array([2_000] + [1] * 100))
    (False, True, False)
    """
    return len(trees) > AROUND_ONE and bool(trees.max() < DOMINANT * trees.sum())


def radial(forest: Forest, start: float = -math.pi / 2) -> Layout:
    """Give each person a wedge as wide as the share of the leaves below them, and the ring of their generation.

    A single tree has its root in the centre; where there are several, the centre is left to the story itself and the
    roots stand on ring 1. Tall forests have closer rings where fewer people stand, and what is almost a chain winds
    outward as a spiral.

    >>> story = Forest.from_edges([1, 2, 3], [None, 1, 1], [0, 1, 2], [None] * 3)
    >>> placed = radial(story, start=0.0)
    >>> placed.ring.tolist(), (placed.angle / math.pi).tolist(), placed.ring_radius.tolist()
    ([0, 1, 1], [1.0, 1.5, 0.5], [0.0, 1.0])
    """
    if not len(forest):
        return _nobody()
    several = len(forest.roots) > 1
    middle, leaf = around(forest)
    ring = (forest.depth + int(several)).astype(np.int32)
    on_ring = np.bincount(ring)
    ring_radius = ring_radii(on_ring)
    radius = ring_radius[ring]
    ends = forest.size == 1
    within = ends & (ring > 0)
    depth = np.append(0.0, np.diff(ring_radius))[ring[within]]
    radius[within] = banded(radius[within], depth, on_ring[ring[within]], APART, leaf[within])
    angle = start + middle + turns(len(forest), forest.height) * 2 * math.pi * radius
    return _layout(angle, radius, ring, ring_radius, has_virtual_centre=several)


def growth(forest: Forest, start: float = -math.pi / 2) -> Layout:
    """Give each person the same wedge, and let the radius grow with the time they came: the first stands in the centre.

    Who came n-th stands so far out that the disc within holds n people, as thick as everywhere. Equal stretches of
    time are then rings as a tree has them: wide where much grew, narrow in lean days.

    >>> story = Forest.from_edges([1, 2, 3, 4, 5], [None, 1, 1, 2, 2], [0, 1, 2, 3, 4], [None] * 5)
    >>> growth(story).radius.round(3).tolist()
    [0.0, 0.5, 0.707, 0.866, 1.0]
    """
    n = len(forest)
    if not n:
        return _nobody()
    middle, _ = around(forest)
    radius = np.sqrt(np.arange(n) / max(n - 1, 1))
    angle = start + middle + turns(n, forest.height) * 2 * math.pi * radius
    return _layout(angle, radius, forest.depth.astype(np.int32), np.zeros(0), has_virtual_centre=False)


def packed(forest: Forest, start: float = -math.pi / 2) -> Layout:
    """Give each tree a disc as large as it has people, the largest in the middle, and lay it out there by generation.

    >>> pairs = Forest.from_edges([1, 2, 3, 4], [None, 1, None, 3], [0, 1, 2, 3], [None] * 4)
    >>> packed(pairs).discs.root.tolist(), packed(pairs).ring.tolist()
    ([0, 2], [0, 1, 0, 1])
    """
    if not len(forest):
        return _nobody()
    roots = np.flatnonzero(forest.parent < 0)
    by_size = np.argsort(-forest.size[roots], kind="stable")
    root = roots[by_size]
    circles = pack(np.sqrt(forest.size[root].astype(np.float64)))
    reach = circles.reach
    discs = Discs(circles.x / reach, circles.y / reach, np.sqrt(forest.size[root]) / reach, root)
    place = np.empty(len(forest), dtype=np.int64)
    place[root] = np.arange(len(root))
    tree = place[forest.root]

    begins, leaves = wedges(forest)
    whole = leaves[root]
    ring = _own_rings(forest, tree, len(root))
    radius = INSET * ring.radius
    ends = np.flatnonzero((forest.size == 1) & (forest.depth > 0))
    radius[ends] = banded(
        radius[ends], INSET * ring.step[ends], ring.crowd[ends], APART / discs.radius[tree[ends]], begins[ends]
    )
    # Each tree is turned its own way, as nothing grows in rank and file.
    angle = start + GOLDEN * tree + 2 * math.pi * (begins + leaves / 2) / whole[tree]
    angle += (turns(forest.size[root], ring.height) * 2 * math.pi)[tree] * radius
    far = discs.radius[tree] * radius
    return Layout(
        discs.x[tree] + far * np.cos(angle),
        discs.y[tree] + far * np.sin(angle),
        angle,
        radius,
        forest.depth.astype(np.int32),
        np.zeros(0),
        has_virtual_centre=False,
        discs=discs,
        disc=tree,
    )


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


def _nobody() -> Layout:
    return _layout(np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.int32), np.zeros(0), has_virtual_centre=False)


def _layout(angle: Floats, radius: Floats, ring: Rings, ring_radius: Floats, *, has_virtual_centre: bool) -> Layout:
    x, y = radius * np.cos(angle), radius * np.sin(angle)
    return Layout(x, y, angle, radius, ring, ring_radius, has_virtual_centre=has_virtual_centre)


@dataclass(frozen=True, eq=False)
class _Own:
    """Hold each row's ring in its own tree: its radius, the step to it, how many share it; and each tree's height."""

    radius: Floats
    step: Floats
    crowd: npt.NDArray[np.intp]
    height: Ints


def _own_rings(forest: Forest, tree: Ints, trees: int) -> _Own:
    height = np.zeros(trees, dtype=np.int64)
    np.maximum.at(height, tree, forest.depth)
    first = np.cumsum(height + 1) - height - 1
    place = first[tree] + forest.depth
    crowd = np.bincount(place, minlength=int(first[-1] + height[-1] + 1))
    of = np.repeat(np.arange(trees), height + 1)
    ring = np.arange(len(crowd)) - first[of]
    within = np.cumsum(crowd)
    within = within - within[first][of]
    people = np.maximum(within[first + height], 1)
    radius = spaced(ring, height[of], within / people[of], EVEN_IN_A_DISC)
    step = np.diff(radius, prepend=0.0)
    return _Own(radius[place], step[place], crowd[place], height)
