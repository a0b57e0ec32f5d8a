"""How fast the print kit is: 1,000 badges as PDF, and one pass's code as SVG; beside the libraries as they come.

    python -m bench.badges
    python -m bench.badges --badges 200 --rounds 1

`badges`   1,000 badges with names in four languages, ten to a sheet: seconds and bytes. First cold, as in a process
           that has just started: no letter was drawn and no code made before; then once more. Beside it the same
           sheets, with names in a font that every PDF reader has, by fpdf2's own calls and codes as `qrcode` makes them
           when it is told nothing: each as an image (PNG, by `qrcode.make`), or each dark module as a `rect`.
`svg`      the code of a pass that was never drawn before, as the pages draw it; beside it `qrcode`'s own SVG factory.

Of our badges every page is rendered and every code read again, or the numbers are not printed.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pypdfium2
import qrcode
import zxingcpp
from fpdf import FPDF
from qrcode.image.svg import SvgPathImage

from referral.events.printing import badges, fonts
from referral.events.printing.badges import Visitor
from referral.events.printing.masthead import Masthead
from referral.events.rules.codes import Signer, payload
from referral.links import qr

BUILD = Path(__file__).parents[1] / "static" / "build"
BASE = "https://refer.example.org"
FAIR = Masthead("Serigala Besar", "A night of books", "Hall B, Jakarta")
SECONDS, BYTES, SVG_MS = 5.0, 1_000_000, 1.5
NAMES = (
    ("Olivia", "Noah", "Amelia", "Oliver", "Isla", "George"),
    ("Ayu", "Budi", "Siti", "Wayan", "Dewi", "Agus"),
    ("Łucja", "Michał", "Żaneta", "Grzegorz", "Świętosław", "Józef"),
)
FAMILIES = (
    ("Smith", "O'Brien", "Taylor", "Featherstonehaugh"),
    ("Wulandari", "Santoso", "Nurhaliza", "Pratama"),
    ("Wójcik", "Brzęczyszczykiewicz", "Zieliński", "Gąsior"),
)
CHINESE = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高",
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红娥玲芬燕彩春菊兰凤洁梅琳",
)


def main() -> None:
    """Measure what was asked for and print it."""
    parser = argparse.ArgumentParser(prog="python -m bench.badges", description="How fast the print kit is.")
    parser.add_argument("--badges", type=int, default=1_000, help="how many badges (1,000)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each kind (3)")
    wanted = parser.parse_args()
    number, rounds = min(max(wanted.badges, 10), 10_000), min(max(wanted.rounds, 1), 20)
    print(f"{os.cpu_count()} cores; {number:,} badges; {rounds} rounds of each, taking turns; the median round")
    printed(number, rounds)
    drawn(number, rounds)


# --- Badges ----------------------------------------------------------------------------------------------------------


def printed(number: int, rounds: int) -> None:
    """Measure sheets of badges."""
    kinds: dict[str, Callable[[list[Visitor]], bytes]] = {
        "ours": by_us,
        "ours, in a process that printed before": by_us,
        "fpdf2 image, qrcode as it comes": by_images,
        "fpdf2 rect, qrcode as it comes": by_rectangles,
    }
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    busy: dict[str, list[float]] = {kind: [] for kind in kinds}
    sizes: dict[str, int] = {}
    for round_ in range(rounds):
        made = visitors(number, round_)
        for kind, draw in kinds.items():
            if kind == "ours":
                forget()
            began, worked = time.perf_counter(), time.process_time()
            pdf = draw(made)
            times[kind].append(time.perf_counter() - began)
            busy[kind].append(time.process_time() - worked)
            sizes[kind] = len(pdf)
            if draw is by_us and sorted(read(pdf)) != sorted(visitor.payload for visitor in made):
                sys.exit("not every badge can be read again")
    best = statistics.median(times["ours"])
    for kind, found in times.items():
        seconds, processor = statistics.median(found), statistics.median(busy[kind])
        beside = "" if kinds[kind] is by_us else f"   {seconds / best:.1f} times ours"
        kilobytes = f"{sizes[kind] / 1000:,.0f} kB"
        print(f"  {kind:40} {seconds:6.2f} s ({processor:5.2f} s of a processor)   {kilobytes:>9}{beside}")
    print(f"  all {2 * number * rounds:,} of ours were read again, at 3 pixels a module")
    verdict(f"at most {SECONDS:g} s", best * 1_000 / number <= SECONDS)
    verdict(f"at most {BYTES / 1e6:g} MB", sizes["ours"] * 1_000 / number <= BYTES)


def visitors(number: int, seed: int) -> list[Visitor]:
    """Make up visitors of four languages, with passes that are signed as an event's are."""
    chance = random.Random(seed)
    signer = Signer(1, 2, {0: chance.randbytes(32)})
    made = []
    for count in range(1, number + 1):
        token = signer.token(chance.getrandbits(62), 0)
        short = signer.short(count, 0)
        made.append(Visitor(payload(BASE, token), f"No. {count}", name(chance), "Press", f"{short[:4]} {short[4:]}"))
    return made


