"""Posters of places: what stands there, large; a code to scan from a step away; an address for who would type it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from referral.events.printing import codes
from referral.events.printing.fonts import Library, Style
from referral.events.printing.masthead import Masthead, brand_line, small
from referral.events.printing.paper import A3, SOFT, Paper, Type

CODE = 100.0
DISTANCE = 1_000
"""In mm: the side of the code without its quiet zone, and from where it is read: a step before a booth."""

_EDGE = 26.0
_NAME_SIZES = (128, 108, 92, 78, 64, 52, 42)


@dataclass(frozen=True)
class Poster:
    """Hold what a place's poster says, worded, and the code that it shows."""

    payload: str
    name: str
    says: str
    ask: str
    address: str


def sheets(letters: Library, language: str, masthead: Masthead, posters: Sequence[Poster], title: str) -> bytes:
    """Print posters, one a sheet of A3."""
    paper = Paper(letters, A3, title, language)
    for poster in posters:
        paper.sheet()
        _poster(paper, masthead, poster)
    return paper.pdf()


def _poster(paper: Paper, masthead: Masthead, poster: Poster) -> None:
    wide, high = paper.size
    most = wide - 2 * _EDGE
    brand_line(paper, masthead, _EDGE, 34, most, 22)
    lines, large = paper.fitted(poster.name, Type(Style.SERIF, _NAME_SIZES[0]), most, _NAME_SIZES, 3)
    y = 52 + 0.8 * large.em
    for line in lines:
        paper.text(_EDGE, y, line, large)
        y += 1.04 * large.em
    lead = Type(Style.SERIF, 33, SOFT)
    paper.paragraph(_EDGE, y - 0.3 * large.em + 1.4 * lead.em, poster.says, lead, most, leading=1.3)
    _ask(paper, masthead, poster, high)


def _ask(paper: Paper, masthead: Masthead, poster: Poster, high: float) -> None:
    """Draw the code at the foot, and beside it what to do with it."""
    top = high - 40 - CODE
    paper.code(poster.payload, _EDGE, top, CODE)
    left = _EDGE + CODE * codes.density(poster.payload).clear - 4
    most = paper.size[0] - _EDGE - left
    ask = Type(Style.SERIF, 30)
    y = paper.paragraph(left, top + 0.75 * ask.em, poster.ask, ask, most, leading=1.2)
    address = Type(Style.STRONG, 15, masthead.accent, spaced=0.02)
    lines, address = paper.fitted(poster.address, address, most, (15, 13, 11, 9), 1)
    paper.text(left, y + 2, lines[0], address)
    edge = small(14)
    below = [text for text in (masthead.event, masthead.venue, *masthead.when[:3]) if text]
    y = top + CODE
    for text in reversed(below):
        paper.text(left, y, paper.cut(text, edge, most), edge)
        y -= 1.4 * edge.em
