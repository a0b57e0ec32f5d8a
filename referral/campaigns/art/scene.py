"""What the pictures are drawn with: paint with smooth edges, shade and light laid over it, and a way to see depth."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

WIDTH, HEIGHT = 1600, 1000
FINE = 2  # paint is laid on at twice the size, which smooths its edges when it is reduced
COARSE = 2  # light has no edges: half the size will do

Colour = tuple[int, int, int]
Point = tuple[float, float]
Pixels = NDArray[np.floating[Any]]


def palette(text: str) -> list[Colour]:
    """Read several colours, parted by blanks."""
    return [colour(word) for word in text.split()]


def colour(text: str) -> Colour:
    """Read a colour as it is written in a stylesheet, without the hash."""
    return int(text[0:2], 16), int(text[2:4], 16), int(text[4:6], 16)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """Mix two colours; a share of 0 is the first alone, of 1 the other."""
    share = min(max(share, 0.0), 1.0)
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def lit(base: Colour, strength: float) -> Colour:
    """Light a colour with a lamp's warm light: 1 leaves red as it is and takes some blue; nothing grows past white."""
    warm = (strength, strength * 0.84, strength * 0.64)
    red, green, blue = (
        round(255 * (1 - math.exp(-1.3 * part / 255 * by))) for part, by in zip(base, warm, strict=True)
    )
    return red, green, blue


@dataclass(frozen=True)
class Camera:
    """See depth: metres to the side, above the floor and away become a point of the picture."""

    centre: float
    horizon: float
    focal: float
    height: float

    def at(self, x: float, y: float, z: float) -> Point:
        """Give the point of the picture where a place in the room is seen."""
        return self.centre + self.focal * x / z, self.horizon - self.focal * (y - self.height) / z

    def scale(self, z: float) -> float:
        """Give the length of a metre, so far away."""
        return self.focal / z


