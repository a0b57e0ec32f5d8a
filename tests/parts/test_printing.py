"""What the print kit draws: every code is read again, and every letter is the right one."""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from referral.events.printing import badges, banners, cards, codes, passes, posters
from referral.events.printing.badges import Visitor
from referral.events.printing.cards import Volunteer
from referral.events.printing.fonts import Library, Style, library
from referral.events.printing.masthead import Masthead
from referral.events.printing.paper import A4, Paper, Type
from referral.events.printing.passes import PassWords
from referral.events.printing.posters import Poster
from referral.events.rules.density import GOOD_PIXELS, SCALE
from referral.links import qr
from referral.plumbing.ids import ALPHABET
from tests import printed
from tests.machine import missing

BUILD = Path(__file__).parents[2] / "static" / "build"
HOST = "HTTPS://REFER.EXAMPLE.ORG"
LINK = f"{HOST}/R/K7M2Q9XD"
FAIR = Masthead("Serigala Besar", "A night of books", "Hall B, Jakarta", ("Sat 9 Aug, 10:00–22:00", "Sun 10 Aug"))
# A blurred picture is read in most positions, not in all: a phone takes another one 30 times a second.
TRIES = (0.0, 0.25, 0.5, 0.75)


@pytest.fixture(scope="session")
def letters() -> Library:
    """Give the letters of the built front end."""
    if not (BUILD / "manifest.json").exists():
        missing("the front end is not built")
    return library(BUILD)


def token(chance: random.Random) -> str:
    """Make up a pass's token."""
    return "".join(chance.choice(ALPHABET) for _ in range(26))


def visitors(number: int, seed: int = 1) -> list[Visitor]:
    """Make up visitors."""
    chance = random.Random(seed)
    return [
        Visitor(f"{HOST}/P/{token(chance)}", f"No. {count}", "Ayu Wulandari", "Press", "K7M2 Q9XD")
        for count in range(1, number + 1)
    ]


def poster(payload: str) -> Poster:
    """Make up a poster."""
    return Poster(
        payload, "Penguin Books: the reading corner", "Good that you are here.", "Scan this.", "refer.example"
    )


def read_somehow(image: Image.Image) -> list[str]:
    """Read a picture that a phone might take: a little out of focus and dim, in some of its positions."""
    found: set[str] = set()
    for shift in TRIES:
        moved = image.transform(
            image.size, Image.Transform.AFFINE, (1, 0, shift, 0, 1, shift), Image.Resampling.BILINEAR
        )
        found.update(printed.codes(printed.seen(moved)))
    return sorted(found)


def as_a_phone_sees(pdf: bytes, distance: float, number: int = 0) -> Image.Image:
    """See a page from so many mm away: a preview's pixels for each of its mm."""
    return printed.picture(pdf, number, printed.INCH * SCALE / distance)


# --- Codes -----------------------------------------------------------------------------------------------------------


def test_a_thousand_badges_are_read_again_all_of_them_with_no_more_pixels_than_recommended(letters: Library) -> None:
    made = visitors(1_000)

    pdf = badges.sheets(letters, "en", FAIR, made, "Badges")

    smallest = GOOD_PIXELS * printed.INCH * codes.density(made[0].payload).modules / badges.CODE
    read = [text for page in range(100) for text in printed.codes(printed.picture(pdf, page, smallest))]
    assert sorted(read) == sorted(visitor.payload for visitor in made)


@pytest.mark.parametrize("dpi", [300, 150, 72])
def test_every_badge_of_a_sheet_is_read_at_each_printers_sharpness(letters: Library, dpi: int) -> None:
    made = visitors(10, seed=dpi)

    pdf = badges.sheets(letters, "en", FAIR, made, "Badges")

    assert printed.codes(printed.picture(pdf, 0, dpi)) == [visitor.payload for visitor in made]


Print = Callable[[Library], tuple[bytes, str]]


def _badge(letters: Library) -> tuple[bytes, str]:
    made = visitors(1)
    return badges.sheets(letters, "en", FAIR, made, "Badge"), made[0].payload


