"""Banners of gates: read from across a hall, and their code from where a queue ends."""

from __future__ import annotations

from collections.abc import Sequence

from referral.events.printing.fonts import Library, Style
from referral.events.printing.masthead import Masthead, brand_line, small
from referral.events.printing.paper import A1, Align, Paper, Type
from referral.events.printing.posters import Poster

CODE = 300.0
DISTANCE = 3_000
"""In mm: the side of the code without its quiet zone, and from where it is read: the end of a short queue."""

_EDGE = 48.0
_NAME_SIZES = (330, 280, 240, 200, 160, 130, 100)


def sheets(letters: Library, language: str, masthead: Masthead, gates: Sequence[Poster], title: str) -> bytes:
    """Print banners, one a sheet of A1."""
    paper = Paper(letters, A1, title, language)
    for gate in gates:
        paper.sheet()
        _banner(paper, masthead, gate)
    return paper.pdf()


def _banner(paper: Paper, masthead: Masthead, gate: Poster) -> None:
    wide, high = paper.size
    middle, most = wide / 2, wide - 2 * _EDGE
    brand_line(paper, masthead, middle, 62, most, 40, Align.CENTRE)
    lines, large = paper.fitted(gate.name, Type(Style.SERIF, _NAME_SIZES[0]), most, _NAME_SIZES, 2)
    y = 84 + 0.78 * large.em
    for line in lines:
        paper.text(middle, y, line, large, Align.CENTRE)
        y += large.em
    top = high - 128 - CODE
    lead = Type(Style.SERIF, 58)
    y += 1.2 * lead.em - 0.62 * large.em
    paper.paragraph(middle, y, gate.says, lead, most, leading=1.2, align=Align.CENTRE)
    paper.code(gate.payload, middle - CODE / 2, top, CODE)
    ask = Type(Style.SERIF, 76)
    broken, ask = paper.fitted(gate.ask, ask, most, (76, 66, 56, 48), 1)
    for line in broken:
        paper.text(middle, top + CODE + 62, line, ask, Align.CENTRE)
    address = Type(Style.STRONG, 36, masthead.accent, spaced=0.02)
    paper.text(middle, top + CODE + 86, paper.cut(gate.address, address, most), address, Align.CENTRE)
    edge = small(26)
    foot = " · ".join(text for text in (masthead.event, masthead.venue, *masthead.when[:1]) if text)
    paper.text(middle, high - 24, paper.cut(foot, edge, most), edge, Align.CENTRE)
