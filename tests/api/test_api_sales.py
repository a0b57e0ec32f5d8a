"""Sales over the API: kept once for ever, and credited to whoever told the buyer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from referral.plumbing import clock, ids
from tests import factories as make
from tests.api.problems import problem, refusal
from tests.api.shop import SALES, Fair, Shop, assert_sound, sale

if TYPE_CHECKING:
    from flask import Flask

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


# --- Once for ever ---------------------------------------------------------------------------------------------------


def test_the_same_sale_again_is_answered_as_the_first_time(shop: Shop, ayu: str) -> None:
    document = sale(code=ayu, buyer={"external_id": "budi"})

    first, again = shop.post(SALES, document), shop.post(SALES, document)

    assert (first.status_code, again.status_code) == (201, 200)
    assert ("Idempotency-Hit" in first.headers, again.headers["Idempotency-Hit"]) == (False, "true")
    assert first.get_data() == again.get_data()
    assert len(shop.found("/campaigns/fair/credits")["data"]) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"amount": "850000.01"},
        {"buyer": {"external_id": "somebody else"}},
        {"buyer": None},
        {"at": "2026-04-01T00:00:00Z"},
        {"code": None},
    ],
)
def test_the_same_reference_with_other_content_is_refused(shop: Shop, ayu: str, other: dict[str, Any]) -> None:
    first = sale(code=ayu, buyer={"external_id": "budi"})
    shop.made(SALES, first)

    answer = shop.post(SALES, {**first, **other})

    assert refusal(answer) == (409, "sale_differs")
    assert "external_id" not in problem(answer)
    assert shop.found(f"{SALES}/order-1")["amount"] == "850000.00"


def test_the_same_reference_in_another_campaign_is_another_sale(app: Flask, fair: Fair, shop: Shop) -> None:
    with make.saved(app):
        make.campaign(fair.brand, "second")

    ids_of_sales = {shop.made(f"/campaigns/{slug}/sales", sale())["id"] for slug in ("fair", "second")}

    assert len(ids_of_sales) == 2


def test_fifty_identical_sales_at_once_are_one_sale_with_one_credit(app: Flask, shop: Shop, ayu: str) -> None:
    document = sale(code=ayu, buyer={"email": "budi@people.example", "name": "Budi"})

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: shop.post(SALES, document), range(50)))

    assert sorted(answer.status_code for answer in answers) == [200] * 49 + [201]
    assert len({answer.get_data() for answer in answers}) == 1
    assert [one["amount"] for one in shop.found("/campaigns/fair/credits")["data"]] == ["42500.00"]
    assert len(shop.found(SALES)["data"]) == 1
    assert len(shop.found("/campaigns/fair/fans")["data"]) == 2
    assert_sound(app)


def test_many_sales_at_once_are_all_kept_and_credited(app: Flask, shop: Shop, ayu: str) -> None:
    def sell(number: int) -> Any:
        return shop.made(SALES, sale(external_id=f"order-{number}", code=ayu, buyer={"external_id": f"b-{number}"}))

    with ThreadPoolExecutor(16) as pool:
        sales = list(pool.map(sell, range(40)))

    assert [one["credits"][0]["amount"] for one in sales] == ["42500.00"] * 40
    balance = shop.found(f"/campaigns/fair/fans/{ayu}")["balance"]
    assert balance == [{"currency": "IDR", "ready": "0.00", "waiting": "1700000.00"}]
    assert_sound(app)


# --- Who bought ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", ["id", "code", "email", "phone", "external_id"])
def test_a_buyer_is_known_by_id_code_mail_phone_and_the_shops_reference(
    app: Flask, fair: Fair, shop: Shop, named: str
) -> None:
    with make.saved(app):
        ayu = make.fan(fair.campaign, "Ayu")
        budi = make.fan(
            fair.campaign,
            "Budi",
            told_by=ayu,
            email="budi@people.example",
            phone="+6281234567890",
            external_id="customer-1",
        )
        code = make.code_of(budi)
    buyers = {
        "id": {"id": ids.show(budi.id).lower()},
        "code": {"id": code.lower()},
        "email": {"email": "Budi@People.example"},
        "phone": {"phone": "+62 812-3456-7890"},
        "external_id": {"external_id": "customer-1"},
    }

    made = shop.made(SALES, sale(buyer=buyers[named]))

    assert (made["buyer"], made["introducer"], made["attribution"]) == (
        ids.show(budi.id),
        ids.show(ayu.id),
        "introduced",
    )


def test_a_buyer_nobody_knew_becomes_a_fan(shop: Shop, ayu: str) -> None:
    made = shop.made(SALES, sale(code=ayu, buyer={"name": "Budi", "email": "budi@people.example"}))

    fan = shop.found(f"/campaigns/fair/fans/{made['buyer']}")
    assert (fan["name"], fan["generation"], fan["introduced_by"]["code"]) == ("Budi", 1, ayu)


def test_a_sale_without_a_buyer_credits_the_code(shop: Shop, ayu: str) -> None:
    made = shop.made(SALES, sale(code=ayu.lower()))

    assert (made["buyer"], made["attribution"], len(made["credits"])) == (None, "code", 1)


def test_a_sale_of_which_nobody_told_credits_nobody(shop: Shop) -> None:
    made = shop.made(SALES, sale())

    assert (made["introducer"], made["attribution"], made["credits"]) == (None, "nobody_told", [])


def test_a_click_is_evidence(app: Flask, fair: Fair, shop: Shop) -> None:
    with make.saved(app):
        ayu = make.fan(fair.campaign, "Ayu")
        click = make.click(ayu)

    made = shop.made(SALES, sale(click_id=ids.show(click), buyer={"external_id": "budi"}))

    assert (made["introducer"], made["attribution"]) == (ids.show(ayu.id), "click")


NO_SALES: list[tuple[Any, ...]] = [
    ({"buyer": {"id": "0000000000000"}}, "buyer_unknown"),
    ({"buyer": {"id": "K7M2Q9XD"}}, "buyer_unknown"),
    ({"buyer": {"id": ""}}, "buyer_unknown"),
    ({"buyer": {}}, "contact_missing"),
    ({"buyer": {"name": "Budi"}}, "contact_missing"),
    ({"buyer": {"email": "nobody"}}, "email_invalid"),
    ({"buyer": {"external_id": ""}}, "external_id_invalid"),
    ({"code": "K7M2Q9XD"}, "code_unknown"),
    ({"code": ""}, "code_unknown"),
    ({"click_id": "K7M2Q9XD"}, "click_unknown"),
    ({"click_id": "0000000000001"}, "click_unknown"),
    ({"external_id": ""}, "external_id_invalid"),
    ({"external_id": "x" * 121}, "external_id_invalid"),
    ({"external_id": "order\n1"}, "external_id_invalid"),
    ({"at": "1999-12-31T23:59:59Z"}, "at_out_of_range"),
    ({"at": "9999-12-31T23:59:59Z"}, "at_out_of_range"),
]


def test_a_sale_that_cannot_be_is_refused_by_name(shop: Shop, subtests: pytest.Subtests) -> None:
    for said, code in NO_SALES:
        with subtests.test(repr(said)[:60]):
            assert refusal(shop.post(SALES, sale(**said))) == (422, code)
            assert shop.found(SALES)["data"] == []


def test_a_sale_two_days_ahead_is_refused(shop: Shop) -> None:
    with clock.at(NOON):
        answer = shop.post(SALES, sale(at=(NOON + timedelta(days=2)).isoformat()))

    assert refusal(answer) == (422, "at_out_of_range")


def refund(amount: str = "850000.00", external_id: str = "return-1", **said: Any) -> dict[str, Any]:
    return {"external_id": external_id, "amount": amount, **said}


# --- References in addresses -----------------------------------------------------------------------------------------

REFERENCES: list[tuple[Any, ...]] = [
    ("INV/2026/0001", "INV%2F2026%2F0001"),
    ("/order//1", "%2Forder%2F%2F1"),
    ("order 1?", "order%201%3F"),
    ("100%", "100%25"),
    ("订单#1", "%E8%AE%A2%E5%8D%95%231"),
    ("refunds", "refunds"),
    ("..", "%2E%2E"),
]


def test_a_sale_is_found_and_refunded_whatever_signs_its_reference_has(shop: Shop, subtests: pytest.Subtests) -> None:
    for reference, written in REFERENCES:
        with subtests.test(repr(reference)[:60]):
            shop.made(SALES, sale(external_id=reference))

            found = shop.found(f"{SALES}/{written}")
            taken = shop.made(f"{SALES}/{written}/refunds", refund("1.00"))

            assert (found["external_id"], taken["sale"]) == (reference, reference)


NO_REFERENCES: list[Any] = ["%00", "order%001", "%ED%A0%80", "x" * 2_000]


def test_a_reference_that_can_be_none_is_not_there(shop: Shop, subtests: pytest.Subtests) -> None:
    for written in NO_REFERENCES:
        with subtests.test(repr(written)[:60]):
            assert refusal(shop.get(f"{SALES}/{written}"))[0] == 404
            assert refusal(shop.post(f"{SALES}/{written}/refunds", refund()))[0] == 404