def _pass(letters: Library) -> tuple[bytes, str]:
    made = visitors(1)[0]
    return passes.one(
        letters, "en", FAIR, made, PassWords("Your pass", "To read out", "Fold", "When", "Where")
    ), made.payload


def _poster(letters: Library) -> tuple[bytes, str]:
    return posters.sheets(letters, "en", FAIR, [poster(LINK)], "Poster"), LINK


def _card(letters: Library) -> tuple[bytes, str]:
    return cards.table_cards(letters, "en", FAIR, [poster(LINK)], "Cards"), LINK


def _banner(letters: Library) -> tuple[bytes, str]:
    story = "https://refer.example.org/c/night-fair"
    return banners.sheets(letters, "en", FAIR, [poster(story)], "Banner"), story


KIT = [
    pytest.param(_badge, badges.DISTANCE, id="badge"),
    pytest.param(_pass, passes.DISTANCE, id="pass"),
    pytest.param(_poster, posters.DISTANCE, id="poster"),
    pytest.param(_card, cards.DISTANCE, id="card"),
    pytest.param(_banner, banners.DISTANCE, id="banner"),
]


@pytest.mark.parametrize(("draw", "distance"), KIT)
def test_each_print_is_read_from_where_people_stand(letters: Library, draw: Print, distance: int) -> None:
    pdf, held = draw(letters)

    assert read_somehow(as_a_phone_sees(pdf, distance)) == [held]


@pytest.mark.parametrize(("draw", "distance"), KIT)
def test_each_print_is_read_at_the_smallest_size_that_is_recommended_for_it(
    letters: Library, draw: Print, distance: int
) -> None:
    pdf, held = draw(letters)
    (side,) = {code_side(pdf, held)}
    smallest = codes.density(held).side(distance)

    # Printed smaller is seen from further away.
    image = as_a_phone_sees(pdf, distance * side / smallest)

    assert smallest <= side
    assert read_somehow(image) == [held]


def code_side(pdf: bytes, held: str) -> float:
    """Measure a code of a document in mm, by the matrix that it is drawn with."""
    modules = codes.density(held).modules
    unit = float(re.findall(rb"q 0 g ([\d.]+) 0 0 -[\d.]+ [\d.]+ [\d.]+ cm", contents(pdf))[0])
    return unit * modules * printed.INCH / 72


def test_a_code_is_printed_as_wide_as_planned(letters: Library) -> None:
    sides = [code_side(*draw(letters)) for draw in (_badge, _pass, _poster, _card, _banner)]

    assert sides == pytest.approx([32, 46, 100, 40, 300], abs=0.01)


@pytest.mark.parametrize(("draw", "distance"), KIT)
def test_nothing_is_printed_on_the_white_edge_of_a_code(letters: Library, draw: Print, distance: int) -> None:
    pdf, held = draw(letters)
    dpi = 144 if distance < 3_000 else 36
    image = printed.picture(pdf, 0, dpi)

    matrix = re.findall(rb"q 0 g ([\d.]+) 0 0 -[\d.]+ ([\d.]+) ([\d.]+) cm", contents(pdf))[0]
    unit, left, top = (float(part) * dpi / 72 for part in matrix)
    top = image.height - top
    edge = codes.QUIET * unit - 1.5
    side = codes.density(held).modules * unit
    around = [
        (left - edge, top - edge, left + side + edge, top - 1.5),
        (left - edge, top + side + 1.5, left + side + edge, top + side + edge),
        (left - edge, top, left - 1.5, top + side),
        (left + side + 1.5, top, left + side + edge, top + side),
    ]

    assert [image.crop(tuple(map(round, box))).getextrema()[0] for box in around] == [255] * 4


def test_a_dense_code_of_another_system_is_printed_and_read(letters: Library) -> None:
    foreign = "".join(random.Random(3).choice("abcdefghijklmnopqrstuvwxyz0123456789=+/") for _ in range(124))

    pdf = badges.sheets(letters, "en", FAIR, [Visitor(foreign, "No. 1")], "Badges")

    assert codes.density(foreign).modules == 49
    assert printed.codes(printed.picture(pdf)) == [foreign]


