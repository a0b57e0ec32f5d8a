"""Coupons by the API, and all that a sale may say of who told its buyer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from referral.links import queries as links
from referral.plumbing import ids
from referral.plumbing.db import db
from tests import factories as make
from tests.api.problems import refusal
from tests.api.shop import SALES, Fair, Shop, sale

if TYPE_CHECKING:
    from flask import Flask

COUPONS = "/campaigns/fair/coupons"


@pytest.fixture
def code(app: Flask, fair: Fair) -> str:
    """Give the code of Ayu's link."""
    with make.saved(app):
        return make.code_of(make.fan(fair.campaign, "Ayu"))


def test_a_coupon_stands_for_a_link_and_making_it_again_is_the_same(shop: Shop, code: str) -> None:
    made = shop.made(COUPONS, {"code": "ayu-10", "told_by": code.lower()})
    again = shop.post(COUPONS, {"code": "AYU-10", "told_by": code})

    assert (made["code"], made["told_by"], made["active"]) == ("AYU-10", code, True)
    assert made["fan"] == shop.found(f"/campaigns/fair/fans/{code}")["id"]
    assert (again.status_code, again.json) == (200, made)
    assert shop.found(COUPONS) == {"data": [made], "next": None}


@pytest.mark.parametrize(
    ("coupon", "told_by", "answer"),
    [
        ("AYU-10", "00000000", (422, "code_unknown")),
        ("x" * 41, None, (422, "coupon_invalid")),
        ("A B", None, (422, "coupon_invalid")),
        ("TAKEN", None, (409, "coupon_taken")),
    ],
)
def test_a_coupon_that_cannot_be_is_refused(
    app: Flask, fair: Fair, shop: Shop, code: str, coupon: str, told_by: str | None, answer: tuple[int, str]
) -> None:
    with make.saved(app):
        poster = make.link(fair.campaign).code
    shop.made(COUPONS, {"code": "taken", "told_by": poster})

    assert refusal(shop.post(COUPONS, {"code": coupon, "told_by": told_by or code})) == answer
    assert [one["code"] for one in shop.found(COUPONS)["data"]] == ["TAKEN"]


def test_coupons_are_listed_page_by_page(shop: Shop, code: str) -> None:
    for number in range(3):
        shop.made(COUPONS, {"code": f"C-{number}", "told_by": code})

    first = shop.found(f"{COUPONS}?limit=2")
    second = shop.found(f"{COUPONS}?limit=2&after={first['next']}")

    assert [one["code"] for one in first["data"] + second["data"]] == ["C-2", "C-1", "C-0"]
    assert second["next"] is None


def test_another_brands_coupon_is_unknown_here(shop: Shop, other_shop: Shop, code: str) -> None:
    shop.made(COUPONS, {"code": "AYU", "told_by": code})

    assert refusal(other_shop.get(COUPONS))[0] == 404
    foreign = other_shop.post("/campaigns/other-fair/sales", sale(coupon="AYU"))
    assert refusal(foreign) == (422, "coupon_unknown")


@pytest.mark.parametrize("evidence", ["click", "code", "coupon", "name"])
def test_why_says_what_it_was_that_told_who_told_the_buyer(
    app: Flask, fair: Fair, shop: Shop, code: str, evidence: str
) -> None:
    shop.made(COUPONS, {"code": "AYU", "told_by": code})
    fan = shop.found(f"/campaigns/fair/fans/{code}")
    said: dict[str, dict[str, Any]] = {
        "code": {"code": code},
        "coupon": {"coupon": "ayu"},
        "name": {"told_by_name": "AYU"},
    }
    if evidence == "click":
        with make.saved(app):
            link = links.in_campaign(fair.campaign, code)
            assert link is not None
            said["click"] = {"click_id": ids.show(make.click(link))}

    made = shop.made(SALES, sale(**said[evidence]))

    [credit] = made["credits"]
    assert (credit["fan"], credit["why"]["code"]) == (fan["id"], evidence)
    assert (credit["why"]["parts"], credit["why"]["whole"]) == (1, 1)
    assert made["attribution"] == evidence
    assert made["shares"] == [{"fan": fan["id"], "parts": 1, "whole": 1, "why": evidence}]
    for path in ("/campaigns/fair/credits", f"/campaigns/fair/fans/{code}/credits"):
        [entry] = shop.found(path)["data"]
        assert (entry["why"]["code"], entry["kind"]) == (evidence, "sale")
    assert shop.found(f"{SALES}/order-1") == made


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"coupon": "NEVER-MADE"}, "coupon_unknown"),
        ({"told_by_name": "Zofia"}, "name_unknown"),
        ({"told_by_name": "Budi"}, "name_ambiguous"),
    ],
)
def test_a_coupon_or_a_name_that_leads_to_nobody_or_to_several_is_refused(
    app: Flask, fair: Fair, shop: Shop, said: dict[str, Any], code: str
) -> None:
    with make.saved(app):
        make.fan(fair.campaign, "Budi")
        make.fan(fair.campaign, "budi")

    assert refusal(shop.post(SALES, sale(**said))) == (422, code)


def test_a_split_sale_tells_each_part_and_a_refund_takes_back_from_each(app: Flask, fair: Fair, shop: Shop) -> None:
    with make.saved(app):
        campaign = db.session.merge(fair.campaign)
        campaign.attribution = "split"
        ayu, budi = make.fan(campaign, "Ayu"), make.fan(campaign, "Budi")
        buyer = make.code_of(make.fan(campaign, "Citra", told_by=ayu))
        codes = [make.code_of(ayu), make.code_of(budi)]
    fans = [shop.found(f"/campaigns/fair/fans/{code}")["id"] for code in codes]

    made = shop.made(SALES, sale(amount="850000.20", code=codes[1], buyer={"id": buyer}))
    taken = shop.made(f"{SALES}/order-1/refunds", {"external_id": "r-1", "amount": "850000.20"})

    assert [(share["fan"], share["parts"], share["whole"], share["why"]) for share in made["shares"]] == [
        (fans[0], 1, 2, "introduced"),
        (fans[1], 1, 2, "code"),
    ]
    assert (made["introducer"], made["attribution"]) == (fans[0], "introduced")
    assert [(line["fan"], line["amount"]) for line in made["credits"]] == [
        (fans[0], "21250.01"),
        (fans[1], "21250.00"),
    ]
    assert [(line["fan"], line["amount"], line["why"]["parts"]) for line in taken["credits"]] == [
        (fans[0], "-21250.01", None),
        (fans[1], "-21250.00", None),
    ]
