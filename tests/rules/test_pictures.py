"""Pictures of stories: what comes in as it left the camera goes out upright, small, and without a trace."""

from __future__ import annotations

import io
import struct
import time
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms

from referral.campaigns import art
from referral.campaigns.pictures import PAGE_BYTES, PAPER, PREVIEW_BYTES, PictureFiles, read_picture
from referral.errors import Invalid

CORNERS = ((200, 40, 40), (40, 160, 60), (40, 60, 200), (230, 200, 60))


def scene(width: int, height: int) -> Image.Image:
    """Paint four quarters, each of a colour that tells which corner it was."""
    image = Image.new("RGB", (width, height))
    for number, colour in enumerate(CORNERS):
        left, top = number % 2 * width // 2, number // 2 * height // 2
        image.paste(colour, (left, top, left + width // 2, top + height // 2))
    return image


def file_of(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def corners(data: bytes) -> list[tuple[int, int, int]]:
    image = opened(data).convert("RGB")
    width, height = image.size
    found = []
    for x, y in ((0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)):
        pixel = image.getpixel((int(width * x), int(height * y)))
        assert isinstance(pixel, tuple)
        found.append(min(CORNERS, key=lambda colour: sum(abs(a - b) for a, b in zip(colour, pixel, strict=True))))
    return found


def refused(data: bytes) -> str:
    with pytest.raises(Invalid) as refusal:
        read_picture(data)
    return refusal.value.code


def check_whole(files: PictureFiles) -> None:
    page, preview = opened(files.jpeg), opened(files.preview)
    assert (page.format, page.mode, page.size) == ("JPEG", "RGB", (files.width, files.height))
    assert (preview.format, preview.mode, preview.size) == ("JPEG", "RGB", (1200, 630))
    assert len(files.preview) <= PREVIEW_BYTES
    assert len(files.sha256) == 64


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photograph_is_scaled_and_gets_a_preview(kind: str) -> None:
    files = read_picture(file_of(scene(2400, 1500), kind))

    check_whole(files)
    assert (files.width, files.height) == (1600, 1000)
    assert corners(files.jpeg) == corners(files.preview) == list(CORNERS)


def test_a_small_picture_is_not_blown_up_for_the_page() -> None:
    files = read_picture(file_of(scene(300, 200)))

    check_whole(files)
    assert (files.width, files.height) == (300, 200)


def test_the_preview_is_the_middle() -> None:
    image = Image.new("RGB", (1200, 1260), (255, 255, 255))
    image.paste((200, 0, 0), (0, 330, 1200, 930))

    preview = opened(read_picture(file_of(image)).preview)

    assert preview.getpixel((600, 315)) == pytest.approx((200, 0, 0), abs=6)
    for height in (5, 625):
        assert preview.getpixel((600, height)) == pytest.approx((255, 255, 255), abs=12)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_no_metadata_survives(kind: str) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "SECRET-CAMERA"
    exif[ExifTags.Base.Artist] = "SECRET-ARTIST"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (52.0, 13.0, 47.0)
    options: dict[str, object] = {"exif": exif}
    if kind == "JPEG":
        options |= {"comment": b"SECRET-COMMENT", "dpi": (300, 300)}
    if kind != "PNG":
        options |= {"xmp": b"<x:xmpmeta>SECRET-XMP</x:xmpmeta>"}
    data = file_of(scene(800, 600), kind, **options)
    assert opened(data).getexif().get_ifd(ExifTags.IFD.GPSInfo)

    files = read_picture(data)

    for made in (files.jpeg, files.preview):
        image = opened(made)
        assert not image.getexif()
        assert b"SECRET" not in made
        assert b"Exif" not in made
        assert set(image.info) <= {
            "jfif",
            "jfif_version",
            "jfif_unit",
            "jfif_density",
            "progressive",
            "progression",
        }


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_stands_upright_however_the_phone_was_held(orientation: int) -> None:
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    held = scene(1000, 600)
    if orientation in turns:
        held = held.transpose(turns[orientation])
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation

    files = read_picture(file_of(held, exif=exif))

    check_whole(files)
    assert (files.width, files.height) == (1000, 600)
    assert corners(files.jpeg) == list(CORNERS)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_shows_the_paper(mode: str) -> None:
    image = Image.new("RGBA", (400, 400), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (0, 0, 200, 400))
    if mode != "P":
        data = file_of(image.convert(mode), "PNG")
    else:
        flat = Image.new("P", (400, 400), 0)
        flat.putpalette([9, 9, 9, 0, 0, 0])
        flat.paste(1, (0, 0, 200, 400))
        data = file_of(flat, "PNG", transparency=0)

    page = opened(read_picture(data).jpeg)

    assert page.getpixel((300, 200)) == pytest.approx(PAPER, abs=5)
    assert page.getpixel((100, 200)) == pytest.approx((0, 0, 0), abs=5)


def test_sixteen_bits_of_grey_keep_their_light() -> None:
    image = Image.fromarray(np.full((200, 300), 0x8040, np.uint16))

    page = opened(read_picture(file_of(image, "PNG")).jpeg)

    assert page.getpixel((150, 100)) == pytest.approx((128, 128, 128), abs=3)


def test_a_printers_picture_becomes_one_for_screens() -> None:
    files = read_picture(file_of(scene(600, 400).convert("CMYK")))

    check_whole(files)
    assert corners(files.jpeg) == list(CORNERS)


def test_a_colour_profile_is_applied_and_not_passed_on() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = file_of(scene(600, 400), icc_profile=profile)

    files = read_picture(data)

    assert corners(files.jpeg) == list(CORNERS)
    assert "icc_profile" not in opened(files.jpeg).info


def test_a_broken_colour_profile_does_no_harm() -> None:
    files = read_picture(file_of(scene(600, 400), icc_profile=b"not a profile" * 20))

    assert corners(files.jpeg) == list(CORNERS)


def test_the_same_picture_has_the_same_name() -> None:
    data = file_of(scene(700, 500))

    assert read_picture(data) == read_picture(data)
    assert read_picture(data).sha256 != read_picture(file_of(scene(500, 700))).sha256


def test_even_noise_fits_a_preview() -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 256, (1000, 1600, 3), np.uint8))

    check_whole(read_picture(file_of(noise)))


@pytest.mark.parametrize("size", [(1, 1), (3000, 2), (2, 3000), (1, 20_000)])
def test_strange_shapes_are_taken(size: tuple[int, int]) -> None:
    check_whole(read_picture(file_of(Image.new("RGB", size, (90, 60, 30)), "PNG")))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_file_cut_off_anywhere_is_refused(kind: str) -> None:
    data = file_of(scene(640, 400), kind)

    for length in (0, 1, 12, len(data) // 3, len(data) * 2 // 3):
        assert refused(data[:length]) == "picture_unreadable"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"just words",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
        b"%PDF-1.7\n",
        b"\x89PNG\r\n\x1a\n" + bytes(200),
        b"\xff\xd8\xff\xe0" + bytes(200),
        b"RIFF\x00\x00\x00\x00WEBPVP8 " + bytes(50),
    ],
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    assert refused(data) == "picture_unreadable"


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "ICO"])
def test_other_formats_are_refused(kind: str) -> None:
    assert refused(file_of(scene(64, 64), kind)) == "picture_unreadable"


@pytest.mark.parametrize(("width", "height"), [(8000, 5001), (20_000, 20_000), (60_000, 60_000)])
def test_a_picture_that_would_swell_in_memory_is_refused_at_once(width: int, height: int) -> None:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(99))) + chunk(b"IEND", b"")
    )

    start = time.perf_counter()

    assert refused(data) == "picture_too_large"
    assert time.perf_counter() - start < 2


def test_a_file_over_8_megabytes_is_refused() -> None:
    assert refused(file_of(scene(64, 64)) + bytes(8 * 1024 * 1024)) == "picture_too_large"


@pytest.mark.parametrize("draw", [art.night_fair, art.tea_house, art.winter_market])
def test_a_drawn_picture_fits_a_page(draw: Callable[[], bytes]) -> None:
    files = read_picture(draw())

    check_whole(files)
    assert (files.width, files.height) == (1600, 1000)
    assert len(files.jpeg) < PAGE_BYTES


def test_a_drawn_picture_is_the_same_each_time() -> None:
    assert art.winter_market() == art.winter_market()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