def test_rectangles_cover_the_dark_modules_once_each() -> None:
    rows = codes.modules(LINK)

    painted = [[0] * len(rows) for _ in rows]
    for left, top, wide, high in codes.rectangles(rows):
        for y in range(top, top + high):
            for x in range(left, left + wide):
                painted[y][x] += 1

    assert painted == [[int(module) for module in row] for row in rows]


def test_a_code_with_a_given_mask_is_the_one_that_the_library_makes() -> None:
    chance = random.Random(5)
    for length in (1, 20, 37, 54, 90):
        text = "".join(chance.choice("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:") for _ in range(length)) + "Z"
        mask = chance.randrange(8)

        assert qr.modules(text, mask) == qr._made(qr.QRData(text), mask), (text, mask)


# --- Letters ---------------------------------------------------------------------------------------------------------

NAMES = [
    "Łucja Świętosławska-Żółć",
    "欧阳娜娜",
    "王小明",
    "Ayu Wulandari",
    "Nguyễn Thị Ánh",
    "Ольга Ёлкина",
    "Zoë O’Brien",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_can_be_copied_out_of_a_badge_as_it_was_written(letters: Library, name: str) -> None:
    pdf = badges.sheets(letters, "en", FAIR, [Visitor(LINK, "No. 1", name)], "Badges")

    text = printed.pages(pdf)[0].text

    assert name.replace(" ", "") in re.sub(r"\s", "", text)


@pytest.mark.parametrize("style", list(Style))
def test_letters_look_like_themselves_and_not_like_a_box(letters: Library, style: Style) -> None:
    paper = Paper(letters, A4, "Letters", "en")
    paper.sheet()
    signs = "ŁłŚśĄęŻżGg9王明娜"
    for place, sign in enumerate(signs):
        paper.text(10 + 12 * place, 40, sign, Type(style, 30))

    image = printed.picture(paper.pdf(), dpi=100)

    millimetre = 100 / printed.INCH
    shapes = []
    for place in range(len(signs)):
        left = 9 + 12 * place
        box = image.crop(tuple(round(edge * millimetre) for edge in (left, 27, left + 12, 45)))
        assert 0.02 < sum(box.histogram()[:128]) / (box.width * box.height) < 0.6
        shapes.append(box.tobytes())
    assert len(set(shapes)) == len(signs)


def test_only_what_a_document_needs_is_embedded(letters: Library) -> None:
    pdf = badges.sheets(letters, "pl", FAIR, [Visitor(LINK, "Nr 1", "Łucja Wójcik")], "Badges")

    assert len(pdf) < 40_000


def test_signs_without_letters_are_left_out_and_known(letters: Library) -> None:
    assert letters.clean(Style.SERIF, "  Budi \U0001f389  Santoso\n") == "Budi Santoso"
    assert letters.can_set(Style.SERIF, "Budi \U0001f389")
    assert not letters.can_set(Style.SERIF, "ליאת")
    assert not letters.can_set(Style.SERIF, "\U0001f389")


def test_a_letter_written_as_two_signs_is_printed_as_one(letters: Library) -> None:
    assert letters.clean(Style.SERIF, "Z\u0307o\u0301\u0142c\u0301") == "Żółć"


def test_who_has_not_built_the_front_end_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="make static/build"):
        Library(tmp_path)


# --- Setting ---------------------------------------------------------------------------------------------------------


def sheet(letters: Library) -> Paper:
    """Take a sheet."""
    paper = Paper(letters, A4, "A sheet", "en")
    paper.sheet()
    return paper


