"""What people type about a campaign: short names, shares, amounts, days."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.campaigns.rules import (
    SLUG,
    check_attribution,
    clean_slug,
    clean_utm_template,
    fill_utm,
    propose_slug,
    read_amount,
    read_attribution_days,
    read_holding_days,
    read_percent,
    read_repeat_minutes,
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


# --- What is added to the landing address ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (None, None),
        ("", None),
        (" ?& ", None),
        ("utm_source=tular", "utm_source=tular"),
        ("?utm_source=tular&utm_medium={channel}", "utm_source=tular&utm_medium={channel}"),
        ("&ref={code}-{campaign}", "ref={code}-{campaign}"),
        ("a=%20b+c~d", "a=%20b+c~d"),
        ("a=" + "b" * 398, "a=" + "b" * 398),
    ],
)
def test_a_template_is_kept_without_what_leads_it_in(typed: str | None, kept: str | None) -> None:
    assert clean_utm_template(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "utm_source",
        "utm_source=",
        "=tular",
        "a=b&&c=d",
        "a=b&",
        "utm_medium={person}",
        "{channel}=a",
        "a={channel",
        "a=}",
        "tular_click=1",
        "TULAR_CLICK=1",
        "a=b&tular_click={code}",
        "a=b#c",
        "a=b c",
        "a=b\nc",
        "a=%2",
        "a=%zz",
        "a=ż",
        "ż=a",
        "a=<b>",
        "a=" + "b" * 399,
        "a=b\0",
    ],
)
def test_what_could_break_an_address_is_no_template(typed: str) -> None:
    with pytest.raises(Invalid, match="utm_invalid"):
        clean_utm_template(typed)


unicode = st.text(st.characters(exclude_categories=["Cs"]))


@given(channel=unicode, code=unicode, campaign=unicode)
def test_what_is_filled_in_stays_one_value(channel: str, code: str, campaign: str) -> None:
    filled = fill_utm("a={channel}&b={code}&c=x-{campaign}", channel=channel, code=code, campaign=campaign)

    assert parse_qsl(filled, keep_blank_values=True) == [("a", channel), ("b", code), ("c", f"x-{campaign}")]


# --- How clicks count ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "minutes"), [("0", 0), (" 60 ", 60), ("1440", 1_440)])
def test_the_repeat_window_is_read_in_minutes(text: str, minutes: int) -> None:
    assert read_repeat_minutes(text) == minutes


@pytest.mark.parametrize("text", ["", "-1", "1441", "1.5", "an hour", "٦٠", "9" * 30])
def test_what_is_no_repeat_window_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="repeat_invalid"):
        read_repeat_minutes(text)


@pytest.mark.parametrize("text", ["", "-1", "3651", "forever", "9" * 30])
def test_what_is_no_number_of_days_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="attribution_days_invalid"):
        read_attribution_days(text)


def test_credit_goes_to_the_first_the_last_or_all() -> None:
    assert [check_attribution(rule) for rule in ("first", "last", "split")] == ["first", "last", "split"]
    with pytest.raises(Invalid, match="attribution_invalid"):
        check_attribution("linear")
