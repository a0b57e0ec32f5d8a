"""The ground of a drawing: where a placed forest comes to stand on paper of a certain size, and how its steps bend."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from referral.spread.rules.forest import Forest
from referral.spread.rules.layout import Layout
from referral.spread.rules.rings import time_rings
from referral.spread.svg import number

Floats = npt.NDArray[np.float64]

SMALL = 60
FEWEST_RINGS = 3
SEEN = 0.012
"""The least radius at which the disc of a tree is drawn around it, in radii of the picture."""


@dataclass(frozen=True)
class Ground:
    """The paper of a picture: its size, its centre, and how far the outermost ring reaches each way."""

    width: int
    height: int
    reach_x: float
    reach_y: float
    start: float
    twist: float

    @property
    def centre(self) -> tuple[float, float]:
        """Give the middle of the paper."""
        return self.width / 2, self.height / 2


STAGE = Ground(900, 900, 418, 418, start=-0.7 * math.pi, twist=0.0)
RIPPLE = Ground(760, 540, 344, 232, start=-0.83 * math.pi, twist=0.16)


def _rings(layout: Layout) -> int:
    # Among few people, empty rings around them say that there is further to go; many people need the space.
    if len(layout.ring) > SMALL:
        return max(layout.rings, 2)
    return max(layout.rings + int(layout.rings < FEWEST_RINGS), FEWEST_RINGS)


def shrunk(layout: Layout) -> float:
    """Say how far out the last ring of people stands, where empty ones are drawn around it."""
    return layout.rings / _rings(layout) if layout.rings else 1.0


def circles(forest: Forest, layout: Layout, view: str = "generations") -> list[tuple[float, float, float]]:
    """Find the rings to be drawn, as (x, y, radius) in a disc of radius 1: a dozen, or the discs that can be seen."""
    if layout.discs is not None:
        discs = layout.discs
        shown = zip(discs.x.tolist(), discs.y.tolist(), discs.radius.tolist(), strict=True)
        return [disc for disc in shown if disc[2] > SEEN]
    if view == "growth":
        return [(0.0, 0.0, radius) for radius, _at in time_rings(forest.at_ms)]
    # A chain of hundreds of generations would paint the ground white.
    rings = _rings(layout)
    every = -(-rings // 12)
    known = layout.ring_radius * shrunk(layout) if layout.rings else np.zeros(1)
    return [
        (0.0, 0.0, float(known[ring]) if ring < len(known) else ring / rings) for ring in range(every, rings + 1, every)
    ]


def in_centre(layout: Layout) -> npt.NDArray[np.bool_]:
    """Mark who stands in the very middle of the picture: one person, or nobody."""
    found: npt.NDArray[np.bool_] = (layout.radius == 0) & (layout.discs is None)
    return found


def place(ground: Ground, layout: Layout, angle: Floats, share: Floats) -> tuple[Floats, Floats]:
    """Give the points of the paper that are at an angle and a share of the way out, each in its own tree's disc."""
    x, y = ground.centre
    to_right, down = share * np.cos(angle), share * np.sin(angle)
    if layout.discs is not None:
        disc = layout.disc
        to_right = layout.discs.x[disc] + layout.discs.radius[disc] * to_right
        down = layout.discs.y[disc] + layout.discs.radius[disc] * down
    return x + ground.reach_x * to_right, y + ground.reach_y * down


def radii(forest: Forest, layout: Layout, ground: Ground) -> Floats:
    """Make a dot grow with the branch it carries, and everybody smaller where it is crowded."""
    n = len(forest)
    scale = max(1.0, (900 / n) ** 0.3)
    # The fewer people there are, the less do their dots differ: each must have room for a letter.
    radius: Floats = min(1.15 * scale**1.6, 8.0) + np.log2(forest.size) * 0.62 * min(scale, 2.0)
    reach = min(ground.reach_x, ground.reach_y)
    ends = forest.size == 1
    if layout.rings:
        step = reach / _rings(layout)
        on_ring = np.bincount(layout.ring)
        space = 2 * math.pi * step * np.maximum(layout.ring, 1) / on_ring[layout.ring]
    else:
        # Where no ring is shared, everybody has as much of the disc as everybody else.
        step = reach * 1.6 / math.sqrt(n)
        space = np.full(n, step)
    radius = np.minimum(radius, max(1.2, min(15.0, step * 0.3)))
    radius[ends] = np.minimum(radius[ends], np.maximum(1.0, space[ends] * 0.42))
    radius[in_centre(layout)] = max(9.0, min(15.0, float(radius.max())))
    return radius


def steps(forest: Forest, layout: Layout, ground: Ground, angle: Floats, ends: Floats) -> list[str]:
    """Bend each step softly: it leaves along the introducer's wedge and arrives along the newcomer's."""
    alone = forest.parent < 0
    above = np.where(alone, 0, forest.parent)
    share = np.where(alone, 0.0, ends[above])
    at_parent = np.where(share == 0, angle - 0.55, angle[above])
    middle = (share + ends) / 2
    x0, y0 = place(ground, layout, at_parent, share)
    x1, y1 = place(ground, layout, at_parent, middle)
    x2, y2 = place(ground, layout, angle, middle)
    x3, y3 = place(ground, layout, angle, ends)
    # Whole units are enough for the points a curve only leans towards, and a third shorter.
    table = np.column_stack([x0, y0, x1.round(), y1.round(), x2.round(), y2.round(), x3, y3]).tolist()
    paths = ("M{} {}C{} {} {} {} {} {}".format(*(number(value) for value in line)) for line in table)
    drawn = ~alone | layout.has_virtual_centre
    return [path if is_drawn else "" for is_drawn, path in zip(drawn.tolist(), paths, strict=True)]
