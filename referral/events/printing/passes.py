"""One visitor's pass on a sheet of A4, folded twice to the size of a hand; for who prints at home."""

from __future__ import annotations

from dataclasses import dataclass

from referral.events.printing import codes
from referral.events.printing.badges import Visitor
from referral.events.printing.fonts import Library, Style
from referral.events.printing.masthead import Masthead, brand_line, small
from referral.events.printing.paper import A4, A6, RULE, SOFT, Align, Paper, Type

CODE = 46.0
DISTANCE = 300
"""In mm: the side of the code without its quiet zone, and from where a gate reads it: a hand held out."""

MOST_DAYS = 14
_EDGE = 12.0


@dataclass(frozen=True)
class PassWords:
    """Hold what a printed pass says, worded: what it is, what its short code is for, hints, and headings."""

    what: str
    to_read_out: str
    fold: str
    when: str
    where: str
    hints: tuple[str, ...] = ()


def one(letters: Library, language: str, masthead: Masthead, visitor: Visitor, words: PassWords) -> bytes:
    """Print a pass: the code on the front, the hours beside it, and how to use it below the fold."""
    paper = Paper(letters, A4, f"{words.what}: {masthead.event}", language)
    paper.sheet()
    _folds(paper)
    _front(paper, masthead, visitor, words)
    _beside(paper, masthead, words)
    return paper.pdf()


def _folds(paper: Paper) -> None:
    wide, high = paper.size
    for start, end in ((0.0, 6.0), (wide - 6, wide)):
        paper.line(start, high / 2, end, high / 2, RULE, 0.15)
    for start, end in ((0.0, 6.0), (high - 6, high)):
        paper.line(wide / 2, start, wide / 2, end, RULE, 0.15)


def _front(paper: Paper, masthead: Masthead, visitor: Visitor, words: PassWords) -> None:
    middle, most = A6[0] / 2, A6[0] - 2 * _EDGE
    brand_line(paper, masthead, middle, 18, most, 8, Align.CENTRE)
    lines, event = paper.fitted(masthead.event, Type(Style.SERIF, 22), most, (22, 19, 16, 13), 2)
    y = 26 + 0.75 * event.em
    for line in lines:
        paper.text(middle, y, line, event, Align.CENTRE)
        y += 1.1 * event.em
    top = 52.0
    # A short code of another system has large modules, and its quiet zone must not reach the words.
    side = min(CODE, 60 / codes.density(visitor.payload).clear)
    paper.code(visitor.payload, middle - side / 2, top + (CODE - side) / 2, side)
    y = top + CODE + 13
    if visitor.short:
        paper.text(middle, y, visitor.short, Type(Style.STRONG, 17, spaced=0.08), Align.CENTRE)
        paper.text(middle, y + 4.6, words.to_read_out, small(7.5), Align.CENTRE)
        y += 13
    who, large = paper.fitted(visitor.name or visitor.label or "", Type(Style.SERIF, 17), most, (17, 15, 13, 11), 1)
    for line in who:
        paper.text(middle, y, line, large, Align.CENTRE)
        y += 6
    label = visitor.label if visitor.name else None
    facts = " · ".join(text for text in (visitor.number, label, visitor.lets_in) if text)
    paper.text(middle, y, paper.cut(facts, Type(Style.TEXT, 9), most), Type(Style.TEXT, 9), Align.CENTRE)


def _beside(paper: Paper, masthead: Masthead, words: PassWords) -> None:
    """Write the hours and the place on the right, and what to do with the sheet below the fold."""
    left, most = A6[0] + _EDGE, A6[0] - 2 * _EDGE
    y = 26.0
    for heading, lines in ((words.when, masthead.when), (words.where, (masthead.venue or "",))):
        if any(lines):
            paper.text(left, y, heading, Type(Style.STRONG, 8.5, masthead.accent, spaced=0.03))
            y += 6
            for line in lines[:MOST_DAYS]:
                y = paper.paragraph(left, y, line, Type(Style.TEXT, 11), most, leading=1.4)
            y += 5
    y = A6[1] + 22
    paper.text(_EDGE, y, words.what, Type(Style.SERIF, 17))
    y += 9
    for hint in (*words.hints, words.fold):
        y = paper.paragraph(_EDGE, y, hint, Type(Style.TEXT, 10, SOFT), most, leading=1.45) + 2
