"""A brand's colour: whatever it is, what is written on it and with it can be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.brands.rules import DARK_GROUNDS, LEAST_CONTRAST, LIGHT_GROUNDS, accent_shades, contrast

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(colours)
def test_every_colour_can_be_read_in_both_themes(colour: str) -> None:
    shades = accent_shades(colour)

    assert min(contrast(shades.light, ground) for ground in LIGHT_GROUNDS) >= LEAST_CONTRAST
    assert min(contrast(shades.dark, ground) for ground in DARK_GROUNDS) >= LEAST_CONTRAST
    assert contrast(shades.light, shades.light_ink) >= LEAST_CONTRAST
    assert contrast(shades.dark, shades.dark_ink) >= LEAST_CONTRAST


@given(colours)
def test_a_corrected_colour_is_corrected_once(colour: str) -> None:
    shades = accent_shades(colour)

    assert accent_shades(shades.light).light == shades.light
    assert accent_shades(shades.dark).dark == shades.dark


def test_a_colour_is_moved_no_further_than_it_must_be() -> None:
    shades = accent_shades("#ffd54a")

    assert min(contrast(shades.light, ground) for ground in LIGHT_GROUNDS) < LEAST_CONTRAST + 0.1
    assert shades.dark == "#ffd54a"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#ffffff", 1.0),
        ("#777777", "#ffffff", 4.478),
        ("#0000ff", "#ffffff", 8.592),
    ],
)
def test_contrast_is_that_of_wcag(one: str, other: str, expected: float) -> None:
    assert contrast(one, other) == pytest.approx(expected, abs=0.001)
    assert contrast(other, one) == contrast(one, other)
