"""Cards of A6, four to a sheet of A4: a place's code for a table, and how to scan for a volunteer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from referral.events.printing.fonts import Library, Style
from referral.events.printing.masthead import Masthead, brand_line, small
from referral.events.printing.paper import A4, A6, RULE, SOFT, Align, Colour, Paper, Type
from referral.events.printing.posters import Poster

CODE = 40.0
DISTANCE = 400
"""In mm: the side of a table card's code without its quiet zone, and from where it is read: across a table."""

A_SHEET = 4
_WIDE, _HIGH = A6
_EDGE = 10.0

# The colours of the gate app's answers, by static/css/gate.css.
GREEN: Colour = (0, 95, 56)
AMBER: Colour = (255, 184, 28)
DARK: Colour = (28, 19, 0)
RED: Colour = (106, 6, 19)
WHITE: Colour = (255, 255, 255)


@dataclass(frozen=True)
class Volunteer:
    """Hold what a volunteer's card says: a heading, what to do in order, the three answers, and what else to know.

    `answers` are in, again and no, each with what to do then. `lines` are what is written on by hand.
    """

    heading: str
    steps: tuple[str, ...]
    answers: tuple[tuple[str, str], tuple[str, str], tuple[str, str]]
    net: str
    lines: tuple[str, ...]


def table_cards(letters: Library, language: str, masthead: Masthead, places: Sequence[Poster], title: str) -> bytes:
    """Print table cards, a sheet of four for each place."""
    paper = Paper(letters, A4, title, language)
    for place in places:
        for left, top in _corners(paper):
            _table_card(paper, left, top, masthead, place)
    return paper.pdf()


def volunteer_cards(letters: Library, language: str, masthead: Masthead, volunteer: Volunteer, title: str) -> bytes:
    """Print a sheet of four volunteers' cards."""
    paper = Paper(letters, A4, title, language)
    for left, top in _corners(paper):
        _volunteer_card(paper, left, top, masthead, volunteer)
    return paper.pdf()


def _corners(paper: Paper) -> Iterator[tuple[float, float]]:
    """Take a sheet, mark where to cut it in four, and give each card's corner."""
    paper.sheet()
    wide, high = paper.size
    for x, y, to_x, to_y in (
        (wide / 2, 0, wide / 2, 5),
        (wide / 2, high - 5, wide / 2, high),
        (0, high / 2, 5, high / 2),
        (wide - 5, high / 2, wide, high / 2),
        (wide / 2 - 2.5, high / 2, wide / 2 + 2.5, high / 2),
        (wide / 2, high / 2 - 2.5, wide / 2, high / 2 + 2.5),
    ):
        paper.line(x, y, to_x, to_y, SOFT, 0.1)
    for top in (0.0, high / 2):
        for left in (0.0, wide / 2):
            yield left, top


def _table_card(paper: Paper, left: float, top: float, masthead: Masthead, place: Poster) -> None:
    middle, most = left + _WIDE / 2, _WIDE - 2 * _EDGE
    brand_line(paper, masthead, middle, top + 15, most, 8, Align.CENTRE)
    lines, large = paper.fitted(place.name, Type(Style.SERIF, 30), most, (30, 26, 22, 18, 15), 2)
    y = top + 24 + 0.75 * large.em
    for line in lines:
        paper.text(middle, y, line, large, Align.CENTRE)
        y += 1.08 * large.em
    below = top + 104
    paper.code(place.payload, middle - CODE / 2, below - CODE, CODE)
    ask = Type(Style.SERIF, 13)
    y = paper.paragraph(middle, below + 14, place.ask, ask, most, leading=1.2, align=Align.CENTRE)
    address = Type(Style.STRONG, 8, masthead.accent, spaced=0.02)
    paper.text(middle, y, paper.cut(place.address, address, most), address, Align.CENTRE)
    edge = small(7.5)
    paper.text(middle, top + _HIGH - 8, paper.cut(masthead.event, edge, most), edge, Align.CENTRE)


def _volunteer_card(paper: Paper, left: float, top: float, masthead: Masthead, volunteer: Volunteer) -> None:
    x, most = left + _EDGE, _WIDE - 2 * _EDGE
    brand_line(paper, masthead, x, top + 13, most, 6.5)
    lines, large = paper.fitted(volunteer.heading, Type(Style.SERIF, 22), most, (22, 19, 16), 1)
    paper.text(x, top + 26, lines[0], large)
    y = top + 34.5
    for number, words in enumerate(volunteer.steps, 1):
        paper.text(x, y, str(number), Type(Style.SERIF, 12, masthead.accent))
        y = paper.paragraph(x + 6.5, y, words, Type(Style.TEXT, 9.2), most - 6.5, leading=1.32) + 1.2
    y += 2.5
    for (said, then), draw in zip(volunteer.answers, (_in, _again, _no), strict=True):
        draw(paper, x + 4.7, y + 2.6)
        paper.text(x + 13.5, y + 1.2, said, Type(Style.STRONG, 10.5))
        below = paper.paragraph(x + 13.5, y + 5.6, then, Type(Style.TEXT, 8.4), most - 13.5, leading=1.28)
        y = max(below + 2, y + 12)
    paper.paragraph(x, y + 1.8, volunteer.net, Type(Style.TEXT, 8.4, SOFT), most, leading=1.32)
    _lines_to_write_on(paper, x, top + _HIGH - 9, most, volunteer.lines)


def _lines_to_write_on(paper: Paper, x: float, y: float, most: float, labels: Sequence[str]) -> None:
    each = most / max(1, len(labels))
    for label in labels:
        wide = paper.text(x, y, label, small(7))
        paper.line(x + wide + 1.5, y + 0.4, x + each - 3, y + 0.4, RULE, 0.2)
        x += each


# The three answers as the gate app shows them: a screen of a colour, with a circle, a ring or a square on it.


def _screen(paper: Paper, x: float, y: float, ground: Colour) -> None:
    paper.area(x - 4.7, y - 4.7, 9.4, 9.4, ground)


def _in(paper: Paper, x: float, y: float) -> None:
    _screen(paper, x, y, GREEN)
    paper.disc(x, y, 3.3, WHITE)
    tick = [(-1.9, 0.1), (-1.3, -0.5), (-0.5, 0.3), (1.4, -1.7), (2.0, -1.1), (-0.5, 1.5)]
    paper.polygon([(x + right, y + down) for right, down in tick], GREEN)


def _again(paper: Paper, x: float, y: float) -> None:
    _screen(paper, x, y, AMBER)
    paper.disc(x, y, 3.3, DARK)
    paper.disc(x, y, 2.4, AMBER)
    hands = [(-0.4, -1.7), (0.4, -1.7), (0.4, -0.15), (1.4, 0.5), (1.0, 1.15), (-0.4, 0.3)]
    paper.polygon([(x + right, y + down) for right, down in hands], DARK)


def _no(paper: Paper, x: float, y: float) -> None:
    _screen(paper, x, y, RED)
    paper.area(x - 3.1, y - 3.1, 6.2, 6.2, WHITE)
    for way in (1, -1):
        stroke = [(-1.9, -way * 1.3), (-1.3, -way * 1.9), (1.9, way * 1.3), (1.3, way * 1.9)]
        paper.polygon([(x + right, y + down) for right, down in stroke], RED)
