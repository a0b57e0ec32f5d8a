"""Visitors' badges: ten to a sheet of A4, 90 × 55 mm each, with marks to cut along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from referral.events.printing import codes
from referral.events.printing.fonts import Library, Style
from referral.events.printing.masthead import Masthead, brand_line, small
from referral.events.printing.paper import A4, RULE, SOFT, Align, Paper, Type
from referral.events.rules.density import Density

ACROSS, DOWN = 2, 5
A_SHEET = ACROSS * DOWN
WIDE, HIGH = 90.0, 55.0
MARGIN = ((A4[0] - ACROSS * WIDE) / 2, (A4[1] - DOWN * HIGH) / 2)

CODE = 32.0
DISTANCE = 300
"""In mm: the side of the code without its quiet zone, and from where a gate reads it: a badge in the hand."""

_BOX = 41.0
_BOX_LEFT, _BOX_TOP = WIDE - _BOX - 0.5, 2.0
_COLUMN = (6.0, 40.5)
_NAME_SIZES = (23, 20, 18, 16, 14, 12, 10.5)


@dataclass(frozen=True)
class Visitor:
    """Hold what a badge says of one pass, worded: its name, label, number, how many it lets in; and its code.

    `short` is the code to read out and type, in groups. Without a name the label stands large; without either, or
    where the name is in letters that we do not have, there is a line to write on (`by_hand`).
    """

    payload: str
    number: str
    name: str | None = None
    label: str | None = None
    short: str | None = None
    lets_in: str | None = None
    by_hand: bool = False


def sheets(letters: Library, language: str, masthead: Masthead, visitors: Sequence[Visitor], title: str) -> bytes:
    """Print badges, as many sheets as they need."""
    letters.prepare(Style.SERIF, "".join(visitor.name or visitor.label or "" for visitor in visitors))
    paper = Paper(letters, A4, title, language)
    xs = [MARGIN[0] + WIDE * column for column in range(ACROSS + 1)]
    ys = [MARGIN[1] + HIGH * row for row in range(DOWN + 1)]
    for place, visitor in enumerate(visitors):
        row, column = divmod(place % A_SHEET, ACROSS)
        if not (row or column):
            paper.sheet()
            paper.cut_marks(xs, ys)
        _badge(paper, xs[column], ys[row], masthead, visitor)
    if not visitors:
        paper.sheet()
    return paper.pdf()


def code_side(density: Density) -> float:
    """Give how wide a code is printed: as wide as planned, unless its quiet zone needs more of the badge.

    >>> code_side(Density.of_version(3)), round(code_side(Density.of_version(1)), 1)
    (32.0, 29.7)
    """
    return min(CODE, _BOX / density.clear)


def _badge(paper: Paper, x: float, y: float, masthead: Masthead, visitor: Visitor) -> None:
    side = code_side(codes.density(visitor.payload))
    inset = (_BOX - side) / 2
    paper.code(visitor.payload, x + _BOX_LEFT + inset, y + _BOX_TOP + inset, side)
    middle = x + _BOX_LEFT + _BOX / 2
    if visitor.short:
        paper.text(middle, y + 47.2, visitor.short, Type(Style.STRONG, 10.5, spaced=0.06), Align.CENTRE)
    paper.text(middle, y + 51.2, visitor.number, small(7), Align.CENTRE)
    left, most = x + _COLUMN[0], _COLUMN[1]
    brand_line(paper, masthead, left, y + 8.2, most, 6.2)
    _who(paper, left, y, most, visitor)
    event = Type(Style.SERIF, 8.5, SOFT)
    lines, event = paper.fitted(masthead.event, event, most, (8.5, 7.5), 2)
    for place, line in enumerate(reversed(lines)):
        paper.text(left, y + HIGH - 5.2 - 1.2 * event.em * place, line, event)


def _who(paper: Paper, left: float, y: float, most: float, visitor: Visitor) -> None:
    """Write the name large, and below it the label and how many people come in."""
    large = None if visitor.by_hand else visitor.name or visitor.label
    lines, type = paper.fitted(large or "", Type(Style.SERIF, _NAME_SIZES[0]), most, _NAME_SIZES, 2)
    baseline = y + 13.5 + 0.75 * type.em
    for line in lines:
        paper.text(left, baseline, line, type)
        baseline += 1.08 * type.em
    if not lines:
        paper.line(left, y + 27, left + most, y + 27, RULE, 0.2)
        baseline = y + 27 + 1.4
    below = [text for text in (visitor.label if visitor.label != large else None, visitor.lets_in) if text]
    strong = Type(Style.STRONG, 8.5)
    for text in below:
        baseline += 0.42 * strong.em if text is below[0] else 0
        paper.text(left, baseline, paper.cut(text, strong, most), strong)
        baseline += 1.4 * strong.em