def name(chance: random.Random) -> str:
    """Make up a name."""
    language = chance.randrange(len(NAMES) + 1)
    if language == len(NAMES):
        return chance.choice(CHINESE[0]) + "".join(chance.choices(CHINESE[1], k=chance.randint(1, 2)))
    return f"{chance.choice(NAMES[language])} {chance.choice(FAMILIES[language])}"


def by_us(made: list[Visitor]) -> bytes:
    """Draw badges as the print kit does."""
    return badges.sheets(fonts.library(BUILD), "en", FAIR, made, "Badges")


def by_images(made: list[Visitor]) -> bytes:
    """Draw badges by the libraries' own ways: a picture for each code."""

    def code(pdf: FPDF, held: str, x: float, y: float) -> None:
        file = io.BytesIO()
        qrcode.make(held).save(file)
        file.seek(0)
        pdf.image(file, x, y, 41, 41)

    return plainly(made, code)


def by_rectangles(made: list[Visitor]) -> bytes:
    """Draw badges by the libraries' own ways: a rectangle for each dark module."""

    def code(pdf: FPDF, held: str, x: float, y: float) -> None:
        made = qrcode.QRCode()
        made.add_data(held)
        rows = made.get_matrix()
        unit = 41 / len(rows)
        for down, row in enumerate(rows):
            for right, dark in enumerate(row):
                if dark:
                    pdf.rect(x + right * unit, y + down * unit, unit, unit, style="F")

    return plainly(made, code)


def plainly(made: list[Visitor], code: Callable[[FPDF, str, float, float], None]) -> bytes:
    """Draw badges ten to a sheet, with what is written on them in a font that needs no embedding."""
    pdf = FPDF(unit="mm", format="A4")
    pdf.set_auto_page_break(False)
    for place, visitor in enumerate(made):
        row, column = divmod(place % badges.A_SHEET, badges.ACROSS)
        if not (row or column):
            pdf.add_page()
        x, y = 15 + 90 * column, 11 + 55 * row
        code(pdf, visitor.payload, x + 48.5, y + 2)
        for size, down, text in (
            (6, 8, FAIR.brand),
            (20, 20, visitor.name or ""),
            (8, 32, visitor.label or ""),
            (8, 50, FAIR.event),
        ):
            pdf.set_font("Helvetica", size=size)
            pdf.text(x + 6, y + down, text.encode("latin-1", "replace").decode("latin-1"))
        pdf.text(x + 60, y + 47, visitor.short or "")
        pdf.text(x + 60, y + 51, visitor.number)
    return bytes(pdf.output())


def read(pdf: bytes) -> list[str]:
    """Read the codes of each page, rendered with as few pixels as are recommended."""
    dpi = 3 * 25.4 * 29 / badges.CODE
    found = []
    for page in pypdfium2.PdfDocument(pdf):
        image = page.render(scale=dpi / 72, grayscale=True).to_pil()
        found += [one.text for one in zxingcpp.read_barcodes(image)]
    return found


def forget() -> None:
    """Make the next round as cold as the first."""
    for kept in (fonts.library, fonts._opened, qr.modules, qr.svg, qr._flip, qr._number):
        kept.cache_clear()


# --- One code --------------------------------------------------------------------------------------------------------


def drawn(number: int, rounds: int) -> None:
    """Measure one pass's code at a time."""
    kinds: dict[str, Callable[[str], str | bytes]] = {
        "ours": lambda held: qr.svg(held, title="QR code", mask=qr.MASK),
        "qrcode's own SVG factory": by_factory,
    }
    forget()
    began = time.perf_counter()
    kinds["ours"](visitors(1, 99)[0].payload)
    first = time.perf_counter() - began
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    sizes: dict[str, int] = {}
    for round_ in range(rounds):
        for visitor in visitors(min(number, 300), 100 + round_):
            for kind, draw in kinds.items():
                began = time.perf_counter()
                sizes[kind] = len(draw(visitor.payload))
                times[kind].append(1000 * (time.perf_counter() - began))
    print("one pass's code as SVG")
    best = statistics.median(times["ours"])
    for kind, found in times.items():
        middle, slow = statistics.median(found), sorted(found)[int(0.95 * (len(found) - 1))]
        beside = "" if kind == "ours" else f"   {middle / best:.1f} times ours"
        print(f"  {kind:34} median {middle:6.2f} ms, p95 {slow:6.2f} ms   {sizes[kind] / 1000:5.1f} kB{beside}")
    print(f"  the very first of a process took {1000 * first:.0f} ms")
    verdict(f"at most {SVG_MS:g} ms", best <= SVG_MS)


def by_factory(held: str) -> bytes:
    """Draw a code as the library does when it is told nothing."""
    made = qrcode.make(held, image_factory=SvgPathImage)
    drawn: bytes = made.to_string()
    return drawn


def verdict(target: str, is_met: bool) -> None:
    """Print whether a target is met."""
    print(f"  {target}: {'yes' if is_met else 'NO'}")


if __name__ == "__main__":
    main()
