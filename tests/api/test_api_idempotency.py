"""The Idempotency-Key: the same request is done once, and answered as the first time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from referral.brands.rules import Scope
from referral.plumbing import clock, expiry
from tests import factories as make
from tests.api.problems import refusal
from tests.api.shop import Fair, Shop

if TYPE_CHECKING:
    from flask import Flask

FANS = "/campaigns/fair/fans"
STORY = {"title": "Books", "body": "All night.", "locale": "en"}
CAMPAIGN = {"slug": "second", "name": "Second", "story": STORY}


def test_the_same_request_is_answered_as_the_first_time(shop: Shop) -> None:
    first = shop.post("/campaigns", CAMPAIGN, Idempotency_Key="key-1")
    again = shop.post("/campaigns", CAMPAIGN, Idempotency_Key="key-1")

    assert (first.status_code, again.status_code) == (201, 201)
    assert ("Idempotency-Hit" in first.headers, again.headers["Idempotency-Hit"]) == (False, "true")
    assert (first.get_data(), first.mimetype) == (again.get_data(), again.mimetype)
    assert len(shop.found("/campaigns")["data"]) == 2


def test_a_key_is_good_for_one_request_only(shop: Shop) -> None:
    shop.made(FANS, {"external_id": "ayu"}, Idempotency_Key="key-1")

    other_body = shop.post(FANS, {"external_id": "budi"}, Idempotency_Key="key-1")
    other_path = shop.post("/campaigns", CAMPAIGN, Idempotency_Key="key-1")

    assert refusal(other_body) == refusal(other_path) == (409, "idempotency_key_reused")
    assert len(shop.found(FANS)["data"]) == 1


def test_a_refused_request_may_be_sent_right_with_the_same_key(shop: Shop) -> None:
    for wrong in ({"external_id": "ayu", "told_by": "K7M2Q9XD"}, {"external_id": 5}):
        assert refusal(shop.post(FANS, wrong, Idempotency_Key="key-1"))[0] == 422

    right = shop.post(FANS, {"external_id": "ayu"}, Idempotency_Key="key-1")

    assert (right.status_code, "Idempotency-Hit" in right.headers) == (201, False)


def test_the_keys_of_two_brands_do_not_meet(shop: Shop, other_shop: Shop) -> None:
    mine = shop.made("/campaigns", CAMPAIGN, Idempotency_Key="key-1")
    theirs = other_shop.made("/campaigns", {**CAMPAIGN, "slug": "third"}, Idempotency_Key="key-1")

    assert mine["id"] != theirs["id"]


def test_an_answer_given_before_still_needs_the_scope(app: Flask, fair: Fair, shop: Shop) -> None:
    shop.made(FANS, {"external_id": "ayu"}, Idempotency_Key="key-1")
    with make.saved(app):
        reader = Shop(app, make.key(fair.brand, Scope.READ))

    answer = reader.post(FANS, {"external_id": "ayu"}, Idempotency_Key="key-1")

    assert refusal(answer) == (403, "scope_missing")


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
def test_a_key_that_is_none_is_refused(shop: Shop, key: str) -> None:
    answer = shop.post(FANS, {"external_id": "ayu"}, Idempotency_Key=key)

    assert refusal(answer) == (422, "idempotency_key_invalid")


@pytest.mark.parametrize("key", ["x" * 255, "naïve ключ", "8e03978e-40d5-43dd-bc93-6894a57f9324"])
def test_a_key_may_be_any_visible_text(shop: Shop, key: str) -> None:
    sent = key.encode().decode("latin-1")  # as a server hands over a header

    if sent.isprintable():
        assert shop.post(FANS, {"external_id": "ayu"}, Idempotency_Key=sent).status_code == 201
        assert shop.post(FANS, {"external_id": "ayu"}, Idempotency_Key=sent).headers["Idempotency-Hit"] == "true"


@pytest.mark.parametrize(
    ("path", "document"),
    [
        ("/campaigns", CAMPAIGN),
        (FANS, {"external_id": "ayu"}),
        ("/campaigns/fair/sales", {"external_id": "order-1", "amount": "10.00", "currency": "IDR", "code": "CODE"}),
    ],
)
def test_many_at_once_with_one_key_are_one_work(
    app: Flask, fair: Fair, shop: Shop, path: str, document: dict[str, Any]
) -> None:
    with make.saved(app):
        code = make.code_of(make.fan(fair.campaign, "Ayu", external_id="teller"))
    said = {**document, "code": code} if "code" in document else document

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: shop.post(path, said, Idempotency_Key="key-1"), range(12)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.get_data() for answer in answers}) == 1
    assert sum("Idempotency-Hit" in answer.headers for answer in answers) == 11


def test_two_requests_at_once_with_one_key_and_other_bodies_are_not_both_done(shop: Shop) -> None:
    with ThreadPoolExecutor(2) as pool:
        answers = list(
            pool.map(lambda name: shop.post(FANS, {"external_id": name}, Idempotency_Key="key-1"), ("ayu", "budi"))
        )

    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert len(shop.found(FANS)["data"]) == 1


def test_an_answer_is_kept_for_thirty_days(app: Flask, shop: Shop) -> None:
    first = shop.made(FANS, {"external_id": "ayu"}, Idempotency_Key="key-1")

    def work_after(days: int) -> None:
        with make.saved(app), clock.at(clock.now() + timedelta(days=days)):
            expiry.forget()

    work_after(29)
    kept = shop.post(FANS, {"external_id": "ayu"}, Idempotency_Key="key-1")
    work_after(31)
    afresh = shop.post(FANS, {"external_id": "ayu"}, Idempotency_Key="key-1")

    assert (kept.status_code, kept.headers["Idempotency-Hit"], kept.json) == (201, "true", first)
    assert (afresh.status_code, "Idempotency-Hit" in afresh.headers, afresh.json) == (200, False, first)


def test_what_is_kept_of_an_answer_holds_nothing_personal(app: Flask, shop: Shop) -> None:
    person = {"name": "Ayu Lestari", "email": "ayu@people.example", "phone": "+6281234567890", "external_id": "c-77"}
    shop.made(FANS, person, Idempotency_Key="key-1")
    sale = {"external_id": "order-1", "amount": "10.00", "currency": "IDR", "buyer": person}
    shop.made("/campaigns/fair/sales", sale, Idempotency_Key="key-2")

    replies = [
        shop.post(FANS, person, Idempotency_Key="key-1"),
        shop.post("/campaigns/fair/sales", sale, Idempotency_Key="key-2"),
    ]

    for reply in replies:
        assert reply.headers["Idempotency-Hit"] == "true"
        assert not [word for word in person.values() if word in reply.get_data(as_text=True)]
