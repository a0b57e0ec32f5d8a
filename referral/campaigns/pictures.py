"""Pictures of stories: whatever was uploaded is made anew, without its metadata, small enough for a phone."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from dataclasses import dataclass

from PIL import Image, ImageCms, ImageOps

from referral.errors import Invalid

LARGEST_FILE = 8 * 1024 * 1024
LARGEST_AREA = 40_000_000
WIDEST = 1600
TALLEST = 3200
PREVIEW = (1200, 630)
PREVIEW_BYTES = 300_000  # what the strictest chat app still shows
PAGE_BYTES = 400_000  # what a picture should stay under; a very lively one may be more
PAPER = (0xF8, 0xF3, 0xEA)

_PAGE_QUALITIES = (84, 76, 68, 60)
_PREVIEW_QUALITIES = (84, 76, 68, 60, 50, 40, 30, 20, 10)
# What Pillow raises, by format, over a file that is broken or only pretends to be a picture.
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, struct.error, zlib.error)


@dataclass(frozen=True)
class PictureFiles:
    """Hold a picture as it is served: the page's JPEG with its size in pixels, the preview, and the name of both."""

    sha256: str
    jpeg: bytes
    preview: bytes
    width: int
    height: int


def read_picture(data: bytes) -> PictureFiles:
    """Make a story's picture and its preview for chat apps from an uploaded JPEG, PNG or WebP.

    The picture is turned upright, laid on paper where it is transparent, and at most 1600 pixels wide and 3200 high;
    the preview is its middle, 1200 by 630 pixels in at most 300 kB. No metadata survives: no place, no camera, no name.
    The name is the SHA-256 of the page's JPEG.

    Raises:
        Invalid: `picture_too_large` (over 8 MiB or 40 megapixels), `picture_unreadable` (anything else: another format,
            broken, or cut off).
    """
    if len(data) > LARGEST_FILE:
        raise _too_large()
    image = _upright(data)
    page = image.copy()
    page.thumbnail((WIDEST, TALLEST), Image.Resampling.LANCZOS)
    jpeg = _jpeg(page, _PAGE_QUALITIES, PAGE_BYTES)
    preview = _jpeg(ImageOps.fit(image, PREVIEW, Image.Resampling.LANCZOS), _PREVIEW_QUALITIES, PREVIEW_BYTES)
    return PictureFiles(hashlib.sha256(jpeg).hexdigest(), jpeg, preview, page.width, page.height)


def _upright(data: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as file:
            if file.width * file.height > LARGEST_AREA:
                raise _too_large()
            # A JPEG can be decoded at half or a quarter of its size for nothing; other formats ignore this.
            file.draft(None, (WIDEST, WIDEST))
            file.load()
            profile = file.info.get("icc_profile")
            return _on_paper(ImageOps.exif_transpose(file), profile)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise _too_large() from bomb
    except _BROKEN as broken:
        raise Invalid("picture_unreadable") from broken


def _on_paper(image: Image.Image, profile: bytes | None) -> Image.Image:
    if image.mode.startswith("I;16"):
        # Sixteen bits of grey, of which Pillow would otherwise keep the lower eight.
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        image = Image.new("RGB", image.size, PAPER)
        image.paste(layer, mask=layer.getchannel("A"))
    clean = _in_srgb(image, profile).convert("RGB")
    # Pillow carries a comment or a resolution along in here, and writes some of it into the next file.
    clean.info.clear()
    return clean


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Bring the wide colours of newer phones into the ones every screen shows, for the profile does not travel."""
    if not profile or image.mode not in ("RGB", "CMYK", "L"):
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image  # A profile that is broken, or of another kind of picture, says nothing about this one.
    return converted or image


def _jpeg(image: Image.Image, qualities: tuple[int, ...], limit: int) -> bytes:
    """Write a picture at the best of these qualities that fits, or at the last where none does."""
    written = b""
    for quality in qualities:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality, optimize=True, progressive=True)
        written = file.getvalue()
        if len(written) <= limit:
            break
    return written


def _too_large() -> Invalid:
    return Invalid("picture_too_large", megabytes=LARGEST_FILE // 1024**2, megapixels=LARGEST_AREA // 1_000_000)
