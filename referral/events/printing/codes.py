"""QR codes as lines of a PDF's page: sharp at every size, small in the file."""

from __future__ import annotations

from referral.events.rules.density import Density
from referral.links import qr

QUIET = qr.QUIET


def modules(payload: str) -> tuple[tuple[bool, ...], ...]:
    """Lay a payload out as rows of dark and light modules."""
    return qr.modules(payload, qr.MASK)


def density(payload: str) -> Density:
    """Tell how dense a payload's code is, by its modules: those are drawn in any case, and kept."""
    return Density.of_version((len(modules(payload)) - 17) // 4)


def operators(payload: str, left: float, top: float, side: float) -> str:
    """Draw a code as one filled path in a PDF's own operators, measured in points up and right from the page's corner.

    `left` and `top` are where its first module begins, without the quiet zone. A unit is a module, so that every
    number is a small whole one; dark modules that touch are one rectangle, as wide and then as high as they go.
    """
    rows = modules(payload)
    unit = side / len(rows)
    drawn = "".join(f"{x} {y} {wide} {high} re\n" for x, y, wide, high in rectangles(rows))
    return f"q 0 g {unit:.5f} 0 0 {-unit:.5f} {left:.3f} {top:.3f} cm\n{drawn}f Q"


def rectangles(rows: tuple[tuple[bool, ...], ...]) -> list[tuple[int, int, int, int]]:
    """Cover the dark modules with rectangles: left, top, width, height.

    >>> rectangles(((True, True, False), (True, True, True)))
    [(0, 0, 2, 1), (0, 1, 3, 1)]
    >>> rectangles(((True, True, False), (True, True, False)))
    [(0, 0, 2, 2)]
    """
    done: list[tuple[int, int, int, int]] = []
    growing: dict[tuple[int, int], int] = {}
    for y, row in enumerate((*rows, ())):
        here = set(qr.runs(row))
        done += [(x, top, wide, y - top) for (x, wide), top in growing.items() if (x, wide) not in here]
        growing = {run: growing.get(run, y) for run in sorted(here)}
    return done
