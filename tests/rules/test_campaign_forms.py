"""What people type about a campaign: short names, shares, amounts, days."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.campaigns.rules import (
    SLUG,
    clean_slug,
    propose_slug,
    read_amount,
    read_holding_days,
    read_percent,
    write_amount,
    write_percent,
)
from referral.errors import Invalid
from referral.plumbing.money import EXPONENTS, LARGEST, Money


@given(st.text(max_size=200))
def test_a_proposed_short_name_is_a_right_one_or_none(name: str) -> None:
    slug = propose_slug(name)

    assert slug == "" or clean_slug(slug) == slug
    assert not slug or SLUG.fullmatch(slug)


def test_a_reserved_short_name_is_not_proposed() -> None:
    assert propose_slug("New!") == "new-1"


@given(st.integers(0, 10_000))
def test_a_share_is_read_back_as_it_is_written(basis_points: int) -> None:
    assert read_percent(write_percent(basis_points)) == basis_points


@pytest.mark.parametrize("text", ["", "five", "-5", "5.125", "1e2", "5,5,5", "٥", "1000000", "%"])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="percent_malformed"):
        read_percent(text)


@given(st.sampled_from(sorted(EXPONENTS)), st.integers(0, LARGEST))
def test_an_amount_is_read_back_as_it_is_written(currency: str, minor: int) -> None:
    amount = Money(minor, currency)

    assert read_amount(write_amount(amount), currency) == amount


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("25000", "IDR", 2_500_000),
        ("12,50", "PLN", 1250),
        ("12.5", "PLN", 1250),
        (" 1 200 ", "JPY", 1200),
        ("0.125", "KWD", 125),
    ],
)
def test_an_amount_is_read_with_a_point_or_a_comma(text: str, currency: str, minor: int) -> None:
    assert read_amount(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency"), [("25.000", "IDR"), ("1,200", "USD"), ("1.0", "JPY"), ("1.2500", "KWD"), ("1.200,50", "PLN")]
)
def test_a_sign_between_thousands_is_not_taken_for_decimals(text: str, currency: str) -> None:
    with pytest.raises(Invalid, match="amount_decimals"):
        read_amount(text, currency)


@pytest.mark.parametrize("text", ["", "a lot", "1e5", "Rp 25000", "--1"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="amount_malformed"):
        read_amount(text, "PLN")


@pytest.mark.parametrize("text", ["", "-1", "366", "two weeks", "1.5", "99999"])
def test_holding_days_are_whole_and_at_most_a_year(text: str) -> None:
    with pytest.raises(Invalid, match="holding_invalid"):
        read_holding_days(text)

    assert read_holding_days(" 365 ") == 365
