"""QR codes: the same squares as SVG for print and as PNG for sending, with the quiet zone a reader needs."""

from __future__ import annotations

import io
import re
from functools import lru_cache
from html import escape
from math import isqrt

from PIL import Image
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode
from qrcode.util import ALPHA_NUM, MODE_ALPHA_NUM, QRData

SIZES = (320, 640, 1280)
QUIET = 4
MASK = 2
"""One pattern of the eight, for codes that are made by the thousand. That all of them are read is tested."""

# Any of its bits can be flipped, alone and in a pair, and it is still a sign.
_PLAIN = "A"
_SIGNS = {chr(sign): value for value, sign in enumerate(ALPHA_NUM)}
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@lru_cache(maxsize=256)
def modules(payload: str, mask: int | None = None) -> tuple[tuple[bool, ...], ...]:
    """Lay a payload out as rows of dark and light modules, at level M in the smallest version, with no quiet zone.

    A payload of capitals, digits and `$%*+-./:` is held alphanumerically, at 5.5 bits a sign. Without a mask all eight
    are tried, and the one that suits readers best is taken; readers undo any, and one that is given saves the time.
    """
    if mask is not None and set(payload) <= _SIGNS.keys() and not payload.isdigit():
        return _rows(_together(payload, mask))
    # Without splitting: our payloads are of one kind throughout, and each part of a split one costs a header.
    return _made(QRData(payload), mask)


def _made(data: QRData, mask: int | None) -> tuple[tuple[bool, ...], ...]:
    code = QRCode(error_correction=ERROR_CORRECT_M, border=0, mask_pattern=mask)
    code.add_data(data)
    code.make(fit=True)
    return tuple(tuple(bool(module) for module in row) for row in code.get_matrix())


# Codes of one length and mask are linear: flipping a bit of what they hold always flips the same modules, since error
# correction is a linear code, and all else depends on the length. So the modules of each bit are found once, and
# whatever a code holds is put together from them, in a tenth of the time: 1,000 badges are waited for.


def _together(payload: str, mask: int) -> int:
    number = _number(_PLAIN * len(payload), mask)
    for place in range(0, len(payload), 2):
        pair = payload[place : place + 2]
        flipped = _value(pair) ^ _value(_PLAIN * len(pair))
        while flipped:
            bit = flipped.bit_length() - 1
            number ^= _flip(len(payload), mask, place, bit)
            flipped ^= 1 << bit
    return number


@lru_cache(maxsize=8192)
def _flip(length: int, mask: int, place: int, bit: int) -> int:
    """Give the modules that one bit changes, of the two signs that are held together from a place on."""
    pair = _PLAIN * min(2, length - place)
    first, last = divmod(_value(pair) ^ 1 << bit, len(ALPHA_NUM))
    other = (bytes((ALPHA_NUM[first], ALPHA_NUM[last])).decode())[-len(pair) :]
    return _number(_PLAIN * length, mask) ^ _number(
        _PLAIN * place + other + _PLAIN * (length - place - len(pair)), mask
    )


def _value(pair: str) -> int:
    """Give the number as which two signs are held, or the last one alone."""
    return _SIGNS[pair] if len(pair) == 1 else _SIGNS[pair[0]] * len(ALPHA_NUM) + _SIGNS[pair[1]]


@lru_cache(maxsize=64)
def _number(payload: str, mask: int) -> int:
    rows = _made(QRData(payload, mode=MODE_ALPHA_NUM), mask)
    return int("".join("1" if module else "0" for row in rows for module in row), 2)


def _rows(number: int) -> tuple[tuple[bool, ...], ...]:
    # A code's first module is dark, so that its number is as long as it has modules.
    bits = [sign == "1" for sign in f"{number:b}"]
    side = isqrt(len(bits))
    return tuple(tuple(bits[top : top + side]) for top in range(0, len(bits), side))


@lru_cache(maxsize=512)
def svg(payload: str, *, title: str, mask: int | None = None) -> str:
    """Draw a payload as one SVG path on white, one unit a module, named by its title for people who cannot see it."""
    rows = modules(payload, mask)
    side = len(rows) + 2 * QUIET
    path = "".join(
        f"M{start + QUIET} {top + QUIET}h{length}v1h-{length}z"
        for top, row in enumerate(rows)
        for start, length in runs(row)
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


def runs(row: tuple[bool, ...]) -> list[tuple[int, int]]:
    """Give start and length of each run of dark modules in a row."""
    found: list[tuple[int, int]] = []
    for place, dark in enumerate(row):
        if not dark:
            continue
        if found and sum(found[-1]) == place:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((place, 1))
    return found
