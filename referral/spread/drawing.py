"""Draw a spread as SVG: the staff's stage, and the ripple on a fan's home.

Both are pure: a forest and the caller's words in, the text of a picture out. Colours stand in presentation
attributes, which any stylesheet overrules by class, so that a picture saved from the page looks right alone. No style
attribute and no style element is used, since the pages' Content-Security-Policy allows neither.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from referral.spread.ground import RIPPLE, SMALL, STAGE, Ground, circles, in_centre, place, radii, shrunk, steps
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
from referral.spread.rules.layout import Layout, arrange, prune, radial
from referral.spread.svg import number, opening, words

EACH = 2_000
"""Up to this many people each one can be pointed at; more are drawn channel by channel."""

NEW = 0.07
THINNEST = 0.6
ROOM_FOR_A_LETTER = 7.0


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
    view: str = "generations",
    show_id: Callable[[int], str] = str,
    details: Mapping[int, Mapping[str, str]] | None = None,
) -> str:
    """Draw a whole spread on the dark stage: rings are generations, colours channels, the newest people glow.

    In the ``view`` of growth, rings are equal stretches of time; a forest of many trees is packed, without rings.

    ``labels`` gives each fan's tooltip by id; ``show_id`` writes ids as they are shown outside; ``details`` adds
    ``data-`` attributes by fan id. With 2,000 people or fewer each is a ``<g class="person">`` with ``data-id`` and
    ``data-parent``; more are drawn as one path for each channel, which nobody can point at.
    """
    layout = arrange(forest, view, STAGE.start)
    small = " is-small" if len(forest) <= SMALL else ""
    svg = opening(name, f"stage spread{small}", STAGE.width, STAGE.height, title, description)
    svg += _scene(STAGE, name, circles(forest, layout, view))
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
    svg += _scene(RIPPLE, name, circles(seen, layout))
    people = list(_people(seen, layout, RIPPLE, colour.__getitem__, by_channel=False))
    svg += _glow(seen, people, name)
    svg += _each(seen, people, labels, show_id, {})
    svg.append("</svg>")
    return "".join(svg)


def _scene(ground: Ground, name: str, rings: list[tuple[float, float, float]]) -> Iterator[str]:
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
    for to_right, down, radius in rings:
        rx, ry = (number(reach * radius) for reach in (ground.reach_x, ground.reach_y))
        cx, cy = number(ground.centre[0] + ground.reach_x * to_right), number(ground.centre[1] + ground.reach_y * down)
        yield f'<ellipse class="ring" cx="{cx}" cy="{cy}" rx="{rx}" ry="{ry}"/>'
    yield "</g>"


def _people(
    forest: Forest, layout: Layout, ground: Ground, colour: Callable[[int], str], *, by_channel: bool
) -> Iterator[_Person]:
    """Give everybody ready to be written, the last generation first, so that a step never covers whom it leads from."""
    if not len(forest):
        return
    angle = layout.angle + ground.twist * layout.ring
    share = layout.radius * shrunk(layout)
    x, y = place(ground, layout, angle, share)
    radius = radii(forest, layout, ground)
    edges = steps(forest, layout, ground, angle, share)
    width = THINNEST + np.log2(forest.size) * 0.32 + max(0.0, 1.3 - len(forest) / 130)
    new, middle = _newest(forest), in_centre(layout)
    for row in np.argsort(-forest.depth, kind="stable").tolist():
        channel = forest.channel[row]
        centre = bool(middle[row])
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
