"""Amounts over the API: to the last minor unit, and none that is not one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests import factories as make
from tests.api.problems import problem, refusal, wrong_fields
from tests.api.shop import SALES, Fair, Shop, sale

if TYPE_CHECKING:
    from flask import Flask


NOT_AMOUNTS = [
    ("-1.00", "amount_not_positive"),
    ("0", "amount_not_positive"),
    ("0.00", "amount_not_positive"),
    ("-0.00", "amount_not_positive"),
    ("1.005", "amount_decimals"),
    ("NaN", "amount_malformed"),
    ("Infinity", "amount_malformed"),
    ("-Infinity", "amount_malformed"),
    ("1e5", "amount_malformed"),
    ("1E5", "amount_malformed"),
    ("0x10", "amount_malformed"),
    ("1_000", "amount_malformed"),
    ("1,000.00", "amount_malformed"),
    ("1.000,00", "amount_malformed"),
    ("150.000.000", "amount_malformed"),
    (".5", "amount_malformed"),
    ("5.", "amount_malformed"),
    ("+5", "amount_malformed"),
    (" 5", "amount_malformed"),
    ("5 ", "amount_malformed"),
    ("5\n", "amount_malformed"),
    ("", "amount_malformed"),
    ("Rp 5", "amount_malformed"),
    ("٥٠٠", "amount_malformed"),
    ("５００", "amount_malformed"),
    ("1\0", "amount_malformed"),
    ("1" + "0" * 30, "amount_malformed"),
    ("1" + "0" * 15, "amount_too_large"),
]


@pytest.mark.parametrize(("amount", "code"), NOT_AMOUNTS)
def test_what_is_no_amount_is_refused(app: Flask, fair: Fair, shop: Shop, amount: str, code: str) -> None:
    with make.saved(app):
        make.sale(fair.campaign, external_id="paid")

    assert refusal(shop.post(SALES, sale(amount=amount))) == (422, code)
    refund = shop.post(f"{SALES}/paid/refunds", {"external_id": "return-1", "amount": amount})
    assert refusal(refund) == (422, code)


@pytest.mark.parametrize("amount", ["850000.00", "850000", "850000.0", "850000.000000", "0850000.00"])
def test_an_amount_is_the_same_however_it_is_written(shop: Shop, amount: str) -> None:
    assert shop.made(SALES, sale(amount=amount))["amount"] == "850000.00"


NUMBERS: list[Any] = [b"850000", b"850000.00", b"1e5", b"0", b"-1", b"NaN", b"1" + b"0" * 30, b"Infinity"]


def test_an_amount_that_is_a_number_is_refused_with_a_code_of_its_own(shop: Shop, subtests: pytest.Subtests) -> None:
    for written in NUMBERS:
        with subtests.test(repr(written)[:60]):
            raw = b'{"external_id": "order-1", "currency": "IDR", "amount": ' + written + b"}"

            assert wrong_fields(shop.post(SALES, raw=raw)) == {"amount": "amount_not_text"}


NO_TEXTS: list[tuple[Any, ...]] = [
    (None, "string_type"),
    (["1.00"], "string_type"),
    ({}, "string_type"),
    ("1" * 41, "string_too_long"),
]


def test_an_amount_that_is_no_text_is_refused(shop: Shop, subtests: pytest.Subtests) -> None:
    for amount, code in NO_TEXTS:
        with subtests.test(repr(amount)[:60]):
            assert wrong_fields(shop.post(SALES, sale(amount=amount))) == {"amount": code}


def test_another_currency_than_the_campaigns_is_refused(shop: Shop) -> None:
    answer = shop.post(SALES, sale(currency="USD"))

    assert refusal(answer) == (422, "currency_differs")
    assert problem(answer)["expected"] == "IDR"
    assert refusal(shop.post(SALES, sale(currency="XXX"))) == (422, "currency_unknown")
    for currency in ("idr", "IDR ", "", "RUPIAH", "ＩＤＲ"):
        assert wrong_fields(shop.post(SALES, sale(currency=currency))) == {"currency": "string_pattern_mismatch"}


@pytest.mark.parametrize(
    ("currency", "amount", "credit", "too_fine"),
    [("JPY", "1001", "50", "1.5"), ("KWD", "10.005", "0.500", "1.0005"), ("PLN", "19.99", "1.00", "1.001")],
)
def test_each_currency_has_its_decimals(
    app: Flask, fair: Fair, shop: Shop, currency: str, amount: str, credit: str, too_fine: str
) -> None:
    with make.saved(app):
        campaign = make.campaign(fair.brand, "abroad", currency=currency)
        code = make.code_of(make.fan(campaign))

    made = shop.made("/campaigns/abroad/sales", sale(amount=amount, currency=currency, code=code))
    finer = shop.post("/campaigns/abroad/sales", sale(external_id="o-2", amount=too_fine, currency=currency))

    assert (made["amount"], made["credits"][0]["amount"], made["credits"][0]["currency"]) == (amount, credit, currency)
    assert refusal(finer) == (422, "amount_decimals")
