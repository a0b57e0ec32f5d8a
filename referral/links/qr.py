"""QR codes: the same squares as SVG for print and as PNG for sending, with the quiet zone a reader needs."""

from __future__ import annotations

import io
import re
from functools import lru_cache
from html import escape

from PIL import Image
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

SIZES = (320, 640, 1280)
QUIET = 4

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@lru_cache(maxsize=256)
def modules(payload: str) -> tuple[tuple[bool, ...], ...]:
    """Lay a payload out as rows of dark and light modules, at level M in the smallest version, with no quiet zone.

    A payload of capitals, digits and `$%*+-./:` is held alphanumerically, at 5.5 bits a sign.
    """
    code = QRCode(error_correction=ERROR_CORRECT_M, border=0)
    # Without splitting: our payloads are of one kind throughout, and each part of a split one costs a header.
    code.add_data(payload, optimize=0)
    code.make(fit=True)
    return tuple(tuple(bool(module) for module in row) for row in code.get_matrix())


@lru_cache(maxsize=512)
def svg(payload: str, *, title: str) -> str:
    """Draw a payload as one SVG path on white, one unit a module, named by its title for people who cannot see it."""
    rows = modules(payload)
    side = len(rows) + 2 * QUIET
    path = "".join(
        f"M{start + QUIET} {top + QUIET}h{length}v1h-{length}z"
        for top, row in enumerate(rows)
        for start, length in _runs(row)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" role="img" shape-rendering="crispEdges">'
        f"<title>{escape(_NOT_XML.sub('', title))}</title>"
        f'<rect width="{side}" height="{side}" fill="#fff"/><path d="{path}" fill="#000"/></svg>'
    )


@lru_cache(maxsize=512)
def png(payload: str, size: int) -> bytes:
    """Draw a payload as a square PNG of so many pixels, every module the same whole number of them wide.

    What is left over is added to the quiet zone.

    Raises:
        ValueError: the code does not fit into so few pixels.
    """
    rows = modules(payload)
    count = len(rows)
    scale = size // (count + 2 * QUIET)
    if scale < 1:
        raise ValueError(f"a QR code of {count} modules needs more than {size} pixels")
    small = Image.new("1", (count, count), 1)
    small.putdata([not dark for row in rows for dark in row])
    page = Image.new("1", (size, size), 1)
    corner = (size - count * scale) // 2
    page.paste(small.resize((count * scale, count * scale), Image.Resampling.NEAREST), (corner, corner))
    file = io.BytesIO()
    page.save(file, "PNG", optimize=True)
    return file.getvalue()


def _runs(row: tuple[bool, ...]) -> list[tuple[int, int]]:
    """Give start and length of each run of dark modules in a row."""
    runs: list[tuple[int, int]] = []
    for place, dark in enumerate(row):
        if not dark:
            continue
        if runs and sum(runs[-1]) == place:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((place, 1))
    return runs
