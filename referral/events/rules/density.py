"""How large a printed code must be to be read from where people stand, and when a code is too dense to print.

What a phone sees of a code is counted in pixels of its camera's preview. A preview of 1280 × 720 pixels with a view of
65 degrees shows a thing of size s at distance d about 1280 / (2 tan 32.5°) · s / d ≈ 1,000 · s / d pixels wide. Readers
find 9 codes in 10 at 2.5 pixels a module, and all but a few in a hundred at 3 (measured with zxing-cpp on blurred,
noisy, turned frames of codes from 21 to 45 modules). The well-known rule "a tenth of the distance" is 100 pixels: right
for 25 to 33 modules, too small for 45.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from qrcode.constants import ERROR_CORRECT_M
from qrcode.exceptions import DataOverflowError
from qrcode.main import QRCode

from referral.errors import Invalid

QUIET = 4
"""Modules left white on each side: what ISO/IEC 18004 asks for."""

PREVIEW_PIXELS = 1280
VIEW_DEGREES = 65
SCALE = PREVIEW_PIXELS / (2 * math.tan(math.radians(VIEW_DEGREES / 2)))
"""Pixels that a thing as wide as its distance would take in a preview: about 1,000."""

LEAST_PIXELS = 2.5
GOOD_PIXELS = 3.0
"""Pixels a module: below the first a warning is due, with the second a size is recommended."""

MOST_VERSION = 4
"""33 modules; the densest code for which a tenth of the distance is enough."""

DISTANCES = (300, 400, 600, 1_000, 1_500, 2_000, 3_000, 5_000)
"""Millimetres: a badge in the hand, a table, a booth, a poster, a gate, a hall's wall."""


class Fault(StrEnum):
    """Name why a code may not be read."""

    LONG = "long"
    """It holds so much that it needs more than MOST_VERSION."""
    SMALL = "small"
    """It is printed too small for where people stand."""


@dataclass(frozen=True)
class Density:
    """Hold how dense a code is: its version, and modules along a side without the quiet zone."""

    version: int
    modules: int

    @classmethod
    def of(cls, payload: str) -> Density:
        """Find the smallest version at level M that holds a payload.

        Capitals, digits and `$%*+-./:` take 5.5 bits each, anything else makes all of it 8.

        >>> Density.of("HTTPS://REFER.EXAMPLE.ORG/R/K3J9XQ2M"), Density.of("https://refer.example.org/r/k3j9xq2m")
        (Density(version=2, modules=25), Density(version=3, modules=29))

        Raises:
            Invalid: `code_too_long`, no version holds it.
        """
        code = QRCode(error_correction=ERROR_CORRECT_M)
        code.add_data(payload, optimize=0)
        try:
            return cls.of_version(code.best_fit(start=1))
        except (DataOverflowError, ValueError) as beyond:
            raise Invalid("code_too_long") from beyond

    @classmethod
    def of_version(cls, version: int) -> Density:
        """Give a version its modules: 21 for the first, four more for each one after it."""
        return cls(version, 17 + 4 * version)

    @property
    def clear(self) -> float:
        """Give how many times as wide as the code it is with its quiet zone."""
        return (self.modules + 2 * QUIET) / self.modules

    def side(self, distance_mm: float) -> float:
        """Give the smallest side in mm, without quiet zone, that is recommended for a distance.

        side = distance · modules · GOOD_PIXELS / SCALE

        >>> round(Density.of_version(3).side(1_000)), round(Density.of_version(7).side(1_000))
        (87, 134)
        """
        return distance_mm * self.modules * GOOD_PIXELS / SCALE

    def reach(self, side_mm: float) -> float:
        """Give the distance in mm from which a code so wide is read well; the inverse of `side`."""
        return side_mm * SCALE / (self.modules * GOOD_PIXELS)

    def faults(self, side_mm: float, distance_mm: float) -> tuple[Fault, ...]:
        """Say what stands against printing a code so wide for a distance; nothing where it is well.

        >>> Density.of_version(3).faults(32, 300), Density.of_version(7).faults(100, 1_000)
        ((), (<Fault.LONG: 'long'>, <Fault.SMALL: 'small'>))
        """
        found = []
        if self.version > MOST_VERSION:
            found.append(Fault.LONG)
        if side_mm / self.modules < least_module(distance_mm):
            found.append(Fault.SMALL)
        return tuple(found)


@dataclass(frozen=True)
class Size:
    """Hold one row of the table of sizes, in mm: the code's side, and with its quiet zone."""

    distance: int
    side: int
    clear: int


def least_module(distance_mm: float) -> float:
    """Give the smallest module in mm that is read from a distance: LEAST_PIXELS wide in a preview.

    >>> round(least_module(300), 2), round(least_module(1_000), 2)
    (0.75, 2.49)
    """
    return distance_mm * LEAST_PIXELS / SCALE


def table(density: Density, distances: Iterable[int] = DISTANCES) -> list[Size]:
    """List the recommended sizes by distance, rounded up to whole millimetres.

    >>> table(Density.of_version(2), [300, 1_000])
    [Size(distance=300, side=23, clear=31), Size(distance=1000, side=75, clear=99)]
    """
    rows = []
    for distance in distances:
        side = math.ceil(density.side(distance))
        rows.append(Size(distance, side, math.ceil(side * density.clear)))
    return rows
