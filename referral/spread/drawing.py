"""Draw a spread as SVG: the staff's stage, and the ripple on a fan's home.

Both are pure: a forest and the caller's words in, the text of a picture out. Colours stand in presentation
attributes, which any stylesheet overrules by class, so that a picture saved from the page looks right alone. No style
attribute and no style element is used, since the pages' Content-Security-Policy allows neither.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from referral.spread.palette import (
    GENERATIONS,
    GROUND,
    INK,
    LIGHT,
    channel_class,
    channel_colour,
    channel_letter,
)
from referral.spread.rules.forest import Forest
from referral.spread.rules.layout import Layout, prune, radial
from referral.spread.svg import number, opening, words

Floats = npt.NDArray[np.float64]

EACH = 2_000
"""Up to this many people each one can be pointed at; more are drawn channel by channel."""

SMALL = 60
FEWEST_RINGS = 3
NEW = 0.07
THINNEST = 0.6
ROOM_FOR_A_LETTER = 7.0


@dataclass(frozen=True)
class _Ground:
    """The paper of a picture: its size, its centre, and how far the outermost ring reaches each way."""

    width: int
    height: int
    reach_x: float
    reach_y: float
    start: float
    twist: float

    @property
    def centre(self) -> tuple[float, float]:
        return self.width / 2, self.height / 2


STAGE = _Ground(900, 900, 418, 418, start=-0.7 * math.pi, twist=0.0)
RIPPLE = _Ground(760, 540, 344, 232, start=-0.83 * math.pi, twist=0.16)


class _Person(NamedTuple):
    """One person, ready to be written: where they stand, how the step to them runs, and what they are painted with."""

    row: int
    x: float
    y: float
    radius: float
    edge: str
    edge_width: float
    css: str
    colour: str
    letter: str


def stage_svg(
    forest: Forest,
    *,
    title: str,
    description: str,
    labels: Mapping[int, str],
    name: str = "spread",
    show_id: Callable[[int], str] = str,
    details: Mapping[int, Mapping[str, str]] | None = None,
) -> str:
    """Draw a whole spread on the dark stage: rings are generations, colours channels, the newest people glow.

    ``labels`` gives each fan's tooltip by id; ``show_id`` writes ids as they are shown outside; ``details`` adds
    ``data-`` attributes by fan id. With 2,000 people or fewer each is a ``<g class="person">`` with ``data-id`` and
    ``data-parent``; more are drawn as one path for each channel, which nobody can point at.
    """
    layout = radial(forest, STAGE.start)
    small = " is-small" if len(forest) <= SMALL else ""
    svg = opening(name, f"stage spread{small}", STAGE.width, STAGE.height, title, description)
    svg += _scene(STAGE, name, _rings(layout))
    people = list(_people(forest, layout, STAGE, lambda row: channel_colour(forest.channel[row]), by_channel=True))
    svg += _glow(forest, people, name)
    if len(forest) <= EACH:
        svg += _each(forest, people, labels, show_id, details or {})
    else:
        svg += _by_channel(people)
    if layout.has_virtual_centre or not len(forest):
        x, y = STAGE.centre
        faint = "" if len(forest) else ' fill-opacity=".25"'
        svg.append(f'<circle class="dot root" cx="{number(x)}" cy="{number(y)}" r="9" fill="{LIGHT}"{faint}/>')
    svg.append("</svg>")
    return "".join(svg)


def ripple_svg(
    forest: Forest,
    *,
    title: str,
    description: str,
    labels: Mapping[int, str],
    name: str = "ripple",
    show_id: Callable[[int], str] = str,
    most: int = 600,
) -> str:
    """Draw how far one fan's word has gone: the fan in the centre, the people below on ellipses by generation.

    ``forest`` is the fan's own branch (``Forest.below``). Of more than ``most`` people those with the largest
    branches are drawn. Raises ValueError where the forest has not exactly one root.
    """
    if len(forest.roots) != 1:
        raise ValueError("a ripple has one fan in its centre")
    seen = forest if len(forest) <= most else forest.keep(prune(forest, most))
    layout = radial(seen, RIPPLE.start)
    colour = [GENERATIONS[min(depth, len(GENERATIONS) - 1)] for depth in seen.depth.tolist()]
    small = " is-small" if len(seen) <= SMALL else ""
    svg = opening(name, f"stage ripple{small}", RIPPLE.width, RIPPLE.height, title, description)
    svg += _scene(RIPPLE, name, _rings(layout))
    people = list(_people(seen, layout, RIPPLE, colour.__getitem__, by_channel=False))
    svg += _glow(seen, people, name)
    svg += _each(seen, people, labels, show_id, {})
    svg.append("</svg>")
    return "".join(svg)


def _rings(layout: Layout) -> int:
    # Among few people, empty rings around them say that there is further to go; many people need the space.
    if len(layout.ring) > SMALL:
        return max(layout.rings, 2)
    return max(layout.rings + int(layout.rings < FEWEST_RINGS), FEWEST_RINGS)


def _scene(ground: _Ground, name: str, rings: int) -> Iterator[str]:
    """Paint the stage, the light in its middle, and the rings."""
    x, y = (number(value) for value in ground.centre)
    width, height = ground.width, ground.height
    yield (
        f'<defs><radialGradient id="{words(name)}-light"><stop offset="0" stop-color="#ffb48f" stop-opacity=".3"/>'
        '<stop offset=".35" stop-color="#ff9a6b" stop-opacity=".09"/>'
        '<stop offset="1" stop-color="#ff8a6b" stop-opacity="0"/></radialGradient>'
        f'<filter id="{words(name)}-glow" filterUnits="userSpaceOnUse" x="0" y="0" width="{width}" height="{height}">'
        '<feGaussianBlur stdDeviation="5"/></filter></defs>'
        f'<rect class="ground" width="{width}" height="{height}" rx="14" fill="{GROUND}"/>'
        f'<ellipse class="light" cx="{x}" cy="{y}" rx="{number(ground.reach_x * 0.62)}" '
        f'ry="{number(ground.reach_y * 0.62)}" fill="url(#{words(name)}-light)"/>'
        '<g fill="none" stroke="rgba(255,255,255,.09)">'
    )
    # A chain of hundreds of generations would paint the ground white.
    every = -(-rings // 12)
    for ring in range(every, rings + 1, every):
        rx, ry = (number(reach * ring / rings) for reach in (ground.reach_x, ground.reach_y))
        yield f'<ellipse class="ring" cx="{x}" cy="{y}" rx="{rx}" ry="{ry}"/>'
    yield "</g>"


def _people(
    forest: Forest, layout: Layout, ground: _Ground, colour: Callable[[int], str], *, by_channel: bool
) -> Iterator[_Person]:
    """Give everybody ready to be written, the last generation first, so that a step never covers whom it leads from."""
    if not len(forest):
        return
    rings = _rings(layout)
    angle = layout.angle + ground.twist * layout.ring
    x, y = _place(ground, angle, layout.ring / rings)
    radius = _radii(forest, layout, ground, rings)
    edges = _edges(forest, layout, ground, angle, rings)
    width = THINNEST + np.log2(forest.size) * 0.32 + max(0.0, 1.3 - len(forest) / 130)
    new = _newest(forest)
    for row in np.argsort(-forest.depth, kind="stable").tolist():
        channel = forest.channel[row]
        centre = layout.ring[row] == 0
        css = f" {channel_class(channel)}" * by_channel + f" gen-{forest.depth[row]}" + " new" * bool(new[row])
        yield _Person(
            row,
            float(x[row]),
            float(y[row]),
            float(radius[row]),
            edges[row],
            float(width[row]),
            "root" + css if centre else css[1:],
            LIGHT if centre else colour(row),
            channel_letter(channel) if by_channel and radius[row] >= ROOM_FOR_A_LETTER else "",
        )


def _place(ground: _Ground, angle: Floats, share: Floats) -> tuple[Floats, Floats]:
    x, y = ground.centre
    return x + ground.reach_x * share * np.cos(angle), y + ground.reach_y * share * np.sin(angle)


def _radii(forest: Forest, layout: Layout, ground: _Ground, rings: int) -> Floats:
    """Make a dot grow with the branch it carries, and everybody smaller where it is crowded."""
    n = len(forest)
    scale = max(1.0, (900 / n) ** 0.3)
    # The fewer people there are, the less do their dots differ: each must have room for a letter.
    radius: Floats = min(1.15 * scale**1.6, 8.0) + np.log2(forest.size) * 0.62 * min(scale, 2.0)
    step = min(ground.reach_x, ground.reach_y) / rings
    radius = np.minimum(radius, max(1.2, min(15.0, step * 0.3)))
    on_ring = np.bincount(layout.ring, minlength=rings + 1)
    space = 2 * math.pi * step * np.maximum(layout.ring, 1) / on_ring[layout.ring]
    ends = forest.size == 1
    radius[ends] = np.minimum(radius[ends], np.maximum(1.0, space[ends] * 0.42))
    radius[layout.ring == 0] = max(9.0, min(15.0, float(radius.max())))
    return radius


def _edges(forest: Forest, layout: Layout, ground: _Ground, angle: Floats, rings: int) -> list[str]:
    """Bend each step softly: it leaves along the introducer's wedge and arrives along the newcomer's."""
    centre = layout.ring == 1
    above = np.where(forest.parent < 0, 0, forest.parent)
    at_parent = np.where(centre, angle - 0.55, angle[above])
    share = np.maximum(layout.ring - 1, 0) / rings
    ends = layout.ring / rings
    middle = (share + ends) / 2
    x0, y0 = _place(ground, at_parent, share)
    x1, y1 = _place(ground, at_parent, middle)
    x2, y2 = _place(ground, angle, middle)
    x3, y3 = _place(ground, angle, ends)
    # Whole units are enough for the points a curve only leans towards, and a third shorter.
    table = np.column_stack([x0, y0, x1.round(), y1.round(), x2.round(), y2.round(), x3, y3]).tolist()
    paths = ("M{} {}C{} {} {} {} {} {}".format(*(number(value) for value in line)) for line in table)
    return ["" if ring == 0 else path for ring, path in zip(layout.ring.tolist(), paths, strict=True)]


def _newest(forest: Forest) -> npt.NDArray[np.bool_]:
    """Mark the newest people, about one in fourteen; who is alone is not news."""
    n = len(forest)
    new = np.zeros(n, dtype=np.bool_)
    if n > 1:
        # Rows are in order of arrival.
        new[n - max(1, round(n * NEW)) :] = True
    return new


def _glow(forest: Forest, people: list[_Person], name: str) -> Iterator[str]:
    """Lay one blurred light under the newest people and the centre."""
    spots: dict[tuple[str, float], list[str]] = defaultdict(list)
    for one in people:
        if " new" in one.css or one.css.startswith("root"):
            size = 2 * (one.radius * 1.7 + 3)
            spots[one.colour, round(size)].append(f"M{number(one.x)} {number(one.y)}h0")
    if spots:
        yield f'<g class="glow" filter="url(#{words(name)}-glow)" fill="none" stroke-linecap="round" opacity=".62">'
        for (colour, size), dots in spots.items():
            yield f'<path d="{"".join(dots)}" stroke="{colour}" stroke-width="{number(size)}"/>'
        yield "</g>"


def _each(
    forest: Forest,
    people: list[_Person],
    labels: Mapping[int, str],
    show_id: Callable[[int], str],
    details: Mapping[int, Mapping[str, str]],
) -> Iterator[str]:
    """Write everybody as an element of their own, with the step that leads to them.

    The colour stands once, on the group, and the parts take it as the current colour. The dot's outline is the step's
    colour at the step's strength, which softens it.
    """
    yield (
        '<g class="people" fill="currentColor" stroke="currentColor" stroke-opacity=".42" stroke-linecap="round" '
        f'stroke-width="{number(THINNEST)}">'
    )
    for one in people:
        fan, parent = int(forest.ids[one.row]), int(forest.parent[one.row])
        above = f' data-parent="{words(show_id(int(forest.ids[parent])))}"' if parent >= 0 else ""
        more = "".join(f' data-{key}="{words(value)}"' for key, value in details.get(fan, {}).items())
        yield f'<g class="person {one.css}" color="{one.colour}" data-id="{words(show_id(fan))}"{above}{more}>'
        if one.edge:
            width = "" if one.edge_width == THINNEST else f' stroke-width="{number(one.edge_width)}"'
            yield f'<path class="edge" d="{one.edge}" fill="none"{width}/>'
        yield f'<circle class="dot" cx="{number(one.x)}" cy="{number(one.y)}" r="{number(one.radius)}"/>'
        if one.letter:
            yield (
                f'<text class="letter" x="{number(one.x)}" y="{number(one.y)}" fill="{INK}" stroke="none" '
                'font-family="sans-serif" font-size="12" font-weight="700" text-anchor="middle" '
                f'dominant-baseline="central">{words(one.letter)}</text>'
            )
        label = labels.get(fan)
        yield f"<title>{words(label)}</title></g>" if label else "</g>"
    yield "</g>"


def _by_channel(people: list[_Person]) -> Iterator[str]:
    """Write very many people as one path for each channel and strength, steps first."""
    steps: dict[tuple[str, str, float], list[str]] = defaultdict(list)
    dots: dict[tuple[str, str, float], list[str]] = defaultdict(list)
    for one in people:
        channel = next((part for part in one.css.split() if part.startswith("ch-")), "ch-none")
        if one.edge:
            steps[channel, one.colour, 0.6 if one.edge_width < 1.2 else 1.4 if one.edge_width < 2.6 else 3].append(
                one.edge
            )
        spot = f"M{number(one.x)} {number(one.y)}h0"
        dots[channel, one.colour, round(one.radius * 2) / 2].append(spot)
    yield '<g class="edges" fill="none" stroke-linecap="round" stroke-opacity=".34">'
    for (channel, colour, width), paths in sorted(steps.items()):
        yield f'<path class="edge {channel}" d="{"".join(paths)}" stroke="{colour}" stroke-width="{number(width)}"/>'
    yield '</g><g class="dots" fill="none" stroke-linecap="round">'
    for (channel, colour, radius), paths in sorted(dots.items()):
        yield (
            f'<path class="dots {channel}" d="{"".join(paths)}" stroke="{colour}" stroke-width="{number(radius * 2)}"/>'
        )
    yield "</g>"