def test_lines_end_at_spaces_and_hyphens_and_anywhere_in_chinese(letters: Library) -> None:
    paper, type = sheet(letters), Type(Style.SERIF, 20)

    assert paper.wrapped("Ayu Wulandari", type, 30) == ["Ayu", "Wulandari"]
    assert paper.wrapped("Wójcik-Świętosławska", type, 50) == ["Wójcik-", "Świętosławska"]
    assert paper.wrapped("大灰狼书展在夜里。", type, 36) == ["大灰狼书展", "在夜里。"]


def test_a_name_is_set_as_large_as_it_fits_and_cut_where_nothing_else_helps(letters: Library) -> None:
    paper, type = sheet(letters), Type(Style.SERIF, 24)

    short, large = paper.fitted("Ayu", type, 40, (24, 12), 2)
    long, small = paper.fitted("Konstantynopolitańczykowianeczka " * 3, type, 40, (24, 12), 2)

    assert (short, large.size, small.size) == (["Ayu"], 24, 12)
    assert len(long) == 2
    assert long[-1].endswith("…")
    assert all(paper.width(line, small) <= 40 for line in long)


def test_a_centred_paragraph_leaves_no_word_alone(letters: Library) -> None:
    paper, type = sheet(letters), Type(Style.SERIF, 20)
    words = "Have your pass ready: on your phone, on paper or as a badge."

    plain, balanced = paper.wrapped(words, type, 165), paper.balanced(words, type, 165)

    assert len(balanced) == len(plain)
    assert min(paper.width(line, type) for line in balanced) > min(paper.width(line, type) for line in plain)


def test_no_name_and_no_label_leave_a_line_to_write_on(letters: Library) -> None:
    with_line = badges.sheets(letters, "en", FAIR, [Visitor(LINK, "No. 1")], "Badges")
    by_hand = badges.sheets(letters, "en", FAIR, [Visitor(LINK, "No. 1", "ליאת", by_hand=True)], "Badges")
    named = badges.sheets(letters, "en", FAIR, [Visitor(LINK, "No. 1", "Ayu")], "Badges")

    lines = [contents(pdf).count(b" l S") for pdf in (with_line, by_hand, named)]
    assert lines[0] == lines[1] == lines[2] + 1


# --- The file --------------------------------------------------------------------------------------------------------


def contents(pdf: bytes) -> bytes:
    """Give what the pages of a document draw."""
    found = b""
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            plain = zlib.decompress(stream)
        except zlib.error:
            continue
        found += plain if b" re f" in plain or b" Tj" in plain or b" l S" in plain else b""
    return found


def test_codes_are_lines_and_not_pictures(letters: Library) -> None:
    pdf, _ = _poster(letters)

    assert b"/Subtype /Image" not in pdf
    assert contents(pdf).count(b" re\n") > 100


def test_a_file_says_its_title_its_language_and_that_it_is_not_to_be_shrunk(letters: Library) -> None:
    pdf = cards.table_cards(letters, "zh-Hans", FAIR, [poster(LINK)], "Karty: noc książek")

    assert b"/Lang (zh-Hans)" in pdf
    assert b"/PrintScaling /None" in pdf
    assert printed.title(pdf) == "Karty: noc książek"


def test_a_thousand_badges_are_at_most_a_megabyte(letters: Library) -> None:
    assert len(badges.sheets(letters, "en", FAIR, visitors(1_000), "Badges")) < 1_000_000


def test_volunteers_cards_show_the_three_answers_in_their_colours(letters: Library) -> None:
    words = Volunteer("How to scan", ("Look.",), (("In", "a"), ("Again", "b"), ("No", "c")), "No net?", ("Name",))

    drawn = contents(cards.volunteer_cards(letters, "en", FAIR, words, "Cards"))

    for red, green, blue in (cards.GREEN, cards.AMBER, cards.RED):
        assert drawn.count(f"{red / 255:.3f} {green / 255:.3f} {blue / 255:.3f} rg".encode()) >= 4


def test_the_pixels_counted_with_are_those_of_a_readers_good_picture() -> None:
    assert pytest.approx(SCALE * codes.density(f"{HOST}/P/{'0' * 26}").side(1_000) / 1_000) == GOOD_PIXELS * 29
