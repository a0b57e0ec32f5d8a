"""QR codes: read back by a reader that did not make them."""

from __future__ import annotations

import io
import random
import re
import time
from xml.etree import ElementTree

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from referral.links import qr, rules
from referral.plumbing.ids import ALPHABET

PAYLOAD = "HTTPS://FAIR.EXAMPLE/R/K7M2Q9XD"
SVG = "{http://www.w3.org/2000/svg}"


def read(image: Image.Image) -> str | None:
    found = zxingcpp.read_barcodes(image.convert("L"))
    return found[0].text if len(found) == 1 else None


def drawn(svg: str, scale: int) -> Image.Image:
    """Draw an SVG from its own path and background, knowing nothing of how it was made."""
    root = ElementTree.fromstring(svg)
    _, _, width, height = map(int, root.attrib["viewBox"].split())
    image = Image.new("L", (width * scale, height * scale), 128)
    pen = ImageDraw.Draw(image)
    ground, path = root.find(f"{SVG}rect"), root.find(f"{SVG}path")
    assert ground is not None
    assert ground.attrib == {"width": str(width), "height": str(height), "fill": "#fff"}
    pen.rectangle((0, 0, width * scale, height * scale), fill=255)
    assert path is not None
    strokes = re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", path.attrib["d"])
    assert "".join(f"M{x} {y}h{w}v1h-{b}z" for x, y, w, b in strokes) == path.attrib["d"]
    for left, top, right, back in strokes:
        assert right == back
        x, y, length = int(left), int(top), int(right)
        pen.rectangle((x * scale, y * scale, (x + length) * scale - 1, (y + 1) * scale - 1), fill=0)
    return image


@pytest.mark.parametrize("size", qr.SIZES)
def test_a_png_is_read_back_at_each_size(size: int) -> None:
    image = Image.open(io.BytesIO(qr.png(PAYLOAD, size)))

    assert image.format == "PNG"
    assert image.size == (size, size)
    assert read(image) == PAYLOAD


def test_an_svg_is_read_back_also_when_small() -> None:
    svg = qr.svg(PAYLOAD, title="Code K7M2Q9XD")

    assert read(drawn(svg, 2)) == PAYLOAD
    assert read(drawn(svg, 12)) == PAYLOAD


def test_our_address_fits_version_2_at_level_m() -> None:
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(qr.png(PAYLOAD, 320))).convert("L"))[0]

    assert len(qr.modules(PAYLOAD)) == 25
    assert isinstance(found.extra, dict)
    assert found.extra["Version"] == "2"
    assert found.ec_level == "M"


def test_the_same_address_in_small_letters_would_be_larger() -> None:
    assert len(qr.modules(PAYLOAD.lower())) > 25


@pytest.mark.parametrize("size", qr.SIZES)
def test_modules_are_whole_pixels_and_the_quiet_zone_is_four_of_them(size: int) -> None:
    image = Image.open(io.BytesIO(qr.png(PAYLOAD, size))).convert("L")
    scale = size // 33

    left, top, right, bottom = image.point(lambda value: 255 - value).getbbox() or (0, 0, 0, 0)

    assert right - left == bottom - top == 25 * scale
    assert min(left, top, size - right, size - bottom) >= 4 * scale
    for column in range(left, right, scale):
        for row in range(top, bottom, scale):
            module = image.crop((column, row, column + scale, row + scale))
            assert module.getextrema() in ((0, 0), (255, 255))


def test_an_svg_keeps_a_quiet_zone_of_four_modules() -> None:
    left, top, right, bottom = drawn(qr.svg(PAYLOAD, title=""), 1).point(lambda value: 255 - value).getbbox() or (
        0,
        0,
        0,
        0,
    )

    assert (left, top, right, bottom) == (4, 4, 29, 29)


def test_an_svg_is_named_for_people_who_cannot_see_it() -> None:
    svg = qr.svg(PAYLOAD, title='Zoë\'s <b>"fair"</b> & more\x00\x1b')

    root = ElementTree.fromstring(svg)

    assert root.attrib["role"] == "img"
    assert root.findtext(f"{SVG}title") == 'Zoë\'s <b>"fair"</b> & more'
    assert "<b>" not in svg
    assert "style" not in svg


def test_a_code_that_does_not_fit_is_an_error() -> None:
    with pytest.raises(ValueError, match="25 modules"):
        qr.png(PAYLOAD, 32)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["https://fair.example", "http://127.0.0.1:8000", "https://a-rather-long-name.of.a.brand.example"]),
    st.text(alphabet=ALPHABET, min_size=8, max_size=8),
)
def test_every_code_is_read_back_from_png_and_svg(base: str, code: str) -> None:
    payload = rules.qr_payload(base, code)

    assert read(Image.open(io.BytesIO(qr.png(payload, 320)))) == payload
    assert read(drawn(qr.svg(payload, title=code), 4)) == payload


# --- Codes of passes, which are made with a given mask: it saves the time of trying all eight ------------------------


def test_a_thousand_codes_of_passes_with_any_mask_are_read_back() -> None:
    chance = random.Random(20260501)
    wrong = []

    for number in range(1000):
        token = "".join(chance.choice(ALPHABET) for _ in range(26))
        payload, mask = f"HTTPS://FAIR.EXAMPLE/P/{token}", number % 8
        rows = qr.modules(payload, mask)
        if len(rows) != 29 or read(squares(rows, 3)) != payload:
            wrong.append((payload, mask))

    assert wrong == []


def squares(rows: tuple[tuple[bool, ...], ...], scale: int) -> Image.Image:
    side = len(rows)
    page = Image.new("L", (side + 2 * qr.QUIET, side + 2 * qr.QUIET), 255)
    page.paste(Image.frombytes("L", (side, side), bytes(0 if dark else 255 for row in rows for dark in row)), (4, 4))
    return page.resize((page.width * scale, page.height * scale), Image.Resampling.NEAREST)


def test_a_passs_svg_with_a_given_mask_is_read_back_and_takes_a_millisecond() -> None:
    payloads = [f"HTTPS://FAIR.EXAMPLE/P/{number:026d}" for number in range(1, 301)]
    drawings = [qr.svg(payload, title="A pass", mask=3) for payload in payloads[:2]]
    begun = time.process_time()

    for payload in payloads[2:]:
        qr.svg(payload, title="A pass", mask=3)

    each = (time.process_time() - begun) / len(payloads[2:])
    assert [read(drawn(svg, 3)) for svg in drawings] == payloads[:2]
    assert each < 0.0015 * 4, "on a machine that does nothing else it is at most 1.5 ms"
