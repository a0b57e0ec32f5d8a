"""The letters of printed matter: the pages' own faces, cut down to the signs that a document holds.

The built front end has each face in parts, parted by scripts and, for Chinese, into a hundred; its sheets say which
part has which signs. A document gets one font a style, put together from the parts its signs need, at the style's
weight: so names of any of our languages stand in one line, and no more is read or embedded than is printed.
"""

from __future__ import annotations

import functools
import io
import json
import re
import threading
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.misc.roundTools import otRound
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph

UNITS = 2048
"""Units to the em of the fonts we make; each face is scaled to it."""
MOST_GLYPHS = 12_000
"""Signs kept drawn in memory, some 1 kB each; more than a fair's names need."""
SHEETS = ("css/site.css", "css/zh.css")


class Style(StrEnum):
    """Name how something is set."""

    SERIF = "serif"
    TEXT = "text"
    STRONG = "strong"


# Where a style looks for a sign, first to last, and how it wants the face.
_FACES: dict[Style, tuple[tuple[str, dict[str, float]], ...]] = {
    Style.SERIF: (
        ("Fraunces Variable", {"opsz": 72, "wght": 560}),
        ("Noto Serif SC Variable", {"wght": 600}),
        ("Inter Variable", {"wght": 560}),
        ("Noto Sans SC Variable", {"wght": 560}),
    ),
    Style.TEXT: (("Inter Variable", {"wght": 420}), ("Noto Sans SC Variable", {"wght": 420})),
    Style.STRONG: (("Inter Variable", {"wght": 640}), ("Noto Sans SC Variable", {"wght": 640})),
}
_METRICS = {Style.SERIF: (0.98, -0.26, 0.70), Style.TEXT: (0.97, -0.24, 0.73), Style.STRONG: (0.97, -0.24, 0.73)}


@dataclass(frozen=True)
class Part:
    """Hold one file of a face, and the ranges of signs it is for."""

    family: str
    file: Path
    ranges: tuple[tuple[int, int], ...]

    def is_for(self, sign: int) -> bool:
        """Tell whether the part's sheet promises a sign."""
        return any(first <= sign <= last for first, last in self.ranges)


@dataclass(frozen=True)
class Drawn:
    """Hold a drawn sign: how far it advances, and its outline, in UNITS."""

    advance: int
    shape: Glyph


class Library:
    """Give letters out of the built front end."""

    def __init__(self, build: Path) -> None:
        """Read what parts there are.

        Raises:
            LookupError: the front end was not built.
        """
        self._parts = _parts(build)
        self._glyphs: dict[tuple[Style, int], Drawn | None] = {}
        self._lock = threading.Lock()

    def clean(self, style: Style, text: str) -> str:
        """Give a text as it can be set: composed, without signs that no face has, spaces put in order."""
        signs = unicodedata.normalize("NFC", text)
        self.prepare(style, signs)
        return " ".join("".join(sign for sign in signs if sign.isspace() or self._has(style, sign)).split())

    def can_set(self, style: Style, text: str) -> bool:
        """Tell whether a text can be printed: all its letters and digits; what is decoration may be left out."""
        signs = unicodedata.normalize("NFC", text)
        self.prepare(style, signs)
        spoken = [sign for sign in signs if unicodedata.category(sign)[0] in "LMN"]
        return bool(spoken) and all(self._has(style, sign) for sign in spoken)

    def width(self, style: Style, text: str) -> float:
        """Measure a clean text, in ems."""
        self.prepare(style, text)
        return sum(self._advance(style, sign) for sign in text) / UNITS

    def prepare(self, style: Style, text: str) -> None:
        """Draw the signs of a text that are not drawn yet; many at once open each part only once."""
        missing = {ord(sign) for sign in text if (style, ord(sign)) not in self._glyphs}
        if not missing:
            return
        with self._lock:
            if len(self._glyphs) > MOST_GLYPHS:
                self._glyphs = {}
                missing = {ord(sign) for sign in text}
            self._glyphs.update({(style, sign): drawn for sign, drawn in self._drawn(style, missing).items()})

    def font(self, style: Style, signs: Iterable[str]) -> bytes:
        """Make a TrueType font of some signs, and the space."""
        wanted = "".join(sorted({" ", *signs}))
        self.prepare(style, wanted)
        drawn = {ord(sign): found for sign in wanted if (found := self._glyphs.get((style, ord(sign)))) is not None}
        return _built(style, drawn)

    def _has(self, style: Style, sign: str) -> bool:
        return self._glyphs.get((style, ord(sign))) is not None

    def _advance(self, style: Style, sign: str) -> int:
        drawn = self._glyphs.get((style, ord(sign)))
        return drawn.advance if drawn is not None else 0

    def _drawn(self, style: Style, signs: set[int]) -> dict[int, Drawn | None]:
        """Draw signs, each from the first face of the style that has it."""
        drawn: dict[int, Drawn | None] = {}
        for family, location in _FACES[style]:
            for part in self._parts.get(family, ()):
                here = [sign for sign in signs - drawn.keys() if part.is_for(sign)]
                if here:
                    drawn.update(_from_part(part, location, here))
        return drawn | dict.fromkeys(signs - drawn.keys())


