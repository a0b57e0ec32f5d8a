"""Pack circles of very different sizes into one: the largest in the middle, the very many small ones around them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

GOLDEN = math.pi * (3 - math.sqrt(5))
"""The golden angle: turned by it again and again, a sunflower's seeds never stand behind one another."""

FITTED = 1_500
PLACES = 50_000
SEED = 1.27
"""How far a sunflower's seeds of radius 1 stand apart, in its own measure, so that no two touch (1.25 is the least)."""


@dataclass(frozen=True, eq=False)
class Packing:
    """Where each circle stands, in the order given, and the radius of the circle around the origin that holds all."""

    x: Floats
    y: Floats
    reach: float


def pack(radius: Floats) -> Packing:
    """Place circles without overlaps, in about O(n log n); ``radius`` descends and is above 0.

    The largest are fitted in one by one, each as near to the middle as there is room. Around them stand
    rings of middling ones, each ring as wide as the largest circle in it. The smallest, where there are many of one
    size, are laid out as a sunflower's seeds.

    >>> few = pack(np.array([3.0, 1.0, 1.0]))
    >>> round(float(np.hypot(few.x[1] - few.x[0], few.y[1] - few.y[0])), 1)
    4.0

    Raises ValueError where the radii do not descend.
    """
    n = len(radius)
    if n and (bool((np.diff(radius) > 0).any()) or float(radius[-1]) <= 0):
        raise ValueError("the radii of circles to pack descend, and are above 0")
    x, y = np.zeros(n), np.zeros(n)
    if not n:
        return Packing(x, y, 0.0)
    smallest = int(np.searchsorted(-radius, -radius[-1]))
    many = n - smallest > 2 * FITTED
    fitted = _fit(radius[: min(FITTED, smallest if many else n)], x, y)
    # The middle of all that was fitted is the middle of the picture.
    reach = _recentre(radius, x, y, fitted)
    reach = _ring_by_ring(radius, x, y, fitted, smallest if many else n, reach)
    if many:
        reach = _sunflower(float(radius[-1]), x, y, smallest, reach)
    return Packing(x, y, reach)


def _fit(radius: Floats, x: Floats, y: Floats) -> int:
    """Set each circle on the free place nearest to the middle; the places are a sunflower's, fine enough for them all.

    Returns how many were set: all, unless the places reach less far than circles so packed do.
    """
    count = len(radius)
    if not count:
        return 0
    reach = 1.6 * math.sqrt(float((radius**2).sum())) + 2 * float(radius[0])
    seeds = np.arange(PLACES)
    far = reach * np.sqrt(seeds / PLACES)
    place_x, place_y = far * np.cos(seeds * GOLDEN), far * np.sin(seeds * GOLDEN)
    room = np.full(PLACES, np.inf)
    for row, size in enumerate(radius.tolist()):
        at = int(np.argmax(room >= size))
        if room[at] < size:
            return row
        x[row], y[row] = place_x[at], place_y[at]
        # Nobody further away loses room that a circle of this size, or a smaller one, would want.
        near = slice(*np.searchsorted(far, (far[at] - 2 * size, far[at] + 2 * size)))
        away = np.hypot(place_x[near] - place_x[at], place_y[near] - place_y[at]) - size
        np.minimum(room[near], away, out=room[near])
    return count


def _recentre(radius: Floats, x: Floats, y: Floats, fitted: int) -> float:
    if not fitted:
        return 0.0
    if fitted > 1 and radius[1] > 0.5 * radius[0]:
        weight = radius[:fitted] ** 2
        x[:fitted] -= np.average(x[:fitted], weights=weight)
        y[:fitted] -= np.average(y[:fitted], weights=weight)
    reach, to_right, down = _enclosing(radius[:fitted], x[:fitted], y[:fitted])
    x[:fitted] -= to_right
    y[:fitted] -= down
    return reach


def _enclosing(radius: Floats, x: Floats, y: Floats) -> tuple[float, float, float]:
    """Find a small circle around all circles: its radius and its middle.

    The middle steps towards what stands out most, ever less far (Bădoiu and Clarkson, 2003). What is near enough to
    the middle stays there: a largest circle that is nearly in the middle looks as if it had slipped.
    """
    before = float((np.hypot(x, y) + radius).max())
    best, to_right, down = before, 0.0, 0.0
    at_x = at_y = 0.0
    for step in range(1, 60):
        out = np.hypot(x - at_x, y - at_y) + radius
        furthest = int(np.argmax(out))
        if out[furthest] < best:
            best, to_right, down = float(out[furthest]), at_x, at_y
        at_x += (float(x[furthest]) - at_x) / (step + 1)
        at_y += (float(y[furthest]) - at_y) / (step + 1)
    return (best, to_right, down) if best < 0.95 * before else (before, 0.0, 0.0)


def _ring_by_ring(radius: Floats, x: Floats, y: Floats, start: int, end: int, reach: float) -> float:
    """Fill ring after ring; seen from the middle, each circle takes the angle between the two lines that touch it."""
    turn = 0.0
    while start < end:
        largest = float(radius[start])
        middle = max(reach + largest, largest)
        # No more than this many can fit, so that no more are looked at.
        stop = min(end, start + int(math.pi * middle / float(radius[min(end, start + 4 * FITTED) - 1])) + 2)
        angle = 2 * np.arcsin(np.minimum(radius[start:stop] / middle, 1.0))
        ends = np.cumsum(angle)
        count = max(1, int(np.searchsorted(ends, 2 * math.pi, side="right")))
        angle, ends = angle[:count], ends[:count]
        slack = max(0.0, 2 * math.pi - float(ends[-1])) / count
        at = turn + ends - angle / 2 + slack * np.arange(count)
        x[start : start + count], y[start : start + count] = middle * np.cos(at), middle * np.sin(at)
        start, reach, turn = start + count, middle + largest, turn + GOLDEN
    return reach


def _sunflower(size: float, x: Floats, y: Floats, start: int, reach: float) -> float:
    apart = SEED * size
    first = math.ceil(((reach + size) / apart) ** 2) if reach else 1
    seeds = np.arange(first, first + len(x) - start)
    far = apart * np.sqrt(seeds)
    x[start:], y[start:] = far * np.cos(seeds * GOLDEN), far * np.sin(seeds * GOLDEN)
    return float(far[-1]) + size
