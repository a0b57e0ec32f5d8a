"""Who counts as the one who told somebody, and in which generation a newcomer stands."""

from __future__ import annotations

import pytest

from referral.introductions.rules import Teller, ToldBy, edge, generation

A_FAN = Teller(link_id=1, fan_id=10, generation=2)
A_POSTER = Teller(link_id=2, fan_id=None, generation=None, channel="poster")


@pytest.mark.parametrize(("teller", "number"), [(None, 0), (A_POSTER, 0), (Teller(1, 10, 0), 1), (A_FAN, 3)])
def test_a_newcomer_stands_one_generation_below_the_fan_who_told_them(teller: Teller | None, number: int) -> None:
    assert generation(teller) == number


def test_who_tells_a_newcomer_is_their_first_introduction() -> None:
    assert edge(A_FAN, 20, is_new=True) == ToldBy(introducer_id=10, link_id=1, is_primary=True)


def test_who_tells_somebody_who_is_here_already_is_kept_as_a_later_one() -> None:
    assert edge(A_FAN, 20, is_new=False) == ToldBy(introducer_id=10, link_id=1, is_primary=False)


def test_a_poster_introduces_too_without_a_fan() -> None:
    assert edge(A_POSTER, 20, is_new=True) == ToldBy(introducer_id=None, link_id=2, is_primary=True)


def test_nobody_is_recorded_where_nobody_told() -> None:
    assert edge(None, 20, is_new=True) is None


@pytest.mark.parametrize("is_new", [True, False])
def test_nobody_brings_themselves(is_new: bool) -> None:
    assert edge(A_FAN, 10, is_new) is None
