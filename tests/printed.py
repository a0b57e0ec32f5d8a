"""What a printed page says: its text as it can be copied out, and its codes as a reader sees them."""

from __future__ import annotations

from dataclasses import dataclass

import pypdfium2
import zxingcpp
from PIL import Image, ImageFilter

INCH = 25.4


@dataclass(frozen=True)
class Page:
    """Hold one page of a PDF: its size in mm, and its text."""

    size: tuple[float, float]
    text: str


def pages(pdf: bytes) -> list[Page]:
    """Read a document's pages."""
    document = pypdfium2.PdfDocument(pdf)
    found = []
    for page in document:
        words = page.get_textpage().get_text_bounded()
        wide, high = (round(points / 72 * INCH, 1) for points in page.get_size())
        # PDFium writes a hyphen at the end of a line as a sign of its own.
        found.append(Page((wide, high), words.replace("\r", "").replace("\x02", "-")))
    return found


def title(pdf: bytes) -> str:
    """Read a document's title."""
    return str(pypdfium2.PdfDocument(pdf).get_metadata_dict()["Title"])


def picture(pdf: bytes, number: int = 0, dpi: float = 300) -> Image.Image:
    """Print a page on a printer of so many dots an inch, in greys."""
    return pypdfium2.PdfDocument(pdf)[number].render(scale=dpi / 72, grayscale=True).to_pil()


def codes(image: Image.Image) -> list[str]:
    """Read all QR codes of a picture, from top left to bottom right."""
    found = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)
    return [one.text for one in sorted(found, key=lambda one: (one.position.top_left.y, one.position.top_left.x))]


def seen(image: Image.Image, blur: float = 0.9) -> Image.Image:
    """See a picture as a phone does that is not quite in focus, in a hall that is not quite light."""
    return image.filter(ImageFilter.GaussianBlur(blur)).point(lambda grey: 40 + grey * 0.6)
