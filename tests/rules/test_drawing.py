"""The drawings of a spread are sound XML whatever people are called, and show everybody in the right class."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.spread.drawing import EACH, ripple_svg, stage_svg
from referral.spread.palette import COLOURS, LETTERS
from referral.spread.rules.forest import Forest
from referral.spread.svg import words
from referral.spread.timeline import Row, timeline_svg

SVG = "{http://www.w3.org/2000/svg}"
ELEMENTS = {
    *("svg", "title", "desc", "defs", "radialGradient", "stop", "filter", "feGaussianBlur"),
    *("rect", "ellipse", "g", "path", "circle", "text"),
}
HOSTILE = "</title><script>alert(1)</script>\0\x1b\ud800\u202etxet\u2066 & \"'"


def star(n: int, channel: str | None = "line") -> Forest:
    return Forest.from_edges(range(1, n + 1), [None, *[1] * (n - 1)], range(n), [channel] * n)


def stage(forest: Forest, label: str = "Ana") -> ElementTree.Element:
    labels = dict.fromkeys(forest.ids.tolist(), label)
    return ElementTree.fromstring(stage_svg(forest, title="Spread", description="Rings", labels=labels))


def people(svg: ElementTree.Element) -> list[ElementTree.Element]:
    return [one for one in svg.iter(f"{SVG}g") if "person" in (one.get("class") or "").split()]


@given(st.text(st.characters(codec="utf-16", categories=None)))
def test_any_name_leaves_the_drawing_sound(name: str) -> None:
    svg = stage(star(2), name)

    titles = [title.text or "" for one in people(svg) for title in one.findall(f"{SVG}title")]
    assert not any(re.search("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", text) for text in titles)


def test_a_hostile_name_stays_a_name_everywhere() -> None:
    forest = star(3)
    labels = dict.fromkeys((1, 2, 3), HOSTILE)

    drawings = [
        stage_svg(
            forest,
            title=HOSTILE,
            description=HOSTILE,
            labels=labels,
            name='"><x',
            show_id=lambda fan: f'"{fan}>',
            details={1: {"name": HOSTILE}},
        ),
        ripple_svg(forest, title=HOSTILE, description=HOSTILE, labels=labels, name='"><x'),
        timeline_svg([Row(HOSTILE, [1], lambda _: HOSTILE)], title=HOSTILE, description=HOSTILE, labels=[HOSTILE]),
    ]

    for drawing in drawings:
        found = {element.tag.removeprefix(SVG) for element in ElementTree.fromstring(drawing).iter()}
        assert found <= ELEMENTS
        assert "\u202e" not in drawing


def test_a_very_long_name_is_cut() -> None:
    assert len(words("a" * 10_000)) == 160
    assert words("👩‍👩‍👧 Łucja 李") == "👩‍👩‍👧 Łucja 李"


def test_the_drawing_says_what_it_shows_and_can_stand_beside_another() -> None:
    first = ElementTree.fromstring(stage_svg(star(2), title="T", description="D", labels={}, name="one"))
    second = ElementTree.fromstring(stage_svg(star(2), title="T", description="D", labels={}, name="two"))

    assert first.get("role") == "img"
    title, description = (first.get("aria-labelledby") or "").split()
    assert [child.text for child in first if child.get("id") in (title, description)] == ["T", "D"]
    ids = [{element.get("id") for element in svg.iter()} - {None} for svg in (first, second)]
    assert len(ids[0]) == 4
    assert not ids[0] & ids[1]


@pytest.mark.parametrize("forest", [star(1), star(12), star(EACH + 1)], ids=["one", "few", "very many"])
def test_no_style_of_its_own_stands_in_a_drawing(forest: Forest) -> None:
    drawing = stage_svg(forest, title="T", description="D", labels={})

    assert "style" not in drawing
    assert "<script" not in drawing
    # What can be reached by key inside a picture is lost to who hears the page read.
    assert "tabindex" not in drawing


def test_everybody_can_be_pointed_at_with_who_told_them() -> None:
    forest = Forest.from_edges([1, 2, 3], [None, 1, 2], [0, 1, 2], ["poster", "whatsapp", None])

    svg = ElementTree.fromstring(
        stage_svg(
            forest,
            title="T",
            description="D",
            labels={1: "Ana", 2: "Budi"},
            show_id=lambda fan: f"F{fan}",
            details={2: {"below": "1"}},
        )
    )

    found = {one.get("data-id"): one for one in people(svg)}
    assert {key: one.get("data-parent") for key, one in found.items()} == {"F1": None, "F2": "F1", "F3": "F2"}
    assert found["F2"].get("data-below") == "1"
    assert [found[key].findtext(f"{SVG}title") for key in ("F1", "F2", "F3")] == ["Ana", "Budi", None]
    assert (found["F1"].get("class") or "").split() == ["person", "root", "ch-poster", "gen-0"]
    assert (found["F2"].get("class") or "").split() == ["person", "ch-whatsapp", "gen-1"]
    assert (found["F3"].get("class") or "").split() == ["person", "ch-none", "gen-2", "new"]
    assert [len(found[key].findall(f"{SVG}path")) for key in ("F1", "F2", "F3")] == [0, 1, 1]


def test_every_channel_of_a_link_has_a_colour_and_a_letter_of_its_own() -> None:
    assert set(COLOURS) == set(LETTERS)
    assert len(set(COLOURS.values())) == len(set(LETTERS.values())) == len(COLOURS)


def test_dots_with_room_bear_their_channels_letter() -> None:
    svg = stage(star(6, "telegram"))

    letters = [text.text for text in svg.iter(f"{SVG}text")]

    assert set(letters) == {"T"}
    assert len(letters) == 6


def test_a_channel_that_is_not_known_is_drawn_as_no_channel() -> None:
    svg = stage(star(2, '"><script>'))

    assert all("ch-none" in (one.get("class") or "") for one in people(svg))


def test_several_first_tellers_stand_around_the_story_itself() -> None:
    forest = Forest.from_edges([1, 2, 3], [None, None, 1], [0, 1, 2], ["qr"] * 3)

    svg = stage(forest)

    assert len([dot for dot in svg.iter(f"{SVG}circle") if dot.get("class") == "dot root"]) == 1
    assert all(one.findall(f"{SVG}path") for one in people(svg))


def test_a_story_that_nobody_has_heard_has_an_empty_stage() -> None:
    svg = stage(Forest.from_edges([], [], [], []))

    assert people(svg) == []
    assert len(list(svg.iter(f"{SVG}ellipse"))) == 4


def test_a_picture_of_two_thousand_people_stays_small() -> None:
    chance = 12345
    parents: list[int | None] = [None]
    for i in range(1, 2_000):
        chance = (chance * 1_103_515_245 + 12_345) % 2**31
        parents.append(chance % i)
    forest = Forest.from_edges(range(2_000), parents, range(2_000), ["whatsapp"] * 2_000)

    drawing = stage_svg(forest, title="T", description="D", labels={}, show_id=lambda fan: f"{fan:013}")

    assert len(drawing) / 2_000 < 270


def test_very_many_people_are_drawn_as_a_few_paths_for_each_channel() -> None:
    n = EACH + 500
    channels = ["line" if i % 2 else None for i in range(n)]
    forest = Forest.from_edges(range(n), [None, *(i // 2 for i in range(n - 1))], range(n), channels)

    svg = stage(forest)

    assert people(svg) == []
    drawn = [path for path in svg.iter(f"{SVG}path") if (path.get("class") or "").startswith("dots ")]
    assert sum((path.get("d") or "").count("M") for path in drawn) == n
    assert {(path.get("class") or "").split()[1] for path in drawn} == {"ch-line", "ch-none"}


def test_everything_stands_on_the_stage() -> None:
    n = 400
    forest = Forest.from_edges(range(n), [None, *(i // 3 for i in range(n - 1))], range(n), ["x"] * n)

    for drawing, width, height in (
        (stage_svg(forest, title="T", description="D", labels={}), 900, 900),
        (ripple_svg(forest, title="T", description="D", labels={}), 760, 540),
    ):
        for dot in ElementTree.fromstring(drawing).iter(f"{SVG}circle"):
            x, y, r = (float(dot.get(key) or "nan") for key in ("cx", "cy", "r"))
            assert r <= x <= width - r
            assert r <= y <= height - r


def test_the_same_forest_always_gives_the_same_picture() -> None:
    forest = star(30)

    one, other = (stage_svg(forest, title="T", description="D", labels={}) for _ in range(2))

    assert one == other


def test_a_fan_who_has_told_nobody_yet_stands_lit_among_empty_rings() -> None:
    svg = ElementTree.fromstring(ripple_svg(star(1), title="T", description="D", labels={}))

    assert len(people(svg)) == 1
    assert len([ring for ring in svg.iter(f"{SVG}ellipse") if ring.get("class") == "ring"]) == 3
    assert svg.get("viewBox") == "0 0 760 540"


def test_a_ripple_has_exactly_one_fan_in_its_centre() -> None:
    two = Forest.from_edges([1, 2], [None, None], [0, 1], [None, None])

    with pytest.raises(ValueError, match="one fan"):
        ripple_svg(two, title="T", description="D", labels={})


def test_a_very_wide_ripple_draws_the_largest_branches() -> None:
    svg = ElementTree.fromstring(ripple_svg(star(1_000), title="T", description="D", labels={}, most=50))

    assert len(people(svg)) == 50


def test_each_row_of_a_time_line_has_its_own_scale_and_writes_its_highest_value() -> None:
    rows = [Row("Arrivals", [1, 4, 0]), Row("Sales", [0, 500, 1000], lambda value: f"Rp {value}")]

    svg = ElementTree.fromstring(timeline_svg(rows, title="T", description="D", labels=["Mon", "Tue", "Wed"]))

    texts = [text.text for text in svg.iter(f"{SVG}text")]
    assert texts == ["Arrivals", "4", "Sales", "Rp 1000", "Mon", "Wed"]
    bars = [bar for bar in svg.iter(f"{SVG}rect") if "bar" in (bar.get("class") or "")]
    assert [float(bar.get("height") or 0) for bar in bars] == [16.5, 66, 33, 66]
    assert [bar.findtext(f"{SVG}title") for bar in bars][-1] == "Wed · Rp 1000"


def test_a_time_line_of_nothing_is_an_empty_chart() -> None:
    svg = ElementTree.fromstring(timeline_svg([Row("Sales", [])], title="T", description="D", labels=[]))

    assert [text.text for text in svg.iter(f"{SVG}text")] == ["Sales", "0"]


def test_a_bar_without_a_label_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        timeline_svg([Row("Sales", [1, 2])], title="T", description="D", labels=["Mon"])


def test_bars_follow_each_other_in_time() -> None:
    svg = ElementTree.fromstring(
        timeline_svg([Row("A", [1, 2, 3])], title="T", description="D", labels=["a", "b", "c"], width=390)
    )

    places = [float(bar.get("x") or 0) for bar in svg.iter(f"{SVG}rect")]

    assert all(before < after for before, after in pairwise(places))
    assert places[-1] < 390
