"""Lists over the API: in pages, complete, without repeats, also while others write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests import factories as make
from tests.api.problems import refusal
from tests.api.shop import Fair, Shop

if TYPE_CHECKING:
    from flask import Flask

LISTS = (
    "/campaigns/fair/fans",
    "/campaigns/fair/sales",
    "/campaigns/fair/credits",
    "/campaigns/fair/fans/{ayu}/credits",
    "/events/night/passes",
)


@pytest.fixture
def ayu(app: Flask, fair: Fair) -> str:
    """Let seven people buy by Ayu's word; give her code."""
    with make.saved(app):
        ayu, night = make.fan(fair.campaign, "Ayu"), make.event(fair.campaign)
        for number in range(7):
            buyer = make.fan(fair.campaign, f"Buyer {number}", told_by=ayu)
            make.sale(fair.campaign, buyer, "100.00", external_id=f"order-{number}")
            make.gate_pass(night, buyer)
        return make.code_of(ayu)


def walked(shop: Shop, path: str, limit: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after = ""
    while True:
        page = shop.found(f"{path}?limit={limit}{after}")
        assert len(page["data"]) <= limit
        found += page["data"]
        if page["next"] is None:
            return found
        assert len(page["data"]) == limit
        after = f"&after={page['next']}"


@pytest.mark.parametrize("path", LISTS)
def test_a_list_in_pages_is_the_whole_list(shop: Shop, ayu: str, path: str) -> None:
    path = path.format(ayu=ayu)

    whole = shop.found(path)

    assert whole["next"] is None
    assert len(whole["data"]) == (8 if path.endswith("/fans") else 7)
    assert len({one["id"] for one in whole["data"]}) == len(whole["data"])
    for limit in (1, 2, 3, 7, 8, 200):
        assert walked(shop, path, limit) == whole["data"]


def test_lists_go_on_in_the_order_they_promise(shop: Shop, ayu: str) -> None:
    fans = shop.found("/campaigns/fair/fans")["data"]
    sales = shop.found("/campaigns/fair/sales")["data"]

    assert [fan["name"] for fan in fans] == ["Ayu", *(f"Buyer {number}" for number in range(7))]
    assert [one["external_id"] for one in sales] == [f"order-{number}" for number in reversed(range(7))]
    assert "credits" not in sales[0]


def test_a_list_that_grows_while_it_is_read_repeats_nothing(app: Flask, fair: Fair, shop: Shop, ayu: str) -> None:
    first = {path: shop.found(f"{path}?limit=3") for path in LISTS[:2]}
    with make.saved(app):
        newcomer = make.fan(fair.campaign, "Newcomer")
        make.sale(fair.campaign, newcomer, external_id="order-new")

    rest = {path: shop.found(f"{path}?after={page['next']}") for path, page in first.items()}

    fans = [fan["name"] for path in LISTS[:1] for fan in first[path]["data"] + rest[path]["data"]]
    sales = [one["external_id"] for path in LISTS[1:2] for one in first[path]["data"] + rest[path]["data"]]
    assert fans == ["Ayu", *(f"Buyer {number}" for number in range(7)), "Newcomer"]
    assert sales == [f"order-{number}" for number in reversed(range(7))]


def test_an_empty_list_has_no_next(shop: Shop) -> None:
    for path in LISTS[:3]:
        assert shop.found(path)["data"] == []
        assert shop.found(path)["next"] is None
    assert shop.found(LISTS[2])["total"] == []


NO_LENGTHS: list[Any] = ["0", "-1", "201", "1000000000000", "0000000001999", "x", "", "1.0", "٥", "1e1", "%00"]


def test_a_length_that_is_none_is_refused(shop: Shop, subtests: pytest.Subtests) -> None:
    for limit in NO_LENGTHS:
        with subtests.test(repr(limit)[:60]):
            for path in LISTS[:3]:
                assert refusal(shop.get(f"{path}?limit={limit}")) == (422, "limit_invalid")


NO_PLACES: list[Any] = ["", "x", "0", "%00", "ZZZZZZZZZZZZZ", "1" * 400, "%ED%A0%80", "UUUUUUUUUUUUU"]


def test_a_place_that_is_none_is_refused(shop: Shop, subtests: pytest.Subtests) -> None:
    for cursor in NO_PLACES:
        with subtests.test(repr(cursor)[:60]):
            for path in LISTS[:3]:
                assert refusal(shop.get(f"{path}?after={cursor}")) == (422, "cursor_invalid")


def test_campaigns_are_listed_as_they_are_read(app: Flask, fair: Fair, shop: Shop) -> None:
    with make.saved(app):
        make.campaign(fair.brand, "second", state="draft")

    listed = shop.found("/campaigns")

    assert listed["next"] is None
    assert listed["data"] == [shop.found("/campaigns/second"), shop.found("/campaigns/fair")]