class Scene:
    """Hold the three layers of a picture: paint, the shade that darkens it, and the light laid over both."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self._paint = Image.new("RGB", (WIDTH * FINE, HEIGHT * FINE))
        self._pen = ImageDraw.Draw(self._paint)
        self._shade = Image.new("L", (WIDTH, HEIGHT), 255)
        self._shade_pen = ImageDraw.Draw(self._shade)
        self._light = np.zeros((HEIGHT // COARSE, WIDTH // COARSE, 3), np.float32)

    def sky(self, stops: Sequence[tuple[float, Colour]]) -> None:
        """Fill the picture from top to bottom, with colours at shares of its height."""
        rows = np.linspace(0, 1, HEIGHT * FINE)
        places = [place for place, _ in stops]
        bands = [np.interp(rows, places, [shade[part] for _, shade in stops]) for part in range(3)]
        column = np.stack(bands, axis=1).astype(np.uint8)[:, None, :]
        self._paint.paste(Image.fromarray(column).resize(self._paint.size, Image.Resampling.NEAREST))

    def shape(self, points: Sequence[Point], fill: Colour) -> None:
        """Fill a shape given by its corners."""
        self._pen.polygon([(x * FINE, y * FINE) for x, y in points], fill=fill)

    def box(self, left: float, top: float, right: float, bottom: float, fill: Colour) -> None:
        """Fill an upright box; its right and bottom edges belong to it."""
        self._pen.rectangle((left * FINE, top * FINE, right * FINE, bottom * FINE), fill=fill)

    def disc(self, x: float, y: float, across: float, fill: Colour, tall: float | None = None) -> None:
        """Fill an ellipse by its centre and half its width and height."""
        tall = across if tall is None else tall
        around = ((x - across) * FINE, (y - tall) * FINE, (x + across) * FINE, (y + tall) * FINE)
        self._pen.ellipse(around, fill=fill)

    def line(self, points: Sequence[Point], fill: Colour, width: float) -> None:
        """Draw a line through points, round at its corners."""
        self._pen.line(
            [(x * FINE, y * FINE) for x, y in points], fill=fill, width=max(round(width * FINE), 1), joint="curve"
        )

    def shadow(self, points: Sequence[Point], left: float) -> None:
        """Darken a shape to what is left of its light; its edges come out soft."""
        self._shade_pen.polygon(list(points), fill=round(255 * left))

    def glow(self, x: float, y: float, reach: float, tint: Colour, strength: float, flat: float = 1.0) -> None:
        """Lay a lamp's halo over the picture; at its reach it has fallen to a third. A flat one lies on a floor."""
        rows, columns = self._light.shape[:2]
        span, tall = reach * 4, reach * 4 * flat
        left, right = max(int((x - span) / COARSE), 0), min(int((x + span) / COARSE) + 1, columns)
        top, bottom = max(int((y - tall) / COARSE), 0), min(int((y + tall) / COARSE) + 1, rows)
        if left >= right or top >= bottom:
            return
        across = (np.arange(left, right, dtype=np.float32) * COARSE - x) / reach
        down = (np.arange(top, bottom, dtype=np.float32) * COARSE - y) / (reach * flat)
        distance = np.sqrt(across[None, :] ** 2 + down[:, None] ** 2)
        # A bright heart and a wide, faint halo, faded out to nothing where the window of the sum ends.
        fall = (np.exp(-1.1 * distance) * np.clip(1 - distance / 4, 0, 1))[..., None]
        self._light[top:bottom, left:right] += fall * (np.array(tint, np.float32) * (strength / 255))

    def veil(self, points: Sequence[Point], tint: Colour, strength: float, soft: float) -> None:
        """Lay a shape of light, such as a beam or steam, over the picture, with edges as soft as asked."""
        mask = Image.new("L", (WIDTH // COARSE, HEIGHT // COARSE))
        ImageDraw.Draw(mask).polygon([(x / COARSE, y / COARSE) for x, y in points], fill=255)
        mask = mask.filter(ImageFilter.GaussianBlur(soft / COARSE))
        self._light += np.asarray(mask, np.float32)[..., None] * (np.array(tint, np.float32) * (strength / 255**2))

    def settle(self, softness: float = 3) -> None:
        """Let the shade laid so far sink into the paint, so that what is painted next stands in front of it."""
        shade = self._shade.filter(ImageFilter.GaussianBlur(softness)).resize(self._paint.size)
        self._paint.paste(ImageChops.multiply(self._paint, Image.merge("RGB", (shade, shade, shade))))
        self._shade.paste(255, (0, 0, WIDTH, HEIGHT))

    def blur_below(self, top: float, amount: float) -> None:
        """Blur what has been painted so far below a line, as a polished floor does with what it mirrors."""
        box = (0, int(top * FINE), WIDTH * FINE, HEIGHT * FINE)
        part = self._paint.crop(box)
        small = part.reduce(4).filter(ImageFilter.GaussianBlur(amount * FINE / 4))
        self._paint.paste(small.resize(part.size, Image.Resampling.BICUBIC), box[:2])

    def jpeg(self, *, bloom: float = 0.5, corners: float = 0.55) -> bytes:
        """Put the layers together, with the glow of what is bright, darker corners and a little grain, as a JPEG."""
        paint: Pixels = np.asarray(self._paint.reduce(FINE), np.float32) / 255
        light = _enlarged(self._light) + _bloom(paint) * bloom
        paint = 1 - (1 - paint) * np.exp(-light)
        paint *= _vignette(corners)[..., None]
        grain = self.random.normal(0, 0.016, (HEIGHT, WIDTH)).astype(np.float32)
        paint += grain[..., None]
        # Black ink on warm paper is never quite black.
        paint = paint * np.float32(0.955) + np.array((0.055, 0.032, 0.024), np.float32)
        image = Image.fromarray((np.clip(paint, 0, 1) * 255).astype(np.uint8))
        file = io.BytesIO()
        image.save(file, "JPEG", quality=91, optimize=True)
        return file.getvalue()


def spline(points: Sequence[Point], *, closed: bool = False, steps: int = 12) -> list[Point]:
    """Draw a smooth curve (Catmull and Rom's) through points."""
    count = len(points)
    curve: list[Point] = []
    for place in range(count if closed else count - 1):
        near = [
            points[(place + step) % count] if closed else points[min(max(place + step, 0), count - 1)]
            for step in (-1, 0, 1, 2)
        ]
        for step in range(steps):
            t = step / steps
            weights = (
                -0.5 * t + t * t - 0.5 * t**3,
                1 - 2.5 * t * t + 1.5 * t**3,
                0.5 * t + 2 * t * t - 1.5 * t**3,
                -0.5 * t * t + 0.5 * t**3,
            )
            x = sum(w * p[0] for w, p in zip(weights, near, strict=True))
            y = sum(w * p[1] for w, p in zip(weights, near, strict=True))
            curve.append((x, y))
    return curve if closed else [*curve, points[-1]]


def hanging(start: Point, end: Point, sag: float, steps: int = 16) -> list[Point]:
    """Hang a rope between two points."""
    return [
        (
            start[0] + (end[0] - start[0]) * t,
            start[1] + (end[1] - start[1]) * t + sag * math.sin(math.pi * t),
        )
        for t in (step / steps for step in range(steps + 1))
    ]


def _enlarged(light: Pixels) -> Pixels:
    parts = [Image.fromarray(light[..., part]).resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR) for part in range(3)]
    return np.stack([np.asarray(part, np.float32) for part in parts], axis=2)


def _bloom(paint: Pixels) -> Pixels:
    bright = np.clip(paint[::4, ::4] - 0.62, 0, 1) * 255
    image = Image.fromarray(bright.astype(np.uint8))
    near = np.asarray(image.filter(ImageFilter.GaussianBlur(3)), np.float32)
    far = np.asarray(image.filter(ImageFilter.GaussianBlur(16)), np.float32)
    return _enlarged((near + 1.5 * far) / 255)


def _vignette(corners: float) -> Pixels:
    across = np.linspace(-1, 1, WIDTH, dtype=np.float32)[None, :]
    down = np.linspace(-1, 1, HEIGHT, dtype=np.float32)[:, None]
    distance = np.clip((across**2 + down**2) / 2, 0, 1)
    fade: Pixels = 1 - (1 - corners) * distance**1.4
    return fade
