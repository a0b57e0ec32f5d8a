"""Which language somebody gets, and how things are written in it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from referral.plumbing import i18n
from referral.plumbing.money import Money


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("en-GB", "en"),
        ("pl", "pl"),
        ("id-ID", "id"),
        ("in", "id"),  # what old Java machines call Indonesian
        ("zh-CN", "zh_Hans"),
        ("zh_Hans", "zh_Hans"),
        ("de", None),
        ("", None),
        ("x" * 4000, None),
        ("zh-\x00", None),
    ],
)
def test_a_tag_is_known_by_its_language(tag: str, language: str | None) -> None:
    assert i18n.known(tag) == language


def test_the_first_language_that_we_have_is_chosen() -> None:
    assert i18n.best(["de-DE", "pl-PL", "en"]) == "pl"
    assert i18n.best(["de"]) == "en"
    assert i18n.best([]) == "en"


@pytest.mark.parametrize(
    ("locale", "written"),
    [("en", "IDR186,000"), ("id", "Rp\xa0186.000"), ("pl", "186\xa0000\xa0IDR"), ("zh_Hans", "IDR186,000")],
)
def test_rupiah_are_written_without_the_decimals_that_nobody_writes(locale: str, written: str) -> None:
    assert i18n.money(Money(186_000_00, "IDR"), locale).replace("\u202f", "\xa0") in (
        written,
        written.replace("\xa0", ""),
    )


@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [(500, "JPY", "¥500"), (1_234_567, "KWD", "KWD1,234.567"), (1234, "PLN", "PLN12.34")],
)
def test_each_currency_has_its_own_decimals(minor: int, currency: str, written: str) -> None:
    assert i18n.money(Money(minor, currency), "en").replace("\xa0", "") == written


def test_numbers_and_shares_keep_the_decimals_that_were_asked_for() -> None:
    assert i18n.number(2.19114, "en", 4) == "2.1911"
    assert i18n.number(2.19114, "pl", 4) == "2,1911"
    assert i18n.number(3.0, "en") == "3"
    assert i18n.percent(0.075, "en", 2) == "7.5%"
    assert i18n.percent(0.612, "id") == "61%"


@given(st.integers(-(10**12), 10**12), st.sampled_from(sorted(i18n.LANGUAGES)))
def test_whole_numbers_are_parted_into_thousands_as_the_language_does(value: int, locale: str) -> None:
    assert i18n.number(value, locale) == format_decimal(value, format="#,##0", locale=locale)


def test_moments_are_written_to_the_minute_in_every_language() -> None:
    moment = datetime(2026, 11, 22, 18, 5, 59, tzinfo=UTC)

    assert i18n.when(moment, "en") == "Nov 22, 2026 18:05"
    assert i18n.when(moment, "pl") == "22 lis 2026 18:05"
    assert i18n.when(moment, "id") == "22 Nov 2026 18.05"
    assert i18n.when(moment, "zh_Hans") == "2026年11月22日 18:05"
