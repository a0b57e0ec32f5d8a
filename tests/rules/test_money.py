"""Rules of money: how amounts are read, written and parted; never by a float."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.errors import Invalid
from referral.plumbing.money import EXPONENTS, LARGEST, Money, portion

amounts = st.integers(min_value=-LARGEST, max_value=LARGEST)
currencies = st.sampled_from(sorted(EXPONENTS))


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("150000.00", "IDR", 15_000_000),
        ("150000", "IDR", 15_000_000),
        ("1234", "JPY", 1_234),
        ("1234.00", "JPY", 1_234),
        ("1.234", "KWD", 1_234),
        ("0.001", "KWD", 1),
        ("19.90", "PLN", 1_990),
        ("19.9", "PLN", 1_990),
        ("-19.90", "PLN", -1_990),
        ("0", "PLN", 0),
        ("-0.00", "PLN", 0),
        ("007.50", "PLN", 750),
    ],
)
def test_an_amount_is_read_into_the_minor_units_of_its_currency(text: str, currency: str, minor: int) -> None:
    assert Money.of_decimal(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(15_000_000, "IDR"), "150000.00"),
        (Money(1_234, "JPY"), "1234"),
        (Money(1_234, "KWD"), "1.234"),
        (Money(1, "KWD"), "0.001"),
        (Money(1_990, "PLN"), "19.90"),
        (Money(-5, "PLN"), "-0.05"),
        (Money(0, "PLN"), "0.00"),
        (Money(LARGEST, "IDR"), "10000000000000.00"),
    ],
)
def test_an_amount_is_written_with_all_decimals_of_its_currency(money: Money, text: str) -> None:
    assert money.text() == text


@given(minor=amounts, currency=currencies)
def test_what_is_written_is_read_back_as_the_same(minor: int, currency: str) -> None:
    money = Money(minor, currency)

    assert Money.of_decimal(money.text(), currency) == money


@pytest.mark.parametrize(
    ("text", "currency", "code"),
    [
        ("19.999", "PLN", "amount_decimals"),
        ("1.5", "JPY", "amount_decimals"),
        ("1.2345", "KWD", "amount_decimals"),
        ("10", "XXX", "currency_unknown"),
        ("10", "pln", "currency_unknown"),
        ("10", "", "currency_unknown"),
        ("10000000000000.01", "PLN", "amount_too_large"),
        ("9999999999999999", "JPY", "amount_too_large"),
    ],
)
def test_an_amount_that_its_currency_cannot_hold_is_refused(text: str, currency: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        Money.of_decimal(text, currency)

    assert refused.value.code == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        ".",
        "1.",
        ".5",
        "+1",
        "--1",
        "1e3",
        "1E3",
        "0x10",
        "1_000",
        "1,000.00",
        "1 000",
        "1.000.000",
        " 1",
        "1 ",
        "1\n",
        "1.00\n",
        "NaN",
        "nan",
        "sNaN",
        "Infinity",
        "-inf",
        "١٢٣",  # Arabic-Indic digits
        "१२३",  # Devanagari digits
        "１２３",  # full-width digits
        "一百",
        "½",
        "1\u200b0",
        "\u22121",  # a true minus sign
        "12345678901234567",
        "1.123456789",
        "1\x000",
    ],
)
def test_what_is_not_a_plain_decimal_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        Money.of_decimal(text, "PLN")

    assert refused.value.code == "amount_malformed"


@given(text=st.text(max_size=20), currency=currencies)
def test_any_text_is_either_read_exactly_or_refused(text: str, currency: str) -> None:
    try:
        money = Money.of_decimal(text, currency)
    except Invalid:
        return

    assert money.decimal() == Decimal(text)


@given(minor=amounts, basis_points=st.integers(0, 10_000))
def test_a_share_is_the_nearest_whole_unit_and_the_even_one_of_two(minor: int, basis_points: int) -> None:
    exact = Fraction(minor * basis_points, 10_000)

    assert portion(minor, basis_points) == round(exact)  # Python rounds fractions half to even


@given(minor=st.integers(0, LARGEST), basis_points=st.integers(0, 10_000))
def test_a_share_lies_between_nothing_and_the_whole(minor: int, basis_points: int) -> None:
    assert 0 <= portion(minor, basis_points) <= minor
    assert portion(minor, 0) == 0
    assert portion(minor, 10_000) == minor
