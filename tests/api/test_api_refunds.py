"""Refunds by the API: once for ever, and never above what was paid."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.problems import problem, refusal
from tests.api.shop import SALES, Shop, assert_sound, sale

if TYPE_CHECKING:
    from flask import Flask


def refund(amount: str = "850000.00", external_id: str = "return-1", **said: Any) -> dict[str, Any]:
    return {"external_id": external_id, "amount": amount, **said}


def test_the_same_refund_again_is_answered_as_the_first_time(shop: Shop, ayu: str) -> None:
    shop.made(SALES, sale(code=ayu))
    path = f"{SALES}/order-1/refunds"

    first, again = shop.post(path, refund("1.00")), shop.post(path, refund("1.00"))
    other = shop.post(path, refund("2.00"))

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.headers["Idempotency-Hit"] == "true"
    assert first.get_data() == again.get_data()
    assert refusal(other) == (409, "refund_differs")


def test_a_refund_above_what_is_left_is_refused_and_told_what_is(shop: Shop) -> None:
    shop.made(SALES, sale())
    path = f"{SALES}/order-1/refunds"

    above = shop.post(path, refund("850000.01"))
    shop.made(path, refund("800000.00"))
    twice = shop.post(path, refund("50000.01", "return-2"))

    assert (refusal(above), problem(above)["left"]) == ((422, "refund_above_sale"), "850000.00")
    assert (refusal(twice), problem(twice)["left"]) == ((422, "refund_above_sale"), "50000.00")
    assert shop.found(f"{SALES}/order-1")["refunded"] == "800000.00"


@pytest.mark.parametrize("half", ["425000.00", "425000.01"])
def test_two_halves_at_once_take_back_the_whole_and_never_more(app: Flask, shop: Shop, ayu: str, half: str) -> None:
    shop.made(SALES, sale(code=ayu))
    path = f"{SALES}/order-1/refunds"

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda name: shop.post(path, refund(half, name)), ("left", "right")))

    balance = shop.found(f"/campaigns/fair/fans/{ayu}")["balance"]
    if half == "425000.00":
        assert [answer.status_code for answer in answers] == [201, 201]
        assert shop.found(f"{SALES}/order-1")["status"] == "refunded"
        assert balance == [{"currency": "IDR", "ready": "0.00", "waiting": "0.00"}]
    else:
        assert sorted(answer.status_code for answer in answers) == [201, 422]
        assert shop.found(f"{SALES}/order-1")["refunded"] == "425000.01"
    assert_sound(app)


def test_a_refund_of_what_was_never_sold_is_not_there(shop: Shop) -> None:
    assert refusal(shop.post(f"{SALES}/order-9/refunds", refund())) == (404, "sale_unknown")
    assert refusal(shop.get(f"{SALES}/order-9")) == (404, "sale_unknown")


def test_a_refund_in_the_far_future_is_refused(shop: Shop) -> None:
    shop.made(SALES, sale())

    for at in ("1999-01-01T00:00:00Z", "9999-01-01T00:00:00Z"):
        assert refusal(shop.post(f"{SALES}/order-1/refunds", refund(at=at))) == (422, "at_out_of_range")