@functools.cache
def library(build: Path) -> Library:
    """Give the letters of a folder of built files; read once a process."""
    return Library(build)


@functools.lru_cache(maxsize=16)
def _opened(file: Path) -> TTFont:
    # From memory: what is let go of leaves no file open behind it.
    return TTFont(io.BytesIO(file.read_bytes()), lazy=True)


def _from_part(part: Part, location: dict[str, float], signs: list[int]) -> dict[int, Drawn]:
    font = _opened(part.file)
    names = font.getBestCmap()
    glyphs = font.getGlyphSet(location=location)
    scale = UNITS / font["head"].unitsPerEm
    drawn = {}
    for sign in signs:
        if sign in names:
            whole, pen = DecomposingRecordingPen(glyphs), TTGlyphPen(None)
            glyphs[names[sign]].draw(whole)
            whole.replay(TransformPen(pen, (scale, 0, 0, scale, 0, 0)))
            drawn[sign] = Drawn(otRound(glyphs[names[sign]].width * scale), pen.glyph())
    return drawn


def _built(style: Style, signs: dict[int, Drawn]) -> bytes:
    names = {sign: f"u{sign:04X}" for sign in signs}
    shapes = {".notdef": TTGlyphPen(None).glyph()} | {names[sign]: drawn.shape for sign, drawn in signs.items()}
    ascent, descent, capitals = (otRound(part * UNITS) for part in _METRICS[style])
    builder = FontBuilder(UNITS, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap(names)
    builder.setupGlyf(shapes)
    left = {name: getattr(shape, "xMin", 0) for name, shape in shapes.items()}
    wide = {".notdef": UNITS // 2} | {names[sign]: drawn.advance for sign, drawn in signs.items()}
    builder.setupHorizontalMetrics({name: (wide[name], left[name]) for name in shapes})
    builder.setupHorizontalHeader(ascent=ascent, descent=descent)
    builder.setupOS2(sTypoAscender=ascent, sTypoDescender=descent, sCapHeight=capitals, fsType=0)
    name = f"Tular-{style.title()}"
    builder.setupNameTable({"familyName": name, "fullName": name, "styleName": "Regular", "psName": name})
    builder.setupPost()
    file = io.BytesIO()
    builder.save(file)
    return file.getvalue()


def _parts(build: Path) -> dict[str, list[Part]]:
    """Read the faces that the built sheets name."""
    manifest = build / "manifest.json"
    made: dict[str, str] = json.loads(manifest.read_text()) if manifest.exists() else {}
    found: dict[str, list[Part]] = {}
    for name in SHEETS:
        if name not in made:
            raise LookupError(f"{name} is not built: run `make static/build`")
        sheet = build / made[name]
        for block in re.findall(r"@font-face\s*\{([^}]*)\}", sheet.read_text()):
            part = _part(block, sheet.parent)
            if part is not None:
                found.setdefault(part.family, []).append(part)
    return found


def _part(block: str, folder: Path) -> Part | None:
    """Read one @font-face; None where it names no file of ours."""
    family = re.search(r"font-family:\s*[\"']?([^;\"']+)", block)
    file = re.search(r"url\([\"']?([^)\"']+\.woff2)", block)
    ranges = re.search(r"unicode-range:\s*([^;]+)", block)
    if family is None or file is None or ranges is None:
        return None
    return Part(family[1].strip(), (folder / file[1]).resolve(), tuple(_ranges(ranges[1])))


def _ranges(text: str) -> Iterable[tuple[int, int]]:
    """Read `U+0-FF, U+131, U+4??` as pairs of first and last.

    >>> list(_ranges("U+0-FF,u+131, U+4??"))
    [(0, 255), (305, 305), (1024, 1279)]
    """
    for piece in text.split(","):
        first, _, last = piece.strip()[2:].partition("-")
        yield int(first.replace("?", "0"), 16), int((last or first).replace("?", "F"), 16)
