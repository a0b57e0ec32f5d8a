"""Draw small charts of measures as SVG: a curve with its interval, bars beside what a law expects, Lorenz curves."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from referral.spread.svg import number, opening, words

HEIGHT, TOP, FOOT, LEFT, RIGHT = 240, 14, 40, 46, 12
INK, SECOND = "#b8651b", "#2f8a72"
"""What lines and bars are drawn with where no stylesheet says otherwise."""

Point = tuple[float, float]
Tick = tuple[float, str]


@dataclass(frozen=True)
class Words:
    """What a chart says of itself: its title and description, and what its two axes measure."""

    title: str
    description: str
    across: str
    up: str


@dataclass(frozen=True)
class _Frame:
    """Where values stand: ``across`` and ``up`` are the values at the far ends of the axes, which begin at 0."""

    width: int
    across: float
    up: float

    def x(self, value: float) -> float:
        return LEFT + (self.width - LEFT - RIGHT) * value / self.across

    def y(self, value: float) -> float:
        return TOP + (HEIGHT - TOP - FOOT) * (1 - value / self.up)

    def path(self, points: Sequence[Point]) -> str:
        return "M" + "L".join(f"{number(self.x(x))} {number(self.y(y))}" for x, y in points)

    def steps(self, points: Sequence[Point]) -> str:
        """Draw a curve that stays until it jumps."""
        x, y = points[0]
        parts = [f"M{number(self.x(x))} {number(self.y(y))}"]
        parts += [f"H{number(self.x(x))}V{number(self.y(y))}" for x, y in points[1:]]
        return "".join(parts)


def curve_svg(
    points: Sequence[Point],
    beyond: Sequence[Point],
    end: Point,
    interval: tuple[float, float],
    *,
    text: Words,
    across: Sequence[Tick],
    up: Sequence[Tick],
    cut: str,
    name: str,
    width: int = 600,
) -> str:
    """Draw a curve that can be read up to ``end``, there with its interval and a line marked ``cut``; then fainter.

    The axes reach as far as their last ticks.
    """
    high = max(interval[1], *(y for _, y in (*points, *beyond, end)), *(at for at, _ in up))
    frame = _Frame(width, max(at for at, _ in (*across, *beyond, end)), high * 1.04)
    svg = opening(name, "chart", width, HEIGHT, text.title, text.description)
    svg += _axes(frame, text, across, up)
    x = number(frame.x(end[0]))
    top, low = number(frame.y(interval[1])), number(frame.y(interval[0]))
    anchor = "end" if frame.x(end[0]) > width / 2 else "start"
    svg.append(f'<path class="axis" d="M{x} {TOP}V{HEIGHT - FOOT}" stroke="currentColor" stroke-dasharray="2 4"/>')
    svg.append(_label(frame.x(end[0]) + (-6 if anchor == "end" else 6), HEIGHT - FOOT - 8, anchor, cut))
    if beyond:
        faint = frame.steps([end, *beyond])
        svg.append(f'<path class="line is-faint" d="{faint}" fill="none" stroke="{INK}" stroke-opacity=".35"/>')
    svg.append(f'<path class="line" d="{frame.steps([(0, 0), *points, end])}" fill="none" stroke="{INK}"/>')
    svg.append(
        f'<path class="now" d="M{x} {top}V{low}m-5 0h10M{x} {top}m-5 0h10" fill="none" stroke="currentColor"/>'
        f'<circle class="bar" cx="{x}" cy="{number(frame.y(end[1]))}" r="4.5" fill="{INK}"/></g></svg>'
    )
    return "".join(svg)


def counts_svg(
    counts: Sequence[int],
    expected: Sequence[float],
    *,
    text: Words,
    shown: Sequence[str],
    name: str,
    width: int = 600,
) -> str:
    """Draw how many fans introduced nobody, one, two … as bars on a logarithmic scale, with what a law expects.

    ``shown`` writes the counts for their tooltips. Half a fan is the floor, so that one of them can be seen.
    """
    most = max(1, *counts, *(math.ceil(one) for one in expected))
    powers = range(math.ceil(math.log10(most)) + 1)
    frame = _Frame(width, max(len(counts), 2), max(powers) + math.log10(2) or 1)
    svg = opening(name, "chart", width, HEIGHT, text.title, text.description)
    every = max(1, math.ceil(len(counts) / 12))
    across = [(place + 0.5, str(place)) for place in range(0, len(counts), every)]
    up = [(power + math.log10(2), f"{10**power:,}".replace(",", "\u202f")) for power in powers]
    svg += _axes(frame, text, across, up)
    thick = min(34.0, 0.7 * (frame.x(1) - frame.x(0)))
    floor = number(frame.y(0))
    for place, (count, words_of_it) in enumerate(zip(counts, shown, strict=True)):
        if count:
            x, y = frame.x(place + 0.5) - thick / 2, frame.y(math.log10(2 * count))
            svg.append(
                f'<path class="bar" d="M{number(x)} {floor}V{number(y)}h{number(thick)}V{floor}z" fill="{INK}">'
                f"<title>{place}: {words(words_of_it)}</title></path>"
            )
    line = [(place + 0.5, math.log10(2 * one)) for place, one in enumerate(expected) if one > 0.5]
    if line:
        svg.append(f'<path class="line is-second" d="{frame.path(line)}" fill="none" stroke="{SECOND}"/>')
    svg.append("</g></svg>")
    return "".join(svg)


def lorenz_svg(
    curves: Sequence[Sequence[Point]], *, text: Words, ticks: Sequence[Tick], name: str, width: int = 600
) -> str:
    """Draw Lorenz curves, each from (0, 0) to (1, 1), beside the diagonal on which all have the same."""
    frame = _Frame(width, 1, 1)
    svg = opening(name, "chart", width, HEIGHT, text.title, text.description)
    svg += _axes(frame, text, ticks, ticks)
    svg.append(f'<path class="axis" d="{frame.path([(0, 0), (1, 1)])}" stroke="currentColor" stroke-dasharray="2 4"/>')
    for place, points in enumerate(curves):
        css, colour = (("line", INK), ("line is-second", SECOND))[place % 2]
        svg.append(f'<path class="{css}" d="{frame.path(points)}" fill="none" stroke="{colour}"/>')
    svg.append("</g></svg>")
    return "".join(svg)


def ticks(end: float, most: int = 5) -> list[float]:
    """Choose round values from 0 to somewhere near the end of an axis, at equal steps.

    >>> ticks(0.94), ticks(7)
    ([0.0, 0.2, 0.4, 0.6, 0.8], [0.0, 2.0, 4.0, 6.0])
    """
    if not end > 0:
        return [0.0]
    rough = end / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * (1 - 1e-9))
    return [round(place * step, 12) for place in range(int(end / step * (1 + 1e-9)) + 1)]


def _axes(frame: _Frame, text: Words, across: Sequence[Tick], up: Sequence[Tick]) -> Iterator[str]:
    floor = HEIGHT - FOOT
    yield '<g font-family="system-ui,sans-serif" font-size="12">'
    for value, written in up:
        y = number(frame.y(value))
        yield f'<path class="grid" d="M{LEFT} {y}H{frame.width - RIGHT}" stroke="currentColor" stroke-opacity=".14"/>'
        yield _label(LEFT - 8, frame.y(value) + 4, "end", written)
    yield f'<path class="axis" d="M{LEFT} {floor}H{frame.width - RIGHT}" stroke="currentColor" stroke-opacity=".45"/>'
    for value, written in across:
        yield _label(frame.x(value), floor + 16, "middle", written)
    yield _label(LEFT, TOP - 2, "start", text.up)
    yield _label(frame.width - RIGHT, HEIGHT - 6, "end", text.across)


def _label(x: float, y: float, anchor: str, text: str) -> str:
    return (
        f'<text class="chart-label" x="{number(x)}" y="{number(y)}" text-anchor="{anchor}" fill="currentColor">'
        f"{words(text)}</text>"
    )
