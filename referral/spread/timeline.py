"""Draw time lines as SVG: small bar charts, each with its own scale and its highest value written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from referral.spread.svg import number, opening, words

SERIES = (("bar", "#b8651b"), ("bar is-second", "#2f8a72"), ("bar is-third", "#c2503a"))
"""Class and fallback colour of each row in turn; these show on paper (#f8f3ea) and on a dark page (#171411), 3 to 1."""

HEAD, PLOT, GAP, FOOT = 26, 66, 22, 26


@dataclass(frozen=True)
class Row:
    """One chart: its title, its values (0 or more, oldest first), and how a value is written for people to read."""

    title: str
    values: Sequence[int]
    shown: Callable[[int], str] = str


def timeline_svg(
    rows: Sequence[Row],
    *,
    title: str,
    description: str,
    labels: Sequence[str],
    name: str = "timeline",
    width: int = 640,
) -> str:
    """Draw rows of bars over one stretch of time, with the first and the last label written below.

    ``labels`` names the stretches of time, one for each value of every row. Letters are 12 units high, and there is
    room for 20: at ``width`` 640 a page may enlarge them on a phone; 960 suits a wide page, and 390 a narrow one, as
    they are. Each bar's tooltip says its label and value. Raises ValueError where a row has not one value a label.
    """
    height = max(1, len(rows)) * (HEAD + PLOT + GAP) - GAP + FOOT
    svg = opening(name, "chart timeline", width, height, title, description)
    svg.append('<g font-family="system-ui,sans-serif" font-size="12">')
    for place, row in enumerate(rows):
        css, colour = SERIES[place % len(SERIES)]
        svg += _row(row, labels, css, colour, place * (HEAD + PLOT + GAP), width)
    if labels:
        svg.append(_label(0, height - 5, "start", labels[0]))
    if len(labels) > 1:
        svg.append(_label(width, height - 5, "end", labels[-1]))
    svg.append("</g></svg>")
    return "".join(svg)


def _row(row: Row, labels: Sequence[str], css: str, colour: str, top: int, width: int) -> Iterator[str]:
    highest = max(row.values, default=0)
    floor = top + HEAD + PLOT
    yield _label(0, top + 17, "start", row.title, weight=' font-weight="600"')
    yield _label(width, top + 17, "end", row.shown(highest))
    yield (
        f'<path class="grid" d="M0 {top + HEAD}h{width}" fill="none" stroke="currentColor" stroke-opacity=".14"/>'
        f'<g fill="{colour}">'
    )
    step = width / max(1, len(row.values))
    # Bars of a handful of days would look like walls.
    thick = min(step * 0.74, 40.0)
    for place, (label, value) in enumerate(zip(labels, row.values, strict=True)):
        if value <= 0:
            continue
        # What happened once must be seen beside what happened a thousand times.
        tall = max(1.5, PLOT * value / highest)
        yield (
            f'<rect class="{css}" x="{number(place * step + (step - thick) / 2)}" y="{number(floor - tall)}" '
            f'width="{number(thick)}" height="{number(tall)}" rx="{number(min(1.5, thick / 3))}">'
            f"<title>{words(label)} · {words(row.shown(value))}</title></rect>"
        )
    yield f'</g><path class="axis" d="M0 {floor}h{width}" fill="none" stroke="currentColor" stroke-opacity=".45"/>'


def _label(x: int, y: int, anchor: str, text: str, weight: str = "") -> str:
    return (
        f'<text class="chart-label" x="{x}" y="{y}" text-anchor="{anchor}" fill="currentColor"{weight}>'
        f"{words(text)}</text>"
    )
