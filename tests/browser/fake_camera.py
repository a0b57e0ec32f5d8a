"""A camera for tests: a film of codes that Chromium takes for what the phone's camera sees, over and over."""

from __future__ import annotations

import io
import os
import random
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import qrcode
from PIL import Image, ImageDraw, ImageFilter
from playwright.sync_api import Browser

RATE = 30
SIZE = (1280, 720)

Scene = tuple[str | None, float]
"""What is held to the camera, nothing being None, and for how many seconds."""


def film(path: Path, scenes: Sequence[Scene], side: int = 300) -> Path:
    """Write a film as Motion JPEG, which is pictures one after the other; codes are `side` pixels wide."""
    with path.open("wb") as file:
        for text, seconds in scenes:
            file.write(_picture(text, side) * round(seconds * RATE))
    return path


def _picture(text: str | None, side: int) -> bytes:
    picture = _hall()
    if text is not None:
        picture.paste(_badge(text, side), ((SIZE[0] - side - 60) // 2, (SIZE[1] - side - 60) // 2))
    made = io.BytesIO()
    picture.filter(ImageFilter.GaussianBlur(0.7)).save(made, "JPEG", quality=85)
    return made.getvalue()


def _badge(text: str, side: int) -> Image.Image:
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, box_size=12, border=4)
    code.add_data(text)
    code.make(fit=True)
    badge = Image.new("RGB", (side + 60, side + 60), "#fbf7ef")
    drawn = code.make_image(fill_color="#1c1714", back_color="#fbf7ef").get_image().convert("RGB")
    badge.paste(drawn.resize((side, side), Image.Resampling.LANCZOS), (30, 30))
    return badge


def _hall() -> Image.Image:
    """Draw something as busy as a hall, always the same."""
    chance = random.Random(7)
    hall = Image.new("RGB", SIZE, "#4a433c")
    pen = ImageDraw.Draw(hall)
    for _ in range(240):
        x, y = chance.randrange(SIZE[0]), chance.randrange(SIZE[1])
        wide, high = chance.randrange(8, 180), chance.randrange(8, 120)
        shade = tuple(chance.randrange(30, 190) for _ in range(3))
        pen.rectangle((x, y, x + wide, y + high), fill=shade)
    return hall.filter(ImageFilter.GaussianBlur(3))


@contextmanager
def seeing(chromium: Browser, arguments: Sequence[str], path: Path) -> Iterator[Browser]:
    """Start one more Chromium, whose camera sees a film."""
    fakes = [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={path}",
    ]
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    browser = chromium.browser_type.launch(executable_path=program, args=[*arguments, *fakes])
    try:
        yield browser
    finally:
        browser.close()
