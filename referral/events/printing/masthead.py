"""What every printed thing says of whose it is."""

from __future__ import annotations

from dataclasses import dataclass

from referral.events.printing.fonts import Style
from referral.events.printing.paper import SOFT, Align, Colour, Paper, Type

BRAND_RED: Colour = (179, 52, 31)


@dataclass(frozen=True)
class Masthead:
    """Hold whose event it is, in the words of the print's language; `when` has a line for each day."""

    brand: str
    event: str
    venue: str | None = None
    when: tuple[str, ...] = ()
    accent: Colour = BRAND_RED


def colour_of(text: str | None) -> Colour:
    """Read a colour written as #rrggbb; the house's red where there is none.

    >>> colour_of("#1f6b57"), colour_of(None)
    ((31, 107, 87), (179, 52, 31))
    """
    if text is None:
        return BRAND_RED
    red, green, blue = bytes.fromhex(text.removeprefix("#"))
    return red, green, blue


def brand_line(
    paper: Paper, masthead: Masthead, x: float, y: float, most: float, size: float, align: Align = Align.LEFT
) -> None:
    """Write the brand's name in spaced capitals, with a thin rule in its colour below."""
    type = Type(Style.STRONG, size, masthead.accent, spaced=0.09)
    paper.text(x, y, paper.cut(masthead.brand.upper(), type, most), type, align)
    left = x - align.value * most
    below = y + 0.75 * type.em
    paper.line(left, below, left + most, below, masthead.accent, 0.035 * type.em + 0.12)


def small(size: float) -> Type:
    """Give the type of what stands at the edge: small, soft, plain."""
    return Type(Style.TEXT, size, SOFT)
