"""How dense a code is, and how large it must be printed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.errors import Invalid
from referral.events.rules import density
from referral.events.rules.codes import payload
from referral.events.rules.density import Density, Fault, least_module, table
from referral.links import qr

# Capacities at level M, alphanumeric and in bytes, by the table of ISO/IEC 18004.
CAPACITIES = [(1, 20, 14), (2, 38, 26), (3, 61, 42), (4, 90, 62), (5, 122, 84), (6, 154, 106), (7, 178, 122)]


@pytest.mark.parametrize(("version", "capitals", "bytes_"), CAPACITIES)
def test_a_version_holds_what_the_standard_says_and_not_one_sign_more(version: int, capitals: int, bytes_: int) -> None:
    assert Density.of("A" * capitals).version == version
    assert Density.of("A" * (capitals + 1)).version == version + 1
    assert Density.of("a" * bytes_).version == version
    assert Density.of("a" * (bytes_ + 1)).version == version + 1


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=200))
def test_the_modules_are_those_that_are_drawn(text: str) -> None:
    assert Density.of(text).modules == len(qr.modules(text, 2))


def test_what_no_version_holds_is_refused() -> None:
    assert Density.of("A" * 3391).version == 40

    with pytest.raises(Invalid, match="code_too_long"):
        Density.of("A" * 3392)


def test_a_pass_stays_at_29_modules_while_the_host_has_at_most_24_signs() -> None:
    fits = payload("https://" + "h" * 24, "0" * 26)
    beyond = payload("https://" + "h" * 25, "0" * 26)

    assert (len(fits), Density.of(fits).modules) == (61, 29)
    assert Density.of(beyond).modules == 33


@pytest.mark.parametrize(
    ("version", "tenth_is_enough"), [(1, True), (2, True), (3, True), (4, True), (5, False), (7, False)]
)
def test_a_tenth_of_the_distance_is_enough_for_short_codes_only(version: int, tenth_is_enough: bool) -> None:
    assert (Density.of_version(version).side(1_000) <= 100) == tenth_is_enough


def test_a_preview_shows_what_is_as_wide_as_its_distance_about_1000_pixels_wide() -> None:
    assert pytest.approx(1_000, rel=0.01) == density.SCALE


@given(st.integers(1, 40), st.floats(50, 10_000))
def test_a_code_reaches_the_distance_it_was_made_for(version: int, distance: float) -> None:
    code = Density.of_version(version)

    assert code.reach(code.side(distance)) == pytest.approx(distance)
    assert Fault.SMALL not in code.faults(code.side(distance), distance)


@given(st.integers(1, 40), st.floats(50, 10_000))
def test_a_code_is_too_small_where_a_module_is_less_than_two_and_a_half_pixels(version: int, distance: float) -> None:
    code = Density.of_version(version)
    edge = code.modules * least_module(distance)

    assert Fault.SMALL not in code.faults(edge * 1.001, distance)
    assert Fault.SMALL in code.faults(edge * 0.999, distance)


def test_more_than_33_modules_are_warned_of_however_large_they_are() -> None:
    assert Density.of_version(4).faults(10_000, 300) == ()
    assert Density.of_version(5).faults(10_000, 300) == (Fault.LONG,)


def test_the_table_rounds_up_so_that_no_size_in_it_is_too_small() -> None:
    for version in range(1, 8):
        code = Density.of_version(version)
        for row in table(code):
            assert row.side >= code.side(row.distance) > row.side - 1
            assert row.clear >= row.side * (code.modules + 8) / code.modules


def test_the_sizes_that_are_printed_suit_their_distances() -> None:
    sizes = {300: 32, 400: 40, 1_000: 100, 3_000: 300}

    for distance, side in sizes.items():
        assert Density.of_version(3).side(distance) <= side
        assert Density.of_version(4).faults(side, distance) == ()
