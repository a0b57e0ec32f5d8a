"""Charts are small pieces of SVG that say what they show, and let no word do harm."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.spread.charts import Words, counts_svg, curve_svg, lorenz_svg, ticks

HOSTILE = Words('<script>alert("1")</script>', "a & b \x00\u202e", "</svg>", "'\"<")


def curve(text: Words = HOSTILE, width: int = 600) -> str:
    return curve_svg(
        [(1, 0.2), (2, 0.5)],
        [(4, 0.8), (5, 0.9)],
        (3, 0.5),
        (0.4, 0.7),
        text=text,
        across=[(0, "0"), (5, "5")],
        up=[(0, "0"), (0.5, "½")],
        cut="<30>",
        name="k",
        width=width,
    )


def counts(numbers: list[int], expected: list[float], width: int = 600) -> str:
    return counts_svg(numbers, expected, text=HOSTILE, shown=[str(one) for one in numbers], name="o", width=width)


def inside(svg: str, width: int) -> bool:
    numbers = [float(one) for one in re.findall(r'(?:\bx|cx|cy|\by)="(-?[\d.]+)"', svg)]
    return all(-1 <= one <= width + 1 for one in numbers)


@pytest.mark.parametrize("width", [340, 600])
def test_every_chart_is_well_formed_says_what_it_shows_and_lets_no_word_do_harm(width: int) -> None:
    drawn = [
        curve(width=width),
        counts([70, 12, 8, 0, 1], [69.0, 14.0, 6.0, 3.0, 1.4], width),
        lorenz_svg([[(0, 0), (0.5, 0.1), (1, 1)]] * 2, text=HOSTILE, ticks=[(0, "0"), (1, "1")], name="l", width=width),
    ]

    for svg in drawn:
        root = ET.fromstring(svg)
        assert root.attrib["role"] == "img"
        assert [one.tag.split("}")[1] for one in root][:2] == ["title", "desc"]
        assert "<script" not in svg
        assert "nan" not in svg
        assert inside(svg, width)


def test_the_curve_is_cut_where_too_few_are_old_enough_and_faint_beyond() -> None:
    svg = curve()

    assert svg.count('class="line is-faint"') == 1
    assert "&lt;30&gt;" in svg
    assert 'class="line is-faint"' not in curve_svg(
        [(1, 0.2)], [], (3, 0.2), (0.1, 0.3), text=HOSTILE, across=[(0, "0")], up=[(0, "0")], cut="", name="k"
    )


def test_one_fan_among_many_can_be_seen_on_the_scale() -> None:
    svg = counts([100_000, 0, 1], [])

    bars = re.findall(r'class="bar" d="M[\d.]+ ([\d.]+)V([\d.]+)h', svg)
    assert len(bars) == 2
    assert all(float(floor) - float(top) > 5 for floor, top in bars)


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=40))
def test_whatever_was_counted_can_be_drawn(numbers: list[int]) -> None:
    svg = counts(numbers, [float(one) for one in numbers])

    ET.fromstring(svg)
    assert inside(svg, 600)


@given(st.floats(1e-6, 1e9))
def test_ticks_are_few_round_and_within(end: float) -> None:
    found = ticks(end)

    assert found[0] == 0
    assert 2 <= len(found) <= 7
    assert found[-1] <= end * (1 + 1e-6)


@pytest.mark.parametrize("end", [0, -1, float("nan")])
def test_an_axis_that_goes_nowhere_has_its_beginning_only(end: float) -> None:
    assert ticks(end) == [0.0]
