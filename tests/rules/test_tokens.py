"""The colours of static/css/tokens.css can be read by everybody, in both themes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).parents[2] / "static" / "css" / "tokens.css"
LEAST = {"text": 4.5, "part": 3.0}
THEMES = ("light", "dark")


def _declarations(css: str, selector: str) -> dict[str, str]:
    """Read the custom properties of the block that follows a selector."""
    start = css.index("{", css.index(selector)) + 1
    body = css[start : css.index("}", start)]
    return dict(re.findall(r"--([\w-]+):\s*([^;]+);", body))


def _theme(css: str, name: str) -> dict[str, str]:
    """Give the properties that hold in a theme: the light ones, and over them the dark ones."""
    light = _declarations(css, ":root {")
    return light if name == "light" else light | _declarations(css, ':root:not([data-theme="light"])')


def _hexadecimal(value: str) -> str:
    """Take the colour out of "#b3341f" or of "var(--brand-accent, #b3341f)"."""
    found = re.search(r"#([0-9a-f]{6})\b", value)
    assert found, f"{value!r} is not a colour written as #rrggbb"
    return found[1]


def _luminance(colour: str) -> float:
    """Compute the relative luminance of WCAG 2.2.

    >>> _luminance("ffffff")
    1.0
    """
    channels = [int(colour[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    """Compute the contrast ratio of two colours, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _pairs(css: str) -> list[tuple[str, str, str]]:
    """Read the declared pairs from the comment at the top: what they are for, the colours before "on", those after."""
    lines = re.findall(r"^\s+(text|part)\s+(.+?)(?:\s*\*/)?$", css[: css.index(":root")], flags=re.MULTILINE)
    return [
        (use, front, ground)
        for use, words in lines
        for front in words.split(" on ")[0].split()
        for ground in words.split(" on ")[1].split()
    ]


@pytest.mark.parametrize("theme", THEMES)
def test_every_declared_pair_of_colours_has_enough_contrast(theme: str) -> None:
    css = TOKENS.read_text("utf-8")
    colours = _theme(css, theme)

    ratios = {
        (use, front, ground): _contrast(_hexadecimal(colours[front]), _hexadecimal(colours[ground]))
        for use, front, ground in _pairs(css)
    }

    assert len(ratios) > 80
    assert {pair: round(ratio, 2) for pair, ratio in ratios.items() if ratio < LEAST[pair[0]]} == {}


def test_a_dark_theme_chosen_by_hand_is_the_one_the_system_asks_for() -> None:
    css = TOKENS.read_text("utf-8")

    by_system = _declarations(css, ':root:not([data-theme="light"])')
    by_hand = _declarations(css, ':root[data-theme="dark"]')

    assert by_hand == by_system


def test_every_colour_of_the_paper_has_a_dark_counterpart() -> None:
    css = TOKENS.read_text("utf-8")

    light = {name for name, value in _declarations(css, ":root {").items() if "#" in value}
    dark = set(_declarations(css, ':root:not([data-theme="light"])'))

    same_in_both = {name for name in light if name.startswith(("stage", "ch-", "channel-", "accent-ink-on-stage"))}
    assert light - same_in_both - dark == set()


def test_contrast_agrees_with_the_published_examples() -> None:
    assert _contrast("000000", "ffffff") == pytest.approx(21.0)
    assert _contrast("777777", "ffffff") == pytest.approx(4.48, abs=0.01)
