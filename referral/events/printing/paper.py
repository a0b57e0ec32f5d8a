"""Sheets of paper, drawn on in millimetres from the top left corner; written out as a PDF at the end.

What is drawn is kept until then, for only then it is known which signs the document's fonts must have.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from fpdf import FPDF
from fpdf.prefs import ViewerPreferences

from referral.events.printing import codes
from referral.events.printing.fonts import Library, Style

POINT = 25.4 / 72
"""Millimetres."""

A3, A4, A6 = (297.0, 420.0), (210.0, 297.0), (105.0, 148.0)
A1 = (594.0, 841.0)

Colour = tuple[int, int, int]
INK: Colour = (0, 0, 0)
SOFT: Colour = (84, 76, 66)
RULE: Colour = (178, 168, 152)
MARK: Colour = (120, 120, 120)


class Align(Enum):
    """Name which point of a line of text is the one that is given, by the part of its width left of it."""

    LEFT = 0.0
    CENTRE = 0.5
    RIGHT = 1.0


@dataclass(frozen=True)
class Type:
    """Hold how text is set: style, size in points, colour, and space between signs as a part of the size."""

    style: Style
    size: float
    colour: Colour = INK
    spaced: float = 0.0

    @property
    def em(self) -> float:
        """Give its size in mm."""
        return self.size * POINT


@dataclass(frozen=True)
class _Text:
    page: int
    x: float
    y: float
    text: str
    type: Type


@dataclass(frozen=True)
class _Lines:
    page: int
    operators: str


@dataclass
class Paper:
    """Hold the sheets of one document.

    `language` is what its words are in; readers aloud ask for it.
    """

    letters: Library
    size: tuple[float, float]
    title: str
    language: str
    pages: int = 0
    _drawn: list[_Text | _Lines] = field(default_factory=list)

    def sheet(self) -> None:
        """Take one more sheet; what follows is drawn on it."""
        self.pages += 1

    # --- Text --------------------------------------------------------------------------------------------------------

    def width(self, text: str, type: Type) -> float:
        """Measure a line of text in mm."""
        return (self.letters.width(type.style, text) + type.spaced * max(0, len(text) - 1)) * type.em

    def text(self, x: float, y: float, text: str, type: Type, align: Align = Align.LEFT) -> float:
        """Write a line on the baseline y; give its width in mm. Signs that no face has are left out."""
        clean = self.letters.clean(type.style, text)
        wide = self.width(clean, type)
        if clean:
            self._drawn.append(_Text(self.pages, x - align.value * wide, y, clean, type))
        return wide

    def wrapped(self, text: str, type: Type, most: float) -> list[str]:
        """Break a text into lines of at most so many mm: at spaces, and between any two signs of Chinese."""
        lines: list[str] = []
        for piece in _pieces(self.letters.clean(type.style, text)):
            longer = (lines[-1] + piece) if lines else piece.lstrip()
            if (lines and self.width(longer.rstrip(), type) <= most) or not lines:
                lines[-1:] = [longer]
            else:
                lines.append(piece.lstrip())
        return [line.rstrip() for line in lines if line.strip()]

    def balanced(self, text: str, type: Type, most: float) -> list[str]:
        """Break a text into no more lines than it needs, of about one length, so that none holds a word alone."""
        lines = self.wrapped(text, type, most)
        low, high = most / max(1, len(lines)), most
        while high - low > 0.25 * type.em:
            middle = (low + high) / 2
            tried = self.wrapped(text, type, middle)
            fits = len(tried) <= len(lines) and all(self.width(line, type) <= middle for line in tried)
            low, high = (low, middle) if fits else (middle, high)
        return self.wrapped(text, type, high)

    def fitted(self, text: str, type: Type, most: float, sizes: Sequence[float], lines: int) -> tuple[list[str], Type]:
        """Break a text into at most so many lines, in the largest of some sizes in which it fits, else cut short."""
        for size in sizes:
            tried = Type(type.style, size, type.colour, type.spaced)
            broken = self.wrapped(text, tried, most)
            if len(broken) <= lines and all(self.width(line, tried) <= most for line in broken):
                return broken, tried
        kept = broken[:lines]
        if len(broken) > lines:
            kept[-1] += "…"
        return [self.cut(line, tried, most) for line in kept], tried

    def cut(self, line: str, type: Type, most: float) -> str:
        """Shorten a line to a width, with an ellipsis where something is left out."""
        if self.width(line, type) <= most:
            return line
        kept = line.rstrip("…")
        while kept and self.width(kept.rstrip() + "…", type) > most:
            kept = kept[:-1]
        return kept.rstrip() + "…"

    def paragraph(
        self,
        x: float,
        y: float,
        text: str,
        type: Type,
        most: float,
        *,
        leading: float = 1.35,
        align: Align = Align.LEFT,
    ) -> float:
        """Write a text in as many lines as it needs, the first one's baseline at y; give the baseline of the next."""
        for line in self.balanced(text, type, most) if align is Align.CENTRE else self.wrapped(text, type, most):
            self.text(x, y, line, type, align)
            y += leading * type.em
        return y

    # --- Lines and areas ---------------------------------------------------------------------------------------------

    def line(self, x: float, y: float, to_x: float, to_y: float, colour: Colour = RULE, width: float = 0.2) -> None:
        """Draw a line, so many mm wide."""
        self._lines(f"{_rgb(colour)} RG {_pt(width)} w {self._at(x, y)} m {self._at(to_x, to_y)} l S")

    def area(self, x: float, y: float, wide: float, high: float, colour: Colour) -> None:
        """Fill a rectangle."""
        self._lines(f"{_rgb(colour)} rg {self._at(x, y + high)} {_pt(wide)} {_pt(high)} re f")

    def polygon(self, points: Sequence[tuple[float, float]], colour: Colour) -> None:
        """Fill a shape with straight sides."""
        first, *others = (self._at(*point) for point in points)
        self._lines(f"{_rgb(colour)} rg {first} m " + " ".join(f"{point} l" for point in others) + " h f")

    def disc(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """Fill a circle around a point."""
        k = radius * 0.5523  # four Bézier curves, off by less than 0.03 % of the radius
        path = [f"{self._at(x + radius, y)} m"]
        for (ax, ay), (bx, by) in (((1, 0), (0, 1)), ((0, 1), (-1, 0)), ((-1, 0), (0, -1)), ((0, -1), (1, 0))):
            first = (x + radius * ax + k * bx, y + radius * ay + k * by)
            second = (x + radius * bx + k * ax, y + radius * by + k * ay)
            last = (x + radius * bx, y + radius * by)
            path.append(f"{self._at(*first)} {self._at(*second)} {self._at(*last)} c")
        self._lines(f"{_rgb(colour)} rg {' '.join(path)} f")

    def code(self, payload: str, x: float, y: float, side: float) -> None:
        """Draw a QR code whose first module begins at a point; its quiet zone is for the caller to leave white."""
        self._lines(codes.operators(payload, x / POINT, (self.size[1] - y) / POINT, side / POINT))

    def cut_marks(self, xs: Sequence[float], ys: Sequence[float], length: float = 4.0) -> None:
        """Draw short lines at the sheet's edges, where a ruler is laid on to cut at each x and y."""
        wide, high = self.size
        left, top = min(xs) - 1.5, min(ys) - 1.5
        right, bottom = max(xs) + 1.5, max(ys) + 1.5
        for x in xs:
            self.line(x, max(0, top - length), x, top, MARK, 0.1)
            self.line(x, bottom, x, min(high, bottom + length), MARK, 0.1)
        for y in ys:
            self.line(max(0, left - length), y, left, y, MARK, 0.1)
            self.line(right, y, min(wide, right + length), y, MARK, 0.1)

    def _lines(self, operators: str) -> None:
        self._drawn.append(_Lines(self.pages, f"q {operators} Q"))

    def _at(self, x: float, y: float) -> str:
        return f"{x / POINT:.2f} {(self.size[1] - y) / POINT:.2f}"

    # --- The document ------------------------------------------------------------------------------------------------

    def pdf(self) -> bytes:
        """Write the document."""
        pdf = FPDF(unit="mm", format=self.size)
        pdf.set_auto_page_break(False)
        pdf.set_title(self.title)
        pdf.set_lang(self.language)
        pdf.set_creator("Tular")
        # A viewer that shrinks a page to the printer's margins shrinks its codes with it.
        pdf.viewer_preferences = ViewerPreferences(print_scaling="None")
        for style in Style:
            signs = {
                sign
                for drawn in self._drawn
                if isinstance(drawn, _Text) and drawn.type.style is style
                for sign in drawn.text
            }
            if signs:
                _add_font(pdf, style, self.letters.font(style, signs))
        for drawn in self._drawn:
            while pdf.page < drawn.page:
                pdf.add_page()
            if isinstance(drawn, _Text):
                _write(pdf, drawn)
            else:
                pdf._out(drawn.operators)
        return bytes(pdf.output())


def _add_font(pdf: FPDF, style: Style, font: bytes) -> None:
    """Give a font to the library, which reads from files alone; once open, it needs the name no more."""
    with tempfile.NamedTemporaryFile(suffix=".ttf") as file:
        file.write(font)
        file.flush()
        pdf.add_font(style, fname=file.name)


def _write(pdf: FPDF, drawn: _Text) -> None:
    pdf.set_font(drawn.type.style, size=drawn.type.size)
    pdf.set_text_color(*drawn.type.colour)
    pdf.set_char_spacing(drawn.type.spaced * drawn.type.size)
    pdf.text(drawn.x, drawn.y, drawn.text)


def _pieces(text: str) -> list[str]:
    """Cut a text where a line may end; spaces go with the piece behind them, hyphens with the one before.

    >>> _pieces("Ayu W"), _pieces("王小明"), _pieces("A-B")
    (['Ayu', ' W'], ['王', '小', '明'], ['A-', 'B'])
    """
    pieces: list[str] = []
    for sign in text:
        if (
            not pieces
            or sign == " "
            or (_is_wide(sign) and sign not in "，。、：；！？）」”…")
            or _is_wide(pieces[-1][-1])
            or (pieces[-1][-1] in "-–—/" and len(pieces[-1]) > 1)
        ):
            pieces.append(sign)
        else:
            pieces[-1] += sign
    return pieces


def _is_wide(sign: str) -> bool:
    return "⺀" <= sign <= "鿿" or "\uf900" <= sign <= "\ufaff" or "\U00020000" <= sign <= "\U0003ffff"


def _rgb(colour: Colour) -> str:
    return " ".join(f"{part / 255:.3f}" for part in colour)


def _pt(length: float) -> str:
    return f"{length / POINT:.2f}"
